"""How long it takes to go on from a step, and how long those still there have been. The unit is the attempt."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tragt.errors import NotEnoughData
from tragt.funnel.members import Members
from tragt.funnel.step_report import Times
from tragt.web.funnels.steps.drawing import histogram
from tragt.web.funnels.steps.opening import Opened

__all__ = ["Ages", "Bar", "Lengths", "ages_of", "lengths_of"]


@dataclass(frozen=True, slots=True)
class Bar:
    """How many took, or have been there for, a stretch of time.

    Attributes:
        words: The stretch.
        count: How many.
        late: Whether they have been there for longer than usual.
    """

    words: str
    count: int
    late: bool = False


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long it takes.

    Attributes:
        quantiles: What share of those who go on has gone on, and after which time, in words.
        picture: The bars.
        ends: The time at the left and at the right edge of the picture.
        half: The time that half take at most.
        bars: The same as a table.
        finding: The most notable thing.
    """

    quantiles: Sequence[tuple[str, str]]
    picture: SafeString
    ends: tuple[str, str]
    half: str
    bars: Sequence[Bar]
    finding: str


@dataclass(frozen=True, slots=True)
class Ages:
    """For how long those who may still go on have been there.

    Attributes:
        bars: How many for how long.
        late: How many for longer than nine of ten of those who go on take.
        usual: That time, in words.
    """

    bars: Sequence[Bar]
    late: int
    usual: str


def lengths_of(opened: Opened) -> Lengths:
    """How long it takes to go on.

    Raises:
        NotEnoughData: Fewer than five went on, or the steps come in any order.
    """
    times = _times(opened)
    about = opened.said.calendar.about
    edges = times.edges
    quantiles = [
        (gettext("a quarter"), about(times.quarter)),
        (gettext("half"), about(times.median)),
        (gettext("three quarters"), about(times.three_quarters)),
        (gettext("nine of ten"), about(times.ninety)),
    ]
    bars = [
        Bar(_stretch(opened, low, high), count)
        for low, high, count in zip(edges, edges[1:], times.counts, strict=False)
        if count
    ]
    finding = gettext("Half of those who go on from “%(before)s” to “%(after)s” take %(time)s or less.") % {
        "before": opened.before,
        "after": opened.after,
        "time": about(times.median),
    }
    picture = histogram(edges, times.counts, times.median)
    return Lengths(quantiles, picture, (about(edges[0]), about(edges[-1])), about(times.median), bars, finding)


def ages_of(opened: Opened, members: Members) -> Ages | None:
    """For how long those who may still go on have been at the step; None where nobody has.

    Args:
        opened: The step.
        members: Who stands where.
    """
    there = members.at(opened.gap.before, "open")["reached"].drop_nulls()
    if there.is_empty():
        return None
    seconds = (pl.Series([opened.report.as_of]).dt.convert_time_zone("UTC")[0] - there).dt.total_seconds()
    try:
        times = _times(opened)
    except NotEnoughData:
        median = float(seconds.median() or 0)
        return Ages((Bar(_at_most(opened, median), int((seconds <= median).sum())),), 0, "")
    limits = (times.median, times.three_quarters, times.ninety)
    bars, since = [], 0.0
    for limit in limits:
        if limit > since:
            count = int(((seconds > since) & (seconds <= limit)).sum()) + (
                int((seconds <= 0).sum()) if since == 0 else 0
            )
            words = _stretch(opened, since, limit) if since else _at_most(opened, limit)
            bars.append(Bar(words, count))
            since = limit
    late = int((seconds > times.ninety).sum())
    usual = opened.said.calendar.about(times.ninety)
    bars.append(Bar(gettext("longer than %(time)s") % {"time": usual}, late, late=True))
    return Ages(bars, late, usual)


def _times(opened: Opened) -> Times:
    opened.refuse_any_order()
    times = opened.report.steps[opened.gap.after].time_from_previous
    if times is None or not times.counts:
        raise NotEnoughData(
            "steps.no_times", "Fewer than five have gone on, so how long it takes is not known. Choose a longer period."
        )
    return times


def _stretch(opened: Opened, low: float, high: float) -> str:
    about = opened.said.calendar.about
    return gettext("%(low)s to %(high)s") % {"low": about(low), "high": about(high)}


def _at_most(opened: Opened, limit: float) -> str:
    return gettext("up to %(time)s") % {"time": opened.said.calendar.about(limit)}
