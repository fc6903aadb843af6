"""The time between two steps: against a slow twin, against plain quantiles, and on the grid."""

import math
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stats.attempts import HORIZONS, SLOW
from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.stats import PassageTimes, horizon_without_window, passage_times
from tragt.stats.grid import CELLS, NEVER, cells_of, cells_watched

Row = tuple[int, int, int, int]
"""Age at the first step, time from there to the second and to the end (-1: not seen), and watched from there."""


@st.composite
def passages(draw: st.DrawFn, *, complete: bool = False) -> tuple[list[Row], int]:
    """Up to 25 attempts as the log shows them, some of which did not reach the first step."""
    horizon = draw(HORIZONS)
    rows = []
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from(["passes", "is over", "stays", "not reached"]))
        age = draw(st.one_of(st.just(0), st.integers(0, 2 * horizon)))
        watched = horizon if complete else draw(st.integers(0, 2 * horizon))
        seen = age if age <= watched else -1
        origin = -1 if kind == "not reached" else draw(st.integers(0, horizon))
        rows.append((origin, seen if kind == "passes" else -1, seen if kind == "is over" else -1, watched))
    return rows, horizon


def estimate(rows: list[Row], horizon: int) -> PassageTimes:
    origin, passed, over, watched = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    from_entry = np.where(origin >= 0, origin, 0)
    return passage_times(
        origin,
        np.where((passed >= 0) & (origin >= 0), passed + origin, -1),
        np.where(over >= 0, over + from_entry, -1),
        watched + from_entry,
        horizon,
    )


def slow_curve(rows: list[Row], horizon: int) -> list[Fraction]:
    """Probability of having passed by the end of each cell, from the counts of each cell."""
    known = [row for row in rows if row[0] >= 0]
    passed, over = Fraction(0), Fraction(0)
    curve = []
    for cell in range(CELLS + 1):

        def in_cell(age: int, cell: int = cell) -> bool:
            return age == 0 if cell == 0 else 0 <= (cell - 1) * horizon < age * CELLS <= cell * horizon

        def later(age: int, cell: int = cell) -> bool:
            return age < 0 or age * CELLS > (cell - 1) * horizon

        at_risk = [
            row
            for row in known
            if row[3] * CELLS >= cell * horizon and (cell == 0 or (later(row[1]) and later(row[2])))
        ]
        if at_risk:
            waiting = 1 - passed - over
            passed += waiting * sum(in_cell(row[1]) for row in at_risk) / len(at_risk)
            over += waiting * sum(in_cell(row[2]) for row in at_risk) / len(at_risk)
        curve.append(passed)
    return curve


def slow_quantile(rows: list[Row], horizon: int, share: Fraction) -> int | None:
    """Each passage seen carries an equal part of its cell's increase; the smallest time with enough of them."""
    curve = slow_curve(rows, horizon)
    seen = sorted(
        (row[1], math.ceil(Fraction(row[1] * CELLS, horizon))) for row in rows if row[0] >= 0 and 0 <= row[1] <= horizon
    )
    seen = [(time, cell) for time, cell in seen if (time, cell) in counted(rows, horizon)]
    cells = [cell for _, cell in seen]
    steps = [curve[0], *(after - before for before, after in pairwise(curve))]
    weights = [steps[cell] / cells.count(cell) for cell in cells]
    if len(seen) < 5:
        return None
    reached = accumulate(weights)
    return next(time for (time, _), total in zip(seen, reached, strict=True) if total >= share * curve[-1])


def counted(rows: list[Row], horizon: int) -> set[tuple[int, int]]:
    pairs = ((row, math.ceil(Fraction(row[1] * CELLS, horizon))) for row in rows if row[0] >= 0)
    return {(row[1], cell) for row, cell in pairs if row[3] * CELLS >= cell * horizon}


def reached_any(rows: list[Row]) -> bool:
    return any(row[0] >= 0 for row in rows)


# ---------------------------------------------------------------- against the twin


@SLOW
@given(passages().filter(lambda drawn: reached_any(drawn[0])))
def test_passage_curve_of_any_attempts_equals_the_slow_twin(drawn: tuple[list[Row], int]) -> None:
    rows, horizon = drawn
    expected = np.array(slow_curve(rows, horizon), dtype=np.float64)
    np.testing.assert_allclose(estimate(rows, horizon).curve, expected, atol=1e-12)


@given(
    passages(complete=True).filter(lambda drawn: reached_any(drawn[0])),
    st.fractions(min_value="1/100", max_value=1, max_denominator=100),
)
def test_passage_quantile_of_watched_attempts_is_the_empirical_quantile(
    drawn: tuple[list[Row], int], share: Fraction
) -> None:
    rows, horizon = drawn
    passed = sorted(row[1] for row in rows if row[0] >= 0 and row[1] >= 0)
    expected = passed[math.ceil(share * len(passed)) - 1] if len(passed) >= 5 else None
    assert estimate(rows, horizon).quantile(float(share)) == expected


@pytest.mark.parametrize("share", [Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(9, 10), Fraction(1)])
def test_passage_quantile_of_censored_attempts_shares_each_cells_increase(share: Fraction) -> None:
    dice = np.random.default_rng(5)
    rows: list[Row] = []
    for _ in range(120):
        time, end, watched = (int(value) for value in dice.integers(0, 3000, 3))
        first, kind = min(time, end), time <= end
        seen = first <= watched
        rows.append((7, time if seen and kind else -1, end if seen and not kind else -1, watched))
    assert len({row[1] for row in rows}) > 30
    assert estimate(rows, 100_000).quantile(float(share)) == slow_quantile(rows, 100_000, share)


# ---------------------------------------------------------------- single cases


def test_passage_times_count_only_passages_seen_to_the_end_of_their_cell() -> None:
    rows: list[Row] = [(0, 1500, -1, 1999)] * 3 + [(0, 1500, -1, 2000)] * 2
    assert estimate(rows, 1_000_000).passed == 2


def test_passage_quantile_of_four_passages_is_absent_and_of_five_is_not() -> None:
    rows: list[Row] = [(3, time, -1, 9) for time in (1, 2, 4, 4, 8)]
    assert estimate(rows[:4], 9).quantile(0.5) is None
    assert estimate(rows, 9).quantile(0.5) == 4


def test_passage_quantile_within_one_cell_is_exact() -> None:
    rows: list[Row] = [(0, time, -1, 100_000) for time in (11, 12, 13, 14, 15)]
    assert [estimate(rows, 100_000).quantile(q) for q in (0.2, 0.21, 0.6, 1)] == [11, 12, 13, 15]


def test_passage_curve_of_expired_attempts_competes() -> None:
    rows: list[Row] = [(0, 2, -1, 10), (0, -1, 1, 10), (0, -1, -1, 1)]
    assert estimate(rows, 10).curve[[100, 199, 200]].tolist() == pytest.approx([0, 0, 2 / 3])


@pytest.mark.parametrize("q", [0.0, -0.5, 1.1, math.nan])
def test_passage_quantile_out_of_range_is_refused(q: float) -> None:
    with pytest.raises(InvalidDefinition, match="q is"):
        estimate([(0, 1, -1, 10)], 10).quantile(q)


def test_passage_times_where_nobody_reached_the_first_step_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="No attempt reached"):
        estimate([(-1, -1, -1, 10)], 10)


def test_passage_times_of_arrays_of_different_lengths_are_refused() -> None:
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    with pytest.raises(InvalidDefinition, match="differ in length"):
        passage_times(one, two, one, one, 10)


# ---------------------------------------------------------------- horizon and grid


def test_horizon_without_window_is_the_largest_age_that_enough_were_watched_to() -> None:
    watched = np.random.default_rng(1).permutation(np.arange(100))
    assert horizon_without_window(watched) == 70
    assert horizon_without_window(watched, at_least=1) == 99


@pytest.mark.parametrize("watched", [[5] * 29, [5] * 29 + [0]])
def test_horizon_without_window_of_too_few_watched_attempts_is_absent(watched: list[int]) -> None:
    assert horizon_without_window(np.array(watched)) is None


@given(HORIZONS, st.data())
def test_cells_of_any_age_bracket_it(horizon: int, data: st.DataObject) -> None:
    age = data.draw(st.integers(0, 2 * horizon))
    cell, seen = (int(cells(np.array([age]), horizon)[0]) for cells in (cells_of, cells_watched))
    if age > horizon:
        assert (cell, seen) == (NEVER, CELLS)
    else:
        assert (cell - 1) * horizon < age * CELLS <= cell * horizon
        assert seen * horizon <= age * CELLS < (seen + 1) * horizon
    assert cells_of(np.array([-1]), horizon).tolist() == [NEVER]
