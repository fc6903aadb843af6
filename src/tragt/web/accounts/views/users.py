"""Users of the organisation and invitations to it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import TragtError
from tragt.web.accounts import actions, queries
from tragt.web.accounts.actions import Invited
from tragt.web.accounts.forms.settings import InviteForm, RoleForm
from tragt.web.accounts.models import Invitation, Role, User
from tragt.web.accounts.roles import assignable, meaning
from tragt.web.accounts.sentences import say
from tragt.web.accounts.views.asking import asker, refusals_shown, who
from tragt.web.mail.queries import delivery as mail_delivery

_DIGITS = 19


@require_GET
@permission_required("users.see", raise_exception=True)
def users(request: HttpRequest) -> HttpResponse:
    """Everyone who comes in, and everyone invited."""
    known = request.GET.get("invite", "")
    sleeper = queries.sleeping().filter(pk=known).first() if known.isdecimal() and len(known) < _DIGITS else None
    initial = {"wakes": sleeper, "email": queries.address_of(sleeper)} if sleeper else None
    return _page(request, InviteForm(by=asker(request), initial=initial))


@require_POST
@never_cache
@permission_required("users.edit", raise_exception=True)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite an address."""
    form = InviteForm(request.POST, by=asker(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            invited = actions.invite(who(request), given["email"], given["role"], given["language"], given.get("wakes"))
        except TragtError as refusal:
            form.add_error("email", say(refusal))
        else:
            return _invited(request, invited, _("The invitation is on its way."))
    return _page(request, form)


@require_POST
@permission_required("users.edit", raise_exception=True)
def change_role(request: HttpRequest, key: int) -> HttpResponse:
    """Give a user another role."""
    user = get_object_or_404(User, pk=key)
    form = RoleForm(request.POST, by=asker(request))
    if form.is_valid():
        with refusals_shown(request, _("The role was changed.")):
            actions.change_role(who(request), user, form.cleaned_data["role"])
    else:
        messages.error(request, _("You cannot give this role."))
    return _back()


@require_POST
@permission_required("users.edit", raise_exception=True)
def deactivate(request: HttpRequest, key: int) -> HttpResponse:
    """Let a user in no more."""
    with refusals_shown(request, _("The user can no longer sign in. Their work stays.")):
        actions.deactivate(who(request), get_object_or_404(User, pk=key))
    return _back()


@require_POST
@permission_required("users.edit", raise_exception=True)
def reactivate(request: HttpRequest, key: int) -> HttpResponse:
    """Let a user in again."""
    with refusals_shown(request, _("The user can sign in again.")):
        actions.reactivate(who(request), get_object_or_404(User, pk=key))
    return _back()


@require_POST
@permission_required("users.edit", raise_exception=True)
def remove_second_factor(request: HttpRequest, key: int) -> HttpResponse:
    """Take the second factor from a user who lost it."""
    with refusals_shown(request, _("The second factor was removed, and the user was told by mail.")):
        actions.remove_second_factor(who(request), get_object_or_404(User, pk=key))
    return _back()


@require_POST
@never_cache
@permission_required("users.edit", raise_exception=True)
def resend(request: HttpRequest, key: int) -> HttpResponse:
    """Send an invitation again."""
    with refusals_shown(request):
        invited = actions.resend(who(request), get_object_or_404(Invitation, pk=key))
        return _invited(request, invited, _("The invitation is sent again. The earlier link no longer works."))
    return _back()


@require_POST
@permission_required("users.edit", raise_exception=True)
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Let an invitation work no more."""
    with refusals_shown(request, _("The invitation was withdrawn.")):
        actions.withdraw(who(request), get_object_or_404(Invitation, pk=key))
    return _back()


def _page(request: HttpRequest, form: InviteForm) -> HttpResponse:
    given = assignable(asker(request).role)
    context = {
        "form": form,
        "users": queries.users(),
        "invitations": queries.letters_of(queries.open_invitations()),
        "sleeping": set(queries.sleeping().values_list("pk", flat=True)),
        "secured": queries.with_second_factor(),
        "roles": given,
        "meanings": [(role.label, meaning(role)) for role in Role],
    }
    return render(request, "accounts/users.html", context)


def _invited(request: HttpRequest, invited: Invited, said: str) -> HttpResponse:
    """Back to the users; where mail reaches nobody, the link is shown this once, for the asker to pass on."""
    if mail_delivery().reaches_people:
        messages.success(request, said)
        return _back()
    return render(request, "accounts/invited.html", {"invitation": invited.invitation, "link": invited.link})


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("users"))
