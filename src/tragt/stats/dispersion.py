"""How much more than by chance a rate moves from day to day.

The unit of observation is one day of one group (a value of a breakdown) at one step. Days of one group move by
chance (binomial), by something of its own that day, by something that all groups of the step share that day
(a slow page, a holiday), and with the day of the week. Trends over weeks are not modelled: they look like noise.
"""

from dataclasses import dataclass

import numpy as np

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import BoolArray, FloatArray, IntArray

__all__ = ["DayCounts", "DayNoise", "Moments", "day_noise", "moments_of", "rates", "spread"]

WEEK = 7
LEAST_WEEKS = 3


@dataclass(frozen=True, slots=True, eq=False)
class DayCounts:
    """Who came to a step and who passed it, by group and day.

    Attributes:
        entered: Trials, shape (g, d), at least 0.
        passed: Successes, of the same shape, at most the trials.
        day: Number of the day, in days since any day, shape (d,).
    """

    entered: FloatArray
    passed: FloatArray
    day: IntArray

    def __post_init__(self) -> None:
        if self.entered.shape != self.passed.shape or self.entered.shape[1:] != self.day.shape:
            raise InvalidDefinition(
                "stats.shapes_differ",
                f"Trials have the shape {self.entered.shape}, successes {self.passed.shape} and days "
                f"{self.day.shape}; give (groups, days) twice and (days,).",
            )
        if np.any((self.passed > self.entered) | (self.passed < 0)):
            raise InvalidDefinition(
                "stats.successes_out_of_range",
                "Successes must be at least 0 and at most the trials; check that both count the same rows.",
            )

    def on(self, days: BoolArray) -> "DayCounts":
        """The counts of some of the days."""
        return DayCounts(self.entered[:, days], self.passed[:, days], self.day[days])


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums from which the two variances are read; they may be added up day by day.

    Attributes:
        own: Excess of the squared residuals.
        own_scale: What a variance of 1 would have made of it.
        own_left: The same after the group's rate, fitted to the same days, has taken its part.
        shared: Products of residuals of different groups on the same day.
        shared_scale: What a variance of 1 would have made of it.
        shared_left: The same after what was fitted to the step as a whole has taken its part.
    """

    own: float
    own_scale: float
    own_left: float
    shared: float
    shared_scale: float
    shared_left: float

    def plus(self, other: "Moments", kept: float = 1.0) -> "Moments":
        """The sums of both, of these only a share: what is long past counts for less."""
        return Moments(*(kept * getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def variances(self) -> tuple[float, float]:
        """Of the logit: of a group's own day, and of the day that all groups share; at least 0."""
        shared = max(self.shared / self.shared_left, 0.0) if self.shared_left > 0 else 0.0
        seen = max(self.shared / self.shared_scale, 0.0) if self.shared_scale > 0 else 0.0
        own = (self.own - seen * self.own_scale) / self.own_left if self.own_left > 0 else 0.0
        return max(own, 0.0), shared


@dataclass(frozen=True, slots=True, eq=False)
class DayNoise:
    """What moves the rates of one step from day to day.

    Attributes:
        own: Variance of the logit of one group on one day.
        shared: Variance of the logit of all groups of the step together on one day.
        cycle: What each day of the week adds to the logit, by day number modulo 7, shape (7,).
        df: Degrees of freedom of these estimates.
        moments: The sums they were read from.
    """

    own: float
    shared: float
    cycle: FloatArray
    df: float
    moments: Moments

    def phi(self, information: FloatArray) -> FloatArray:
        """By how much the variance of a group's sum over days exceeds the binomial one, at least 1.

        Args:
            information: n p (1 - p) of each day, shape (..., d).

        Returns:
            Of the shape (...,): 1 + (own + shared) times the mean information of a day, as felt by its members.
        """
        whole = information.sum(axis=-1)
        excess = np.divide((information**2).sum(axis=-1), whole, out=np.zeros_like(whole), where=whole > 0)
        return np.asarray(1 + (self.own + self.shared) * excess)


def rates(passed: FloatArray, entered: FloatArray) -> FloatArray:
    """Quotients of counts; NaN where there were no trials."""
    return np.asarray(np.divide(passed, entered, out=np.full(len(entered), np.nan), where=entered > 0))


def spread(entered: FloatArray, rate: FloatArray) -> FloatArray:
    """The binomial variance n p (1 - p) of each count, which is also its change per unit of the logit."""
    return np.asarray(entered * rate * (1 - rate))


def day_noise(counts: DayCounts, stretch: IntArray) -> DayNoise:
    """Estimate the noise of one step, allowing the rate of each group to differ between stretches of days.

    Pearson residuals about the group's own rate in the stretch give phi = 1 + own n p (1 - p) (so phi grows with
    the counts, as it must when whole days move); products of the residuals of two groups on one day give what
    they share. One group alone cannot tell own from shared: all of it is then own.

    Args:
        counts: Of one step.
        stretch: To which stretch each day belongs, shape (d,), 0 or greater.

    Returns:
        The noise; 0 where the days move no more than by chance.

    References:
        McCullagh, P. and Nelder, J. A. (1989). Generalized linear models, 2nd edition, section 4.5.
        Williams, D. A. (1982). Extra-binomial variation in logistic linear models. Applied Statistics 31, 144-148.
    """
    expected, leverage = _expected(counts, stretch)
    information = spread(counts.entered, expected)
    residual = counts.passed - counts.entered * expected
    cycle = _cycle(residual, information, counts.day)
    residual = residual - information * cycle[counts.day % WEEK]
    weekdays = WEEK - 1 if cycle.any() else 0
    day_sum = information.sum(axis=0)
    part = np.divide(information, day_sum, out=np.zeros_like(information), where=day_sum > 0)
    leverage = np.minimum(leverage + part * weekdays / max(len(counts.day), 1), 1.0)
    moments = moments_of(residual, information, leverage, len(np.unique(stretch)) + weekdays)
    own, shared = moments.variances
    seen = (information > 0).sum(axis=1)
    df = float(np.maximum(seen - len(np.unique(stretch)), 0).sum()) - weekdays
    return DayNoise(own, shared, cycle, max(df, 1.0), moments)


def _expected(counts: DayCounts, stretch: IntArray) -> tuple[FloatArray, FloatArray]:
    """The group's rate in the stretch of each day, and the share of the day in that stretch, shape (g, d)."""
    expected, leverage = np.zeros(counts.entered.shape), np.ones(counts.entered.shape)
    for number in np.unique(stretch):
        inside = stretch == number
        whole = counts.entered[:, inside].sum(axis=1, keepdims=True)
        some = np.maximum(whole, 1.0)
        expected[:, inside] = counts.passed[:, inside].sum(axis=1, keepdims=True) / some
        leverage[:, inside] = counts.entered[:, inside] / some
    return expected, leverage


def _cycle(residual: FloatArray, information: FloatArray, day: IntArray) -> FloatArray:
    """What each day of the week adds to the logit of the whole step; 0 with fewer than three weeks."""
    if len(np.unique(day)) < LEAST_WEEKS * WEEK:
        return np.zeros(WEEK)
    over = np.bincount(day % WEEK, weights=residual.sum(axis=0), minlength=WEEK)
    known = np.bincount(day % WEEK, weights=information.sum(axis=0), minlength=WEEK)
    return np.divide(over, known, out=np.zeros(WEEK), where=known > 0)


def moments_of(
    residual: FloatArray,
    information: FloatArray,
    leverage: FloatArray | float = 0.0,
    fitted: int = 0,
    variance: float | None = None,
) -> Moments:
    """The sums from which the noise is read.

    Args:
        residual: Successes less those expected, shape (g, d).
        information: n p (1 - p), of the same shape.
        leverage: Share of each day in what it was compared with; 0 where it had no part in it.
        fitted: How many figures of the step as a whole were fitted to these days.
        variance: About what the variance of a group's day is, by which large and small days are weighed against each
            other; None takes it from these days, which must be many.
    """
    days = residual.shape[1]
    left = 1 - leverage
    seen = information > 0
    some = np.where(seen, information, 1.0)
    excess = np.where(seen, residual**2 / some - left, 0.0)
    scale = np.where(seen, information * left, 0.0)
    rough = variance
    if rough is None:
        rough = max(float(excess.sum() / scale.sum()), 0.0) if scale.sum() > 0 else 0.0
    weight = information / (1 + rough * information) ** 2
    free = max(1 - fitted / days, 0.0) if days else 0.0
    shared = residual.sum(axis=0) ** 2 - (residual**2).sum(axis=0)
    shared_scale = information.sum(axis=0) ** 2 - (information**2).sum(axis=0)
    return Moments(
        own=float((weight * excess).sum()),
        own_scale=float((weight * information).sum()),
        own_left=float((weight * scale).sum()),
        shared=float(shared.sum()),
        shared_scale=float(shared_scale.sum()),
        shared_left=float(shared_scale.sum() * free),
    )
