"""What share went on, by the date on which they entered the funnel. The unit of observation is the stretch of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from tragt.errors import NotEnoughData
from tragt.funnel.question import Every
from tragt.funnel.report import Part
from tragt.funnel.run import report_on
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.steps.drawing import Point, scale, trend
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.trends import trends
from tragt.web.shell import formats

__all__ = ["EVERY", "Stretch", "Trend", "every_of", "trend_of"]

EVERY = {
    Every.DAY: gettext_lazy("by day"),
    Every.WEEK: gettext_lazy("by week"),
    Every.MONTH: gettext_lazy("by month"),
}
_MOST = {Every.DAY: 42, Every.WEEK: 26, Every.MONTH: 24}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Those who entered the funnel in a stretch of days.

    Attributes:
        name: The first day, in words.
        entered: How many came to the step.
        passed: How many of them went on.
        share: What share, with its interval where it is over.
        young: Whether not all of them have had their full time.
    """

    name: str
    entered: int
    passed: int
    share: str
    young: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """The shares in their order.

    Attributes:
        every: How long the stretches are.
        stretches: The stretches.
        picture: The points.
        end: The share at the upper edge.
        young: Whether some are not over yet.
        timeless: Whether the funnel has no limit in time, so that none ever is.
        first_left_out: Whether some entered before the first stretch that is shown.
        finding: The most notable thing.
    """

    every: Every
    stretches: Sequence[Stretch]
    picture: SafeString
    end: str
    young: bool
    timeless: bool
    first_left_out: bool
    finding: str


def every_of(opened: Opened, given: str) -> Every:
    """How long the stretches are: what somebody chose, else what fits the days that the figures are of."""
    if given in list(Every):
        return Every(given)
    period = opened.period
    first = period.start
    days = None if first is None else ((period.end or opened.report.as_of.date()) - first).days
    return Every.DAY if days is not None and days <= _MOST[Every.DAY] else Every.WEEK


def trend_of(opened: Opened, every: Every) -> Trend:
    """What share went on, stretch by stretch.

    Raises:
        NotEnoughData: Nobody entered, or nobody lately, or the steps come in any order.
    """
    opened.refuse_any_order()
    parts, cut = remembered(opened, ("trend", every), lambda: _parts(opened, every))
    if not parts and cut:
        raise NotEnoughData("steps.no_trend_lately", "Nobody entered in the newest stretches that can be shown.")
    if not parts:
        raise NotEnoughData("steps.no_trend", "Nobody entered in this period, so there is nothing to compare by date.")
    points = [_point(part, opened) for part in parts]
    end = scale(max(point.high or point.rate or 0 for point in points))
    stretches = [_stretch(part, point, opened) for part, point in zip(parts, points, strict=True)]
    return Trend(
        every,
        stretches,
        trend(points, end),
        formats.share(end),
        any(not point.over for point in points),
        opened.report.observed_so_far,
        cut,
        _finding(parts, points, opened),
    )


def _parts(opened: Opened, every: Every) -> tuple[tuple[Part, ...], bool]:
    """The newest stretches that a page can show; and whether somebody entered before the first of them."""
    data_until = queries.calendar(opened.asked.funnel, opened.asked.version).today
    latest = trends.latest(opened.period, every, min(data_until, opened.report.as_of.date()), _MOST[every])
    question, log, units, _moment = counting.laid_open(opened.funnel, latest)
    parts = report_on(question, log, trend=every, units=units, expected=False).trend
    return parts, trends.some_before(opened.funnel, opened.period, latest)


def _point(part: Part, opened: Opened) -> Point:
    line, before = part.steps[opened.gap.after], part.steps[opened.gap.before]
    if part.mature is False:
        return Point(line.entered / before.entered if before.entered else None, over=False)
    rate = line.from_previous
    return Point(None) if rate is None else Point(rate.rate, rate.low, rate.high)


def _stretch(part: Part, point: Point, opened: Opened) -> Stretch:
    entered, passed = part.steps[opened.gap.before].entered, part.steps[opened.gap.after].entered
    if point.rate is None:
        share = formats.ABSENT
    elif point.over:
        numbers, rate = opened.said.numbers, part.steps[opened.gap.after].from_previous
        share = formats.ABSENT if rate is None else numbers.rate(rate)
    else:
        share = formats.share(point.rate)
    return Stretch(_called(part.value), entered, passed, share, not point.over)


def _called(day: object) -> str:
    return formats.day(day) if isinstance(day, date) else str(day)


def _finding(parts: Sequence[Part], points: Sequence[Point], opened: Opened) -> str:
    """From where to where the share went, where the intervals of the first and the last that is over part."""
    over = [(part, point) for part, point in zip(parts, points, strict=True) if point.over and point.low is not None]
    named = {"before": opened.before, "after": opened.after}
    if len(over) >= 2 and not opened.report.observed_so_far:
        (first, was), (last, now) = over[0], over[-1]
        filled = {
            **named,
            "was": formats.share(was.rate),
            "now": formats.share(now.rate),
            "first": _called(first.value),
            "last": _called(last.value),
        }
        if (now.low or 0) > (was.high or 0):
            return _rose() % filled
        if (now.high or 0) < (was.low or 0):
            return _fell() % filled
    return gettext("From “%(before)s” to “%(after)s”: no change between the first and the last beyond chance.") % named


def _rose() -> str:
    return gettext(
        "More go on from “%(before)s” to “%(after)s” than before: %(was)s of those who entered from %(first)s on, "
        "%(now)s from %(last)s on."
    )


def _fell() -> str:
    return gettext(
        "Fewer go on from “%(before)s” to “%(after)s” than before: %(was)s of those who entered from %(first)s on, "
        "%(now)s from %(last)s on."
    )
