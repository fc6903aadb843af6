"""Figures drawn towards the whole: published variances, brute force, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from tragt.stats.shrinkage import between_variance, prior_strength, shrunk_means, shrunk_rates, winsorised

BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
        [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232],
        [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825],
    ]
)  # fmt: skip
"""Thirteen trials of BCG (Colditz et al. 1994): ill and well, vaccinated and not."""


def test_between_variance_of_the_bcg_trials_is_the_published_one() -> None:
    """DerSimonian-Laird tau squared of the log risk ratios is 0.3088 (Viechtbauer 2010, metafor, dat.bcg)."""
    a, b, c, d = BCG.T.astype(float)
    ratio = np.log(a / (a + b)) - np.log(c / (c + d))
    error = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    assert between_variance(ratio, error) == pytest.approx(0.3088, abs=5e-5)


def test_prior_strength_is_where_scipys_beta_binomial_is_most_likely() -> None:
    passed, entered, centre = np.array([3, 20, 55, 30, 12]), np.array([50, 60, 90, 80, 70]), 0.35
    strengths = np.exp(np.linspace(0, 6, 4000))
    likely = [betabinom.logpmf(passed, entered, s * centre, s * (1 - centre)).sum() for s in strengths]
    best = strengths[int(np.argmax(likely))]
    assert prior_strength(passed, entered, centre) == pytest.approx(best, rel=0.01)


def test_prior_strength_of_groups_all_alike_is_infinite() -> None:
    assert prior_strength([50, 100, 150], [100, 200, 300], 0.5) == float("inf")
    assert prior_strength([0], [0], 0.5) == float("inf")


@given(st.integers(0, 100), st.integers(0, 100), st.floats(0, 1), st.floats(0, 1e6))
def test_shrunk_rate_lies_between_the_rate_and_its_centre(x: int, more: int, centre: float, strength: float) -> None:
    shrunk = float(shrunk_rates(x, x + more, centre, strength))
    rate = x / (x + more) if x + more else centre
    assert min(rate, centre) - 1e-12 <= shrunk <= max(rate, centre) + 1e-12


def test_shrunk_rates_with_an_infinite_strength_are_the_centre() -> None:
    assert shrunk_rates([1, 5], [10, 10], [0.3, 0.4], float("inf")).tolist() == [0.3, 0.4]


def test_shrunk_means_of_the_unknown_are_the_centre() -> None:
    shrunk = shrunk_means([10.0, np.nan, 10.0], [0.0, np.inf, 4.0], 6.0, 4.0)
    assert shrunk.tolist() == [10.0, 6.0, 8.0]
    assert shrunk_means([10.0], [4.0], 6.0, 0.0).tolist() == [6.0]


def test_winsorised_values_are_cut_at_the_quantile() -> None:
    values = winsorised([*range(100), 1_000_000])
    assert values.max() == pytest.approx(99)
    assert values[:99].tolist() == list(range(99))
    assert winsorised([]).size == 0
