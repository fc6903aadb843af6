"""Watching every day: an alarm is rare without a leak, soon with one, and stays until it is dealt with."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tragt.errors import InvalidDefinition
from tragt.funnel.leaks.monitoring import Watch, Watching, acted_on, begin, observe
from tragt.stats.arrays import FloatArray

CELLS = (2, 4)
ENTERED = np.array([[800.0, 400, 200, 100], [400, 200, 100, 50]])
LEARNT = 28


def days_of(dice: np.random.Generator, number: int, rate: FloatArray | float = 0.5) -> tuple[FloatArray, FloatArray]:
    """Trials and successes, shape (k, g, d)."""
    entered = np.repeat(ENTERED[:, :, None], number, axis=2)
    chance = np.broadcast_to(np.asarray(rate)[..., None], entered.shape)
    return entered, dice.binomial(entered.astype(int), chance).astype(float)


def watched(watch: Watch, entered: FloatArray, kept: FloatArray) -> list[Watch]:
    """What is known after each day."""
    known = []
    for day in range(entered.shape[2]):
        watch = observe(watch, entered[..., day], kept[..., day])
        known.append(watch)
    return known


def leaking(dice: np.random.Generator, days: int = 10) -> list[Watch]:
    rate = np.full(CELLS, 0.5)
    rate[0, 1] = 0.4
    return watched(begin(*days_of(dice, LEARNT)), *days_of(dice, days, rate))


def test_leak_is_opened_within_days_where_it_is_and_nowhere_else() -> None:
    known = leaking(np.random.default_rng(1))
    assert known[-1].open.tolist() == [[False, True, False, False], [False] * 4]
    assert int(known[-1].open_days[0, 1]) >= 5
    assert known[-1].e_values[0, 1] > 80


def test_open_leak_stays_while_rates_are_bad_and_closes_when_they_have_recovered() -> None:
    dice = np.random.default_rng(2)
    known = leaking(dice, 20)
    assert all(later.open[0, 1] for earlier, later in pairwise(known) if earlier.open[0, 1])
    recovered = watched(known[-1], *days_of(dice, 25))
    assert recovered[1].open[0, 1]
    assert not recovered[-1].open.any()
    assert recovered[-1].open_days.max() == 0


def test_open_leak_does_not_become_the_reference() -> None:
    known = leaking(np.random.default_rng(3), 60)
    reference = known[-1].kept / known[-1].entered
    assert reference[0, 1] > 0.47
    assert known[-1].open[0, 1]


def test_leak_acted_on_is_closed_and_judged_anew() -> None:
    dice = np.random.default_rng(4)
    known = leaking(dice)
    closed = acted_on(known[-1], 0, 1)
    assert not closed.open.any()
    assert closed.e_values[0, 1] == 0
    others = np.ones(CELLS, dtype=bool)
    others[0, 1] = False
    assert (closed.e_values[others] == known[-1].e_values[others]).all()
    assert not watched(closed, *days_of(dice, 30))[-1].open.any()


def test_watching_leaves_what_it_was_given_as_it_was() -> None:
    dice = np.random.default_rng(5)
    watch = begin(*days_of(dice, LEARNT))
    before = watch.entered.copy(), watch.kept.copy(), watch.detectors.sums.copy()
    entered, kept = days_of(dice, 1)
    twice = [observe(watch, entered[..., 0], kept[..., 0]) for _ in range(2)]
    assert all(
        (one == other).all()
        for one, other in zip(before, (watch.entered, watch.kept, watch.detectors.sums), strict=True)
    )
    assert (twice[0].e_values == twice[1].e_values).all()


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_any_false_alarm_in_ninety_days_is_as_rare_as_is_promised(noise: float) -> None:
    dice = np.random.default_rng(6)

    def any_alarm() -> bool:
        logit = noise * dice.standard_normal((*CELLS, LEARNT + 90)) + noise * dice.standard_normal(LEARNT + 90)
        entered = np.repeat(ENTERED[:, :, None], LEARNT + 90, axis=2)
        kept = dice.binomial(entered.astype(int), 1 / (1 + np.exp(-logit))).astype(float)
        watch = begin(entered[..., :LEARNT], kept[..., :LEARNT])
        return any(one.open.any() for one in watched(watch, entered[..., LEARNT:], kept[..., LEARNT:]))

    assert np.mean([any_alarm() for _ in range(12)]) <= 0.25


def test_day_on_which_nobody_came_says_nothing() -> None:
    watch = begin(*days_of(np.random.default_rng(7), LEARNT))
    after = observe(watch, np.zeros(CELLS), np.zeros(CELLS))
    assert (after.e_values == watch.e_values).all()
    assert not after.open.any()


def test_closer_watch_needs_less_evidence() -> None:
    dice = np.random.default_rng(8)
    history, (entered, kept) = days_of(dice, LEARNT), days_of(dice, 12, 0.45)
    usual = begin(*history)
    close = begin(*history, replace(Watching(), days=30, false_alarm=0.5))
    first = [
        next((day for day, one in enumerate(watched(watch, entered, kept)) if one.open.any()), 99)
        for watch in (close, usual)
    ]
    assert first[0] <= first[1]


def test_too_short_a_past_and_other_cells_are_refused() -> None:
    with pytest.raises(InvalidDefinition, match="6 days"):
        begin(*days_of(np.random.default_rng(9), 6))
    watch = begin(*days_of(np.random.default_rng(9), LEARNT))
    with pytest.raises(InvalidDefinition, match="cells watched"):
        observe(watch, np.zeros((1, 4)), np.zeros((1, 4)))
