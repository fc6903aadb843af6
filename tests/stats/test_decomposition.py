"""What a change is made of: the parts add up, whatever the counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition
from tragt.stats.decomposition import change_by_group, change_by_step

COUNTS = st.tuples(st.integers(0, 10_000), st.floats(0, 1)).map(lambda pair: (pair[0], int(pair[0] * pair[1])))
GROUPS = st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=12).filter(
    lambda rows: sum(b[0] for b, _ in rows) > 0 and sum(a[0] for _, a in rows) > 0
)
RATES = st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=1, max_size=8)


@given(GROUPS)
def test_change_by_group_adds_up_exactly(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    before, after = np.array([b for b, _ in rows]), np.array([a for _, a in rows])
    split = change_by_group(before[:, 0], before[:, 1], after[:, 0], after[:, 1])
    assert abs(split.mix.sum() + split.rate.sum() - split.change) < 1e-12
    assert split.change == pytest.approx(
        after[:, 1].sum() / after[:, 0].sum() - before[:, 1].sum() / before[:, 0].sum()
    )


@given(GROUPS)
def test_change_by_group_backwards_is_the_opposite(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    before, after = np.array([b for b, _ in rows]), np.array([a for _, a in rows])
    there = change_by_group(before[:, 0], before[:, 1], after[:, 0], after[:, 1])
    back = change_by_group(after[:, 0], after[:, 1], before[:, 0], before[:, 1])
    assert back.mix == pytest.approx(-there.mix, abs=1e-12)
    assert back.rate == pytest.approx(-there.rate, abs=1e-12)


def test_change_by_group_is_kitagawas_formula() -> None:
    split = change_by_group([60, 40], [30, 8], [30, 70], [18, 7])
    assert split.rate == pytest.approx([0.5 * (0.6 + 0.3) * (0.6 - 0.5), 0.5 * (0.4 + 0.7) * (0.1 - 0.2)])
    assert split.mix == pytest.approx([0.5 * (0.5 + 0.6) * (0.3 - 0.6), 0.5 * (0.2 + 0.1) * (0.7 - 0.4)])


def test_change_by_group_with_a_new_group_is_all_mix_there() -> None:
    split = change_by_group([100, 0], [50, 0], [100, 100], [50, 10])
    assert split.rate.tolist() == [0, 0]
    assert split.mix.sum() == pytest.approx(split.change)


def test_change_by_group_without_anybody_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="0 trials before"):
        change_by_group([0], [0], [1], [1])


@given(RATES)
def test_change_by_step_adds_up_to_that_of_the_whole(rows: list[tuple[float, float]]) -> None:
    before, after = np.array(rows).T
    whole = np.log(after).sum() - np.log(before).sum()
    assert abs(change_by_step(before, after).sum() - whole) < 1e-12 * max(1, abs(whole))


def test_change_by_step_that_nobody_passed_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="passed by nobody"):
        change_by_step([0.5, 0.0], [0.5, 0.1])
