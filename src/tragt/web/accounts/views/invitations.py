"""Accepting an invitation."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tragt.errors import NotAllowed
from tragt.web.accounts import actions, queries
from tragt.web.accounts.forms.entrance import AcceptForm
from tragt.web.accounts.models import Invitation
from tragt.web.accounts.receivers import INVITED
from tragt.web.accounts.sentences import say
from tragt.web.accounts.views.asking import enter
from tragt.web.shell import language
from tragt.web.shell.language import spoken


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, link: str) -> HttpResponse:
    """Ask for name and password, make the user, and let them in."""
    found = queries.invitation_of(link)
    if found is None:
        return render(request, "accounts/invitation_gone.html", status=410)
    wanted = _language(request, found)
    with override(wanted):
        response = _asked(request, link, found)
    response.headers.setdefault("Content-Language", wanted)
    return response


def _asked(request: HttpRequest, link: str, found: Invitation) -> HttpResponse:
    initial = {"language": get_language(), "name": found.wakes.name if found.wakes else ""}
    form = AcceptForm(request.POST or None, email=found.email, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        try:
            user = actions.accept(link, name=given["name"], password=given["password"], language=given["language"])
        except NotAllowed as refusal:
            form.add_error(None, say(refusal))
        else:
            request.session.pop(INVITED, None)
            enter(request, user)
            response = HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
            language.keep(response, user.language)
            return response
    return render(request, "accounts/invitation.html", {"form": form, "invitation": found})


def _language(request: HttpRequest, found: Invitation) -> str:
    """What the reader chose on this page; before that, what the inviter chose for them."""
    page = str(found.pk)
    if request.session.get(INVITED, {}).get("page") != page:
        request.session[INVITED] = {"page": page, "language": found.language or spoken(request.LANGUAGE_CODE)}
    return str(request.session[INVITED]["language"])
