"""The events of units in their order, and those that lie between any two moments.

The unit of observation is the event. What an event has to do with a funnel is not answered here.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Stretch", "Timeline"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The events of some attempts, one a row, in the order of the attempts and of time.

    Attributes:
        attempts: How many attempts there are, those without an event included.
        attempt: Number of the attempt, ascending, shape (n,).
        event: Place of the event in the timeline, shape (n,).
        name: Code of the event's name, shape (n,).
    """

    attempts: int
    attempt: IntArray
    event: IntArray
    name: IntArray

    @property
    def begins(self) -> BoolArray:
        """Whether a row is the first of its attempt, shape (n,)."""
        return np.asarray(np.diff(self.attempt, prepend=-1) != 0)

    @property
    def place(self) -> IntArray:
        """Place of each row within its attempt, from 0, shape (n,)."""
        rows = np.arange(len(self.attempt))
        return rows - np.maximum.accumulate(np.where(self.begins, rows, 0))


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events by unit, time and id.

    Attributes:
        names: The names that codes stand for, String.
        name: Code of each event's name, shape (n,).
        time: Milliseconds since 1970 in UTC, shape (n,).
        row: Row of each event in the frame it was made from, shape (n,).
        starts: Place of each unit's first event, and at the end the number of events; shape (units + 1,).
    """

    names: pl.Series
    name: IntArray
    time: IntArray
    row: IntArray
    starts: IntArray

    @classmethod
    def of(cls, frame: pl.DataFrame, units: pl.Series, named: pl.Expr) -> "Timeline":
        """The events of some units.

        Args:
            frame: Events with ``unit``, ``id`` and ``time``.
            units: The units, each once, String; their places are their numbers.
            named: What each event is called, String.
        """
        numbers = pl.DataFrame({"unit": units, "number": np.arange(len(units), dtype=np.int64)})
        events = (
            frame.select(pl.col("unit").cast(pl.String), pl.col("time").dt.epoch("ms"), "id", name=named)
            .with_row_index("row")
            .join(numbers, on="unit")
        )
        names = events["name"].unique().sort()
        events = events.with_columns(pl.col("name").cast(pl.Enum(names)).to_physical()).sort("number", "time", "id")
        return cls(
            names=names,
            name=events["name"].to_numpy().astype(np.int64),
            time=events["time"].to_numpy(),
            row=events["row"].to_numpy().astype(np.int64),
            starts=np.searchsorted(events["number"].to_numpy(), np.arange(len(units) + 1)),
        )

    def since(self, unit: IntArray, moment: IntArray) -> IntArray:
        """For each row the place of the unit's first event at the moment or later; of the next unit's where none is."""
        first, after = self.starts[unit], self.starts[unit + 1]
        for _ in range(int((after - first).max(initial=0)).bit_length()):
            middle = (first + after) // 2
            searching = first < after
            earlier = searching & (self.time[np.where(searching, middle, 0)] < moment)
            first = np.where(earlier, middle + 1, first)
            after = np.where(searching & ~earlier, middle, after)
        return first

    def after(self, unit: IntArray, moment: IntArray) -> IntArray:
        """For each row the place of the unit's first event strictly after the moment."""
        return self.since(unit, moment + 1)

    def stretch(self, start: IntArray, stop: IntArray) -> Stretch:
        """The events from one place of the timeline up to another, for each of some attempts.

        Args:
            start: Place of the first event of each attempt, shape (n,).
            stop: Place after its last one; not greater than `start` where there is none.
        """
        length = np.maximum(stop - start, 0)
        attempt = np.repeat(np.arange(len(start)), length)
        before = np.cumsum(length) - length
        event = np.arange(len(attempt)) + np.repeat(start - before, length)
        return Stretch(len(start), attempt, event, self.name[event])
