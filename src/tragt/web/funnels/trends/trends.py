"""The trend of a saved funnel: how many entered in each stretch of days, and what share came to each step.

The unit of observation is the stretch. What is kept holds counts and rates, and no word of a person.
"""

import hashlib
import math
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from time import perf_counter

import msgspec
from django.core.cache import cache
from django.utils import timezone

from tragt.funnel import Funnel, Period, Report
from tragt.funnel.question import Every
from tragt.funnel.report import Part
from tragt.funnel.run import report_on
from tragt.stats.intervals import Rate
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import KEPT_FOR, Asked
from tragt.web.funnels.counting.keeping import keep_if_possible
from tragt.web.funnels.counting.sources import log_names
from tragt.web.funnels.definition import to_json

__all__ = [
    "MOST",
    "Line",
    "Stretch",
    "Trend",
    "end_of",
    "keep_trend",
    "latest",
    "reckoned",
    "some_before",
    "trend_at_hand",
    "trend_before",
    "works_at_once",
]

FORMAT = 2
MOST = {Every.DAY: 42, Every.WEEK: 53, Every.MONTH: 36}
"""How many of the last stretches are counted."""

_AHEAD_FOR = 3600
"""For how many seconds a trend holds that was looked at from now, since the log has events ahead of it."""


class Line(msgspec.Struct, frozen=True):
    """A step in one stretch.

    Attributes:
        entered: How many reached it so far.
        from_previous: The share of those at the required step before, where the stretch is known to be over; else None.
        from_first: The share of those who entered, likewise.
    """

    entered: int
    from_previous: Rate | None
    from_first: Rate | None


class Stretch(msgspec.Struct, frozen=True):
    """Those who entered in a stretch of days.

    Attributes:
        start: Its first day.
        over: Whether all of them have had their full time; without a limit in time, the time that nine of ten took;
            None where that is not known.
        lines: A line a step, optional ones in their place.
    """

    start: date
    over: bool | None
    lines: tuple[Line, ...]


class Trend(msgspec.Struct, frozen=True):
    """The last stretches, in their order.

    Attributes:
        every: How long the stretches are.
        stretches: The stretches.
        cut: Whether there are earlier ones that were not counted.
        timeless: Whether the funnel has no limit in time.
        as_of: The moment that was looked from.
        computed: When.
        took_ms: How long it took, in milliseconds.
    """

    every: Every
    stretches: tuple[Stretch, ...]
    cut: bool
    timeless: bool
    as_of: datetime
    computed: datetime
    took_ms: int


def end_of(start: date, every: Every) -> date:
    """The last day of a stretch.

    Args:
        start: Its first day; the first stretch of a period may begin within one.
        every: How long stretches are.
    """
    match every:
        case Every.DAY:
            return start
        case Every.WEEK:
            return start + timedelta(days=6 - start.weekday())
        case Every.MONTH:
            return (start.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def trend_at_hand(asked: Asked, every: Every) -> Trend | None:
    """The trend, where it is kept and the log is as it was; else None.

    Args:
        asked: What is asked.
        every: How long the stretches are.
    """
    return _read(_key(asked, every))


def trend_before(asked: Asked, every: Every) -> Trend | None:
    """The trend as it was counted last, of whatever the log was then; None where it never was.

    Args:
        asked: What is asked.
        every: How long the stretches are.
    """
    return _read(_key_of_last(asked, every))


def works_at_once(asked: Asked) -> bool:
    """Whether the trend can be counted while a reader waits: not of a large log."""
    return sum(one.count for one in log_names()) <= counting.MOST_IN_MEMORY and queries.is_quick(asked)


def reckoned(asked: Asked, every: Every) -> Trend:
    """The trend, counted where it is not kept, and kept from then on.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    found = trend_at_hand(asked, every)
    if found is None:
        found = _compute(asked, every)
        keep_trend(asked, found)
    return found


def keep_trend(asked: Asked, found: Trend) -> None:
    """Keep a trend until the log changes, and as what was counted last.

    Args:
        asked: What was asked.
        found: The trend.
    """
    held = msgspec.msgpack.encode(found)
    moves_on = found.as_of >= found.computed
    keep_if_possible(_key(asked, found.every), held, _AHEAD_FOR if moves_on else KEPT_FOR)
    keep_if_possible(_key_of_last(asked, found.every), held, KEPT_FOR)


def _compute(asked: Asked, every: Every) -> Trend:
    began, now = perf_counter(), timezone.now()
    as_of, _moves_on = queries.moment_of(asked.funnel, now)
    whole = replace(asked.period, as_of=as_of)
    shown = latest(whole, every, queries.calendar(asked.funnel, asked.version).today, MOST[every])
    question, log, units, moment = counting.laid_open(asked.funnel, shown)
    report = report_on(question, log, trend=every, units=units)
    ages = _Ages(every, moment.astimezone(question.zone).date(), _usual_days(report))
    stretches = tuple(_stretch(part, ages) for part in report.trend)
    cut = some_before(asked.funnel, whole, shown)
    took = round(1000 * (perf_counter() - began))
    return Trend(every, stretches, cut, report.observed_so_far, moment, now, took)


def _usual_days(report: Report) -> int | None:
    """In how many days nine of ten of those get through who do, where there is no limit in time."""
    times = report.steps[report.funnel.required[-1]].time_from_first
    return None if times is None else math.ceil(times.ninety / 86_400)


def latest(period: Period, every: Every, data_until: date, most: int) -> Period:
    """A period, cut to its last stretches.

    Args:
        period: The period.
        every: How long the stretches are.
        data_until: The day of the last event, from which they are counted back where the period ends later.
        most: How many of them.
    """
    last = data_until if period.end is None else min(period.end - timedelta(days=1), data_until)
    first = _beginning(last, every, most - 1)
    return period if period.start is not None and period.start >= first else replace(period, start=first)


def some_before(funnel: Funnel, period: Period, shown: Period) -> bool:
    """Whether somebody entered in a period before the stretches of it that are shown.

    Args:
        funnel: The definition.
        period: The period, with the moment that was looked from.
        shown: The same, cut to the stretches that are shown.
    """
    if shown.start is None or shown == period:
        return False
    entered = counting.entered_before_days(funnel, period, {shown.start}).get(shown.start)
    return bool(_entered(funnel, replace(period, end=shown.start)) if entered is None else entered)


def _entered(funnel: Funnel, period: Period) -> int:
    """How many entered in a period, whatever an entry is."""
    question, log, units, _moment = counting.laid_open(funnel, period)
    return report_on(question, log, units=units, expected=False).attempts


def _beginning(last: date, every: Every, back: int) -> date:
    """The first day of the stretch so many before that of a day."""
    match every:
        case Every.DAY:
            return last - timedelta(days=back)
        case Every.WEEK:
            return last - timedelta(days=last.weekday() + 7 * back)
        case Every.MONTH:
            months = last.year * 12 + last.month - 1 - back
            return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class _Ages:
    """By what it is told whether a stretch without a limit in time is over."""

    every: Every
    today: date
    usual_days: int | None

    def over(self, start: date) -> bool | None:
        if self.usual_days is None:
            return None
        return end_of(start, self.every) + timedelta(days=self.usual_days) < self.today


def _stretch(part: Part, ages: _Ages) -> Stretch:
    """A stretch of the report; what is not known to be over has counts alone: its few old enough are no fair sample."""
    start = part.value
    if not isinstance(start, date):
        raise TypeError(f"A stretch of a trend begins on a day, not with {start!r}.")
    over = ages.over(start) if part.mature is None else part.mature
    young = over is not True
    lines = (
        Line(step.entered, None if young else step.from_previous, None if young else step.from_first)
        for step in part.steps
    )
    return Stretch(start, over, tuple(lines))


def _key(asked: Asked, every: Every) -> str:
    return f"funnels.trend.{FORMAT}.{every}.{asked.key[-64:]}"


def _key_of_last(asked: Asked, every: Every) -> str:
    """Under what the trend is kept whatever the log is; the days of a period that moves with the data play no part."""
    text = "\n".join([asked.zone, asked.units, asked.meant, to_json(asked.funnel)])
    return f"funnels.trend.last.{FORMAT}.{every}.{hashlib.sha256(text.encode()).hexdigest()}"


_decoder = msgspec.msgpack.Decoder(Trend)


def _read(key: str) -> Trend | None:
    held = cache.get(key)
    if not isinstance(held, bytes):
        return None
    try:
        return _decoder.decode(held)
    except msgspec.DecodeError:
        return None
