"""The figures of a funnel as its page shows them, and how they are kept between requests.

What is kept holds counts, rates and times, and the names of steps; no name of a person, and no value of a property:
a breakdown and the reasons of losses are left out.
"""

import functools
import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import msgspec
from django.core.cache import cache
from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.funnel import Funnel, Period, Report
from tragt.funnel.step_report import StepReport
from tragt.funnel.stock import Stock
from tragt.stats.intervals import Rate
from tragt.web.funnels.counting.keeping import keep_if_possible
from tragt.web.funnels.definition import from_json, to_json
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.lexicon.meaning import NOTHING, Lexicon

__all__ = ["Asked", "Closed", "Figures", "Mark", "Recomputed", "keep", "kept", "newest", "newest_mark", "without_words"]

FORMAT = 3
KEPT_FOR = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the log.

    Attributes:
        funnel: The definition.
        period: Which entries count, in days.
        zone: The organisation's zone.
        version: Of the log.
        names: What is known of names, by which readers are shown the answer; the answer does not depend on it.
        units: What tells the units that its condition on the unit leaves from others; empty where there is none.
        stretch: The period as it was asked for, before it was resolved to days; None where days were asked for.
        fiscal_year_start: The month in which the organisation's years begin.
    """

    funnel: Funnel
    period: Period
    zone: str
    version: str
    names: Lexicon = NOTHING
    units: str = ""
    stretch: SavedPeriod | None = None
    fiscal_year_start: int = 1

    @property
    def meant(self) -> str:
        """A text that tells its period from others, whatever days that is now."""
        stretch = self.stretch or SavedPeriod(PeriodKind.FIXED, self.period.start, self.period.end)
        return f"{stretch.kind} {stretch.start} {stretch.end} {self.fiscal_year_start}"

    @property
    def lasting(self) -> str:
        """Under what it is kept which figures are the newest, whatever came into the log since."""
        parts = (FORMAT, _program(), self.zone, self.meant)
        text = "\n".join([*map(str, parts), to_json(self.funnel)])
        return f"funnels.newest.{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def key(self) -> str:
        """Under what the answer is kept; the reader's language plays no part in it."""
        parts = (FORMAT, _program(), self.version, self.zone, self.period.start, self.period.end, self.units)
        text = "\n".join([*map(str, parts), to_json(self.funnel)])
        return f"funnels.figures.{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Closed:
    """How many had entered on days that were over.

    Attributes:
        since: First day of the period; None is from the beginning.
        until: The day that was not over yet.
        entered: How many had an entry before it.
    """

    since: date | None
    until: date
    entered: int


@dataclass(frozen=True, slots=True)
class Recomputed:
    """That days which were over have other figures now.

    Attributes:
        since: When the figures before were computed.
        entered: How many more entered on those days than was known then; fewer are below 0.
    """

    since: datetime
    entered: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The answer, and what it cost.

    Attributes:
        report: The report.
        stock: Units per stage now, where the funnel runs over the stages of a pipeline; else None.
        events: How many events were looked at.
        took_ms: How long it took, in milliseconds.
        computed: When.
        good_until: When it must be computed anew although the log has not changed; None is never.
        names: What is known of names, by which readers are shown the report.
        closed: How many had entered on days that are over; None where that is not known.
        recomputed: Whether days that were over have others since; None where they have not.
        first: Whether this is the first answer: counts, observed rates and times, the rest of which is being counted.
        one_in: It was counted among one unit in so many.
        behind: Whether the log has changed since, so that newer figures are being counted.
    """

    report: Report
    stock: Stock | None
    events: int
    took_ms: int
    computed: datetime
    good_until: datetime | None = None
    names: Lexicon = NOTHING
    closed: Closed | None = None
    recomputed: Recomputed | None = None
    first: bool = False
    one_in: int = 1
    behind: bool = False

    @property
    def stamp(self) -> int:
        """When it was computed, in milliseconds since 1970."""
        return int(self.computed.timestamp() * 1000)

    @property
    def shown(self) -> Report:
        """The report for readers, its events called as people call them."""
        return self.names.shown_report(self.report)


class _Kept(msgspec.Struct, frozen=True):
    """Figures without the types that only the library knows how to read."""

    definition: str
    start: date | None
    end: date | None
    steps: tuple[StepReport, ...]
    as_of: datetime
    observed_so_far: bool
    mature: int
    attempts: int
    expected_from: str
    horizon_seconds: float | None
    of_those_closed: Rate | None
    stationary: bool | None
    backwards: int | None
    reopened: int | None
    undated: int
    stock: Stock | None
    events: int
    took_ms: int
    computed: datetime
    good_until: datetime | None
    closed: Closed | None = None
    recomputed: Recomputed | None = None


class Mark(msgspec.Struct, frozen=True):
    """Which figures of a question are the newest.

    Attributes:
        key: Under what they are kept.
        stamp: When they were computed, in milliseconds since 1970.
        took_ms: How long that took.
    """

    key: str
    stamp: int
    took_ms: int


def keep(asked: Asked, figures: Figures) -> None:
    """Keep figures until the log changes, where they can be kept.

    Args:
        asked: What was asked.
        figures: The answer.
    """
    report = figures.report
    period = report.period or Period()
    held = _Kept(
        definition=to_json(report.funnel),
        start=period.start,
        end=period.end,
        stock=figures.stock,
        events=figures.events,
        took_ms=figures.took_ms,
        computed=figures.computed,
        good_until=figures.good_until,
        closed=figures.closed,
        recomputed=figures.recomputed,
        **{name: getattr(report, name) for name in _OF_REPORT},
    )
    keep_if_possible(asked.key, msgspec.msgpack.encode(held), KEPT_FOR)
    before = newest_mark(asked)
    if before is not None and before.stamp > figures.stamp:
        return
    mark = msgspec.msgpack.encode(Mark(asked.key, figures.stamp, figures.took_ms))
    keep_if_possible(asked.lasting, mark, KEPT_FOR)
    if before is not None and before.key != asked.key:
        cache.delete(before.key)


def kept(asked: Asked) -> Figures | None:
    """The figures that were kept; None where there are none, or none that still hold.

    Args:
        asked: What is asked.
    """
    figures = _held(asked.key, asked.zone)
    if figures is None or figures.good_until is None or figures.good_until > timezone.now():
        return figures
    return None


def newest(asked: Asked) -> Figures | None:
    """The newest figures that were kept of what is asked, of the log as it is or as it was; None where there are none.

    Args:
        asked: What is asked.
    """
    mark = newest_mark(asked)
    return None if mark is None else _held(mark.key, asked.zone)


def newest_mark(asked: Asked) -> Mark | None:
    """Which figures are the newest.

    Args:
        asked: What is asked.
    """
    held = cache.get(asked.lasting)
    try:
        return _marks.decode(held) if isinstance(held, bytes) else None
    except msgspec.DecodeError:
        return None


def _held(key: str, zone: str) -> Figures | None:
    held = cache.get(key)
    if not isinstance(held, bytes):
        return None
    try:
        return _figures(_decoder.decode(held), ZoneInfo(zone))
    except (msgspec.DecodeError, InvalidDefinition):
        return None


def without_words(report: Report) -> Report:
    """The report without what people wrote: breakdown and reasons, which are not to be kept.

    How many rows could not be read is told by each import; the log does not know it.
    """
    return replace(report, loss_reasons=None, breakdown=None, parts=(), trend=(), curve=None, rejected=None)


@functools.cache
def _program() -> str:
    """The version of the program, whose figures may differ from those of another."""
    return version("tragt")


_OF_REPORT = (
    "steps",
    "as_of",
    "observed_so_far",
    "mature",
    "attempts",
    "expected_from",
    "horizon_seconds",
    "of_those_closed",
    "stationary",
    "backwards",
    "reopened",
    "undated",
)

_decoder = msgspec.msgpack.Decoder(_Kept)
_marks = msgspec.msgpack.Decoder(Mark)


def _figures(read: _Kept, zone: ZoneInfo) -> Figures:
    values = {name: getattr(read, name) for name in _OF_REPORT} | {"as_of": read.as_of.astimezone(zone)}
    period = Period(read.start, read.end)
    report = Report(funnel=from_json(read.definition), period=None if period == Period() else period, **values)
    figures = Figures(report, read.stock, read.events, read.took_ms, read.computed, read.good_until)
    return replace(figures, closed=read.closed, recomputed=read.recomputed)
