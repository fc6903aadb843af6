"""Watching for leaks every day without raising false alarms by looking often.

The unit of observation is one day of all cells of one breakdown. Pure: a day's counts and what was known until then
give what is known now. An alarm that was raised stays until someone acted on it or its evidence has faded. What the
leak costs is not answered here; a step as a whole is watched as a breakdown with one group.
"""

from dataclasses import dataclass, replace

import numpy as np

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import BoolArray, FloatArray, IntArray, check_between
from tragt.stats.dispersion import WEEK, DayCounts, DayNoise, Moments, day_noise, moments_of, spread
from tragt.stats.evidence import Detectors, gathered, no_evidence
from tragt.stats.multiplicity import e_benjamini_hochberg
from tragt.stats.shortfall import one_day

__all__ = ["Watch", "Watching", "acted_on", "begin", "observe", "overlook"]

BEYOND_ALARM = 10.0
"""How far evidence grows beyond what raises a single alarm; more would only make it fade later."""

FADED = 1.0
LEAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Watching:
    """How closely to watch.

    Attributes:
        days: The false alarms below are counted over so many days.
        false_alarm: Probability allowed of any false alarm, over all cells, in these days.
        memory: The reference forgets half of what it knows in so many days.
    """

    days: int = 90
    false_alarm: float = 0.1
    memory: float = 28.0

    def __post_init__(self) -> None:
        check_between("false_alarm", self.false_alarm, 0, 1)
        check_between("memory", self.memory, 0, float("inf"))
        check_between("days", self.days, 0, float("inf"))


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What is known after a day. Arrays of cells have the shape (k, g): passage by group.

    Attributes:
        rules: How closely it is watched.
        entered: Trials of the reference, what is long past counting less.
        kept: Successes of the reference.
        days: How many days the reference holds.
        moments: From which the noise of each passage is read, k of them.
        detectors: The evidence gathered.
        open: Whether a cell is a leak that nobody has acted on.
        open_days: For how many days it has been open; 0 where it is not.
    """

    rules: Watching
    entered: FloatArray
    kept: FloatArray
    days: float
    moments: tuple[Moments, ...]
    detectors: Detectors
    open: BoolArray
    open_days: IntArray

    @property
    def e_values(self) -> FloatArray:
        """The evidence of each cell that it is worse than its reference: 1 / e is at most a p-value, shape (k, g)."""
        return self.detectors.evidence / self.rules.days


def begin(entered: FloatArray, kept: FloatArray, rules: Watching | None = None) -> Watch:
    """Begin to watch after some days, four weeks for example, that are taken as they were.

    Args:
        entered: Trials, shape (k, g, d).
        kept: Successes, of the same shape.
        rules: How closely to watch.

    Raises:
        InvalidDefinition: There are fewer than seven days.
    """
    chosen = rules or Watching()
    number = entered.shape[2]
    if number < LEAST_DAYS:
        raise InvalidDefinition(
            "leaks.too_few_days",
            f"There are {number} days to learn from; give at least {LEAST_DAYS}, better four weeks.",
            days=number,
        )
    day, one = np.arange(number), np.zeros(number, dtype=np.int64)
    noises = [day_noise(DayCounts(n, x, day), one) for n, x in zip(entered, kept, strict=True)]
    cells = entered.shape[:2]
    limit = BEYOND_ALARM * cells[0] * cells[1] * chosen.days / chosen.false_alarm
    return Watch(
        rules=chosen,
        entered=entered.sum(axis=2),
        kept=kept.sum(axis=2),
        days=float(number),
        moments=tuple(noise.moments for noise in noises),
        detectors=no_evidence(cells, limit),
        open=np.zeros(cells, dtype=np.bool_),
        open_days=np.zeros(cells, dtype=np.int64),
    )


def observe(watch: Watch, entered: FloatArray, kept: FloatArray) -> Watch:
    """What is known after one more day.

    Each cell is judged by the days before it (so that the results of different days are independent), given what
    all groups of its step share that day. A leak that is open does not become part of the reference.

    Args:
        watch: What was known before.
        entered: Trials of the day, shape (k, g).
        kept: Successes of the day.

    References:
        Brown, R. L., Durbin, J. and Evans, J. M. (1975). Techniques for testing the constancy of regression
        relationships over time. Journal of the Royal Statistical Society B 37, 149-192 (recursive residuals).
    """
    if entered.shape != watch.open.shape or kept.shape != watch.open.shape:
        raise InvalidDefinition(
            "leaks.other_cells",
            f"The day has the shapes {entered.shape} and {kept.shape}; the cells watched have {watch.open.shape}.",
        )
    z, per_drop = np.empty(entered.shape), np.empty(entered.shape)
    forgotten = 0.5 ** (1 / watch.rules.memory)
    moments = []
    for step, known in enumerate(watch.moments):
        reference = watch.entered[step], watch.kept[step]
        noise = _noise(known)
        z[step], per_drop[step], residual = one_day((entered[step], kept[step]), reference, noise, watch.days)
        information = spread(entered[step], reference[1] / np.maximum(reference[0], 1.0))
        sound = ~watch.open[step]
        today = (residual * sound)[:, None], (information * sound)[:, None]
        moments.append(known.plus(moments_of(*today, variance=noise.own + noise.shared), forgotten))
    detectors = gathered(watch.detectors, z, per_drop)
    open_now = _open(watch, detectors)
    learning = ~open_now
    return replace(
        watch,
        entered=np.where(learning, forgotten * watch.entered + entered, watch.entered),
        kept=np.where(learning, forgotten * watch.kept + kept, watch.kept),
        days=forgotten * watch.days + 1,
        moments=tuple(moments),
        detectors=detectors,
        open=open_now,
        open_days=np.where(open_now, watch.open_days + 1, 0),
    )


def acted_on(watch: Watch, step: int, group: int) -> Watch:
    """Close a leak that someone acted on, and gather evidence on it anew."""
    chosen = np.zeros(watch.open.shape, dtype=np.bool_)
    chosen[step, group] = True
    return replace(
        watch,
        open=watch.open & ~chosen,
        open_days=np.where(chosen, 0, watch.open_days),
        detectors=watch.detectors.without(chosen),
    )


def overlook(before: Watch, after: Watch, chosen: BoolArray) -> Watch:
    """What is known after a day of which some cells do not count: nothing is learnt from them, nor held against them.

    It is for the days between a leak and its remedy: they are no fault of the remedy, and not what is usual either.

    Args:
        before: What was known before the day.
        after: What is known after it.
        chosen: The cells, shape (k, g).
    """
    return replace(
        after,
        entered=np.where(chosen, before.entered, after.entered),
        kept=np.where(chosen, before.kept, after.kept),
        open=after.open & ~chosen,
        open_days=np.where(chosen, 0, after.open_days),
        detectors=after.detectors.without(chosen),
    )


def _open(watch: Watch, detectors: Detectors) -> BoolArray:
    evidence = detectors.evidence / watch.rules.days
    raised = e_benjamini_hochberg(evidence, watch.rules.false_alarm)
    return np.asarray(raised | (watch.open & (evidence >= FADED)))


def _noise(moments: Moments) -> DayNoise:
    own, shared = moments.variances
    return DayNoise(own, shared, np.zeros(WEEK), 1.0, moments)
