"""Figures of small groups, drawn towards what is known of all: as far as the groups give reason to.

The unit of observation is one group (a value of a breakdown). The shrunk figures have a smaller squared error on
average; of one group that really is unlike the others they say too little, so a loss computed from them is
cautious. Whether a group is unlike is not answered here.
"""

import numpy as np
from numpy.typing import ArrayLike

from tragt.stats.arrays import FloatArray

__all__ = ["between_variance", "prior_strength", "shrunk_means", "shrunk_rates", "winsorised"]

WEAKEST, STRONGEST = 1.0, 1e6
TOP_SHARE = 0.99


def prior_strength(passed: ArrayLike, entered: ArrayLike, centre: ArrayLike) -> float:
    """How many observations the prior is worth: the strength of the beta distribution most likely to be theirs.

    Args:
        passed: Successes of each group, shape (g,); need not be whole (counts divided by phi).
        entered: Trials, at least the successes.
        centre: The rate each group is expected at, greater than 0 and smaller than 1.

    Returns:
        From 1 (the groups differ widely) to infinity (no more than by chance). Groups without trials are left out.

    References:
        Griffiths, D. A. (1973). Maximum likelihood estimation for the beta-binomial distribution. Biometrics 29.
        Efron, B. and Morris, C. (1973). Stein's estimation rule and its competitors. Journal of the American
        Statistical Association 68, 117-130.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - it takes long to load, few processes need it
    from scipy.special import betaln  # noqa: PLC0415 - the same

    x, n, p = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (passed, entered, centre)))
    used = (n > 0) & (p > 0) & (p < 1)
    x, n, p = x[used], n[used], p[used]
    if len(x) == 0:
        return float("inf")

    def unlikely(log_strength: float) -> float:
        a, b = np.exp(log_strength) * p, np.exp(log_strength) * (1 - p)
        return -float((betaln(x + a, n - x + b) - betaln(a, b)).sum())

    bounds = (float(np.log(WEAKEST)), float(np.log(STRONGEST)))
    best = float(minimize_scalar(unlikely, bounds=bounds, method="bounded").x)
    return float("inf") if best > bounds[1] - 0.1 else float(np.exp(best))


def shrunk_rates(passed: ArrayLike, entered: ArrayLike, centre: ArrayLike, strength: float) -> FloatArray:
    """Rates drawn towards their centres, as if `strength` observations had been seen there.

    Args:
        passed: Successes, any shape.
        entered: Trials, of the same shape.
        centre: The rate drawn towards, 0 to 1; taken whole where there are no trials.
        strength: At least 0; infinite gives the centre.
    """
    x, n, p = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (passed, entered, centre)))
    if np.isinf(strength):
        return np.array(p)
    return np.asarray(np.divide(x + strength * p, n + strength, out=np.array(p), where=n + strength > 0))


def between_variance(means: ArrayLike, errors: ArrayLike) -> float:
    """The variance among the groups' true means, by the method of moments; 0 where they differ by chance only.

    Args:
        means: Mean of each group, shape (g,).
        errors: Variance of each mean, greater than 0; groups with NaN or infinity are left out.

    References:
        DerSimonian, R. and Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7.
    """
    mean, error = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    used = np.isfinite(mean) & np.isfinite(error) & (error > 0)
    if used.sum() < 2:
        return 0.0
    mean, weight = mean[used], 1 / error[used]
    centre = (weight * mean).sum() / weight.sum()
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return max(float(((weight * (mean - centre) ** 2).sum() - (used.sum() - 1)) / scale), 0.0)


def shrunk_means(means: ArrayLike, errors: ArrayLike, centre: float, between: float) -> FloatArray:
    """Means drawn towards a centre, the more the less sure they are.

    Args:
        means: Mean of each group; NaN is not known and becomes the centre.
        errors: Variance of each mean, at least 0.
        centre: The mean of all.
        between: Variance among the true means, at least 0.
    """
    mean, error = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    known = np.isfinite(mean) & np.isfinite(error)
    total = np.where(known, between + error, 1.0)
    kept = np.where(known & (total > 0), between / np.where(total > 0, total, 1.0), 0.0)
    return np.asarray(kept * np.where(known, mean, 0.0) + (1 - kept) * centre)


def winsorised(values: ArrayLike, share: float = TOP_SHARE) -> FloatArray:
    """Values with the largest ones cut down to a quantile, so that one of them does not rule the mean.

    Args:
        values: Any number of them.
        share: The quantile that cuts, 0 to 1.

    References:
        Tukey, J. W. (1962). The future of data analysis. Annals of Mathematical Statistics 33, section 14.
    """
    given = np.asarray(values, dtype=np.float64)
    return np.minimum(given, np.quantile(given, share)) if given.size else given
