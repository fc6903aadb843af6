"""Many tests at once: which of them to believe.

The unit of observation is one hypothesis. A test that was not made is NaN and is no hypothesis. How small a
p-value is, or how large an e-value, is not answered here, nor whether an effect is worth acting on.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import BoolArray, FloatArray, check_between

__all__ = [
    "benjamini_bogomolov",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "e_benjamini_hochberg",
    "power_weights",
    "simes",
]

NARROWINGS = 40
EVENLY = 0.3
"""This share of the budget is given to all alike, for effects of a size nobody thought of."""

SHORTFALLS = np.linspace(-12.0, 3.0, 301)
"""Standardised results on which the rejection regions are sought."""


def benjamini_hochberg(p_values: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
    """Adjusted p-values: reject where they are at most q, and the false discovery rate is at most q.

    Valid for independent and for positively dependent tests.

    Args:
        p_values: One a hypothesis, any shape, 0 to 1; NaN is no hypothesis.
        weights: How much of the budget each gets, of the same shape, at least 0, with mean 1. They must not
            depend on the p-values. None gives each the same.

    Returns:
        Of the same shape, 0 to 1; NaN where there was no hypothesis.

    References:
        Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
        Statistical Society B 57, 289-300.
        Genovese, C. R., Roeder, K. and Wasserman, L. (2006). False discovery control with p-value weighting.
        Biometrika 93, 509-524.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
        [0.03, 0.04, 0.04]
    """
    values = _probabilities(p_values)
    if weights is not None:
        shares = np.asarray(weights, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(np.isnan(values), np.nan, np.where(shares > 0, np.minimum(values / shares, 1.0), 1.0))
    return _adjusted(values, "bh")


def benjamini_yekutieli(p_values: ArrayLike) -> FloatArray:
    """Adjusted p-values that hold the false discovery rate under any dependence.

    Args:
        p_values: One a hypothesis, any shape, 0 to 1; NaN is no hypothesis.

    Returns:
        Of the same shape, 0 to 1; NaN where there was no hypothesis.

    References:
        Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under
        dependency. Annals of Statistics 29, 1165-1188.
    """
    return _adjusted(_probabilities(p_values), "by")


def simes(p_values: ArrayLike) -> float:
    """The p-value of the hypothesis that none of a family has an effect; NaN where the family is empty.

    References:
        Simes, R. J. (1986). An improved Bonferroni procedure for multiple tests of significance.
        Biometrika 73, 751-754.
    """
    adjusted = benjamini_hochberg(p_values)
    return float(np.nanmin(adjusted)) if not np.all(np.isnan(adjusted)) else float("nan")


def benjamini_bogomolov(families: Sequence[ArrayLike], level: float = 0.1) -> tuple[BoolArray, ...]:
    """Select families first, then inside them: holds the false discovery rate on average over the selected.

    Args:
        families: The p-values of each family.
        level: The false discovery rate allowed.

    Returns:
        For each family, which of its hypotheses are rejected.

    References:
        Benjamini, Y. and Bogomolov, M. (2014). Selective inference on multiple families of hypotheses.
        Journal of the Royal Statistical Society B 76, 297-318.
    """
    check_between("level", level, 0, 1)
    selected = benjamini_hochberg([simes(family) for family in families]) <= level
    inner = level * float(selected.sum()) / max(len(families), 1)
    return tuple(
        (benjamini_hochberg(family) <= inner) & bool(chosen) for family, chosen in zip(families, selected, strict=True)
    )


def e_benjamini_hochberg(e_values: ArrayLike, level: float = 0.1) -> BoolArray:
    """Which hypotheses to reject by their e-values: under any dependence, and whenever one chooses to look.

    Args:
        e_values: One a hypothesis, any shape, at least 0; NaN is no hypothesis.
        level: The false discovery rate allowed.

    Returns:
        Of the same shape.

    References:
        Wang, R. and Ramdas, A. (2022). False discovery rate control with e-values. Journal of the Royal
        Statistical Society B 84, 822-852.

    Example:
        >>> e_benjamini_hochberg([30, 2, 25, 0.1], 0.1).tolist()
        [True, False, True, False]
    """
    check_between("level", level, 0, 1)
    values = np.asarray(e_values, dtype=np.float64)
    known = values[~np.isnan(values)]
    falling = np.sort(known)[::-1]
    enough = falling * np.arange(1, len(known) + 1) >= len(known) / level
    if not enough.any():
        return np.zeros(values.shape, dtype=np.bool_)
    return np.asarray(values >= falling[np.flatnonzero(enough)[-1]])


def power_weights(
    precision: ArrayLike, effects: Sequence[float], level: float, odds: ArrayLike | None = None
) -> FloatArray:
    """Weights for `benjamini_hochberg` that find most of the effects worth finding.

    A test too coarse to see such an effect spends budget on noise only, and one that sees it anyway needs none. Three
    tenths of the budget are given to all alike, so that a guess that is far out costs little.
    The region of rejection is that of the likelihood ratio of the effects, all equally likely, against none.

    Args:
        precision: Expected distance from 0, in standard errors, per unit of effect; any shape, at least 0; NaN
            is no hypothesis. It must not depend on what the test will show.
        effects: Sizes that would be worth finding, in that unit, greater than 0.
        level: Share of hypotheses that would be rejected were there no effect, such as q times the share
            expected to be rejected.
        odds: What is known of each effect apart from the test: its likelihood ratio to none, shape (..., effects),
            greater than 0, independent of the p-value of a hypothesis without an effect. None knows nothing.

    Returns:
        Of the same shape, with mean 1 over the hypotheses; 0 where there is none.

    References:
        Roeder, K. and Wasserman, L. (2009). Genome-wide significance levels and weighted hypothesis testing.
        Statistical Science 24, 398-413, section 4.
        Storey, J. D. (2007). The optimal discovery procedure. Journal of the Royal Statistical Society B 69.
        Ignatiadis, N., Klaus, B., Zaugg, J. B. and Huber, W. (2016). Data-driven hypothesis weighting increases
        detection power in genome-scale multiple testing. Nature Methods 13, 577-580.
    """
    from scipy.special import ndtr  # noqa: PLC0415 - it takes long to load, and few processes need it

    check_between("level", level, 0, 1)
    given = np.asarray(precision, dtype=np.float64)
    judged = ~np.isnan(given)
    weights = np.zeros(given.shape)
    if not judged.any():
        return weights
    drift = given[judged][:, None] * np.asarray(effects)
    known = np.ones(drift.shape) if odds is None else np.asarray(odds, dtype=np.float64)[judged]
    of_test = np.exp(-SHORTFALLS[:, None] * drift[:, None] - drift[:, None] ** 2 / 2)
    ratio = (known[:, None] * of_test).mean(axis=-1)
    chance = np.concatenate([[0.0], ndtr(SHORTFALLS)])
    low, high = -20.0, 60.0
    for _ in range(NARROWINGS):
        middle = (low + high) / 2
        spent = chance[(ratio >= np.exp(middle)).sum(axis=1)]
        low, high = (middle, high) if spent.mean() > level else (low, middle)
    spent = chance[(ratio >= np.exp(high)).sum(axis=1)]
    share = spent / spent.mean() if spent.mean() > 0 else np.ones(len(spent))
    weights[judged] = EVENLY + (1 - EVENLY) * share
    return weights


def _probabilities(p_values: ArrayLike) -> FloatArray:
    values = np.asarray(p_values, dtype=np.float64)
    if np.any((values < 0) | (values > 1)):
        raise InvalidDefinition(
            "stats.p_value_out_of_range", "A p-value lies outside 0 to 1; give NaN where there is no test."
        )
    return values


def _adjusted(values: FloatArray, method: str) -> FloatArray:
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - it takes long to load, few processes need it

    adjusted = np.full(values.shape, np.nan)
    judged = ~np.isnan(values)
    if judged.any():
        adjusted[judged] = false_discovery_control(values[judged], method=method)
    return adjusted
