"""Teams of the organisation."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tragt.web.accounts.actions import teams as actions
from tragt.web.accounts.forms.teams import TeamForm
from tragt.web.accounts.models import Team
from tragt.web.accounts.views.asking import refusals_shown, who

__all__ = ["change", "make", "remove", "teams"]


@require_GET
@permission_required("users.see", raise_exception=True)
def teams(request: HttpRequest) -> HttpResponse:
    """The teams, who is in them, and one more."""
    rows = [(team, TeamForm.of(team)) for team in Team.objects.prefetch_related("members")]
    return render(request, "accounts/teams.html", {"teams": rows, "form": TeamForm(prefix="new")})


@require_POST
@permission_required("users.edit", raise_exception=True)
def make(request: HttpRequest) -> HttpResponse:
    """Make a team."""
    form = TeamForm(request.POST, prefix="new")
    with refusals_shown(request, _("The team is there.")):
        actions.make_team(who(request), *form.given())
    return _back()


@require_POST
@permission_required("users.edit", raise_exception=True)
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Change the name of a team, or who is in it."""
    form = TeamForm(request.POST, prefix=f"team{key}")
    with refusals_shown(request, _("The team was changed.")):
        actions.change_team(who(request), key, *form.given())
    return _back()


@require_POST
@permission_required("users.edit", raise_exception=True)
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a team."""
    with refusals_shown(request, _("The team was removed. Its members are in none now.")):
        actions.remove_team(who(request), key)
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("teams"))
