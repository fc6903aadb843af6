"""How large what was found is: points of the passing rate, odds, and attempts that would have passed.

The unit of observation is the attempt with a value. Its chance is compared with what it would be if the value meant
what the other values mean on average, everything else about the attempt staying as it is. The intervals are of each
value by itself.
"""

import math

import numpy as np

from tragt.funnel.drivers.comparison import PERIOD, Comparison, Fitted, reference
from tragt.funnel.drivers.results import Estimate, ValueEffect
from tragt.stats.arrays import BoolArray, FloatArray, IntArray
from tragt.stats.intervals import normal_quantile

__all__ = ["effects", "whole_change"]

LARGEST = 700.0
"""The greatest logarithm of a ratio of odds that is written as a number."""


def effects(comparison: Comparison, place: int, model: Fitted, level: float) -> tuple[ValueEffect, ...]:
    """What goes along with each value of a term.

    Args:
        comparison: The attempts.
        place: The term, which the model has.
        model: The model with all drivers in it.
        level: Confidence level of the intervals.

    Returns:
        The values, the one that costs most attempts first. With two periods the attempts are those of the later one,
        and the difference is that between the changes.
    """
    term, later = comparison.terms[place], comparison.later
    factor = comparison.factors[term.factor]
    values = len(factor.values)
    entered = np.bincount(factor.codes[later], minlength=values)
    passed = np.bincount(factor.codes[later], weights=comparison.table.passed[later], minlength=values)
    wide, distance = comparison.covariance(place, model), normal_quantile(level)
    found = []
    for value in range(values) if term.value is None else (term.value,):
        if not 0 < entered[value] < entered.sum():
            continue
        contrast = _contrast(comparison, place, model, value, entered)
        lines = comparison.having(term.factor, value)
        difference = _difference(
            model, lines, model.design[lines] - contrast, comparison.trials_later[lines], wide, distance
        )
        gain = [-float(entered[value]) * figure for figure in (difference.value, difference.high, difference.low)]
        log_odds = float(contrast @ model.fit.coefficients)
        odds_ratio = _odds(log_odds, float(contrast @ wide @ contrast), distance)
        counts = int(entered[value]), int(passed[value])
        found.append(ValueEffect(factor.values[value], *counts, difference, odds_ratio, Estimate(*gain)))
    return tuple(sorted(found, key=lambda one: -one.explained.value))


def whole_change(comparison: Comparison, model: Fitted, level: float) -> Estimate:
    """By how much the attempts of the later period pass otherwise than they would have before.

    Args:
        comparison: The attempts of two periods.
        model: The model with all drivers in it.
        level: Confidence level of the interval.
    """
    before = model.design.copy()
    before[:, PERIOD] = 0.0
    for block in model.blocks.values():
        before[:, block] = 0.0
    lines = comparison.now == 1
    wide = comparison.covariance(0, model)
    return _difference(model, lines, before[lines], comparison.trials[lines], wide, normal_quantile(level))


def _contrast(comparison: Comparison, place: int, model: Fitted, value: int, entered: IntArray) -> FloatArray:
    """What makes of the coefficients the log odds of a value, less the mean of the others."""
    term = comparison.terms[place]
    contrast = np.zeros(model.design.shape[1])
    if term.value is not None:
        contrast[model.blocks[place]] = 1.0
        return contrast
    against = -entered / (entered.sum() - entered[value])
    against[value] = 1.0
    contrast[model.blocks[place]] = np.delete(against, reference(comparison.factors[term.factor]))
    return contrast


def _difference(
    model: Fitted, lines: BoolArray, otherwise: FloatArray, trials: FloatArray, wide: FloatArray, distance: float
) -> Estimate:
    """The mean difference between the chances of some lines as they are and as they would be otherwise.

    References:
        Agresti, A. (2013). Categorical data analysis, 3rd edition, section 16.1 (the delta method).
    """
    from scipy.special import expit  # noqa: PLC0415 - it takes long to load, and few processes need it

    share = trials / trials.sum()
    as_is, would_be = model.fit.probabilities[lines], expit(otherwise @ model.fit.coefficients)
    gradient = model.design[lines].T @ (share * as_is * (1 - as_is))
    gradient -= otherwise.T @ (share * would_be * (1 - would_be))
    difference = float(share @ (as_is - would_be))
    half = distance * math.sqrt(max(float(gradient @ wide @ gradient), 0.0))
    return Estimate(difference, max(difference - half, -1.0), min(difference + half, 1.0))


def _odds(log_odds: float, variance: float, distance: float) -> Estimate:
    half = distance * math.sqrt(max(variance, 0.0))
    return Estimate(*(math.exp(min(log_odds + shift, LARGEST)) for shift in (0.0, -half, half)))
