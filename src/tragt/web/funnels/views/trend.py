"""The trend of a funnel: shares and entries stretch by stretch, with targets and what happened meanwhile."""

import logging
from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.funnel import Funnel
from tragt.funnel.question import Every
from tragt.web.funnels import queries
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.models import Annotation, SavedFunnel
from tragt.web.funnels.showing.downloads import comma_separated, file_name
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of, unexpected
from tragt.web.funnels.trends import trends
from tragt.web.funnels.trends.annotations import annotations_between
from tragt.web.funnels.trends.attainment import Attained, Verdict, attained
from tragt.web.funnels.trends.forms_of_days import AnnotationForm
from tragt.web.funnels.trends.targets import targets_of
from tragt.web.funnels.trends.trend_picture import NARROW, WIDE, drawn, numbered
from tragt.web.funnels.trends.trending import ask_for_trend
from tragt.web.funnels.trends.trends import Trend
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.funnels.views.pages import download
from tragt.web.jobs.models import Job
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell import formats
from tragt.web.shell.acting import Who

__all__ = ["Chosen", "asked_trend", "table", "trend"]

SEE = permission_required("funnels.see", raise_exception=True)

EVERY: dict[Every, Promise] = {
    Every.DAY: gettext_lazy("by day"),
    Every.WEEK: gettext_lazy("by week"),
    Every.MONTH: gettext_lazy("by month"),
}
VERDICTS: dict[Verdict, Promise] = {
    Verdict.MET: gettext_lazy("met"),
    Verdict.SHORT: gettext_lazy("below, within chance"),
    Verdict.MISSED: gettext_lazy("missed"),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passage:
    """A step whose share is shown.

    Attributes:
        number: Number of the step, from 1; 0 is the whole way.
        name: What it is called.
        chosen: Whether it is the one that is shown.
    """

    number: int
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch as a line of the table."""

    one: Attained
    name: str
    share: str
    verdict: str

    @classmethod
    def of(cls, one: Attained, every: Every) -> "Row":
        """The line of a stretch."""
        return cls(one, called(one, every), share_of(one), str(VERDICTS[one.verdict]) if one.verdict else "")


def called(one: Attained, every: Every) -> str:
    """What a stretch is called: its day, its days, or its month."""
    if every is Every.MONTH and one.start.day == 1:
        return date_format(one.start, "YEAR_MONTH_FORMAT")
    first = formats.day(one.start)
    return first if every is Every.DAY else f"{first} – {formats.day(one.until)}"


def share_of(one: Attained) -> str:
    """The share in words, with its interval where it has one."""
    if one.rate is None:
        return formats.ABSENT
    if one.low is None or one.high is None:
        return formats.share(one.rate)
    return f"{formats.share(one.rate)} ({formats.share(one.low)} – {formats.share(one.high)})"


@dataclass
class Chosen:
    """What a request asks to see of a trend.

    Attributes:
        request: The request: ``?every=`` and ``?step=``, the number of a step.
        saved: The funnel.
    """

    request: HttpRequest
    saved: SavedFunnel

    @cached_property
    def every(self) -> Every:
        """How long the stretches are."""
        given = self.request.GET.get("every", "")
        return Every(given) if given in list(Every) else Every.WEEK

    @cached_property
    def funnel(self) -> Funnel:
        """The definition as it was saved."""
        return self.saved.funnel

    @cached_property
    def place(self) -> int | None:
        """Place of the step, from 0; None is the whole way."""
        number = whole_number(self.request.GET.get("step", ""))
        return number - 1 if number and number - 1 in self.funnel.required[1:] else None

    @cached_property
    def titles(self) -> list[str]:
        """What readers call the steps."""
        return [step.title for step in lexicon().shown(self.funnel).steps]

    @cached_property
    def passages(self) -> list[Passage]:
        """The steps whose shares can be shown, the whole way first."""
        required = self.funnel.required
        whole = Passage(0, gettext("The whole way"), self.place is None)
        if len(required) < 3:
            return [whole] if self.place is None else [Passage(0, whole.name, chosen=False), self._passage(self.place)]
        return [whole, *(self._passage(place) for place in required[1:])]

    def _passage(self, place: int) -> Passage:
        return Passage(place + 1, self.titles[place], place == self.place)

    @property
    def ends(self) -> tuple[str, str]:
        """The step that is left, and the one that is reached."""
        required = list(self.funnel.required)
        after = required[-1] if self.place is None else self.place
        before = required[0] if self.place is None else required[required.index(after) - 1]
        return self.titles[before], self.titles[after]


def asked_trend(request: HttpRequest, saved: SavedFunnel, every: Every) -> Trend | Job | Mistake:
    """The trend; or the job that counts it, where that takes long; or why there is none.

    Args:
        request: By whom.
        saved: The funnel.
        every: How long the stretches are.
    """
    try:
        asked = queries.ask(saved.funnel, saved.saved_period)
        found = trends.trend_at_hand(asked, every)
        if found is not None:
            return found
        if trends.works_at_once(asked):
            return trends.reckoned(asked, every)
        who = Who.of(request.user)  # type: ignore[arg-type]
        job = ask_for_trend(saved, every, asked.key, who, again="again" in request.GET)
        return trends.trend_before(asked, every) or job
    except TragtError as error:
        return mistake_of(error)
    except DatabaseError:
        raise
    except (Exception, PanicException):
        log.exception("The trend of funnel %s cannot be counted.", saved.pk)
        return unexpected()


@dataclass(frozen=True, slots=True)
class Shown:
    """The trend as the page shows it."""

    trend: Trend
    rows: list[Row]
    wide: SafeString
    narrow: SafeString
    notes: list[tuple[int, Annotation]]
    finding: str
    bad: bool
    stale: bool
    has_target: bool

    @property
    def young(self) -> bool:
        """Whether some stretches are not over."""
        return any(row.one.young for row in self.rows)


@require_GET
@SEE
def trend(request: HttpRequest, key: int) -> HttpResponse:
    """The page of the trend."""
    saved = saved_or_404(key)
    chosen = Chosen(request, saved)
    context: dict[str, object] = {"saved": saved, "chosen": chosen, "choices": EVERY.items()}
    try:
        answer = asked_trend(request, saved, chosen.every)
        if isinstance(answer, Trend):
            context["shown"] = _shown(chosen, answer)
    except TragtError as error:
        answer = mistake_of(error)
    if isinstance(answer, Mistake):
        context["mistake"] = answer
    elif isinstance(answer, Job):
        context["job"] = answer
    else:
        context["form"] = AnnotationForm(initial={"day": answer.as_of.date(), "funnel": saved.pk})
    return render(request, "funnels/trend.html", context)


def _shown(chosen: Chosen, found: Trend) -> Shown:
    stretches = attained(found, chosen.funnel, chosen.place, targets_of(chosen.saved))
    notes = annotations_between(chosen.saved, stretches[0].start, stretches[-1].until) if stretches else []
    asked = queries.ask(chosen.saved.funnel, chosen.saved.saved_period)
    return Shown(
        found,
        [Row.of(one, found.every) for one in stretches],
        drawn(stretches, notes, WIDE),
        drawn(stretches, notes, NARROW),
        [(number, note) for number, note, _place in numbered(stretches, notes)],
        _finding(stretches, chosen),
        _is_bad(stretches),
        trends.trend_at_hand(asked, found.every) is None,
        any(one.target is not None for one in stretches),
    )


def _finding(stretches: list[Attained], chosen: Chosen) -> str:
    """The most notable thing: a target that was missed last, or from where to where the share went."""
    over = _over(stretches)
    before, after = chosen.ends
    named = {"before": before, "after": after}
    if not over and all(one.over is None for one in stretches):
        return gettext("From “%(before)s” to “%(after)s”: too few have come so far to say how long it takes.") % named
    if not over:
        return gettext("From “%(before)s” to “%(after)s”: no stretch is over yet.") % named
    last = over[-1]
    told = {**named, "now": formats.share(last.rate), "target": formats.share(last.target)}
    if last.verdict is Verdict.MISSED:
        return (
            gettext(
                "From “%(before)s” to “%(after)s” %(now)s went on last, less than the target of %(target)s by more "
                "than chance explains."
            )
            % told
        )
    if last.verdict is Verdict.MET:
        return gettext("From “%(before)s” to “%(after)s” %(now)s went on last; the target is %(target)s.") % told
    first = over[0]
    told["was"] = formats.share(first.rate)
    if _less(first, last):
        return gettext("From “%(before)s” to “%(after)s” more go on than before: %(was)s, now %(now)s.") % told
    if _less(last, first):
        return gettext("From “%(before)s” to “%(after)s” fewer go on than before: %(was)s, now %(now)s.") % told
    return gettext("From “%(before)s” to “%(after)s”: no change between the first and the last beyond chance.") % named


def _is_bad(stretches: list[Attained]) -> bool:
    """Whether what is most notable is bad: the target was missed last, or fewer go on than before."""
    over = _over(stretches)
    if not over or over[-1].verdict is Verdict.MET:
        return False
    return over[-1].verdict is Verdict.MISSED or _less(over[-1], over[0])


def _over(stretches: list[Attained]) -> list[Attained]:
    """The stretches whose share will not grow any more."""
    return [one for one in stretches if not one.young and one.rate is not None]


def _less(one: Attained, other: Attained) -> bool:
    """Whether one share lies below another by more than chance explains."""
    return one.high is not None and other.low is not None and one.high < other.low


@require_GET
@SEE
def table(request: HttpRequest, key: int) -> StreamingHttpResponse | HttpResponse:
    """The trend as CSV: a line a stretch."""
    saved = saved_or_404(key)
    chosen = Chosen(request, saved)
    answer = asked_trend(request, saved, chosen.every)
    if not isinstance(answer, Trend):
        said = gettext("The trend is not there yet. Open its page.")
        return HttpResponse(said, status=404, content_type="text/plain")
    head = ("start", "until", "step", "came", "passed", "rate", "low", "high", "over", "target", "attainment")
    stretches = attained(answer, chosen.funnel, chosen.place, targets_of(saved))
    step = chosen.ends[1]
    names = ("came", "passed", "rate", "low", "high", "over")
    rows = (
        (one.start, one.until, step, *(getattr(one, name) for name in names), one.target, one.ratio)
        for one in stretches
    )
    name = file_name(f"{saved.name} {chosen.every}", "csv")
    return download(comma_separated(iter([head, *rows])), "text/csv; charset=utf-8", name)
