"""Observed and expected rates in plain Python: the definition the arrays must agree with.

The unit of observation is the attempt. Intervals are the statistics' own matter.
"""

from collections.abc import Sequence

from tragt.funnel.attempt import Attempt, Outcome

__all__ = ["CELLS", "cell_of", "expected_from_first", "observed_from_first"]

CELLS = 1000


def observed_from_first(mature: Sequence[Attempt], steps: int) -> list[float] | None:
    """Of the mature attempts, the share that reached each required step; None where there are none."""
    if not mature:
        return None
    return [sum(attempt.depth > step for attempt in mature) / len(mature) for step in range(steps)]


def cell_of(age: int, horizon: int) -> int:
    """The cell of an age: 0 is cell 0, cell c is ((c - 1)h/1000, ch/1000], in whole milliseconds."""
    return -(-age * CELLS // horizon)


def expected_from_first(attempts: Sequence[Attempt], steps: int, as_of: int, horizon: int) -> list[float]:
    """The Aalen-Johansen estimate of reaching each required step by the horizon.

    States are (depth, ended): the deepest step reached, and whether the attempt was lost or excluded there.

    Args:
        attempts: At least one attempt; those still open are censored at their age.
        steps: Number of required steps.
        as_of: The moment up to which they were watched, ms since 1970 in UTC.
        horizon: The age the rates stand at, in milliseconds.
    """
    share: dict[tuple[int, bool], float] = {}
    for attempt in attempts:
        start = _state(attempt, 0, horizon)
        share[start] = share.get(start, 0.0) + 1 / len(attempts)
    for cell in range(1, CELLS + 1):
        watched = [a for a in attempts if (as_of - a.entry.time) * CELLS >= cell * horizon]
        after: dict[tuple[int, bool], float] = {}
        for state, probability in share.items():
            ends = [_state(a, cell, horizon) for a in watched if _state(a, cell - 1, horizon) == state]
            for end in ends or [state]:
                after[end] = after.get(end, 0.0) + probability / max(len(ends), 1)
        share = after
    return [sum(p for (depth, _), p in share.items() if depth > step) for step in range(steps)]


def _state(attempt: Attempt, cell: int, horizon: int) -> tuple[int, bool]:
    """How an attempt stood at the end of a cell."""
    entry = attempt.entry.time
    depth = sum(cell_of(moment - entry, horizon) <= cell for moment in attempt.moments)
    over = attempt.outcome in (Outcome.LOST, Outcome.EXCLUDED) and attempt.ended is not None
    return depth, over and cell_of((attempt.ended or 0) - entry, horizon) <= cell
