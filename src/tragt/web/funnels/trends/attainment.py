"""What share came to a step beside what was asked for, stretch by stretch. The unit of observation is the stretch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tragt.funnel import Funnel
from tragt.funnel.question import Every
from tragt.web.funnels.trends.targets import Targets
from tragt.web.funnels.trends.trends import Stretch, Trend, end_of

__all__ = ["Attained", "Verdict", "attained", "verdict_of"]


class Verdict(StrEnum):
    """How a share stands to its target."""

    MET = "met"
    """At least as high as the target."""
    SHORT = "short"
    """Lower, but chance alone may explain it: the target lies within the interval."""
    MISSED = "missed"
    """Lower, and the whole interval with it."""


def verdict_of(share: float, high: float, target: float) -> Verdict:
    """How a share stands to its target, wherever it is told.

    Args:
        share: The share, 0 to 1.
        high: The upper limit of its interval.
        target: What it should be.
    """
    if share >= target:
        return Verdict.MET
    return Verdict.MISSED if high < target else Verdict.SHORT


@dataclass(frozen=True, slots=True)
class Attained:
    """What a stretch attained at a step.

    Attributes:
        start: First day of the stretch.
        until: Its last day.
        came: How many came to the required step before; to the first one, for the whole funnel.
        passed: How many of them came to the step.
        rate: The share; so far, where the stretch may not be over; None where nobody came, or it is not defined.
        low: Lower limit of its interval; None where it has none.
        high: Upper limit.
        over: Whether all have had their full time; None where that is not known.
        target: What was asked for on the first day; None where nothing was.
    """

    start: date
    until: date
    came: int
    passed: int
    rate: float | None
    low: float | None
    high: float | None
    over: bool | None
    target: float | None

    @property
    def young(self) -> bool:
        """Whether it is not known that all have had their full time, so that the share may still grow."""
        return self.over is not True

    @property
    def ratio(self) -> float | None:
        """The share divided by the target; None where one of them is absent, or the share may still grow."""
        return None if self.rate is None or self.target is None or self.young else self.rate / self.target

    @property
    def verdict(self) -> Verdict | None:
        """How the share stands to the target; None where that cannot be said."""
        if self.rate is None or self.high is None or self.target is None or self.young:
            return None
        return verdict_of(self.rate, self.high, self.target)


def attained(trend: Trend, funnel: Funnel, place: int | None, targets: Targets) -> list[Attained]:
    """What each stretch attained at a step.

    Args:
        trend: The trend.
        funnel: The definition as it was saved, whose titles the targets name.
        place: Place of the step among all, a required one after the first; None is the way from the first to the last.
        targets: The targets; the whole way has none.
    """
    required = list(funnel.required)
    before, after = (required[0], required[-1]) if place is None else (_before(required, place), place)
    title = None if place is None else funnel.steps[place].title
    return [
        _one(stretch, trend.every, (before, after), _Asked(_target(targets, title, stretch.start), place is None))
        for stretch in trend.stretches
    ]


def _before(required: Sequence[int], place: int) -> int:
    return required[required.index(place) - 1]


def _target(targets: Targets, title: str | None, day: date) -> float | None:
    return None if title is None else targets.at(day).get(title)


@dataclass(frozen=True, slots=True)
class _Asked:
    target: float | None
    whole: bool


def _one(stretch: Stretch, every: Every, steps: tuple[int, int], asked: _Asked) -> Attained:
    before, after = stretch.lines[steps[0]], stretch.lines[steps[1]]
    rate = after.from_first if asked.whole else after.from_previous
    so_far = after.entered / before.entered if stretch.over is not True and before.entered else None
    return Attained(
        stretch.start,
        end_of(stretch.start, every),
        before.entered,
        after.entered,
        so_far if rate is None else rate.rate,
        None if rate is None else rate.low,
        None if rate is None else rate.high,
        stretch.over,
        asked.target,
    )
