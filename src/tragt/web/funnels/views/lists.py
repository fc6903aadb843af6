"""Those who stand at a step: the list behind every count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import polars as pl
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from tragt.funnel.definition import Unit
from tragt.funnel.members import ENTERED, OUTCOMES_AT_STEP, Members
from tragt.web.funnels import actions, queries
from tragt.web.funnels.downloads import comma_separated, file_name
from tragt.web.funnels.figures import Figures
from tragt.web.funnels.presenting import Page
from tragt.web.funnels.sources import names_of
from tragt.web.funnels.standing import kept_members, members_of
from tragt.web.funnels.views.asking import Question
from tragt.web.funnels.views.pages import SEE, download
from tragt.web.jobs.queries import worker_alive
from tragt.web.people.queries import Named
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who

EXPORT = permission_required(["funnels.see", "people.export"], raise_exception=True)

PER_PAGE = 50
_TOGETHER = 5_000

OUTCOMES: dict[str, Promise] = {
    "entered": _("All who reached it"),
    "passed": _("Passed"),
    "lost": _("Lost"),
    "excluded": _("Excluded"),
    "expired": _("Expired"),
    "open": _("Open"),
}
OF_ONE: dict[str, Promise] = {
    "passed": pgettext_lazy("of one person or deal", "Passed"),
    "lost": pgettext_lazy("of one person or deal", "Lost"),
    "excluded": pgettext_lazy("of one person or deal", "Excluded"),
    "expired": pgettext_lazy("of one person or deal", "Expired"),
    "open": pgettext_lazy("of one person or deal", "Open"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One who stands at a step.

    Attributes:
        named: Who, as the page calls them.
        reached: When they reached the step; None for an optional one.
        started: When they entered the funnel.
        outcome: What became of them there.
    """

    named: Named
    reached: datetime | None
    started: datetime
    outcome: str

    @property
    def outcome_words(self) -> Promise:
        """What became of them there, in words."""
        return OF_ONE[self.outcome]


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to stand at the step, and how many stand so."""

    outcome: str
    words: Promise
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """The step and outcome that a request asks for."""

    step: int
    outcome: str

    @classmethod
    def of(cls, request: HttpRequest, number: int, steps: int) -> "Place":
        """The place of a request.

        Raises:
            Http404: There is no such step or outcome.
        """
        outcome = request.GET.get("outcome", ENTERED)
        if not 1 <= number <= steps or outcome not in OUTCOMES:
            raise Http404
        return cls(number - 1, outcome)


@require_GET
@SEE
def standing(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Those who stand at a step, page by page."""
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures):
        return redirect("funnel", key)
    place = Place.of(request, number, len(figures.report.steps))
    members = _members(question, figures)
    if members is None:
        context = {"saved": question.saved, "question": question, "job": question.job(), "worker": worker_alive()}
        return render(request, "funnels/without.html", context)
    frame = members.at(place.step, place.outcome)
    page = Page(figures)
    paged = Paginator(_Rows(frame, figures.report.funnel.unit), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "saved": question.saved,
        "question": question,
        "page": page,
        "place": place,
        "number": number,
        "step": page.step_names[place.step],
        "tabs": _tabs(page, place.step),
        "total": frame.height,
        "paged": paged,
        "people": list(paged.object_list),
        "days": _are_days(frame),
        "optional": figures.report.steps[place.step].optional,
    }
    return render(request, "funnels/standing.html", context)


def _members(question: Question, figures: Figures) -> Members | None:
    """Who stands where; None where a job has to work it out."""
    found = kept_members(question.asked, figures)
    if found is None and queries.is_quick(question.asked):
        return members_of(question.asked, figures)
    return found


def _are_days(frame: pl.DataFrame) -> bool:
    """Whether all of the times are known by their day alone, and stand at its start."""
    zone = organisation.current().time_zone
    at = pl.col("started", "reached").dt.convert_time_zone(zone).dt.time()
    return bool(frame.select(pl.all_horizontal((at == time(0)).all())).item())


def _tabs(page: Page, step: int) -> list[Tab]:
    counts = ((name, page.count(step, name)) for name in (ENTERED, *OUTCOMES_AT_STEP))
    return [Tab(name, OUTCOMES[name], count) for name, count in counts if count or name == ENTERED]


class _Rows(Sequence[Standing]):
    """Those of a frame, named only as far as they are looked at."""

    def __init__(self, frame: pl.DataFrame, unit: Unit) -> None:
        self.frame = frame
        self.unit = unit

    def __len__(self) -> int:
        return self.frame.height

    def __getitem__(self, place: object) -> "Sequence[Standing]":  # type: ignore[override]
        if not isinstance(place, slice):
            raise TypeError
        rows = self.frame[place]
        names = names_of(self.unit, rows["unit"].to_list())
        return [
            Standing(named, reached, started, outcome)
            for named, (started, reached, outcome) in zip(
                names, rows.select("started", "reached", "outcome").iter_rows(), strict=True
            )
        ]


@require_GET
@EXPORT
def standing_csv(request: HttpRequest, key: int, number: int) -> HttpResponse | StreamingHttpResponse:
    """Those who stand at a step as CSV: all of them."""
    question = Question.of(request, key)
    figures = question.answer
    if not isinstance(figures, Figures):
        return redirect("funnel", key)
    place = Place.of(request, number, len(figures.report.steps))
    members = _members(question, figures)
    if members is None:
        return redirect("funnel_step", key, number)
    frame = members.at(place.step, place.outcome)
    actions.export_list(Who.of(request.user), question.saved, number, frame.height)  # type: ignore[arg-type]
    name = file_name(f"{question.saved.name} {number} {place.outcome}", "csv")
    rows = _csv_rows(_Rows(frame, figures.report.funnel.unit), days=_are_days(frame))
    return download(comma_separated(rows), "text/csv; charset=utf-8", name)


def _csv_rows(rows: _Rows, *, days: bool) -> Iterator[Sequence[object]]:
    zone = ZoneInfo(organisation.current().time_zone)

    def written(at: datetime | None) -> str:
        if at is None:
            return ""
        return at.astimezone(zone).date().isoformat() if days else at.isoformat()

    yield (str(rows.unit), "name", "email", "company", "entered_step", "entered_funnel", "outcome")
    for begin in range(0, len(rows), _TOGETHER):
        for one in rows[begin : begin + _TOGETHER]:
            named = one.named
            reached, started = written(one.reached), written(one.started)
            yield (named.id, named.label, named.email, named.company, reached, started, one.outcome)
