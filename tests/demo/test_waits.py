"""Sums of waits agree with closed forms, with numerical integration and with draws."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from tragt.demo.passage import Passage
from tragt.demo.waits import Spell, Wait, WaitSums
from tragt.errors import InvalidDefinition

HORIZON = 90.0
QUICK = Wait((Spell(1.0, 6.0, 1.0),))
MIXED = Wait((Spell(0.6, 3.0, 0.9), Spell(0.4, 16.0, 0.7)))


def lognormal(days: float, median: float, sigma: float) -> float:
    return float(stats.lognorm.cdf(days, sigma, scale=median))


def two_within(days: float, horizon: float) -> float:
    """P(the quick wait <= days and both waits <= horizon), by adaptive quadrature."""

    def integrand(first: float) -> float:
        rest = horizon - first
        mixed = 0.6 * lognormal(rest, 3.0, 0.9) + 0.4 * lognormal(rest, 16.0, 0.7)
        return float(stats.lognorm.pdf(first, 1.0, scale=6.0)) * mixed

    value, _ = integrate.quad(integrand, 0, min(days, horizon), limit=200, points=(1.0, 10.0))
    return float(value)


def test_cdf_of_a_mixture_equals_the_weighted_lognormals_and_0_before_the_start() -> None:
    expected = [0.0, 0.0, 0.6 * lognormal(5, 3.0, 0.9) + 0.4 * lognormal(5, 16.0, 0.7)]
    assert MIXED.cdf(np.array([-1.0, 0.0, 5.0])) == pytest.approx(expected, abs=1e-12)


def test_draws_of_a_mixture_follow_its_cdf() -> None:
    drawn = MIXED.draw(np.random.default_rng(5), 100_000)
    assert stats.kstest(drawn, MIXED.cdf).pvalue > 1e-4


def test_sum_of_one_wait_within_the_horizon_equals_its_cdf_and_truncated_median() -> None:
    sums = WaitSums([QUICK], HORIZON)
    within = lognormal(HORIZON, 6.0, 1.0)
    assert sums.within(1) == pytest.approx(within, abs=1e-6)
    median = float(stats.lognorm.ppf(within / 2, 1.0, scale=6.0))
    assert sums.median_of_sum(1) == pytest.approx(median, abs=0.002)
    assert sums.median_of_wait(1) == pytest.approx(median, abs=0.002)


def test_sum_of_two_waits_within_the_horizon_equals_quadrature() -> None:
    sums = WaitSums([QUICK, MIXED], HORIZON)
    assert sums.within(2) == pytest.approx(two_within(HORIZON, HORIZON), abs=2e-6)


def test_medians_of_two_waits_equal_the_roots_found_by_quadrature() -> None:
    half = two_within(HORIZON, HORIZON) / 2
    of_sum = optimize.brentq(lambda days: two_within(days, days) - half, 1, 60)
    of_wait = optimize.brentq(lambda days: two_within(days, HORIZON) - half, 1, 60)
    assert WaitSums([QUICK, MIXED], HORIZON).median_of_sum(2) == pytest.approx(of_sum, abs=0.005)
    assert WaitSums([MIXED, QUICK], HORIZON).median_of_wait(2) == pytest.approx(of_wait, abs=0.005)


def test_sums_of_the_default_firm_on_a_finer_grid_hardly_change() -> None:
    waits = Passage().waits
    coarse, fine = WaitSums(waits, HORIZON), WaitSums(waits, HORIZON, cells=65_536)
    for number in range(1, len(waits) + 1):
        assert coarse.within(number) == pytest.approx(fine.within(number), abs=1e-5)
        assert coarse.median_of_sum(number) == pytest.approx(fine.median_of_sum(number), abs=0.002)


def test_sums_of_the_default_firm_agree_with_a_million_draws() -> None:
    rng = np.random.default_rng(8)
    waits, count = Passage().waits, 1_000_000
    sums, total = WaitSums(waits, HORIZON), np.zeros(count)
    for number, wait in enumerate(waits, start=1):
        total += wait.draw(rng, count)
        truth = sums.within(number)
        assert (total <= HORIZON).mean() == pytest.approx(truth, abs=4 * math.sqrt(truth * (1 - truth) / count))


def test_no_waits_are_always_within_the_horizon() -> None:
    assert WaitSums([], HORIZON).within(0) == 1.0


@pytest.mark.parametrize("spell", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 0.0), (1.0, math.nan, 1.0)])
def test_spell_with_a_number_not_positive_is_refused(spell: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidDefinition, match="must be greater than 0"):
        Spell(*spell)


def test_wait_with_shares_not_adding_to_1_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match=r"add to 0\.9; make them add to 1"):
        Wait((Spell(0.5, 1.0, 1.0), Spell(0.4, 2.0, 1.0)))
