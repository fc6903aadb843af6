"""Pages of the demonstration firm."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import TragtError
from tragt.web.demonstration import actions
from tragt.web.demonstration.queries import demonstration
from tragt.web.jobs.queries import job_of
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who

__all__ = ["load", "remove", "standing"]


@require_GET
@permission_required("demonstration.load", raise_exception=True)
def standing(request: HttpRequest) -> HttpResponse:
    """How far the loading is; once it is done, the first page."""
    job = job_of(actions.SUBJECT)
    if organisation.current().demonstration or (job is None and demonstration() is None):
        return redirect("overview")
    return render(request, "demonstration/standing.html", {"job": job})


@require_POST
@permission_required("demonstration.load", raise_exception=True)
def load(request: HttpRequest) -> HttpResponse:
    """Load the firm."""
    assert request.user.is_authenticated
    try:
        actions.begin_load(Who.of(request.user))
    except TragtError:
        messages.error(
            request,
            _(
                "The demonstration firm never stands among data of your own. Undo your imports first, or start it in a "
                "home of its own: tragt up --demo."
            ),
        )
        return redirect("overview")
    return redirect("demonstration")


@require_POST
@permission_required("demonstration.remove", raise_exception=True)
def remove(request: HttpRequest) -> HttpResponse:
    """Remove the firm."""
    assert request.user.is_authenticated
    actions.remove(Who.of(request.user))
    messages.success(request, _("The demonstration firm is gone. Bring your own data now."))
    return redirect("overview")
