"""The estimates of unfinished funnels once more: plain loops over exact fractions, as the text defines them."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tragt.stats.arrays import IntArray

CELLS = 1000
State = tuple[int, bool]
Number = Fraction | float


@dataclass(frozen=True)
class Attempt:
    """Ages in milliseconds: of each step (None: not reached), of being lost or excluded, and watched to."""

    ages: tuple[int | None, ...]
    ended: int | None
    watched: int
    unit: int = 0

    @property
    def known(self) -> list[int]:
        """The ages at which anything happened."""
        return [age for age in (*self.ages, self.ended) if age is not None]

    def state(self, cell: int, horizon: int) -> State:
        """Index of the deepest step reached by the end of a cell, and whether the attempt ended there."""

        def happened(age: int | None) -> bool:
            return age is not None and age * CELLS <= cell * horizon

        deepest = max(step for step, age in enumerate(self.ages) if happened(age))
        return deepest, happened(self.ended) and deepest < len(self.ages) - 1

    def at_risk(self, cell: int, horizon: int) -> bool:
        return self.watched * CELLS >= cell * horizon


def slow_curve(
    attempts: Sequence[Attempt], horizon: int, weights: Sequence[Number] | None = None
) -> list[list[Number]]:
    """Probability of each step having been reached, by step and cell."""
    steps = range(len(attempts[0].ages))
    weight = weights or [Fraction(1)] * len(attempts)
    occupied: dict[State, Number] = defaultdict(Fraction)
    for attempt, heavy in zip(attempts, weight, strict=True):
        occupied[attempt.state(0, horizon)] += heavy / sum(weight)
    curve = [[reach(occupied, step)] for step in steps]
    eventful = {math.ceil(Fraction(age * CELLS, horizon)) for attempt in attempts for age in attempt.known}
    for cell in range(1, CELLS + 1):
        if cell in eventful:
            occupied = after(cell, occupied, attempts, weight, horizon)
        for step in steps:
            curve[step].append(reach(occupied, step) if cell in eventful else curve[step][-1])
    return curve


def after(
    cell: int,
    occupied: dict[State, Number],
    attempts: Sequence[Attempt],
    weight: Sequence[Number],
    horizon: int,
) -> dict[State, Number]:
    """The probabilities of the states at the end of a cell from those at its start."""
    moves: dict[State, dict[State, Number]] = defaultdict(lambda: defaultdict(Fraction))
    for attempt, heavy in zip(attempts, weight, strict=True):
        if attempt.at_risk(cell, horizon):
            moves[attempt.state(cell - 1, horizon)][attempt.state(cell, horizon)] += heavy
    result: dict[State, Number] = defaultdict(Fraction)
    for state, probability in occupied.items():
        targets: dict[State, Number] = moves.get(state, {state: Fraction(1)})
        for target, number in targets.items():
            result[target] += probability * number / sum(targets.values())
    return result


def reach(occupied: dict[State, Number], step: int) -> Number:
    return sum((probability for (deepest, _), probability in occupied.items() if deepest >= step), Fraction(0))


def slow_rates(attempts: Sequence[Attempt], horizon: int, weights: Sequence[Number] | None = None) -> list[Number]:
    """Probability of each step having been reached at the horizon."""
    return [line[-1] for line in slow_curve(attempts, horizon, weights)]


def slow_covariance(attempts: Sequence[Attempt], horizon: int) -> list[list[float]]:
    """Covariance of the rates: products of their numerical derivatives by the weight of each unit, summed."""
    nudge = 1e-5
    influences = []
    for unit in sorted({attempt.unit for attempt in attempts}):
        heavy = [1 + nudge if attempt.unit == unit else 1.0 for attempt in attempts]
        light = [1 - nudge if attempt.unit == unit else 1.0 for attempt in attempts]
        above, below = slow_rates(attempts, horizon, heavy), slow_rates(attempts, horizon, light)
        influences.append([float((a - b) / (2 * nudge)) for a, b in zip(above, below, strict=True)])
    steps = range(len(attempts[0].ages))
    return [[sum(line[i] * line[j] for line in influences) for j in steps] for i in steps]


def as_arrays(attempts: Sequence[Attempt]) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Ages, ends, watched ages and units as the estimator takes them."""

    def coded(age: int | None) -> int:
        return -1 if age is None else age

    return (
        np.array([[coded(age) for age in attempt.ages] for attempt in attempts], dtype=np.int64),
        np.array([coded(attempt.ended) for attempt in attempts], dtype=np.int64),
        np.array([attempt.watched for attempt in attempts], dtype=np.int64),
        np.array([attempt.unit for attempt in attempts], dtype=np.int64),
    )
