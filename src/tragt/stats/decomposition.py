"""What a change of a rate is made of: the mix of those who came, how each kind did, and at which step.

The unit of observation is a group (a value of a breakdown) or a step. The parts add up exactly; whether a part
is more than noise is not answered here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import FloatArray, check_equal_lengths

__all__ = ["MixAndRate", "change_by_group", "change_by_step"]


@dataclass(frozen=True, slots=True, eq=False)
class MixAndRate:
    """A change of a rate, split over groups; all parts add up to the change.

    Attributes:
        before: The rate before, 0 to 1.
        after: The rate after, 0 to 1.
        mix: What each group added by becoming a larger or smaller share, shape (g,). Of one group alone it has
            no meaning, as shares add to 1: read the sum, or compare with a group of the same rate.
        rate: What each group added by doing better or worse, shape (g,).
    """

    before: float
    after: float
    mix: FloatArray
    rate: FloatArray

    @property
    def change(self) -> float:
        """The rate after less the rate before."""
        return self.after - self.before


def change_by_group(
    entered_before: ArrayLike, passed_before: ArrayLike, entered_after: ArrayLike, passed_after: ArrayLike
) -> MixAndRate:
    """Split the change of a rate into mix and rate, symmetric in before and after.

    A group that is missing on one side has no rate there; it is taken to have done as on the other side, so that
    its coming or going is all mix.

    Args:
        entered_before: Trials of each group, shape (g,), at least 0.
        passed_before: Successes of each group, at most its trials.
        entered_after: The same after.
        passed_after: The same after.

    Raises:
        InvalidDefinition: The lengths differ, or one side has no trials at all, so that it has no rate.

    References:
        Kitagawa, E. M. (1955). Components of a difference between two rates. Journal of the American Statistical
        Association 50, 1168-1194.

    Example:
        >>> split = change_by_group([50, 50], [10, 40], [80, 20], [16, 16])
        >>> round(float(split.mix.sum()), 3), round(float(split.rate.sum()), 3), round(split.change, 3)
        (-0.18, 0.0, -0.18)
    """
    check_equal_lengths(before=entered_before, passed=passed_before, after=entered_after, passed_after=passed_after)
    given = (entered_before, passed_before, entered_after, passed_after)
    n0, x0, n1, x1 = (np.asarray(counts, dtype=np.float64) for counts in given)
    if not (n0.sum() > 0 and n1.sum() > 0):
        raise InvalidDefinition(
            "stats.no_rate_to_compare",
            f"There are {n0.sum():g} trials before and {n1.sum():g} after; both sides need at least 1.",
        )
    p0, p1 = _rate(x0, n0, x1, n1), _rate(x1, n1, x0, n0)
    w0, w1 = n0 / n0.sum(), n1 / n1.sum()
    return MixAndRate(
        before=float(x0.sum() / n0.sum()),
        after=float(x1.sum() / n1.sum()),
        mix=(p0 + p1) / 2 * (w1 - w0),
        rate=(w0 + w1) / 2 * (p1 - p0),
    )


def change_by_step(rates_before: ArrayLike, rates_after: ArrayLike) -> FloatArray:
    """The logarithm of the change of a whole conversion, split over the steps.

    Args:
        rates_before: Rate of each step from the one before, shape (k,), greater than 0.
        rates_after: The same after.

    Returns:
        ln(after / before) of each step, shape (k,); their sum is that of the whole. Negative is worse.

    Raises:
        InvalidDefinition: A rate is not greater than 0: its logarithm does not exist.
    """
    check_equal_lengths(before=rates_before, after=rates_after)
    before, after = np.asarray(rates_before, dtype=np.float64), np.asarray(rates_after, dtype=np.float64)
    if not (np.all(before > 0) and np.all(after > 0)):
        raise InvalidDefinition(
            "stats.rate_of_nobody", "A step was passed by nobody; its share in the change is unbounded. Leave it out."
        )
    return np.asarray(np.log(after) - np.log(before))


def _rate(passed: FloatArray, entered: FloatArray, other_passed: FloatArray, other_entered: FloatArray) -> FloatArray:
    """The rate of each group, where it is missing that of the other side."""
    there = entered > 0
    some = np.where(there, entered, np.where(other_entered > 0, other_entered, 1.0))
    return np.where(there, passed, other_passed) / some
