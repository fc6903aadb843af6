"""Numbers of the sessions of events, made when first asked for: cut over all events of the log, whosoever they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tragt.lake.index.arrays import I32, I64, U32, Bool, Growing
from tragt.lake.index.building import GAP_MS, in_order
from tragt.lake.index.coding import aligned
from tragt.lake.index.dictionary import code_file, store_codes
from tragt.lake.index.disk import locked
from tragt.lake.index.events import counting, frames
from tragt.lake.index.gathering import Placed
from tragt.lake.index.generation import Generation
from tragt.lake.index.numbering import Numbering
from tragt.lake.index.resolving import Resolver, columns
from tragt.lake.storage import Storage

__all__ = ["make_sessions"]

_MS = 1000


def make_sessions(generation: Generation, storage: Storage, files: Sequence[str]) -> None:
    """Number the sessions of all events, unless that is done.

    Args:
        generation: The generation.
        storage: The lake.
        files: Files that hold the events that the generation covers.
    """
    paths = {name: code_file(generation.folder, name, None) for name in generation.names()}
    if all(path.exists() for path in paths.values()):
        return
    (generation.folder / "sessions").mkdir(exist_ok=True)
    with locked(generation.folder / "sessions" / "lock", wait=True):
        if all(path.exists() for path in paths.values()):
            return
        placed, named, sessions = _gathered(generation, storage, files)
        order, starts = in_order(placed, len(generation.wholes), storage)
        units = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        moments, named, sessions = placed.times[order] // _MS, named[order], sessions[order]
        for number, (name, path) in enumerate(paths.items()):
            posting, own = generation.posting(name), named == number
            there = (generation.whole(generation.packing.units(posting.keys)), generation.packing.times(posting.keys))
            found, left_out = aligned(there, (units[own], moments[own]), sessions[own])
            store_codes(path, found, None, left_out)


@dataclass(slots=True)
class _Whole:
    """Events by the session that they name or their person's, before it is cut.

    Attributes:
        sessions: Number of it.
        times: Microseconds since 1970 in UTC.
    """

    resolver: Resolver
    sessions: Growing[np.int32] = field(default_factory=lambda: Growing(np.int32))
    times: Growing[np.int64] = field(default_factory=lambda: Growing(np.int64))

    def add(self, events: pl.DataFrame, times: I64, shown: Bool) -> I64:
        """Add the events of a file; the place of each among all that have a session, −1 where it has none."""
        rows, sessions = self.resolver.units(self.resolver.numbers(events), times)
        rows, sessions = rows[shown[rows]], sessions[shown[rows]]
        places = np.full(len(times), -1, np.int64)
        places[rows] = len(self.sessions) + np.arange(len(rows))
        self.sessions.add(sessions)
        self.times.add(times[rows])
        return places

    def cut(self) -> U32:
        """The number of the session of each event, from 1; 0 for the place −1."""
        from tragt.lake.index.kernels import cut, ordered  # noqa: PLC0415 - the compiler takes long to load

        times = self.times.whole // _MS
        order, starts = ordered(self.sessions.whole, times, len(self.resolver.names))
        begins, _ = cut(order, starts, times, GAP_MS)
        numbers = np.zeros(len(order) + 1, np.uint32)
        numbers[order] = np.repeat(np.arange(1, len(begins), dtype=np.uint32), np.diff(begins))
        return numbers


def _gathered(generation: Generation, storage: Storage, files: Sequence[str]) -> tuple[Placed, I32, U32]:
    """The events of units, their names, and their sessions."""
    assignment = generation.assignment
    resolver, whole = Resolver(assignment, generation.wholes), _Whole(Resolver(assignment.of_sessions))
    names = Numbering(pl.Series(generation.names(), dtype=pl.String))
    wanted = dict.fromkeys(["time", "name", "session", *columns(assignment), *(["batch"] if assignment.hidden else [])])
    units, times, rows = Growing(np.int32), Growing(np.int64), Growing(np.uint32)
    named, places = Growing(np.int32), Growing(np.int64)
    ends = []
    for events in frames(storage, files, list(wanted)):
        time = events["time"].to_physical().to_numpy()
        counted = counting(events, assignment)
        shown = np.ones(len(time), np.bool_) if counted is None else counted
        place = whole.add(events, time, shown)
        found, of = resolver.units(resolver.numbers(events), time)
        known = shown[found] & (of < len(generation.wholes))
        found = found[known]
        units.add(of[known])
        times.add(time[found])
        rows.add(found)
        named.add(names.numbers(events["name"])[found])
        places.add(place[found])
        ends.append(len(units))
    placed = Placed(units.whole, times.whole, rows.whole, np.array(ends, np.int64), files)
    return placed, named.whole, whole.cut()[places.whole]
