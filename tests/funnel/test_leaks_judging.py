"""Which cells are listed: what is known besides steers the budget of false alarms, on the side it speaks for."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tragt.funnel.leaks.judging import Arena, Cells, judge, others, previous
from tragt.funnel.leaks.result import Kind
from tragt.funnel.leaks.trials import Grouping, Trials

DAYS, GROUPS, A_DAY = 35, 8, 200
FALLEN, RISEN = 2, 5


@cache
def arena() -> Arena:
    """One passage of eight groups that are alike, but for the last week: one falls from .5 to .4, one rises to .6."""
    dice = np.random.default_rng(1)
    day, group = (column.ravel() for column in np.mgrid[:DAYS, : GROUPS * A_DAY])
    group = group % GROUPS
    chance = np.full(len(day), 0.5)
    chance[(day >= DAYS - 7) & (group == FALLEN)] = 0.4
    chance[(day >= DAYS - 7) & (group == RISEN)] = 0.6
    kept = dice.random(len(day)) < chance
    columns = day[:, None], np.ones((len(day), 1), dtype=bool), kept[:, None]
    trials = Trials(np.arange(len(day)), *columns, kept, np.full(len(day), np.nan))
    grouping = Grouping(None, tuple("abcdefgh"), np.arange(len(day)), group)
    return Arena(Kind.DRIFTED, trials, grouping, ((DAYS - 7, DAYS),), ((0, DAYS - 7),))


def test_group_that_fell_below_its_likes_is_likelier_worse_and_one_that_rose_likelier_better() -> None:
    cells = previous(arena())
    for largest, smallest, odds in (
        (FALLEN, RISEN, cells.odds_worse[0, :, 1]),
        (RISEN, FALLEN, cells.odds_better[0, :, 1]),
    ):
        assert np.argmax(odds) == largest
        assert odds[smallest] == min(odds) < 1 < odds[largest]


def test_comparison_with_the_others_uses_nothing_besides_for_it_is_the_same_knowledge() -> None:
    cells = others(replace(arena(), before=None))
    assert (cells.odds_worse == 1).all()
    assert (cells.odds_better == 1).all()


@pytest.mark.parametrize(("side", "place"), [("worse", 0), ("better", 1)])
def test_faint_cell_is_listed_where_what_is_known_besides_speaks_for_it(side: str, place: int) -> None:
    """A p-value a little above the budget of one cell in eight, at which half as much again suffices."""
    nothing = np.ones((1, GROUPS, 2))
    speaking = nothing.copy()
    speaking[0, 3] = 20
    faint = np.full((1, GROUPS), 0.9)
    faint[0, 3] = 1.5 * 0.1 / GROUPS
    plain = replace(previous(arena()), p_worse=faint, p_better=faint, odds_worse=nothing, odds_better=nothing)
    known = replace(plain, odds_worse=speaking) if side == "worse" else replace(plain, odds_better=speaking)
    assert judge([plain], 0.1)[:2] == ([], [])
    listed = judge([known], 0.1)[:2]
    assert [verdict.group for verdict in listed[place]] == [3]
    assert listed[1 - place] == []


def test_nothing_to_judge_gives_nothing() -> None:
    assert judge([], 0.1) == ([], [], 0)


def worse_of(cells: Cells) -> list[int]:
    return [verdict.group for verdict in judge([cells], 0.1)[0]]


def test_cell_that_was_not_judged_is_not_listed_whatever_is_known_besides() -> None:
    cells = previous(arena())
    odds, sensitivity = cells.odds_worse.copy(), cells.sensitivity.copy()
    odds[0, FALLEN], sensitivity[0, FALLEN] = 1e6, np.nan
    assert FALLEN in worse_of(cells)
    assert FALLEN not in worse_of(replace(cells, odds_worse=odds, sensitivity=sensitivity))
