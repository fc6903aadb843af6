"""Counts of a progressive process on the grid, and the probabilities they give.

The unit of observation is the attempt. Its state is the deepest step reached, 0 to k - 1 as an index, the
last of them absorbing; or "ended at step j", index k + j, absorbing too. This module knows no variance.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tragt.stats.arrays import BoolArray, FloatArray, IntArray
from tragt.stats.grid import CELLS, NEVER, cells_of, cells_watched

__all__ = ["Counts", "Histories", "Stay", "Transitions"]


@dataclass(frozen=True, slots=True, eq=False)
class Stay:
    """The time that attempts spent in one state, as far as it was watched.

    Attributes:
        state: Index of the state.
        rows: Numbers of the histories that were at risk in it for at least one cell, shape (m,).
        enter: Cell at whose end each was first in the state, shape (m,).
        until: Last cell in which each was at risk, greater than `enter`, shape (m,).
        moved: Whether it left the state in that cell, shape (m,).
        to: The state it left for, shape (m,); meaningless where it did not move.
    """

    state: int
    rows: IntArray
    enter: IntArray
    until: IntArray
    moved: BoolArray
    to: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """What became of attempts, in cells; h histories of n attempts.

    Attributes:
        reached: Cell in which each step was reached, shape (k, h), `NEVER` where it was not.
        ended: Cell in which the attempt was lost or excluded, shape (h,), `NEVER` where it was not.
        seen: Last cell that was watched to its end, shape (h,).
        deepest: The deepest step reached in the same cell as each step, shape (k, h).
        number: How many attempts have this history, shape (h,).
        rows: The attempts that have a history of their own, those first, shape (m,).
    """

    reached: IntArray
    ended: IntArray
    seen: IntArray
    deepest: IntArray
    number: IntArray
    rows: IntArray

    @classmethod
    def on_grid(
        cls, ages: IntArray, ended: IntArray, watched: IntArray, horizon: int, *, together: bool = False
    ) -> "Histories":
        """Put ages in milliseconds on the grid.

        Args:
            ages: As for `progress`, like those that follow.
            ended: Likewise.
            watched: Likewise.
            horizon: Likewise.
            together: Whether those that stayed at the first step and are alike in all else may be one history.
        """
        rows, seen, over = np.arange(len(ages)), cells_watched(watched, horizon), cells_of(ended, horizon)
        number = np.ones(len(ages), dtype=np.int64)
        if together:
            stayed = ages[:, 0] == 0
            for step in range(1, ages.shape[1]):
                stayed &= ages[:, step] < 0
            rows = np.flatnonzero(~stayed)
            kinds = np.bincount(over[stayed] * (CELLS + 1) + seen[stayed])
            kind = np.flatnonzero(kinds)
            over, seen = (
                np.concatenate([own[rows], alike])
                for own, alike in zip((over, seen), divmod(kind, CELLS + 1), strict=True)
            )
            number = np.concatenate([number[rows], kinds[kind]])
        reached = np.full((ages.shape[1], len(number)), NEVER, dtype=np.int64)
        reached[0] = 0
        reached[:, : len(rows)] = cells_of(np.take(ages.T, rows, axis=1), horizon)
        return cls(reached, over, seen, _deepest(reached), number, rows)

    @property
    def steps(self) -> int:
        """Number of steps k."""
        return len(self.reached)

    def start(self) -> IntArray:
        """The state of each at age 0, shape (h,)."""
        return self._state(self.deepest[0], self.ended == 0)

    def stays(self) -> Iterator[Stay]:
        """The time spent in each state that can be left, in the order of the steps."""
        for step in range(self.steps - 1):
            leave = np.minimum(self.reached[step + 1], self.ended)
            until = np.minimum(leave, self.seen)
            rows = np.flatnonzero(self.reached[step] < until)
            advanced = self.reached[step + 1, rows] == leave[rows]
            deepest = np.where(advanced, self.deepest[step + 1, rows], step)
            yield Stay(
                state=step,
                rows=rows,
                enter=self.reached[step, rows],
                until=until[rows],
                moved=leave[rows] <= self.seen[rows],
                to=self._state(deepest, self.ended[rows] == leave[rows]),
            )

    def _state(self, deepest: IntArray, ended: BoolArray) -> IntArray:
        return np.where(ended & (deepest < self.steps - 1), deepest + self.steps, deepest)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """All that the estimate needs to know of the attempts; counts of disjoint sets of attempts add up.

    Attributes:
        start: Attempts in each state at age 0, shape (2k - 1,).
        at_risk: Attempts in state j at the start of cell c that were watched to its end, shape
            (CELLS + 1, k - 1); cell 0 is empty.
        moves: Of these, how many were in state s at the cell's end, shape (CELLS + 1, k - 1, 2k - 1);
            those that stayed are not in it.
    """

    start: IntArray
    at_risk: IntArray
    moves: IntArray

    @classmethod
    def of(cls, histories: Histories, stays: Iterable[Stay]) -> "Counts":
        """Count the attempts; the stays are those of the histories."""
        live, states = histories.steps - 1, 2 * histories.steps - 1
        number = histories.number
        at_risk = np.zeros((CELLS + 1, live), dtype=np.int64)
        moves = np.zeros((CELLS + 1, live, states), dtype=np.int64)
        for stay in stays:
            own = number[stay.rows]
            entered = _numbers(stay.enter + 1, own, CELLS + 2)
            left = _numbers(stay.until + 1, own, CELLS + 2)
            at_risk[:, stay.state] = np.cumsum(entered - left)[: CELLS + 1]
            moved = stay.until[stay.moved] * states + stay.to[stay.moved]
            moves[:, stay.state] = _numbers(moved, own[stay.moved], (CELLS + 1) * states).reshape(-1, states)
        return cls(_numbers(histories.start(), number, states), at_risk, moves)

    def transitions(self) -> "Transitions":
        """What happened in the cells in which anything did."""
        cells = np.flatnonzero(self.moves.any(axis=(1, 2)))
        moves, at_risk = self.moves[cells], np.maximum(self.at_risk[cells], 1)
        _, live, states = moves.shape
        matrices = np.tile(np.eye(states), (len(cells), 1, 1))
        matrices[:, :live] = moves / at_risk[:, :, None]
        state = np.arange(live)
        matrices[:, state, state] = (at_risk - moves.sum(axis=2)) / at_risk
        return Transitions(cells, matrices)


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """The estimated process: transition matrices, and their products over the cells.

    Attributes:
        cells: The cells in which an attempt changed its state, ascending, shape (b,); in the others states stay.
        matrices: Of these, row the state at the cell's start and column that at its end, shape (b, s, s).

    References:
        Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous
        Markov chains based on censored observations. Scandinavian Journal of Statistics 5, 141-150.
    """

    cells: IntArray
    matrices: FloatArray

    def occupation(self, start: IntArray) -> FloatArray:
        """The probability of each state at the end of each cell, shape (CELLS + 1, s).

        Args:
            start: Attempts in each state at age 0, shape (s,).
        """
        occupied = np.empty((len(self.cells) + 1, len(start)))
        occupied[0] = start / start.sum()
        for row, matrix in enumerate(self.matrices):
            occupied[row + 1] = occupied[row] @ matrix
        return self._everywhere(occupied)

    def chances(self, final: FloatArray) -> FloatArray:
        """The expected final value from each state at the end of each cell, shape (CELLS + 1, s, k).

        Args:
            final: Value of each state at the horizon, of k kinds, shape (s, k).
        """
        expected = np.empty((len(self.cells) + 1, *final.shape))
        expected[-1] = final
        for row in reversed(range(len(self.cells))):
            expected[row] = self.matrices[row] @ expected[row + 1]
        return self._everywhere(expected)

    def _everywhere(self, values: FloatArray) -> FloatArray:
        """Values that stand after 0, 1, ... b of the cells with changes, put on all cells."""
        return values[np.searchsorted(self.cells, np.arange(CELLS + 1), side="right")]


def _deepest(reached: IntArray) -> IntArray:
    """The deepest step reached in the same cell as each step."""
    deepest = np.empty_like(reached)
    last = len(reached) - 1
    deepest[last] = last
    for step in reversed(range(last)):
        deepest[step] = np.where(reached[step] == reached[step + 1], deepest[step + 1], step)
    return deepest


def _numbers(kinds: IntArray, number: IntArray, length: int) -> IntArray:
    """How many attempts there are of each kind."""
    return np.bincount(kinds, number, length).astype(np.int64)
