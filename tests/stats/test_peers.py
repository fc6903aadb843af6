"""Groups and their peers: published odds ratios, and what counts as unlike the others."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import t

from tragt.stats.arrays import FloatArray, IntArray
from tragt.stats.dispersion import DayCounts
from tragt.stats.peers import against_peers, mantel_haenszel, odds_of_change
from tragt.stats.shortfall import against_before
from tragt.stats.shrinkage import between_variance

DAYS = np.arange(35)
NOW = DAYS >= 28
DROPS = (-0.1, -0.2)

BRESLOW_DAY = np.array(
    [[1, 9, 0, 106], [4, 26, 5, 164], [25, 29, 21, 138], [42, 27, 34, 139], [19, 18, 36, 88], [5, 0, 8, 31]]
)
"""Oesophageal cancer by alcohol and age: exposed cases, unexposed cases, exposed controls, unexposed controls."""


def counts_of(rates: FloatArray, entered: float = 500, days: int = 30) -> DayCounts:
    """Groups whose days do not move, shape (g,)."""
    n = np.full((len(rates), days), entered)
    return DayCounts(n, n * rates[:, None], np.arange(days))


def test_mantel_haenszel_of_breslow_and_day_1980_table_4_1_is_reproduced() -> None:
    """Odds ratio 5.158; 95 % limits 3.562 and 7.468 by the variance of Robins, Breslow and Greenland (1986)."""
    exposed_case, case, exposed_control, control = BRESLOW_DAY.T.astype(float)
    passed = np.array([exposed_case, case])
    entered = passed + np.array([exposed_control, control])
    log_odds, variance = mantel_haenszel(DayCounts(entered, passed, np.arange(6)))
    assert np.exp(log_odds[0]) == pytest.approx(5.158, abs=5e-4)
    limits = np.exp(log_odds[0] + np.array([-1.96, 1.96]) * np.sqrt(variance[0]))
    assert limits == pytest.approx([3.562, 7.468], abs=2e-3)
    assert log_odds[1] == pytest.approx(-log_odds[0])


def test_mantel_haenszel_is_not_misled_by_who_came_on_bad_days() -> None:
    entered = np.array([[900.0, 100], [100, 900]])
    rate = np.array([0.2, 0.8])
    log_odds, _ = mantel_haenszel(DayCounts(entered, entered * rate, np.arange(2)))
    assert log_odds == pytest.approx([0, 0])


def test_group_a_bit_below_its_peers_is_no_leak_and_one_far_below_is() -> None:
    usual = np.array([0.30, 0.35, 0.40, 0.38, 0.33, 0.36, 0.31])
    others = np.array([0.50, 0.55, 0.61, 0.58, 0.52, 0.56, 0.48])
    spread_out = against_peers([counts_of(usual), counts_of(others), counts_of(usual + 0.1)])
    assert np.nanmin(spread_out.p_worse) > 0.02
    leaking = usual.copy()
    leaking[1] = 0.18
    found = against_peers([counts_of(leaking), counts_of(others), counts_of(usual + 0.1)])
    assert found.p_worse[0, 1] < 1e-4
    assert np.nanmin(np.delete(found.p_worse.ravel(), 1)) > 0.02
    assert found.rate[0, 1] == pytest.approx(0.18)
    assert found.reference[0, 1] == pytest.approx(np.delete(leaking, 1).mean())


def test_peers_drawn_from_one_population_are_called_unlike_as_often_as_is_said() -> None:
    dice = np.random.default_rng(2)

    def one_world() -> FloatArray:
        steps = []
        for _ in range(4):
            rate = 1 / (1 + np.exp(-dice.normal(0, 0.3, 7)))
            n = np.full((7, 10), 100)
            passed = dice.binomial(n, rate[:, None])
            steps.append(DayCounts(n.astype(float), passed.astype(float), np.arange(10)))
        return against_peers(steps).p_worse

    p = np.array([one_world() for _ in range(120)]).ravel()
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(p < 0.01) < 0.02


def test_two_groups_at_one_step_are_too_few_to_know_how_peers_differ() -> None:
    assert np.isnan(against_peers([counts_of(np.array([0.2, 0.5]))]).p_worse).all()


# ---------------------------------------------------------------- what standing among them says of a change


def five_weeks(
    dice: np.random.Generator, rate: FloatArray, own: float = 0.0, entered: int | IntArray = 200
) -> DayCounts:
    """Groups over five weeks, the days of each with noise of its own (standard deviation of the logit)."""
    logit = np.log(rate / (1 - rate))[:, None] + own * dice.standard_normal((len(rate), len(DAYS)))
    n = np.broadcast_to(entered, logit.shape)
    return DayCounts(n.astype(float), dice.binomial(n, 1 / (1 + np.exp(-logit))).astype(float), DAYS)


def test_odds_of_change_without_day_noise_are_students_densities_of_the_pooled_rates_left_out_one_by_one() -> None:
    counts = five_weeks(np.random.default_rng(3), np.array([0.5, 0.52, 0.47, 0.55, 0.42, 0.51]))
    found = odds_of_change(counts, NOW, 0.0, DROPS)
    entered, passed = counts.entered.sum(axis=1), counts.passed.sum(axis=1)
    rate = passed / entered
    logit, error = np.log(rate / (1 - rate)), 1 / (entered * rate * (1 - rate))
    for group in range(6):
        others = np.delete(np.arange(6), group)
        between = between_variance(logit[others], error[others])
        weight = 1 / (error[others] + between)
        scale = np.sqrt(error[group] + between + 1 / weight.sum())
        result = (logit[group] - weight @ logit[others] / weight.sum()) / scale
        fallen = np.array(DROPS) / 5 / (1 - rate[group]) / scale
        assert found[group] == pytest.approx(t.pdf(result - fallen, 4) / t.pdf(result, 4))


@pytest.mark.parametrize("own", [0.0, 0.2])
def test_odds_of_change_are_independent_of_the_comparison_with_the_time_before(own: float) -> None:
    """Also where three times as many come now, so that the noise of a day weighs unlike in both stretches."""
    dice = np.random.default_rng(4)
    p, odds = [], []
    for _ in range(200):
        counts = five_weeks(dice, np.full(6, 0.5), own, np.where(NOW, 600, 200))
        result = against_before(counts, NOW)
        p.append(result.p_worse)
        odds.append(odds_of_change(counts, NOW, result.noise.own, DROPS)[:, 1])
    assert np.corrcoef(ndtri(np.ravel(p)), np.log(np.ravel(odds)))[0, 1] == pytest.approx(0, abs=0.09)


def test_odds_of_change_believe_a_group_below_others_that_are_alike_and_not_one_that_is_always_elsewhere() -> None:
    dice = np.random.default_rng(5)
    fallen, odd = np.full(8, 0.5), np.full(8, 0.5)
    fallen[2], odd[2] = 0.48, 0.1
    alike, apart = (odds_of_change(five_weeks(dice, rate, entered=400), NOW, 0.0, DROPS) for rate in (fallen, odd))
    assert alike[2, 1] > 2
    assert np.median(np.delete(alike[:, 1], 2)) < 1
    assert apart[2] == pytest.approx(1, abs=0.5)
    unlike = odds_of_change(five_weeks(dice, np.linspace(0.2, 0.8, 8)), NOW, 0.0, DROPS)
    assert (np.abs(np.log(unlike)) < 0.5).all()


def test_odds_of_change_with_few_peers_or_without_failures_say_nothing() -> None:
    dice = np.random.default_rng(6)
    assert (odds_of_change(five_weeks(dice, np.full(4, 0.5)), NOW, 0.0, DROPS) == 1).all()
    rates = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 1.0])
    found = odds_of_change(counts_of(rates, days=35), NOW, 0.0, DROPS)
    assert (found[5] == 1).all()
    assert np.isfinite(found).all()
    assert (found[:5] != 1).all()
