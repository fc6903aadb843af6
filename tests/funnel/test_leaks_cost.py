"""The cost of a leak against the plain way: every unit drawn again, one by one."""

import numpy as np
import pytest

from tragt.funnel.leaks.cost import DAYS_OF_MONTH, Costing, cost_of, worth_of
from tragt.funnel.leaks.judging import Arena, Cells, Verdict, previous
from tragt.funnel.leaks.result import Kind
from tragt.funnel.leaks.trials import Grouping, Trials

WEEKS, UNITS = 5, 2400
DAYS = 7 * WEEKS


def cells_with_a_leak() -> Cells:
    """Two groups over five weeks; in the last one the first passes with .3 instead of .5. Half of those convert."""
    dice = np.random.default_rng(1)
    day, group = dice.integers(0, DAYS, UNITS), dice.integers(0, 2, UNITS)
    leaking = (day >= DAYS - 7) & (group == 0)
    kept = dice.random(UNITS) < np.where(leaking, 0.3, 0.5)
    converted = kept & (dice.random(UNITS) < 0.5)
    value = np.where(converted, dice.lognormal(4, 0.5, UNITS), np.nan)
    second = np.column_stack([kept, converted])
    trials = Trials(
        unit=np.arange(UNITS),
        day=np.repeat(day[:, None], 2, axis=1),
        entered=np.column_stack([np.ones(UNITS, dtype=bool), kept]),
        kept=second,
        converted=converted,
        value=value,
    )
    grouping = Grouping(None, ("a", "b"), np.arange(UNITS), group)
    return previous(Arena(Kind.DRIFTED, trials, grouping, ((28, 35),) * 2, ((0, 28),) * 2))


def drawn_one_by_one(cells: Cells, rounds: int) -> list[float]:
    """Cost a month in conversions of the first group at the first passage, for each draw of the units."""
    trials, group = cells.arena.trials, cells.arena.grouping.codes
    now = trials.day[:, 0] >= 28
    strength = worth_of(trials, cells.arena.grouping, Kind.DRIFTED).strength[0]
    first, kept = group == 0, trials.kept[:, 0]
    rate, before = kept[first & now].mean(), kept[first & ~now].mean()
    left = (cells.reference[0, 0] - cells.shrunk[0, 0]) / (before - rate)
    dice, costs = np.random.default_rng(2), []
    for _ in range(rounds):
        row = dice.integers(0, UNITS, UNITS)
        mine, late, on, won = first[row], now[row], kept[row], trials.converted[row]
        moved = (on[mine & ~late].mean() - before) - (on[mine & late].mean() - rate)
        lost = cells.entered[0, 0] * left * (before - rate + np.sqrt(cells.phi[0, 0]) * moved)
        whole = won[on].mean()
        prior = 0.0 if np.isinf(strength) else 1 / strength
        number = (mine & on).sum() * prior
        chance = ((mine & won).sum() * prior + whole) / (number + 1)
        costs.append(lost * chance * DAYS_OF_MONTH / 7)
    return costs


def test_cost_interval_is_that_of_units_drawn_one_by_one() -> None:
    cells = cells_with_a_leak()
    verdict = Verdict(cells, 0, 0, 0.001, 0.01)
    worth = worth_of(cells.arena.trials, cells.arena.grouping, Kind.DRIFTED)
    cost, reason = cost_of(verdict, worth, Costing(in_money=False, level=0.9, rounds=4000, seed=3))
    assert cost is not None
    assert reason is None
    low, middle, high = np.quantile(drawn_one_by_one(cells, 1500), [0.05, 0.5, 0.95])
    assert cost.per_month == pytest.approx(middle, rel=0.05)
    width = high - low
    assert cost.low == pytest.approx(low, abs=0.08 * width)
    assert cost.high == pytest.approx(high, abs=0.08 * width)


def test_cost_in_money_is_that_in_conversions_times_the_mean_value() -> None:
    cells = cells_with_a_leak()
    verdict = Verdict(cells, 0, 0, 0.001, 0.01)
    worth = worth_of(cells.arena.trials, cells.arena.grouping, Kind.DRIFTED)
    money, conversions = (
        cost_of(verdict, worth, Costing(in_money=money, level=0.9, rounds=50, seed=3))[0] for money in (True, False)
    )
    assert money is not None
    assert conversions is not None
    values = cells.arena.trials.value
    assert money.per_month / conversions.per_month == pytest.approx(np.nanmean(values), rel=0.1)


def test_cost_of_a_group_whose_own_conversion_is_unlike_is_drawn_to_its_own() -> None:
    cells = cells_with_a_leak()
    trials, first = cells.arena.trials, cells.arena.grouping.codes == 0
    trials.converted[first] = False
    worth = worth_of(trials, cells.arena.grouping, Kind.DRIFTED)
    assert worth.strength[0] < 10
    cost, _ = cost_of(Verdict(cells, 0, 0, 0.001, 0.01), worth, Costing(False, 0.9, 50, 3))
    assert cost is not None
    assert cost.per_month < 3


def test_cost_without_any_conversion_is_absent_with_a_reason() -> None:
    cells = cells_with_a_leak()
    trials = cells.arena.trials
    trials.converted[:] = False
    worth = worth_of(trials, cells.arena.grouping, Kind.DRIFTED)
    cost, reason = cost_of(Verdict(cells, 0, 0, 0.001, 0.01), worth, Costing(False, 0.9, 50, 3))
    assert cost is None
    assert reason is not None
    assert "nobody" in reason
