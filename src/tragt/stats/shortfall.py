"""Whether a group passes a step worse now than it did before, or than a target asks.

The unit of observation is one group (a value of a breakdown) at one step, counted by day. One-sided: how sure it
is that the rate is worse; the other side is one minus it. Which of many groups to believe is for
`tragt.stats.multiplicity`, how much was lost for `tragt.stats.shrinkage`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tragt.stats.arrays import BoolArray, FloatArray
from tragt.stats.dispersion import WEEK, DayCounts, DayNoise, day_noise, rates, spread

__all__ = ["Shortfall", "against_before", "against_target", "mid_p", "one_day"]

LEAST_EXPECTED = 5.0
"""A group with fewer expected successes, or expected failures, is not judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """How each group of a step did against its reference. All arrays have the shape (g,); NaN is not judged.

    Attributes:
        rate: The group's rate now.
        reference: What it is compared with.
        p_worse: Probability of a rate this low or lower, were it as good as the reference.
        p_better: The same of a rate this high or higher.
        precision: Standard errors per unit of difference of the rates.
        phi: By how much the variance of the group's count exceeds the binomial one.
        noise: What moves the rates from day to day.
    """

    rate: FloatArray
    reference: FloatArray
    p_worse: FloatArray
    p_better: FloatArray
    precision: FloatArray
    phi: FloatArray
    noise: DayNoise


def against_before(counts: DayCounts, now: BoolArray) -> Shortfall:
    """Compare some days with the other days, group by group, allowing for what all groups shared on a day.

    The score is that of two pooled proportions. Its variance has the group's own day-to-day noise in it; what
    the groups share on a day correlates their scores, and each is judged given the others'. Where nothing is
    shared that is the plain comparison; where much is, it is the group's difference in differences to the rest
    of the same days; in between it weighs the two as the data say. The weekday cycle of the step is taken out.

    Args:
        counts: Of one step, both stretches together.
        now: Which days are judged, shape (d,); the others are the reference.

    References:
        Donner, A. and Klar, N. (2000). Design and analysis of cluster randomization trials. Arnold, section 6.1.
        Henderson, C. R. (1975). Best linear unbiased estimation and prediction. Biometrics 31, 423-447.
    """
    from scipy.special import stdtr  # noqa: PLC0415 - it takes long to load, and few processes need it

    noise = day_noise(counts, now.astype(np.int64))
    n1, x1 = counts.entered[:, now].sum(axis=1), counts.passed[:, now].sum(axis=1)
    n0, x0 = counts.entered[:, ~now].sum(axis=1), counts.passed[:, ~now].sum(axis=1)
    both = np.maximum(n1 + n0, 1.0)
    pooled = (x1 + x0) / both
    information = spread(counts.entered, pooled[:, None])
    contrast = np.where(now, (n0 / both)[:, None], -(n1 / both)[:, None])
    score = (contrast * (counts.passed - information * noise.cycle[counts.day % WEEK])).sum(axis=1)
    variance = _covariance(contrast, information, noise)
    judged = (np.diag(variance) > 0) & _enough(n1, pooled)
    z, certainty = _given_the_others(score, variance, judged)
    z, p = np.where(judged, z, np.nan), np.where(judged, stdtr(noise.df, z), np.nan)
    return Shortfall(
        rate=rates(x1, n1),
        reference=rates(x0, n0),
        p_worse=p,
        p_better=np.where(judged, stdtr(noise.df, -z), np.nan),
        precision=np.where(judged, n1 * n0 / both * certainty, np.nan),
        phi=noise.phi(information[:, now]),
        noise=noise,
    )


def against_target(counts: DayCounts, target: ArrayLike) -> Shortfall:
    """Compare all the days with a rate that is asked for.

    Exact binomial with mid-p, on counts divided by phi so that days that move together count as fewer.

    Args:
        counts: Of one step.
        target: The rate asked for, greater than 0 and smaller than 1; one for all groups or one each.
    """
    noise = day_noise(counts, np.zeros(len(counts.day), dtype=np.int64))
    n, x = counts.entered.sum(axis=1), counts.passed.sum(axis=1)
    asked = np.broadcast_to(np.asarray(target, dtype=np.float64), n.shape)
    phi = noise.phi(spread(counts.entered, asked[:, None]))
    judged = _enough(n, asked)
    worse = mid_p(x / phi, n / phi, asked)
    return Shortfall(
        rate=rates(x, n),
        reference=asked,
        p_worse=np.where(judged, worse, np.nan),
        p_better=np.where(judged, 1 - worse, np.nan),
        precision=np.where(judged, np.sqrt(n / phi / (asked * (1 - asked))), np.nan),
        phi=phi,
        noise=noise,
    )


def one_day(
    counts: tuple[FloatArray, FloatArray], reference: tuple[FloatArray, FloatArray], noise: DayNoise, days: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How one day of all groups of a step stands to their reference, given what they share that day.

    Args:
        counts: Trials and successes of the day, shape (g,) each.
        reference: Trials and successes of the days before, shape (g,) each.
        noise: What moves the rates from day to day.
        days: How many days the reference holds.

    Returns:
        The result in standard errors (NaN where a group says nothing), by how many of them a drop of everything (1)
        would move it, and the residual on the scale of its binomial variance, shape (g,) each.
    """
    n, x = counts
    known = np.maximum(reference[0], 1.0)
    rate = reference[1] / known
    information = spread(n, rate)
    residual = x - n * rate
    learnt = 1 + n / known
    own = (information + noise.own * information**2) * learnt
    variance = np.diag(own) + noise.shared * (1 + 1 / max(days, 1.0)) * np.outer(information, information)
    judged = (information > 0) & (reference[0] > 0)
    z, certainty = _given_the_others(residual, variance, judged)
    scaled = np.where(judged, residual / np.sqrt(learnt), 0.0)
    return np.where(judged, z, np.nan), np.where(judged, n * rate * certainty, np.nan), scaled


def mid_p(successes: ArrayLike, trials: ArrayLike, rate: ArrayLike) -> FloatArray:
    """P(fewer successes) + P(as many) / 2 under the binomial; counts need not be whole.

    Args:
        successes: Any shape, 0 to `trials`.
        trials: Of the same shape, at least 0.
        rate: The rate of the hypothesis, greater than 0 and smaller than 1.

    References:
        Lancaster, H. O. (1961). Significance tests in discrete distributions. Journal of the American
        Statistical Association 56, 223-234.
    """
    from scipy.special import betainc  # noqa: PLC0415 - it takes long to load, and few processes need it

    x, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    p = np.asarray(rate, dtype=np.float64)
    at_most = np.where(x >= n, 1.0, betainc(np.maximum(n - x, 1e-300), x + 1, 1 - p))
    fewer = np.where(x <= 0, 0.0, betainc(n - x + 1, np.maximum(x, 1e-300), 1 - p))
    return np.asarray((at_most + fewer) / 2)


def _covariance(contrast: FloatArray, information: FloatArray, noise: DayNoise) -> FloatArray:
    """Of the scores of all groups, shape (g, g)."""
    own = (contrast**2 * (information + noise.own * information**2)).sum(axis=1)
    felt = contrast * information
    return np.asarray(np.diag(own) + noise.shared * (felt @ felt.T))


def _given_the_others(score: FloatArray, variance: FloatArray, judged: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Each score standardised given the others, and its standardised change per unit; 0 where not judged."""
    z, certainty = np.zeros(len(score)), np.zeros(len(score))
    inverse = np.linalg.inv(variance[np.ix_(judged, judged)])
    root = np.sqrt(np.diag(inverse))
    z[judged], certainty[judged] = inverse @ score[judged] / root, root
    return z, certainty


def _enough(trials: FloatArray, rate: FloatArray) -> BoolArray:
    return np.asarray(trials * np.minimum(rate, 1 - rate) >= LEAST_EXPECTED)
