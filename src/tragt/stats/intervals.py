"""Rates and their confidence intervals.

The unit of observation is one trial (an attempt, a visitor). The trials are taken to be independent;
where several belong to one unit, estimate the standard error by unit and use `bounded_rate`.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.stats.arrays import FloatArray, check_between

__all__ = [
    "Difference",
    "Rate",
    "Ratio",
    "bounded_rate",
    "complementary_log_log",
    "difference",
    "difference_from_part",
    "normal_quantile",
    "ratio",
    "wilson",
    "wilson_bounds",
]

EDGE = 1e-12
"""Estimates this close to 0 or 1 are taken to be 0 or 1."""

LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion with its confidence interval.

    Attributes:
        rate: The estimate, 0 to 1.
        low: Lower confidence limit, 0 to `rate`.
        high: Upper confidence limit, `rate` to 1.
        level: Confidence level of the interval, for example .95.
        numerator: Successes counted; None where the rate is estimated and not a quotient of counts.
        denominator: Trials counted; None as for the numerator.
    """

    rate: float
    low: float
    high: float
    level: float = 0.95
    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How much one proportion exceeds another, with its confidence interval.

    Attributes:
        difference: The one less the other, -1 to 1.
        low: Lower confidence limit, -1 to `difference`.
        high: Upper confidence limit, `difference` to 1.
        level: Confidence level of the interval.
    """

    difference: float
    low: float
    high: float
    level: float = 0.95

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as large one proportion is as another, with its confidence interval.

    Attributes:
        ratio: The one by the other, at least 0; None where the other is 0.
        low: Lower confidence limit, 0 to `ratio`.
        high: Upper confidence limit, at least `ratio`; None where there is no finite one, for the other may be 0.
        level: Confidence level of the interval.
    """

    ratio: float | None
    low: float
    high: float | None
    level: float = 0.95


def difference(one: Rate, other: Rate) -> Difference:
    """How much a proportion exceeds another one that other units gave.

    The limits are put together from those of the two by squaring and adding; with Wilson's limits this is Newcombe's
    hybrid score interval, and it holds for estimates that are no quotients of counts as well.

    Args:
        one: A proportion.
        other: A proportion of other units, with an interval of the same level.

    References:
        Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of
        eleven methods. Statistics in Medicine 17, 873-890, method 10.
        Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures: a general approach.
        Statistics in Medicine 27, 1693-1702.

    Example:
        >>> found = difference(wilson(56, 70), wilson(48, 80))
        >>> f"{found.difference:.4f} ({found.low:.4f} to {found.high:.4f})"
        '0.2000 (0.0524 to 0.3339)'
    """
    _check_levels(one, other)
    less = math.hypot(one.rate - one.low, other.high - other.rate)
    more = math.hypot(one.high - one.rate, other.rate - other.low)
    found = one.rate - other.rate
    return Difference(found, max(found - less, -1.0), min(found + more, 1.0), one.level)


def ratio(one: Rate, other: Rate, correlation: float = 0.0) -> Ratio | None:
    """How many times as large a proportion is as another one.

    The limits are the ratios at which the limit of the difference between the one and so many times the other is 0;
    with Wilson's limits of both this is the interval called MOVER-R Wilson. It holds for estimates that are no
    quotients of counts as well.

    Args:
        one: A proportion.
        other: Another one, with an interval of the same level.
        correlation: Of the two estimates, -1 to 1; 0 where other units gave them.

    Returns:
        The ratio; None where both are 0.

    References:
        Donner, A. and Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean and standard
        deviation. Statistical Methods in Medical Research 21, 347-359.
        Newcombe, R. G. (2016). MOVER-R confidence intervals for ratios and products of two independently estimated
        quantities. Statistical Methods in Medical Research 25, 1774-1778.

    Example:
        >>> found = ratio(wilson(7, 34), wilson(1, 34))
        >>> f"{found.ratio:.1f} ({found.low:.4f} to {found.high:.4f})"
        '7.0 (1.1537 to 41.9763)'
    """
    _check_levels(one, other)
    if one.rate == other.rate == 0:
        return None
    product = one.rate * other.rate
    least, most = one.low * (2 * one.rate - one.low), other.high * (2 * other.rate - other.high)
    middle = product - correlation * (one.rate - one.low) * (other.high - other.rate)
    low = least / (middle + _root(middle, least * most)) if least > 0 else 0.0
    most, least = one.high * (2 * one.rate - one.high), other.low * (2 * other.rate - other.low)
    middle = product - correlation * (one.high - one.rate) * (other.rate - other.low)
    high = (middle + _root(middle, least * most)) / least if least > 0 else None
    return Ratio(one.rate / other.rate if other.rate > 0 else None, low, high, one.level)


def _root(middle: float, ends: float) -> float:
    """The square root in the solution of the quadratic equation; the rounding of a 0 may be negative."""
    return math.sqrt(max(middle * middle - ends, 0.0))


def _check_levels(one: Rate, other: Rate) -> None:
    if one.level != other.level:
        raise InvalidDefinition(
            "stats.two_levels",
            f"The two rates have intervals of the levels {one.level} and {other.level}; give them one level.",
        )


def difference_from_part(whole: Rate, part: Rate) -> Difference | None:
    """How much a proportion exceeds that of some of the same units, which it holds.

    The two are not independent: the part is compared with the rest, and the difference is as much smaller as the rest
    is smaller than the whole.

    Args:
        whole: A proportion, a quotient of counts.
        part: That of some of its units, with an interval of the same level.

    Returns:
        The difference; None where the rates are no quotients of counts, or the counts are not those of a part.
    """
    counts = (whole.numerator, whole.denominator, part.numerator, part.denominator)
    if any(one is None for one in counts):
        return None
    passed, tried, passed_there, tried_there = (one or 0 for one in counts)
    rest, passed_rest = tried - tried_there, passed - passed_there
    if rest == 0:
        return Difference(0.0, 0.0, 0.0, whole.level)
    if not 0 <= passed_rest <= rest:
        return None
    against = difference(wilson(passed_rest, rest, whole.level), part)
    share = rest / tried
    return Difference(against.difference * share, against.low * share, against.high * share, whole.level)


def normal_quantile(level: float) -> float:
    """The distance from the mean, in standard deviations, that holds `level` of a normal variable.

    Args:
        level: Confidence level, greater than 0 and smaller than 1.

    Raises:
        InvalidDefinition: The level is not between 0 and 1.

    Example:
        >>> round(normal_quantile(.95), 4)
        1.96
    """
    check_between("level", level, 0, 1)
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson_bounds(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Wilson score limits of many proportions.

    Args:
        successes: Counts, any shape, 0 to `trials`.
        trials: Counts of the same shape.
        level: Confidence level.

    Returns:
        Lower and upper limits of the given shape, 0 to 1; NaN where there are no trials.

    Raises:
        InvalidDefinition: There are more successes than trials, or fewer than none.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
        Journal of the American Statistical Association 22, 209-212.
    """
    passed = np.asarray(successes, dtype=np.float64)
    tried = np.asarray(trials, dtype=np.float64)
    if np.any(passed < 0) or np.any(passed > tried):
        raise InvalidDefinition(
            "stats.successes_out_of_range",
            "Successes must be at least 0 and at most the trials; check that both count the same rows.",
        )
    z = normal_quantile(level)
    known = np.where(tried > 0, tried, np.nan)
    rate = passed / known
    center = (passed + z * z / 2) / (known + z * z)
    half = z * np.sqrt(known * rate * (1 - rate) + z * z / 4) / (known + z * z)
    return center - half, np.where(passed == tried, rate, center + half)


def wilson(successes: int, trials: int, level: float = 0.95) -> Rate:
    """A proportion with its Wilson score interval.

    Args:
        successes: Number of successes, 0 to `trials`.
        trials: Number of trials, at least 1.
        level: Confidence level.

    Raises:
        NotEnoughData: There are no trials: the rate is undefined.
        InvalidDefinition: There are more successes than trials, or fewer than none.

    References:
        Wilson (1927), see `wilson_bounds`.

    Example:
        >>> rate = wilson(15, 148)
        >>> f"{rate.rate:.4f} ({rate.low:.4f} to {rate.high:.4f})"
        '0.1014 (0.0624 to 0.1605)'
    """
    if trials == 0:
        raise NotEnoughData(
            "stats.no_trials",
            "A rate over 0 trials is undefined; it needs at least 1 trial.",
            trials=trials,
        )
    low, high = wilson_bounds(successes, trials, level)
    return Rate(successes / trials, float(low), float(high), level, successes, trials)


def complementary_log_log(estimate: float, standard_error: float, level: float = 0.95) -> tuple[float, float]:
    """The interval of a probability that is symmetric on the scale log(-log(1 - p)).

    It stays inside 0 and 1, and is the usual log-minus-log interval of the survival probability 1 - p.

    Args:
        estimate: The probability p, greater than 0 and smaller than 1.
        standard_error: Of p, at least 0.
        level: Confidence level.

    Returns:
        Lower and upper limit, 0 to 1.

    Raises:
        InvalidDefinition: The estimate is not between 0 and 1: this scale has no interval there.

    References:
        Kalbfleisch, J. D. and Prentice, R. L. (2002). The statistical analysis of failure time data,
        2nd edition, section 1.4.
    """
    check_between("estimate", estimate, 0, 1)
    hazard = -math.log1p(-estimate)
    spread = normal_quantile(level) * standard_error / ((1 - estimate) * hazard)
    factor = math.exp(min(spread, LARGEST_EXPONENT))
    return -math.expm1(-hazard / factor), -math.expm1(-hazard * factor)


def bounded_rate(estimate: float, standard_error: float, trials: float, level: float = 0.95) -> Rate:
    """An estimated probability with an interval inside 0 and 1.

    Symmetric on the scale log(-log(1 - p)); Wilson's where the estimate is 0 or 1 or the standard error is 0.

    Args:
        estimate: The probability, 0 to 1; values beyond by a rounding error are taken as 0 or 1.
        standard_error: Of the estimate, at least 0.
        trials: The number in the rate's denominator, greater than 0.
        level: Confidence level.

    Raises:
        NotEnoughData: There are no trials.
    """
    if not trials > 0:
        raise NotEnoughData(
            "stats.no_trials",
            f"A rate over {trials} trials is undefined; it needs at least 1 trial.",
            trials=trials,
        )
    if EDGE < estimate < 1 - EDGE and standard_error > 0:
        return Rate(estimate, *complementary_log_log(estimate, standard_error, level), level)
    edge = 0.0 if estimate <= EDGE else 1.0 if estimate >= 1 - EDGE else estimate
    low, high = wilson_bounds(edge * trials, trials, level)
    return Rate(edge, float(low), float(high), level)
