"""The compiled part of the fast path."""

import numba
import numpy as np

from tragt.funnel.attempts import MISSING
from tragt.stats.arrays import IntArray

__all__ = ["advance"]


@numba.njit(cache=True, nogil=True)
def advance(unit: IntArray, moment: IntArray, next_unit: IntArray, next_time: IntArray) -> IntArray:
    """For each attempt the place of the first event of its unit that is not earlier than its moment.

    Within a unit moments do not fall, so one pass over both suffices.
    """
    found = np.full(len(unit), MISSING, dtype=np.int64)
    place = 0
    for row in range(len(unit)):
        while place < len(next_unit) and (
            next_unit[place] < unit[row] or (next_unit[place] == unit[row] and next_time[place] < moment[row])
        ):
            place += 1
        if place < len(next_unit) and next_unit[place] == unit[row]:
            found[row] = place
    return found
