"""Rates of funnels that are not over yet: against a slow twin, against lifelines, and by their properties."""

import math
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter

from tests.stats.attempts import SLOW, cohorts
from tests.stats.slow_progress import Attempt, as_arrays, slow_covariance, slow_curve, slow_rates
from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.stats import Progress, progress, wilson
from tragt.stats.grid import CELLS

DAY = 86_400_000


def estimate(attempts: list[Attempt], horizon: int) -> Progress:
    return progress(*as_arrays(attempts), horizon=horizon)


def rates(result: Progress) -> list[float]:
    return [rate.rate for rate in result.from_first]


def random_cohort(seed: int, number: int = 200) -> list[Attempt]:
    """Three steps over some 100 ms with losses, watched for 20 to 150 ms, two attempts per unit."""
    dice = random.Random(seed)
    attempts = []
    for row in range(number):
        watched = dice.randint(20, 150)
        ages = [0, dice.randint(0, 150), dice.randint(150, 260) // 2]
        ages[2] = max(ages[1], ages[2])
        seen = [age for age in ages if age <= watched][: dice.choice([1, 2, 3, 3])]
        end = seen[-1] + dice.randint(0, 120)
        lost = end if len(seen) < 3 and end <= watched and dice.random() < 0.7 else None
        attempts.append(Attempt((*seen, *[None] * (3 - len(seen))), lost, watched, row // 2))
    return attempts


# ---------------------------------------------------------------- against the twin


@SLOW
@given(cohorts())
def test_progress_of_any_cohort_equals_the_slow_twin(cohort: tuple[list[Attempt], int]) -> None:
    attempts, horizon = cohort
    expected = np.array(slow_curve(attempts, horizon), dtype=np.float64)
    np.testing.assert_allclose(estimate(attempts, horizon).curve, expected, atol=1e-12)


@SLOW
@given(cohorts())
def test_covariance_of_any_cohort_equals_the_numerical_derivative(cohort: tuple[list[Attempt], int]) -> None:
    attempts, horizon = cohort
    np.testing.assert_allclose(estimate(attempts, horizon).covariance, slow_covariance(attempts, horizon), atol=1e-8)


def test_covariance_of_clustered_units_is_near_the_delete_one_jackknife() -> None:
    attempts = random_cohort(seed=3)
    whole = estimate(attempts, 100)
    units = sorted({attempt.unit for attempt in attempts})
    left_out = np.array([rates(estimate([a for a in attempts if a.unit != unit], 100))[1:] for unit in units])
    spread = (left_out - left_out.mean(axis=0)).T @ (left_out - left_out.mean(axis=0))
    np.testing.assert_allclose(whole.covariance[1:, 1:], spread * (len(units) - 1) / len(units), rtol=0.05)


# ---------------------------------------------------------------- against lifelines


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_progress_of_two_steps_equals_lifelines_aalen_johansen(seed: int) -> None:
    dice = random.Random(seed)
    cells = sorted(dice.sample(range(1, CELLS + 1), 300))
    kinds = [*dice.choices(["passed", "lost", "open"], k=299), "open"]
    attempts = [
        Attempt((0, cell if kind == "passed" else None), cell if kind == "lost" else None, watched, row)
        for row, (cell, kind) in enumerate(zip(cells, kinds, strict=True))
        for watched in [cell if kind == "open" else CELLS]
    ]
    causes = [{"passed": 1, "lost": 2, "open": 0}[kind] for kind in kinds]
    peer = AalenJohansenFitter().fit(cells, causes, event_of_interest=1)
    result = estimate(attempts, CELLS)
    assert result.from_first[1].rate == pytest.approx(peer.cumulative_density_.iloc[-1, 0], abs=1e-12)
    assert result.covariance[1, 1] == pytest.approx(peer.variance_.iloc[-1], rel=1e-9)


# ---------------------------------------------------------------- properties


@given(cohorts())
def test_rates_of_any_cohort_lie_in_0_and_1_and_never_rise_along_steps(
    cohort: tuple[list[Attempt], int],
) -> None:
    result = estimate(*cohort)
    for rate in [*result.from_first, *result.from_previous, *result.to_last]:
        if rate is not None:
            assert 0 <= rate.low <= rate.rate + 1e-12
            assert rate.rate - 1e-12 <= rate.high <= 1
    assert rates(result) == sorted(rates(result), reverse=True)
    assert 0 <= result.curve.min() <= result.curve.max() <= 1
    assert np.all(np.diff(result.curve, axis=0) <= 0)
    assert np.all(np.diff(result.curve, axis=1) >= 0)


@pytest.mark.parametrize("seed", range(50, 60))
def test_curve_of_many_attempts_is_not_spoiled_by_rounding(seed: int) -> None:
    curve = estimate(random_cohort(seed), 100).curve
    assert 0 <= curve.min() <= curve.max() <= 1
    assert np.all(np.diff(curve, axis=1) >= 0)


@given(cohorts(complete=True))
def test_rates_of_a_watched_cohort_are_plain_proportions(cohort: tuple[list[Attempt], int]) -> None:
    attempts, horizon = cohort
    each = [replace(attempt, unit=row) for row, attempt in enumerate(attempts)]
    result = estimate(each, horizon)
    ages = as_arrays(each)[0]
    share = ((ages >= 0) & (ages <= horizon)).mean(axis=0)
    np.testing.assert_allclose(rates(result), share, atol=1e-12)
    np.testing.assert_allclose(np.diag(result.covariance), share * (1 - share) / len(each), atol=1e-12)


@given(cohorts())
def test_rates_from_previous_and_to_last_are_ratios_of_one_estimate(cohort: tuple[list[Attempt], int]) -> None:
    result = estimate(*cohort)
    reach = rates(result)
    assert result.from_previous[0] is None
    for step in range(1, len(reach)):
        given_before = result.from_previous[step]
        assert (given_before is None) == (reach[step - 1] == 0)
        if given_before is not None:
            assert given_before.rate == pytest.approx(reach[step] / reach[step - 1], abs=1e-12)
    for step, rate in enumerate(result.to_last):
        if rate is not None:
            assert rate.rate == pytest.approx(reach[-1] / reach[step], abs=1e-12)


@given(cohorts(), st.randoms())
def test_progress_of_shuffled_attempts_is_the_same(cohort: tuple[list[Attempt], int], dice: random.Random) -> None:
    attempts, horizon = cohort
    shuffled = dice.sample(attempts, len(attempts))
    first, second = estimate(attempts, horizon), estimate(shuffled, horizon)
    np.testing.assert_array_equal(first.curve, second.curve)
    np.testing.assert_allclose(first.covariance, second.covariance, atol=1e-15)


@given(cohorts(), st.integers(2, 4))
def test_progress_of_a_cohort_repeated_within_its_units_keeps_rates_and_covariance(
    cohort: tuple[list[Attempt], int], times: int
) -> None:
    attempts, horizon = cohort
    first, second = estimate(attempts, horizon), estimate(attempts * times, horizon)
    np.testing.assert_allclose(second.curve, first.curve, atol=1e-12)
    np.testing.assert_allclose(second.covariance, first.covariance, atol=1e-12)


# ---------------------------------------------------------------- the ratio's interval


def test_interval_from_previous_without_censoring_has_the_binomial_standard_error() -> None:
    reached = [3] * 20 + [2] * 30 + [1] * 50
    attempts = [
        Attempt(tuple(step * DAY if step < deepest else None for step in range(3)), None, 9 * DAY, row)
        for row, deepest in enumerate(reached)
    ]
    rate = estimate(attempts, 7 * DAY).from_previous[2]
    assert rate is not None
    assert rate.rate == pytest.approx(0.4)
    scale = [math.log(-math.log(1 - value)) for value in (rate.low, rate.high)]
    error = math.sqrt(0.4 * 0.6 / 50) / (0.6 * -math.log(0.6))
    assert scale[1] - scale[0] == pytest.approx(2 * 1.959963985 * error, rel=1e-8)


def test_interval_of_a_certain_step_is_wilsons_over_those_who_reached_the_one_before() -> None:
    attempts = [Attempt((0, 1, 2), None, 9, 0), Attempt((0, 3, 4), None, 9, 1), Attempt((0, None, None), None, 9, 2)]
    rate = estimate(attempts, 9).from_previous[2]
    assert rate is not None
    assert (rate.low, rate.high) == (wilson(2, 2).low, 1.0)


def test_interval_of_a_step_nobody_reached_is_wilsons_over_all_attempts() -> None:
    attempts = [Attempt((0, None), None, 9, row) for row in range(4)]
    rate = estimate(attempts, 9).from_first[1]
    assert (rate.rate, rate.low, rate.high) == (0.0, 0.0, wilson(0, 4).high)


# ---------------------------------------------------------------- the grid's edges


def test_progress_at_the_horizon_itself_counts_and_beyond_does_not() -> None:
    attempts = [Attempt((0, 10), None, 20, 0), Attempt((0, 11), None, 20, 1)]
    assert rates(estimate(attempts, 10)) == [1.0, 0.5]


def test_progress_in_a_cell_not_watched_to_its_end_does_not_count() -> None:
    attempts = [Attempt((0, 1500), None, 1999, 0), Attempt((0, None), None, 10_000, 1)]
    assert rates(estimate(attempts, 1_000_000)) == [1.0, 0.0]
    assert estimate(attempts, 1_000_000).reached == (2, 1)


def test_progress_of_an_attempt_that_comes_as_another_goes_is_not_at_risk_yet() -> None:
    attempts = [Attempt((0, 5, None), None, 10, 0), Attempt((0, 1, 5), None, 10, 1)]
    assert rates(estimate(attempts, 10)) == [1.0, 1.0, 0.5]


def test_progress_lost_in_the_cell_of_a_step_has_reached_the_step() -> None:
    attempts = [Attempt((0, 5, None), 5, 10, 0), Attempt((0, None, None), 5, 10, 1)]
    assert rates(estimate(attempts, 10)) == [1.0, 0.5, 0.0]


def test_progress_of_a_converted_attempt_does_not_end() -> None:
    attempts = [Attempt((0, 5), 5, 10, 0), Attempt((0, 5), 8, 10, 1)]
    assert rates(estimate(attempts, 10)) == [1.0, 1.0]


def test_progress_of_two_steps_at_once_is_one_direct_transition() -> None:
    attempts = [Attempt((0, 5, 5), None, 10, 0), Attempt((0, 0, 0), None, 10, 1)]
    assert estimate(attempts, 10).curve[:, [0, 499, 500]].tolist() == [[1, 1, 1], [0.5, 0.5, 1], [0.5, 0.5, 1]]


def test_progress_over_twenty_years_in_milliseconds_does_not_overflow() -> None:
    horizon = 20 * 366 * DAY
    attempts = [Attempt((0, horizon), None, 2**62, 0), Attempt((0, None), None, 2**62, 1)]
    result = estimate(attempts, horizon)
    assert rates(result) == [1.0, 0.5]
    assert result.watched_to_end == 2


def test_progress_counts_the_attempts_watched_to_the_horizon() -> None:
    attempts = [Attempt((0, None), None, watched, 0) for watched in (9, 10, 11)]
    assert estimate(attempts, 10).watched_to_end == 2


# ---------------------------------------------------------------- time from entry


@given(cohorts(complete=True, smallest=8), st.fractions(min_value="1/100", max_value=1, max_denominator=100))
def test_time_from_entry_of_a_watched_cohort_is_the_empirical_quantile(
    cohort: tuple[list[Attempt], int], share: Fraction
) -> None:
    attempts, horizon = cohort
    result = estimate(attempts, horizon)
    for step, times in enumerate(result.times_from_entry):
        ages = [attempt.ages[step] for attempt in attempts]
        passed = sorted(age for age in ages if age is not None and age <= horizon)
        expected = passed[math.ceil(share * len(passed)) - 1] if len(passed) >= 5 else None
        assert times.quantile(float(share)) == expected


def test_time_from_entry_counts_only_passages_seen_to_the_end_of_their_cell() -> None:
    attempts = [Attempt((0, 1500), None, watched, 0) for watched in (1999, 1999, 1999, 2000, 2000)]
    entry, passage = estimate(attempts, 1_000_000).times_from_entry
    assert (entry.passed, passage.passed) == (5, 2)
    assert entry.quantile(1) == 0


# ---------------------------------------------------------------- what is refused


def test_progress_of_no_attempts_is_refused() -> None:
    none = np.empty(0, dtype=np.int64)
    with pytest.raises(NotEnoughData, match="no attempts"):
        progress(np.empty((0, 2), dtype=np.int64), none, none, none, horizon=10)


@pytest.mark.parametrize("horizon", [0, -1, 2**62])
def test_progress_over_a_horizon_out_of_range_is_refused(horizon: int) -> None:
    with pytest.raises(InvalidDefinition, match="horizon"):
        estimate([Attempt((0, None), None, 1, 0)], horizon)


def test_progress_of_arrays_of_different_lengths_is_refused() -> None:
    ages, ended, watched, units = as_arrays([Attempt((0, None), None, 1, 0)] * 2)
    with pytest.raises(InvalidDefinition, match="differ in length"):
        progress(ages, ended, watched[:1], units, horizon=10)


@pytest.mark.parametrize(
    ("attempt", "fault"),
    [
        (Attempt((1, 2), None, 9), "not reached at age 0"),
        (Attempt((0, None, 2), None, 9), "before the one before"),
        (Attempt((0, 5, 2), None, 9), "before the one before"),
        (Attempt((0, 5, None), 4, 9), "after the attempt ended"),
        (Attempt((0, None), None, -1), "negative age"),
    ],
)
def test_progress_of_an_impossible_history_is_refused(attempt: Attempt, fault: str) -> None:
    with pytest.raises(InvalidDefinition, match=fault):
        estimate([attempt], 10)


def test_slow_twin_of_a_hand_worked_cohort_gives_the_fraction() -> None:
    attempts = [
        Attempt((0, 1), None, 10),
        Attempt((0, None), None, 2),
        Attempt((0, 3), None, 10),
        Attempt((0, None), 4, 10),
        Attempt((0, None), None, 10),
    ]
    chance = 1 / 5 + 4 / 5 * 1 / 3
    assert float(slow_rates(attempts, 10)[1]) == pytest.approx(chance)


@SLOW
@given(cohorts())
def test_progress_without_units_equals_that_of_attempts_with_a_unit_each(cohort: tuple[list[Attempt], int]) -> None:
    attempts, horizon = cohort
    ages, ended, watched, _ = as_arrays(attempts)
    together = progress(ages, ended, watched, None, horizon)
    alone = progress(ages, ended, watched, np.arange(len(ages)), horizon)
    np.testing.assert_array_equal(together.curve, alone.curve)
    np.testing.assert_allclose(together.covariance, alone.covariance, atol=1e-15)
    assert (together.reached, together.watched_to_end) == (alone.reached, alone.watched_to_end)
    for one, other in zip(together.times_from_entry, alone.times_from_entry, strict=True):
        assert sorted(one.times) == sorted(other.times)
