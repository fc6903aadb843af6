"""The page of a step: what became of those who reached it, and panels that are worked out one by one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.funnel.members import ENTERED
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels import queries
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.marks import Marked, marks_of
from tragt.web.funnels.panels import panels_of
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.steps.breaking import broken_by, splits_offered
from tragt.web.funnels.steps.inside import inside_of, trail_of
from tragt.web.funnels.steps.losing import losses_of
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.playbook import playbook_of
from tragt.web.funnels.steps.refusing import refused
from tragt.web.funnels.steps.telling_drivers import changed_of, told_of
from tragt.web.funnels.steps.times import ages_of, lengths_of
from tragt.web.funnels.steps.touching import touched_of
from tragt.web.funnels.steps.trend import EVERY, every_of, trend_of
from tragt.web.funnels.steps.wandering import ways_of
from tragt.web.funnels.views.asking import Question
from tragt.web.funnels.views.lists import (
    UNITS_SAVED,
    Place,
    heads_of,
    listing_of,
    members_at_hand,
    standing,
    tabs_of,
)
from tragt.web.funnels.views.pages import SEE
from tragt.web.jobs.queries import worker_alive
from tragt.web.records.queries.names import active_users
from tragt.web.records.views.undoing import undoable

__all__ = ["PANELS", "opened", "panel"]

log = logging.getLogger(__name__)

FIRST = 10
"""So many of those who stand there the page names; the list has all."""

Inputs = dict[str, object]


_LISTED = frozenset({"outcome", "page", "by", "value"})
"""What an address asks of the list of those who stand at the step."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a panel is told of.

    Attributes:
        request: Of who looks.
        question: The funnel.
        opened: The step.
    """

    request: HttpRequest
    question: Question
    opened: Opened


@dataclass(frozen=True, slots=True)
class PanelKind:
    """A panel of the page of a step.

    Attributes:
        name: In addresses, and of its template.
        title: Its heading.
        leads: What it answers, in a line.
        tell: Works it out.
        asked: Whether it waits to be asked for, since all that the people did must be read for it.
    """

    name: str
    title: Promise
    leads: Promise
    tell: Callable[[_Looked], Inputs]
    asked: bool = False

    @property
    def template(self) -> str:
        """Its template."""
        return f"funnels/_panel_{self.name}.html"


@require_GET
@SEE
def opened(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """A step; with an outcome, the list of those who stand so at it, or why the reader may not see it."""
    if not _LISTED.isdisjoint(request.GET):
        if visible_owners(asker(request)) is None:
            return standing(request, key, number)
        kept = request.GET.copy()
        for name in _LISTED:
            kept.pop(name, None)
        return redirect(f"{request.path}?{kept.urlencode()}#people")
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures) or question.wrong:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    user = asker(request)
    looked = Opened(question.asked, figures, place.step, visible_owners(user) is None)
    page = Page(figures, marked=marks_of([question.saved], user).get(key))
    context: Inputs = {
        "saved": question.saved,
        "question": question,
        "page": page,
        "looked": looked,
        "number": number,
        "step": page.step_names[place.step],
        "line": page.lines[place.step],
        "tabs": tabs_of(page, place.step),
        "marked": _marked(page.marked, looked),
        "playbook": playbook_of(looked),
        "panels": PANELS if looked.ordered else (),
        "others": panels_of(question.saved, place.step, user),
        "undoable": undoable(request),
        **(_people(question, figures, place, user) if looked.all_seen else {}),
    }
    return render(request, "funnels/step.html", context)


def _marked(marked: Marked | None, looked: Opened) -> Inputs | None:
    """The step that the apps above lead to, where it is this one or the next: with the page on which it is opened."""
    if marked is None:
        return None
    before = max((place for place in looked.report.funnel.required if place < marked.place), default=0)
    if looked.place not in (before, marked.place):
        return None
    return {"marked": marked, "here": looked.gap.after == marked.place, "number": before + 1}


def _people(question: Question, figures: Figures, place: Place, user: User) -> Inputs:
    """The newest of those who reached the step, for who sees everyone's records."""
    members = members_at_hand(question, figures)
    if members is None:
        return {"job": question.job(), "worker": worker_alive()}
    frame = members.at(place.step, ENTERED)
    listing = listing_of(question, figures, frame)
    return {
        "people": list(listing[:FIRST]),
        "heads": heads_of(listing),
        "days": listing.are_days,
        "total": frame.height,
        "place": place,
        "optional": figures.report.steps[place.step].optional,
        "plans": question.asked.funnel.unit in UNITS_SAVED and user.has_perm("activities.edit"),
        "users": active_users() if user.has_perm("activities.edit") else [],
    }


@require_GET
@SEE
def panel(request: HttpRequest, key: int, number: int, name: str) -> HttpResponse:
    """One panel of a step: alone where a script asks for it, else as a page."""
    kind = next((one for one in PANELS if one.name == name), None)
    if kind is None:
        raise Http404
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures) or question.wrong:
        return redirect(question.address)
    place = Place.of(request, number, len(figures.report.steps))
    looked = _Looked(
        request, question, Opened(question.asked, figures, place.step, visible_owners(asker(request)) is None)
    )
    context: Inputs = {
        "saved": question.saved,
        "question": question,
        "number": number,
        "kind": kind,
        "step": looked.opened.names[place.step],
        "looked": looked.opened,
    }
    part = "HX-Request" in request.headers
    template = "funnels/_panel.html" if part else "funnels/panel.html"
    return render(request, template, {**context, "part": part, **_told(kind, looked)})


def _told(kind: PanelKind, looked: _Looked) -> Inputs:
    """What a panel says; where it cannot, why. Nothing else on the page breaks."""
    try:
        return kind.tell(replace(looked, opened=_exact(looked)))
    except TragtError as error:
        return {"refusal": refused(error)}
    except (DatabaseError, Http404):
        raise
    except (Exception, PanicException):
        log.exception("Panel %s of funnel %s cannot be told.", kind.name, looked.question.saved.pk)
        return {
            "refusal": _("This could not be worked out, for a reason that nobody foresaw. The rest of the page holds.")
        }


def _exact(looked: _Looked) -> Opened:
    """The step with figures of the log as it is, where what was kept says less, or is older."""
    figures = looked.opened.figures
    if (figures.first or figures.behind) and queries.is_quick(looked.opened.asked):
        return replace(looked.opened, figures=queries.reckoned(looked.opened.asked))
    return looked.opened


def _times(looked: _Looked) -> Inputs:
    figures = looked.opened.figures
    members = members_at_hand(looked.question, figures)
    ages = None if members is None else ages_of(looked.opened, members)
    try:
        return {"lengths": lengths_of(looked.opened), "ages": ages}
    except TragtError as error:
        return {"ages": ages, "why_none": refused(error)}


def _trend(looked: _Looked) -> Inputs:
    every = every_of(looked.opened, looked.request.GET.get("every", ""))
    return {"trend": trend_of(looked.opened, every), "offered": list(EVERY.items())}


def _breakdown(looked: _Looked) -> Inputs:
    offered = splits_offered(looked.opened)
    wanted = looked.request.GET.get("by", "")
    chosen = next((one for one in offered if one.code == wanted), None)
    if wanted and chosen is None:
        raise Http404
    usual = [one for one in offered if one.name in looked.question.saved.breakdowns]
    by = chosen or next(iter([*usual, *offered]), None)
    return {"offered": offered, "by": by, "broken": None if by is None else broken_by(looked.opened, by)}


def _losses(looked: _Looked) -> Inputs:
    return {"losses": losses_of(looked.opened, members_at_hand(looked.question, looked.opened.figures))}


def _inside(looked: _Looked) -> Inputs:
    then = trail_of(looked.request.GET.get("then", ""))
    return {"inside": inside_of(looked.opened, then)}


def _drivers(looked: _Looked) -> Inputs:
    told = told_of(looked.opened)
    try:
        changed = changed_of(looked.opened)
    except TragtError:
        changed = None
    return {"told": told, "changed": changed}


def _paths(looked: _Looked) -> Inputs:
    return {"wandered": ways_of(looked.opened)}


def _touches(looked: _Looked) -> Inputs:
    return {"touched": touched_of(looked.opened)}


PANELS = (
    PanelKind("breakdown", _("Breakdown"), _("Who does worse, beyond chance?"), _breakdown),
    PanelKind("losses", _("Why they do not go on"), _("Lost for which reasons, or gone silent?"), _losses),
    PanelKind("times", _("How long it takes"), _("How long do they take, and who waits for too long?"), _times),
    PanelKind("trend", _("By date of entry"), _("Does it get better or worse?"), _trend),
    PanelKind(
        "inside", _("What happens in between"), _("Which single actions lead on from here?"), _inside, asked=True
    ),
    PanelKind(
        "drivers",
        _("What sets apart those who go on"),
        _("Which properties and events go along with it?"),
        _drivers,
        asked=True,
    ),
    PanelKind("paths", _("Paths"), _("What do they do before, on the way and afterwards?"), _paths, asked=True),
    PanelKind("touches", _("Touches"), _("How much does it take for each one who goes on?"), _touches, asked=True),
)
