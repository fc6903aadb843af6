"""Evidence day by day: it is an e-value, and it is gathered over every day a drop may have begun."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tragt.errors import InvalidDefinition
from tragt.stats.evidence import DROPS, LARGEST_STEP, binomial_evidence, gathered, no_evidence


@given(st.integers(0, 200), st.floats(0.02, 0.98), st.floats(0, 1))
def test_binomial_evidence_has_mean_one_at_the_reference_and_less_above(n: int, rate: float, above: float) -> None:
    counts = np.arange(n + 1)
    evidence = binomial_evidence(counts, n, rate)
    assert (binom.pmf(counts, n, rate) * evidence).sum() == pytest.approx(1)
    better = rate + above * (1 - rate)
    assert (binom.pmf(counts, n, better) * evidence).sum() <= 1 + 1e-9


def test_binomial_evidence_grows_as_fewer_pass() -> None:
    evidence = binomial_evidence(np.arange(101), 100, 0.5)
    assert (np.diff(evidence) < 0).all()


def test_gathered_is_the_sum_over_every_day_on_which_a_drop_may_have_begun() -> None:
    dice = np.random.default_rng(1)
    z, per_drop = dice.standard_normal((6, 3)), dice.uniform(0, 12, (6, 3))
    detectors = no_evidence((3,), 1e9)
    for day in range(6):
        detectors = gathered(detectors, z[day], per_drop[day])
    expected = np.zeros(3)
    for drop in DROPS:
        moved = np.minimum(drop * per_drop, LARGEST_STEP)
        log_ratio = -moved * z - moved**2 / 2
        expected += sum(np.exp(log_ratio[begun:].sum(axis=0)) for begun in range(6)) / len(DROPS)
    assert detectors.evidence == pytest.approx(expected)


def test_evidence_without_a_drop_has_mean_as_many_as_days() -> None:
    dice = np.random.default_rng(2)
    detectors = no_evidence((200_000,), 1e12)
    for _ in range(4):
        detectors = gathered(detectors, dice.standard_normal(200_000), np.full(200_000, 3.0))
    assert detectors.evidence.mean() == pytest.approx(4, rel=0.05)


def test_evidence_is_silent_where_nothing_was_seen_and_never_beyond_its_limit() -> None:
    detectors = gathered(no_evidence((2,), 50.0), np.array([-9.0, np.nan]), np.array([9.0, 9.0]))
    assert detectors.evidence.tolist() == [pytest.approx(50, rel=0.4), 0.0]
    assert detectors.sums.max() == 50
    begun_anew = detectors.without(np.array([True, False]))
    assert begun_anew.evidence.tolist() == [0, 0]


def test_evidence_without_a_limit_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="greater than 0"):
        no_evidence((1,), 0.0)
