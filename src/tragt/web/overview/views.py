"""The first page."""

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from tragt.web.accounts.views.asking import asker
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.marks import marks_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.funnels.showing.mistakes import Mistake
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.views.asking import Question
from tragt.web.imports.queries import last_done
from tragt.web.jobs.models import UNFINISHED, Job
from tragt.web.jobs.queries import job_of
from tragt.web.leaks.presenting import entries
from tragt.web.leaks.queries import dearest
from tragt.web.lexicon.bars import bars
from tragt.web.overview import queries
from tragt.web.overview.health import MOST, health_of
from tragt.web.overview.news import late_tasks, news

__all__ = ["overview"]

DEMONSTRATION = "demonstration"
HEIGHT = 64
"""Of the bars by day."""


@dataclass(frozen=True, slots=True)
class Door:
    """A next step: where it leads, and why one would take it."""

    title: Promise
    text: Promise
    url: str
    icon: str


@require_GET
@permission_required("overview.see", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Is the funnel healthy, what came in, what is next."""
    summary = queries.summary()
    if not summary.events:
        return render(request, "overview/empty.html", {"load": _load(request), "job": _loading()})
    user = asker(request)
    may = user.has_perm
    funnels = list(saved_funnels()) if may("funnels.see") else []
    saved = funnels[0] if funnels else None
    question = Question(request, saved, at_once=True) if saved else None
    answer = question.answer if question else None
    marked = marks_of([saved], user).get(saved.pk) if saved else None
    leak = dearest(user) if may("leaks.see") and saved else None
    page = Page(answer, marked=marked) if isinstance(answer, Figures) else None
    context = {
        "summary": summary,
        "bars": bars(summary.days, HEIGHT),
        "saved": saved,
        "question": question,
        "page": page,
        "job": answer if isinstance(answer, Job) else None,
        "mistake": answer if isinstance(answer, Mistake) else None,
        "last": last_done() if may("imports.see") else None,
        "leak": entries([leak])[0] if leak else None,
        "health": health_of(funnels[:MOST], question.asked if question and page else None, user),
        "more_funnels": max(0, len(funnels) - MOST),
        "tasks": late_tasks(user) if may("deals.see") else [],
        "news": news(user) if may("leaks.see") else None,
        "doors": list(_doors(request, saved)),
    }
    return render(request, "overview/overview.html", context)


def _load(request: HttpRequest) -> str:
    """Where the demonstration firm is loaded, for those who may; else empty."""
    if not request.user.has_perm("demonstration.load"):
        return ""
    try:
        return reverse("demonstration_load")
    except NoReverseMatch:
        return ""


def _loading() -> Job | None:
    """The job that brings the demonstration firm, while it does."""
    job = job_of(DEMONSTRATION)
    return job if job is not None and job.state in UNFINISHED else None


def _doors(request: HttpRequest, saved: SavedFunnel | None) -> list[Door]:
    """What to do next, as far as this user may."""
    may = request.user.has_perm
    doors = []
    if saved is not None and saved.proposed and may("funnels.edit"):
        doors.append(
            Door(
                _("Make the funnel yours"),
                _("It was proposed from your data. Choose its steps."),
                reverse("funnel_edit", args=[saved.pk]),
                "pencil",
            )
        )
    elif may("funnels.edit"):
        doors.append(
            Door(_("New funnel"), _("Choose steps, and see how many pass."), reverse("funnel_new"), "funnel-plus")
        )
    if may("imports.run"):
        doors.append(
            Door(
                _("Import another file"),
                _("Deals, events, people. What is there already is not counted twice."),
                reverse("imports:list"),
                "upload",
            )
        )
    return doors
