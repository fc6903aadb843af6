"""How long it takes to pass from one step to another.

The unit of observation is the attempt that reached the first of the two steps. Times are those of the
attempts that will pass within the horizon: how many will is a matter of `tragt.stats.progressive`.
"""

import math
from dataclasses import dataclass

import numpy as np

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.stats.arrays import FloatArray, IntArray, check_equal_lengths
from tragt.stats.grid import cells_of, check_horizon
from tragt.stats.transitions import Counts, Histories

__all__ = ["FEWEST_PASSED", "PassageTimes", "horizon_without_window", "passage_times"]

FEWEST_PASSED = 5
"""With fewer passages than this no quantile is given."""

TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class PassageTimes:
    """The distribution of the time of a passage.

    Attributes:
        horizon: The longest time looked at, in milliseconds.
        curve: Probability of having passed by the end of each cell, shape (CELLS + 1,).
        times: Exact times of the passages seen, in milliseconds, shape (m,), in no order.
    """

    horizon: int
    curve: FloatArray
    times: IntArray

    @property
    def passed(self) -> int:
        """Number of passages seen."""
        return len(self.times)

    def quantile(self, q: float) -> int | None:
        """The time by which the share `q` of those who pass within the horizon have passed.

        That is the smallest t with F(t) at least q F(horizon). Inside a cell the passages seen share its
        increase of F equally, in the order of their times; so with nothing censored this is the empirical
        quantile of the times.

        Args:
            q: Greater than 0 and at most 1.

        Returns:
            Milliseconds, 0 to the horizon; None where fewer than 5 passages were seen.

        Raises:
            InvalidDefinition: `q` is out of range.
        """
        if not 0 < q <= 1:
            raise InvalidDefinition("stats.q_out_of_range", f"q is {q}; it must be greater than 0 and at most 1.", q=q)
        if self.passed < FEWEST_PASSED:
            return None
        target = q * self.curve[-1] * (1 - TOLERANCE)
        cell = int(np.searchsorted(self.curve, target))
        inside = self.times[cells_of(self.times, self.horizon) == cell]
        before = self.curve[cell - 1] if cell else 0.0
        share = (target - before) / (self.curve[cell] - before)
        rank = max(math.ceil(share * len(inside)), 1)
        return int(np.partition(inside, rank - 1)[rank - 1])


def passage_times(reached: IntArray, passed: IntArray, over: IntArray, watched: IntArray, horizon: int) -> PassageTimes:
    """The time between two steps, by age since the first of them was reached.

    Passing competes with being lost, excluded or expired; open attempts are censored at their age.

    Args:
        reached: Age since entry at which the first step was reached, in milliseconds, shape (n,);
            -1 where it was not: such attempts have no part in this.
        passed: Age since entry at which the second step was reached, shape (n,); -1 where it was not.
        over: Age since entry at which the attempt was lost, excluded or expired, shape (n,); -1 where it
            was not.
        watched: Age since entry to which the attempt was watched, shape (n,).
        horizon: Longest time looked at, in milliseconds, at least 1.

    Raises:
        NotEnoughData: No attempt reached the first step.
        InvalidDefinition: The arrays differ in length, or the horizon is out of range.

    References:
        Aalen and Johansen (1978), see `tragt.stats.transitions.Transitions`.
    """
    check_equal_lengths(reached=reached, passed=passed, over=over, watched=watched)
    check_horizon(horizon)
    rows = np.flatnonzero(reached >= 0)
    if len(rows) == 0:
        raise NotEnoughData(
            "stats.nobody_reached", "No attempt reached the step the time runs from.", attempts=len(reached)
        )
    origin = reached[rows]
    steps = np.column_stack([np.zeros_like(origin), _since(origin, passed[rows])])
    watched = watched[rows] - origin
    histories = Histories.on_grid(steps, _since(origin, over[rows]), watched, horizon, together=True)
    counts = Counts.of(histories, histories.stays())
    curve = counts.transitions().occupation(counts.start)[:, 1]
    own = len(histories.rows)
    seen = histories.reached[1, :own] <= histories.seen[:own]
    return PassageTimes(horizon, curve, steps[histories.rows[seen], 1])


def horizon_without_window(watched: IntArray, at_least: int = 30) -> int | None:
    """The largest age to which enough attempts have been watched.

    Args:
        watched: Age to which each attempt was watched, in milliseconds, shape (n,).
        at_least: How many attempts are enough.

    Returns:
        Milliseconds, at least 1; None where fewer attempts were watched for any time at all.
    """
    if len(watched) < at_least:
        return None
    age = int(np.partition(watched, -at_least)[-at_least])
    return age if age > 0 else None


def _since(origin: IntArray, ages: IntArray) -> IntArray:
    return np.where(ages >= 0, ages - origin, -1)
