"""Ages on the grid that every engine counts on.

The horizon is cut into 1,000 equal cells: age 0 is cell 0, cell c holds the ages greater than (c - 1)h/1000
and at most ch/1000. All of it is whole-number arithmetic, so engines agree exactly.
"""

import numpy as np

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import IntArray

__all__ = ["CELLS", "NEVER", "cells_of", "cells_watched", "check_horizon"]

CELLS = 1000
"""Number of cells of positive age."""

NEVER = CELLS + 1
"""The cell of what did not happen within the horizon."""

LONGEST_HORIZON = (2**63 - 1) // NEVER


def check_horizon(horizon: int) -> None:
    """Refuse a horizon the grid cannot hold.

    Args:
        horizon: In milliseconds.

    Raises:
        InvalidDefinition: It is below 1 ms, or so long that counting cells would overflow.
    """
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise InvalidDefinition(
            "stats.horizon_out_of_range",
            f"The horizon is {horizon} ms; it must be at least 1 and at most {LONGEST_HORIZON} ms.",
            horizon=horizon,
        )


def cells_of(ages: IntArray, horizon: int) -> IntArray:
    """The cell in which each age lies.

    Args:
        ages: In milliseconds, any shape; negative where the thing did not happen.
        horizon: In milliseconds.

    Returns:
        0 to `CELLS` of the given shape; `NEVER` where the age is negative or greater than the horizon.
    """
    inside = (ages >= 0) & (ages <= horizon)
    return np.where(inside, (np.where(inside, ages, 0) * CELLS + (horizon - 1)) // horizon, NEVER)


def cells_watched(watched: IntArray, horizon: int) -> IntArray:
    """The last cell that was watched to its end.

    Args:
        watched: Ages in milliseconds to which each row was watched, 0 or greater.
        horizon: In milliseconds.

    Returns:
        0 to `CELLS`, of the given shape.
    """
    return np.minimum(watched, horizon) * CELLS // horizon
