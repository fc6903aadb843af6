"""Evidence against "this rate is as good as it was", gathered day by day, looked at whenever one likes.

The unit of observation is one day of one group at one step. A p-value that is looked at every day raises false
alarms until one is certain; these e-values do not. It is not answered here how large the shortfall is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import BoolArray, FloatArray

__all__ = ["DROPS", "Detectors", "binomial_evidence", "gathered", "no_evidence"]

DROPS = (0.1, 0.2, 0.4)
"""The relative drops that are looked for, equally likely."""

LARGEST_STEP = 2.0
"""No single day is taken to say more than two standard errors: what one day does may have any cause."""


def binomial_evidence(
    passed: ArrayLike, entered: ArrayLike, reference: ArrayLike, drops: Sequence[float] = DROPS
) -> FloatArray:
    """The e-value of a count against "the rate is at least the reference".

    The likelihood ratio of a rate lower by each drop to the reference itself, averaged over the drops. Its mean is
    at most 1 whatever the rate, as long as it is not below the reference; e-values of successive counts multiply.

    Args:
        passed: Successes, any shape.
        entered: Trials of the same shape.
        reference: The rate that is known or asked for, greater than 0 and smaller than 1.
        drops: Relative drops, each greater than 0 and smaller than 1.

    References:
        Ramdas, A., Grünwald, P., Vovk, V. and Shafer, G. (2023). Game-theoretic statistics and safe anytime-valid
        inference. Statistical Science 38, 576-601.

    Example:
        >>> round(float(binomial_evidence(30, 100, 0.5)), 1)
        1403.6
    """
    x, n = np.asarray(passed, dtype=np.float64), np.asarray(entered, dtype=np.float64)
    p = np.asarray(reference, dtype=np.float64)
    ratios = [np.exp(x * np.log1p(-d) + (n - x) * (np.log1p(-p * (1 - d)) - np.log1p(-p))) for d in drops]
    return np.asarray(np.mean(ratios, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Detectors:
    """What has been gathered so far.

    Attributes:
        sums: Likelihood ratios summed over all days on which a drop may have begun, one a drop and series,
            shape (len(DROPS), ...); 0 before the first day.
        largest: No sum grows beyond this, so that evidence fades within days once a rate has recovered.
    """

    sums: FloatArray
    largest: float

    @property
    def evidence(self) -> FloatArray:
        """The e-detector of each series, shape (...): after t days without a drop its mean is at most t.

        So e / T is an e-value for each of the first T days, and a limit of T / alpha is crossed by chance in those
        days with a probability of at most alpha, and on average not before T / alpha days.
        """
        return np.asarray(self.sums.mean(axis=0))

    def without(self, chosen: BoolArray) -> "Detectors":
        """The series chosen, shape (...), begun anew."""
        return Detectors(np.where(chosen, 0.0, self.sums), self.largest)


def no_evidence(shape: tuple[int, ...], largest: float) -> Detectors:
    """Before the first day.

    Args:
        shape: Of the series that are watched.
        largest: No sum grows beyond this, greater than 0.
    """
    if not largest > 0:
        raise InvalidDefinition("stats.largest_out_of_range", f"largest is {largest}; it must be greater than 0.")
    return Detectors(np.zeros((len(DROPS), *shape)), largest)


def gathered(detectors: Detectors, shortfall: FloatArray, per_drop: FloatArray) -> Detectors:
    """What has been gathered after one more day.

    Each day multiplies by the likelihood ratio of a drop to none, of a normal variable with variance 1, and lets
    a drop begin on that day too (Shiryaev-Roberts). One need not know when the drop began, nor restart.

    Args:
        detectors: What was gathered until then.
        shortfall: The day's result in standard errors, negative is worse, given the days before; NaN says nothing.
        per_drop: How many standard errors a drop of everything (1) would move it, of the same shape, at least 0.

    References:
        Shin, J., Ramdas, A. and Rinaldo, A. (2024). E-detectors: a nonparametric framework for sequential change
        detection. New England Journal of Statistics in Data Science 2, 229-260.
        Roberts, S. W. (1966). A comparison of some control chart procedures. Technometrics 8, 411-430.
    """
    silent = np.isnan(shortfall) | np.isnan(per_drop)
    drops = np.array(DROPS).reshape(-1, *[1] * shortfall.ndim)
    moved = np.minimum(drops * np.where(silent, 0.0, per_drop), LARGEST_STEP)
    ratio = np.exp(-moved * np.where(silent, 0.0, shortfall) - moved**2 / 2)
    sums = np.minimum((detectors.sums + 1) * ratio, detectors.largest)
    return Detectors(np.where(silent, detectors.sums, sums), detectors.largest)
