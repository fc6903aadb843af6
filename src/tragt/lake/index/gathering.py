"""The events of the lake with their units, file by file. The unit of observation is the event of a unit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.errors import TragtError
from tragt.lake.index.arrays import I32, I64, U8, U16, U32, Growing
from tragt.lake.index.events import FLAGS, counting, flags, frames
from tragt.lake.index.locator import LocatorDraft
from tragt.lake.index.numbering import Numbering
from tragt.lake.index.resolving import Resolver, columns
from tragt.lake.storage import Storage

__all__ = ["Gathered", "Placed", "gather"]

_MOST_NAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class Placed:
    """Events of units, in the order of files and rows.

    Attributes:
        units: Number of the unit, shape (n,).
        times: Microseconds since 1970 in UTC, shape (n,).
        rows: Row within the file, shape (n,).
        ends: Where the events of each file end, shape (files,).
        paths: The files.
    """

    units: I32
    times: I64
    rows: U32
    ends: I64
    paths: Sequence[str]

    def __len__(self) -> int:
        return len(self.units)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Events of units with what postings hold of them.

    Attributes:
        placed: The events.
        names: Number of the name, shape (n,).
        flags: Bits, shape (n,).
        batches: Batches of the events, those that are hidden too.
    """

    placed: Placed
    names: U16
    flags: U8
    batches: pl.Series


class _Gathering:
    """Events as they come, file by file."""

    def __init__(self, paths: Sequence[str], rows: int) -> None:
        self._paths = paths
        self._units, self._times = Growing(np.int32, rows), Growing(np.int64, rows)
        self._names, self._flags = Growing(np.uint16, rows), Growing(np.uint8, rows)
        self._rows = Growing(np.uint32, rows)
        self._ends: list[int] = []
        self._batches = pl.Series("batch", dtype=pl.String)

    def add(self, events: pl.DataFrame, found: tuple[I64, I32], names: I32) -> None:
        """Add the events of a file: rows and units, and the names of all rows."""
        rows, units = found
        each = slice(None) if len(rows) == events.height and bool((rows[1:] > rows[:-1]).all()) else rows
        self._units.add(units)
        self._times.add(events["time"].to_physical().to_numpy()[each])
        self._names.add(names[each])
        self._flags.add(flags(events)[each])
        self._rows.add(rows)
        self._ends.append(len(self._units))
        self._batches = pl.concat([self._batches, events["batch"]]).unique()

    def together(self) -> Gathered:
        """All of them."""
        ends = np.array(self._ends, np.int64)
        placed = Placed(self._units.whole, self._times.whole, self._rows.whole, ends, self._paths)
        return Gathered(placed, self._names.whole, self._flags.whole, self._batches.sort())


def gather(storage: Storage, resolver: Resolver, names: Numbering, draft: LocatorDraft) -> Gathered:
    """The events of some files with their units.

    Args:
        storage: The lake.
        resolver: Gives the units.
        names: Numbers the names.
        draft: Knows the files, and learns what stands where.

    Raises:
        TragtError: There are too many names.
    """
    assignment = resolver.assignment
    read = dict.fromkeys(["time", "name", "session", "batch", *FLAGS, *columns(assignment)])
    found = _Gathering(draft.files["path"].to_list(), int(draft.files["rows"].sum()))
    for events in frames(storage, draft.files["path"].to_list(), list(read)):
        numbers = resolver.numbers(events)
        sessions = {"session": resolver.names.numbers(events["session"])}
        draft.enter(events, (sessions | numbers).values(), len(resolver.names))
        rows, units = resolver.units(numbers, events["time"].to_physical().to_numpy())
        shown = counting(events, assignment)
        if shown is not None:
            rows, units = rows[shown[rows]], units[shown[rows]]
        found.add(events, (rows, units), names.numbers(events["name"]))
    if len(names) > _MOST_NAMES:
        raise TragtError(
            "index.too_many", f"An index holds at most {_MOST_NAMES:,} event names; there are {len(names):,}."
        )
    return found.together()
