"""The share of attempts that reaches each step, when many attempts are not over yet.

The unit of observation is the attempt; several may belong to one unit, and units are independent. Young
attempts are taken to behave as old ones did at the same age: whether that holds is not tested here.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.stats.arrays import FloatArray, IntArray, check_equal_lengths
from tragt.stats.grid import CELLS, NEVER, check_horizon
from tragt.stats.intervals import EDGE, Rate, bounded_rate
from tragt.stats.passage import PassageTimes
from tragt.stats.transitions import Counts, Histories, Stay

__all__ = ["Progress", "progress"]


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """How far attempts get within the horizon. Tuples and rows have one entry per step.

    Attributes:
        horizon: The age the rates stand at, in milliseconds.
        attempts: Number of attempts.
        watched_to_end: Number of attempts watched to the horizon.
        reached: Number of attempts seen to reach each step within the horizon.
        from_first: Probability of having reached the step.
        from_previous: Probability of having reached the step given the one before; None at the first
            step and where the one before has probability 0.
        to_last: Probability of reaching the last step given this one; None where this one has probability 0.
        times_from_entry: The time from entry to the step.
        curve: Probability of having reached the step by the end of each cell, shape (k, CELLS + 1).
        covariance: Of the probabilities `from_first`, shape (k, k).
    """

    horizon: int
    attempts: int
    watched_to_end: int
    reached: tuple[int, ...]
    from_first: tuple[Rate, ...]
    from_previous: tuple[Rate | None, ...]
    to_last: tuple[Rate | None, ...]
    times_from_entry: tuple[PassageTimes, ...]
    curve: FloatArray
    covariance: FloatArray


def progress(
    ages: IntArray,
    ended: IntArray,
    watched: IntArray,
    units: IntArray | None,
    horizon: int,
    level: float = 0.95,
) -> Progress:
    """Estimate from all attempts, open ones included, how many reach each step within the horizon.

    One Aalen-Johansen estimate of the process whose states are the deepest step reached and, for each, lost
    or excluded there. Standard errors come from the influence of each unit (infinitesimal jackknife).

    Args:
        ages: Age since entry at which each step was reached, in milliseconds, shape (n, k); -1 where it was
            not. The first column is 0; ages do not fall from step to step.
        ended: Age at which the attempt was lost or excluded, shape (n,); -1 where it was not.
        watched: Age to which the attempt was watched, shape (n,), 0 or greater.
        units: Number of the unit the attempt belongs to, shape (n,); None where each is of a unit of its own.
        horizon: In milliseconds, at least 1.
        level: Confidence level of the intervals.

    Raises:
        NotEnoughData: There are no attempts.
        InvalidDefinition: The arrays contradict what is said above.

    References:
        Aalen and Johansen (1978), see `tragt.stats.transitions.Transitions`.
        Jaeckel, L. A. (1972). The infinitesimal jackknife. Bell Laboratories memorandum MM 72-1215-11.
        Efron, B. (1982). The jackknife, the bootstrap and other resampling plans. SIAM, chapter 6.

    Example:
        >>> ages = np.array([[0, 2], [0, -1], [0, 5], [0, -1]])
        >>> never, watched = np.full(4, -1), np.full(4, 10)
        >>> progress(ages, never, watched, np.arange(4), horizon=10).from_first[1].rate
        0.5
    """
    check_equal_lengths(ages=ages, ended=ended, watched=watched, **({} if units is None else {"units": units}))
    check_horizon(horizon)
    if len(ages) == 0:
        raise NotEnoughData("stats.no_attempts", "There are no attempts to estimate a rate from.")
    histories = Histories.on_grid(ages, ended, watched, horizon, together=units is None)
    _check(histories, watched)
    stays = tuple(histories.stays())
    counts = Counts.of(histories, stays)
    transitions = counts.transitions()
    occupied = transitions.occupation(counts.start)
    chances = transitions.chances(_deep_enough(histories.steps))
    curve = _at_least(occupied)
    covariance = _covariance(_influence(histories, stays, counts, occupied, chances), histories.number, units)
    reached = (histories.reached < NEVER) @ histories.number
    rates = _Rates(curve[:, -1], covariance, reached, level)
    last = histories.steps - 1
    return Progress(
        horizon=horizon,
        attempts=len(ages),
        watched_to_end=int(np.sum(watched >= horizon)),
        reached=tuple(int(number) for number in reached),
        from_first=tuple(rates.of(step) for step in range(last + 1)),
        from_previous=(None, *(rates.given(step, step - 1) for step in range(1, last + 1))),
        to_last=tuple(rates.given(last, step) for step in range(last + 1)),
        times_from_entry=tuple(
            PassageTimes(horizon, curve[step], _times(histories, ages, step)) for step in range(last + 1)
        ),
        curve=curve,
        covariance=covariance,
    )


@dataclass(frozen=True, slots=True)
class _Rates:
    """Probabilities with their covariance, and what each interval needs beside."""

    reach: FloatArray
    covariance: FloatArray
    reached: IntArray
    level: float

    def of(self, step: int) -> Rate:
        error = math.sqrt(self.covariance[step, step])
        return bounded_rate(float(self.reach[step]), error, int(self.reached[0]), self.level)

    def given(self, step: int, before: int) -> Rate | None:
        if self.reach[before] <= EDGE:
            return None
        ratio = self.reach[step] / self.reach[before]
        weights = np.zeros(len(self.reach))
        weights[step] += 1
        weights[before] -= ratio
        variance = max(float(weights @ self.covariance @ weights), 0.0)
        error = math.sqrt(variance) / self.reach[before]
        return bounded_rate(float(ratio), float(error), int(self.reached[before]), self.level)


def _check(histories: Histories, watched: IntArray) -> None:
    reached, ended = histories.reached, histories.ended
    faults = {
        "step 1 is not reached at age 0": np.any(reached[0] != 0),
        "a step is reached before the one before it": np.any(reached[1:] < reached[:-1]),
        "a step is reached after the attempt ended": np.any((reached > ended) & (reached < NEVER)),
        "an attempt is watched to a negative age": np.any(watched < 0),
    }
    for fault, present in faults.items():
        if present:
            raise InvalidDefinition(
                "stats.impossible_history", f"In at least one attempt {fault}; check the ages given."
            )


def _deep_enough(steps: int) -> FloatArray:
    """Whether each state means that each step was reached, shape (2k - 1, k)."""
    depth = np.concatenate([np.arange(steps), np.arange(steps - 1)])
    return (depth[:, None] >= np.arange(steps)).astype(np.float64)


def _at_least(occupied: FloatArray) -> FloatArray:
    """Probability of each step having been reached, shape (k, CELLS + 1)."""
    steps = (occupied.shape[1] + 1) // 2
    exactly = occupied[:, :steps].copy()
    exactly[:, :-1] += occupied[:, steps:]
    reach = np.cumsum(exactly[:, ::-1], axis=1)[:, ::-1]
    reach = np.minimum(np.maximum.accumulate(reach, axis=0), 1.0)
    return np.ascontiguousarray(reach.T)


def _influence(
    histories: Histories,
    stays: Iterable[Stay],
    counts: Counts,
    occupied: FloatArray,
    chances: FloatArray,
) -> FloatArray:
    """Derivative of the probabilities by the weight of one attempt of each history, shape (k, h).

    A cell in which an attempt was at risk contributes its own transition minus the expected one, times the
    probability of the state shared among those at risk. Of attempts that stay, these are sums over a range
    of cells, hence differences of cumulative sums.
    """
    states, steps = chances.shape[1:]
    expected = occupied[0] @ chances[0]
    influence: FloatArray = (chances[0] - expected).T[:, histories.start()] / counts.start.sum()
    for stay in stays:
        state, at_risk = stay.state, counts.at_risk[1:, stay.state]
        share = np.divide(occupied[:-1, state], at_risk, out=np.zeros(CELLS), where=at_risk > 0)
        movers = stay.rows[stay.moved]
        moved = stay.until[stay.moved] * states + stay.to[stay.moved]
        for step in range(state + 1, steps):
            chance = chances[:, :, step]
            staying = np.zeros(CELLS + 1)
            np.cumsum(share * np.diff(chance[:, state]), out=staying[1:])
            moving = np.zeros((CELLS + 1, states))
            moving[1:] = share[:, None] * (chance[1:] - chance[1:, state, None])
            influence[step, stay.rows] += staying[stay.until] - staying[stay.enter]
            influence[step, movers] += moving.ravel()[moved]
    return influence


def _times(histories: Histories, ages: IntArray, step: int) -> IntArray:
    """The ages at which a step was seen to be reached; all attempts reach the first at once."""
    if step == 0:
        return np.zeros(len(ages), dtype=np.int64)
    own = len(histories.rows)
    seen = histories.reached[step, :own] <= histories.seen[:own]
    times: IntArray = ages[histories.rows[seen], step]
    return times


def _covariance(influence: FloatArray, number: IntArray, units: IntArray | None) -> FloatArray:
    """Sum over units of the product of their influences, shape (k, k)."""
    if units is None:
        return np.asarray((influence * number) @ influence.T)
    _, unit = np.unique(units, return_inverse=True)
    by_unit = np.array([np.bincount(unit, weights=column) for column in influence])
    return np.asarray(by_unit @ by_unit.T)
