"""The variance between days, and between days within a value, is found as it was planted."""

import numpy as np

from tests.conftest import ROUNDS
from tragt.funnel.drivers.noise import View, clusters_of, variances
from tragt.stats.arrays import FloatArray
from tragt.stats.logistic import fit_logistic

WORLDS = max(ROUNDS, 60)
DAYS, VALUES, EACH = 30, 4, 60


def estimated(seed: int, of_days: float, of_cells: float) -> FloatArray:
    """The variances of cells and of days found in a world with these."""
    dice = np.random.default_rng([5, seed])
    day = np.repeat(np.arange(DAYS), VALUES * EACH)
    value = np.tile(np.repeat(np.arange(VALUES), EACH), DAYS)
    odds = (
        -0.5 + 0.3 * value + dice.normal(0, of_days, DAYS)[day] + dice.normal(0, of_cells, (DAYS, VALUES))[day, value]
    )
    passed = dice.random(len(day)) < 1 / (1 + np.exp(-odds))
    design = np.column_stack([np.ones(VALUES), np.eye(VALUES)[:, 1:]])
    fit = fit_logistic(design, np.bincount(value, weights=passed), np.bincount(value))
    view = View(fit.probabilities, design, fit.covariance)
    kinds = [clusters_of(day * VALUES + value, value, passed), clusters_of(day, value, passed)]
    return variances(view, value, kinds)


def test_variances_planted_between_days_and_cells_are_found_in_the_mean() -> None:
    found = np.array([estimated(seed, 0.4, 0.3) for seed in range(WORLDS)])
    error = found.std(axis=0) / np.sqrt(WORLDS)
    # the moments hold on the scale of the chances; the log odds are a tenth wider at such variances
    assert np.all(np.abs(found.mean(axis=0) - 0.95 * np.array([0.09, 0.16])) < 4 * error)


def test_variances_of_binomial_attempts_are_next_to_nothing() -> None:
    found = np.array([estimated(seed, 0.0, 0.0) for seed in range(WORLDS)])
    assert np.all(found.mean(axis=0) < 0.015)
    assert np.mean(found == 0.0) > 0.3
