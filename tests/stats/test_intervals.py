"""Rates and their intervals: against published tables, on their scale, and at the edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.stats import bounded_rate, complementary_log_log, wilson, wilson_bounds
from tragt.stats.intervals import Difference, Rate, difference, difference_from_part, ratio


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_of_newcombe_1998_table_1_method_3_is_reproduced(
    successes: int, trials: int, low: float, high: float
) -> None:
    rate = wilson(successes, trials)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)
    assert (rate.rate, rate.numerator, rate.denominator) == (successes / trials, successes, trials)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_of_newcombe_1998_table_2_method_10_is_reproduced(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = difference(wilson(*one), wilson(*other))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.difference == one[0] / one[1] - other[0] / other[1]
    assert found.beyond_chance == (low > 0)


def test_difference_of_rates_of_two_levels_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="one level"):
        difference(wilson(1, 2, 0.9), wilson(1, 2))


def test_ratio_of_perondi_2004_in_fagerland_lydersen_laake_2017_table_4_mover_r_wilson_is_reproduced() -> None:
    found = ratio(wilson(7, 34), wilson(1, 34))
    assert found is not None
    assert found.high is not None
    assert (found.ratio, round(found.low, 4), round(found.high, 4)) == (7.0, 1.1537, 41.9763)


def test_ratio_against_nobody_has_no_finite_end_and_a_lower_one_of_the_two_shares() -> None:
    one, nobody = wilson(208, 3646), wilson(0, 3646)
    found = ratio(one, nobody)
    assert found is not None
    assert (found.ratio, found.high) == (None, None)
    assert found.low == pytest.approx((one.low * (2 * one.rate - one.low)) ** 0.5 / nobody.high)
    assert one.low / nobody.high < found.low < one.rate / nobody.high
    assert ratio(nobody, nobody) is None
    other_way = ratio(nobody, one)
    assert other_way is not None
    assert (other_way.ratio, other_way.low) == (0.0, 0.0)
    assert other_way.high == pytest.approx(1 / found.low)


@given(st.integers(1, 1000), st.integers(1, 1000), st.floats(-1, 1), st.data())
def test_ratio_lies_within_limits_at_which_the_difference_of_the_one_and_so_many_others_ends_at_0(
    trials: int, others: int, correlation: float, data: st.DataObject
) -> None:
    one = wilson(data.draw(st.integers(1, trials)), trials)
    other = wilson(data.draw(st.integers(1, others)), others)
    found = ratio(one, other, correlation)
    assert found is not None
    assert found.ratio is not None
    assert found.high is not None
    assert found.low <= found.ratio * (1 + 1e-9)
    assert found.ratio <= found.high * (1 + 1e-9)

    def room(near: float, far: float) -> float:
        return math.sqrt(max(near**2 + far**2 - 2 * correlation * near * far, 0.0))

    below, above = found.low, found.high
    less = room(one.rate - one.low, below * (other.high - other.rate))
    more = room(one.high - one.rate, above * (other.rate - other.low))
    assert one.rate - below * other.rate == pytest.approx(less, abs=1e-6)
    assert above * other.rate - one.rate == pytest.approx(more, rel=1e-6, abs=1e-6)


def test_ratio_of_rates_of_two_levels_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="one level"):
        ratio(wilson(1, 2, 0.9), Rate(0.5, 0.4, 0.6))


@given(st.integers(1, 10**6), st.data())
def test_difference_of_a_whole_and_its_part_is_that_of_their_rates_and_nothing_where_they_are_one(
    trials: int, data: st.DataObject
) -> None:
    passed = data.draw(st.integers(0, trials))
    part = data.draw(st.integers(1, trials))
    passed_there = data.draw(st.integers(max(0, passed - (trials - part)), min(passed, part)))
    whole, there = wilson(passed, trials), wilson(passed_there, part)
    found = difference_from_part(whole, there)
    assert found is not None
    assert found.difference == pytest.approx(whole.rate - there.rate, abs=1e-9)
    assert found.low <= found.difference <= found.high
    assert difference_from_part(whole, whole) == Difference(0.0, 0.0, 0.0)
    assert difference_from_part(bounded_rate(0.5, 0.1, 10), there) is None


@given(st.integers(1, 10**9), st.data())
def test_wilson_of_any_counts_holds_the_rate_within_0_and_1(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    rate = wilson(successes, trials)
    assert 0 <= rate.low <= rate.rate <= rate.high <= 1
    assert (rate.low == 0) == (successes == 0)
    assert (rate.high == 1) == (successes == trials)


@given(st.integers(1, 1000), st.data())
def test_wilson_of_failures_mirrors_that_of_successes(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    rate, mirrored = wilson(successes, trials), wilson(trials - successes, trials)
    assert rate.low == pytest.approx(1 - mirrored.high, abs=1e-12)


def test_wilson_at_a_higher_level_is_wider() -> None:
    narrow, wide = wilson(30, 100, level=0.8), wilson(30, 100, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.level == 0.99


def test_wilson_without_trials_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="0 trials") as refused:
        wilson(0, 0)
    assert refused.value.code == "stats.no_trials"


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2)])
def test_wilson_of_impossible_counts_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(InvalidDefinition, match="Successes"):
        wilson(successes, trials)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_wilson_at_a_level_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(InvalidDefinition, match="level"):
        wilson(1, 2, level=level)


def test_wilson_bounds_of_many_rates_equal_one_by_one_and_are_absent_without_trials() -> None:
    low, high = wilson_bounds([[0, 1], [5, 0]], [[4, 3], [5, 0]])
    assert np.isnan(low[1, 1])
    assert np.isnan(high[1, 1])
    for row, column, successes, trials in [(0, 0, 0, 4), (0, 1, 1, 3), (1, 0, 5, 5)]:
        rate = wilson(successes, trials)
        assert (low[row, column], high[row, column]) == (rate.low, rate.high)


@given(st.floats(0.001, 0.999), st.floats(1e-6, 0.3))
def test_complementary_log_log_interval_is_symmetric_on_its_scale(estimate: float, error: float) -> None:
    low, high = complementary_log_log(estimate, error)
    assert 0 <= low < estimate < high <= 1
    if low > 1e-9 and high < 1 - 1e-9:
        below, middle, above = (math.log(-math.log1p(-value)) for value in (low, estimate, high))
        assert above - middle == pytest.approx(middle - below, rel=1e-4)
        spread = 1.959963985 * error / ((1 - estimate) * -math.log1p(-estimate))
        assert above - middle == pytest.approx(spread, rel=1e-4)


@pytest.mark.parametrize("estimate", [0.0, 1.0, -0.1, math.nan])
def test_complementary_log_log_of_no_probability_between_is_refused(estimate: float) -> None:
    with pytest.raises(InvalidDefinition, match="estimate"):
        complementary_log_log(estimate, 0.1)


@pytest.mark.parametrize(("estimate", "edge"), [(0.0, 0), (1e-13, 0), (1.0, 10), (1 + 1e-15, 10)])
def test_bounded_rate_at_an_edge_is_wilsons(estimate: float, edge: int) -> None:
    rate, expected = bounded_rate(estimate, 0.1, 10), wilson(edge, 10)
    assert (rate.rate, rate.low, rate.high) == (expected.rate, expected.low, expected.high)


def test_bounded_rate_without_a_standard_error_is_wilsons() -> None:
    rate, expected = bounded_rate(0.5, 0.0, 10), wilson(5, 10)
    assert (rate.low, rate.high) == (expected.low, expected.high)


def test_bounded_rate_with_a_huge_standard_error_spans_everything() -> None:
    rate = bounded_rate(0.5, 1e6, 10)
    assert (rate.low, rate.high) == pytest.approx((0, 1), abs=1e-12)


def test_bounded_rate_without_trials_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="0 trials"):
        bounded_rate(0.5, 0.1, 0)
