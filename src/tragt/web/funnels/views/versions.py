"""What a funnel asked before: the list of its versions, one of them, and bringing one back."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import Conflict, NotFound, TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.funnels import actions
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.counted import check_counted
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.telling import changed_since
from tragt.web.funnels.versions import Version, as_saved, version_of, versions_of
from tragt.web.funnels.views.asking import Question, saved_or_404
from tragt.web.jobs.models import Job
from tragt.web.jobs.queries import worker_alive

__all__ = ["at", "one", "restore", "undo", "versions"]

SEE = permission_required("funnels.see", raise_exception=True)
EDIT = permission_required("funnels.edit", raise_exception=True)


@require_GET
@SEE
def versions(request: HttpRequest, key: int) -> HttpResponse:
    """The versions of a funnel."""
    saved = saved_or_404(key)
    return render(request, "funnels/versions.html", {"saved": saved, "versions": versions_of(saved)})


@require_GET
@SEE
def at(request: HttpRequest, key: int, number: int) -> HttpResponseRedirect:
    """A question that somebody passed on: the funnel's page where it asks that still, else the version of then."""
    saved = saved_or_404(key)
    name, args = ("funnel", [key]) if saved.version == number else ("funnel_version", [key, number])
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse(name, args=args) + (f"?{query}" if query else ""))


@require_GET
@SEE
def one(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """What a funnel asked in one of its versions, with the figures that has now."""
    saved = saved_or_404(key)
    version = _version_or_404(saved, number)
    context: dict[str, object] = {"saved": saved, "version": version, "is_now": saved.version == number}
    if version.funnel is None:
        return render(request, "funnels/version.html", context)
    try:
        check_counted(version.funnel, saved, asker(request))
    except NotFound as unknown:
        return render(request, "funnels/version.html", context | {"mistake": mistake_of(unknown)})
    question = Question(request, as_saved(version.row, saved))
    context["question"] = question
    match question.answer:
        case Figures() as figures:
            context["page"] = Page(figures, question.saved.step_targets)
        case Mistake() as mistake:
            context["mistake"] = mistake
        case Job() as job:
            context |= {"job": job, "worker": worker_alive()}
    return render(request, "funnels/version.html", context)


@require_POST
@EDIT
def restore(request: HttpRequest, key: int, number: int) -> HttpResponseRedirect:
    """Let a funnel ask again what it asked in a version."""
    saved = saved_or_404(key)
    _version_or_404(saved, number)
    return _restored(request, saved, number)


@require_POST
@EDIT
def undo(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Take the last change of a funnel back."""
    saved = saved_or_404(key)
    before = next((one.number for one in versions_of(saved)[1:]), None)
    if before is None:
        raise Http404
    return _restored(request, saved, before)


def _restored(request: HttpRequest, saved: SavedFunnel, number: int) -> HttpResponseRedirect:
    seen = whole_number(request.POST.get("version", ""))
    try:
        row = actions.restore(who(request), saved, number, version=seen)
    except Conflict:
        messages.error(request, _changed(saved.pk))
        return redirect("funnel_versions", saved.pk)
    except TragtError as refusal:
        messages.error(request, mistake_of(refusal).text)
        return redirect("funnel_versions", saved.pk)
    if row.version == saved.version:
        messages.info(request, _("The funnel asks that already."))
    else:
        told = _("The funnel asks again what it asked in version %(number)s. What it asked until now is kept as well.")
        messages.success(request, told % {"number": number})
    return redirect("funnel", row.pk)


def _changed(key: int) -> str:
    return changed_since(saved_or_404(key), typed=False)


def _version_or_404(saved: SavedFunnel, number: int) -> Version:
    try:
        return version_of(saved, number)
    except NotFound as absent:
        raise Http404(absent.message) from None
