"""Which calls came before: a hash of each id, eight bytes an event, for as long as a client may send it again.

A call that came before is dropped. Two different ids share a hash once in 10^12 or so where a hundred million are held.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Seen"]

Hashes = npt.NDArray[np.uint64]

_DAY = 86_400_000_000
_MOST_RUNS = 8


@dataclass(slots=True)
class _Day:
    """The hashes of a day, in few sorted runs."""

    number: int
    runs: list[Hashes] = field(default_factory=list)

    def holds(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(hashes), dtype=np.bool_)
        for run in self.runs:
            place = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            found |= run[place] == hashes
        return found

    def add(self, hashes: Hashes) -> None:
        run = np.sort(hashes)
        while self.runs and (len(self.runs[-1]) <= len(run) or len(self.runs) >= _MOST_RUNS):
            run = np.sort(np.concatenate([self.runs.pop(), run]), kind="stable")
        self.runs.append(run)


class Seen:
    """The ids of the last days.

    Args:
        days: For how many days a call that comes again is known.
    """

    def __init__(self, days: int = 7) -> None:
        self._days = days
        self._held: deque[_Day] = deque()

    @property
    def nbytes(self) -> int:
        """Bytes that the hashes take."""
        return sum(run.nbytes for day in self._held for run in day.runs)

    def new(self, ids: pl.Series, received: int) -> pl.Series:
        """Which of some ids did not come before, and are the first of their kind among these.

        Args:
            ids: String.
            received: When they came, µs since 1970; what came too long before is forgotten.

        Returns:
            Boolean.
        """
        while self._held and self._held[0].number < received // _DAY - self._days:
            self._held.popleft()
        hashes = ids.hash(0).to_numpy()
        order = np.argsort(hashes)  # so each is looked for near the last, which takes half the time
        ordered, known = hashes[order], np.zeros(len(ids), dtype=np.bool_)
        for day in self._held:
            known[order] |= day.holds(ordered)
        return pl.Series(~known) & ids.is_first_distinct()

    def add(self, ids: pl.Series, received: int) -> None:
        """Remember ids.

        Args:
            ids: String.
            received: When they came, µs since 1970.
        """
        if not len(ids):
            return
        number = received // _DAY
        day = next((day for day in self._held if day.number == number), None)
        if day is None:
            day = _Day(number)
            self._held = deque(sorted([*self._held, day], key=lambda one: one.number))
        day.add(ids.hash(0).to_numpy())
