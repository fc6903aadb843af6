"""Rates that move from day to day: what they move by, and whether a week is worse than the weeks before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, t

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import FloatArray
from tragt.stats.dispersion import WEEK, DayCounts, day_noise, moments_of, spread
from tragt.stats.shortfall import against_before, against_target, mid_p, one_day

DAYS = np.arange(35)
NOW = DAYS >= 28


def days_of(
    dice: np.random.Generator, rate: FloatArray, own: float = 0.0, shared: float = 0.0, entered: int = 400
) -> DayCounts:
    """Counts of groups over 35 days; `rate` by group and day, noise as standard deviations of the logit."""
    logit = np.log(rate / (1 - rate)) + own * dice.standard_normal(rate.shape)
    logit += shared * dice.standard_normal(rate.shape[1])
    n = np.full(rate.shape, entered)
    return DayCounts(n.astype(float), dice.binomial(n, 1 / (1 + np.exp(-logit))).astype(float), DAYS)


def flat(groups: int, rate: float = 0.5) -> FloatArray:
    return np.full((groups, len(DAYS)), rate)


# ---------------------------------------------------------------- dispersion


def test_day_noise_of_one_group_is_pearsons_excess_by_hand() -> None:
    entered = np.full((1, 4), 100.0)
    passed = np.array([[40.0, 60.0, 40.0, 60.0]])
    noise = day_noise(DayCounts(entered, passed, np.arange(4)), np.zeros(4, dtype=int))
    chi_square = (10**2 / 25) * 4
    assert noise.own == pytest.approx((chi_square / 3 - 1) / 25)
    assert noise.shared == 0
    assert noise.df == 3
    assert noise.phi(spread(entered, np.full((1, 1), 0.5)))[0] == pytest.approx(chi_square / 3)


@pytest.mark.parametrize(("own", "shared"), [(0.0, 0.0), (0.2, 0.0), (0.0, 0.2), (0.15, 0.15)])
def test_day_noise_of_simulated_days_finds_both_variances(own: float, shared: float) -> None:
    dice = np.random.default_rng(4)
    found = [day_noise(days_of(dice, flat(8), own, shared), NOW.astype(int)) for _ in range(60)]
    assert np.mean([noise.own for noise in found]) == pytest.approx(own**2, abs=0.004)
    assert np.mean([noise.shared for noise in found]) == pytest.approx(shared**2, abs=0.004)


def test_day_noise_is_not_taken_in_by_the_weekday_or_by_a_leak() -> None:
    swing = np.array([0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3])
    rate = 1 / (1 + np.exp(-swing[DAYS % WEEK]))[None] * np.ones((8, 1))
    rate[0, NOW] *= 0.6
    dice = np.random.default_rng(5)
    found = [day_noise(days_of(dice, rate), NOW.astype(int)) for _ in range(40)]
    assert np.mean([noise.own for noise in found]) < 0.003
    assert np.mean([noise.shared for noise in found]) < 0.003
    assert np.mean([noise.cycle for noise in found], axis=0) == pytest.approx(swing, abs=0.03)


def test_moments_added_day_by_day_are_those_of_all_days() -> None:
    dice = np.random.default_rng(6)
    residual, information = dice.normal(0, 12, (5, 20)), np.full((5, 20), 100.0)
    whole = moments_of(residual, information, variance=0.01)
    summed = moments_of(residual[:, :1], information[:, :1], variance=0.01)
    for day in range(1, 20):
        summed = summed.plus(moments_of(residual[:, [day]], information[:, [day]], variance=0.01))
    assert summed.variances == pytest.approx(whole.variances)


def test_day_counts_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(InvalidDefinition, match="at most the trials"):
        DayCounts(np.ones((1, 2)), np.full((1, 2), 2.0), np.arange(2))
    with pytest.raises(InvalidDefinition, match="shape"):
        DayCounts(np.ones((1, 2)), np.ones((1, 2)), np.arange(3))


# ---------------------------------------------------------------- one stretch against another


def test_against_before_without_noise_is_the_pooled_test_of_two_proportions() -> None:
    """Days that do not move at all leave the binomial variance (Fleiss, Levin and Paik 2003, equation 3.8)."""
    entered = np.full((2, 35), 200.0)
    passed = np.full((2, 35), 100.0)
    passed[0, NOW] = 90
    result = against_before(DayCounts(entered, passed, DAYS), NOW)
    pooled = (28 * 100 + 7 * 90) / (35 * 200)
    z = (0.45 - 0.5) / np.sqrt(pooled * (1 - pooled) * (1 / 1400 + 1 / 5600))
    assert result.noise.own == result.noise.shared == 0
    assert result.p_worse[0] == pytest.approx(t.cdf(z, result.noise.df))
    assert result.p_worse[1] == pytest.approx(0.5)
    assert result.precision[0] * 0.05 == pytest.approx(-z)
    assert (result.p_worse + result.p_better).tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize(("own", "shared"), [(0.0, 0.0), (0.2, 0.0), (0.1, 0.3)])
def test_against_before_without_a_leak_is_wrong_as_often_as_it_says(own: float, shared: float) -> None:
    dice = np.random.default_rng(7)
    p = np.array([against_before(days_of(dice, flat(6), own, shared), NOW).p_worse for _ in range(250)]).ravel()
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.05)


def test_against_before_with_a_bad_week_of_the_whole_step_blames_the_group_that_is_worse_still() -> None:
    dice = np.random.default_rng(8)
    rate = flat(6)
    rate[2, NOW] = 0.4
    p = np.array([against_before(days_of(dice, rate, 0.0, 0.4), NOW).p_worse for _ in range(40)])
    assert np.median(p[:, 2]) < 1e-6
    assert np.median(np.delete(p, 2, axis=1)) > 0.05


def test_against_before_of_too_few_is_not_judged() -> None:
    few = DayCounts(np.ones((1, 35)), np.ones((1, 35)), DAYS)
    assert np.isnan(against_before(few, NOW).p_worse).all()


# ---------------------------------------------------------------- a target


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0.01, 0.99))
def test_mid_p_is_scipys_binomial_with_half_of_the_last(trials: int, share: float, rate: float) -> None:
    successes = int(share * trials)
    expected = binom.cdf(successes, trials, rate) - binom.pmf(successes, trials, rate) / 2
    assert float(mid_p(successes, trials, rate)) == pytest.approx(expected, abs=1e-9)


def test_against_target_with_restless_days_is_less_sure() -> None:
    entered, still = np.full((1, 14), 100.0), np.full((1, 14), 45.0)
    restless = still + 15 * np.where(np.arange(14) % 2, 1, -1)
    day = np.arange(14)
    sure, unsure = (against_target(DayCounts(entered, x, day), 0.5) for x in (still, restless))
    assert sure.p_worse[0] == pytest.approx(float(mid_p(630, 1400, 0.5)))
    assert sure.p_worse[0] < unsure.p_worse[0] < 0.5
    assert unsure.phi[0] > 5


# ---------------------------------------------------------------- one day


def test_one_day_of_a_shared_shock_says_nothing_of_any_group() -> None:
    quiet = day_noise(days_of(np.random.default_rng(9), flat(6), 0.0, 0.5), np.zeros(35, dtype=int))
    reference = np.full(6, 14_000.0), np.full(6, 7_000.0)
    together = np.full(6, 400.0), np.full(6, 150.0)
    apart = np.full(6, 400.0), np.array([150.0, 200, 200, 200, 200, 200])
    z_together, per_drop, _ = one_day(together, reference, quiet, 35)
    z_apart, _, residual = one_day(apart, reference, quiet, 35)
    assert np.abs(z_together).max() < 1.5
    assert z_apart[0] < -4
    assert (per_drop > 10).all()
    assert residual[0] == pytest.approx(-50, rel=0.05)
