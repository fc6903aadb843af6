"""Building a generation: every event of the lake by unit and time. The unit of observation is the event of a unit.

Files are read once, in order; what is kept of an event are 19 bytes. Ids are read only of events of one unit and
millisecond, whose order they decide.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from tragt.errors import TragtError
from tragt.funnel.postings import Packing
from tragt.lake.index.arrays import I32, I64, U8, U16, U32, joined, stored
from tragt.lake.index.assignment import TABLES, Assignment, Kind
from tragt.lake.index.events import FLAGS, counting, flags, frames
from tragt.lake.index.layout import FORMAT, NO_FLAGS, Description, Name, write_description
from tragt.lake.index.locator import LocatorDraft
from tragt.lake.index.numbering import Numbering
from tragt.lake.index.resolving import Resolver, columns
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["GAP_US", "Placed", "build", "in_order"]

_MOST_EVENTS = 1 << 32
_MOST_NAMES = 1 << 16
GAP_US = 30 * 60 * 1_000_000
_MS = 1000


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


@dataclass(slots=True)
class _Pieces:
    units: list[I32] = field(default_factory=list)
    times: list[I64] = field(default_factory=list)
    names: list[U16] = field(default_factory=list)
    flags: list[U8] = field(default_factory=list)
    rows: list[U32] = field(default_factory=list)
    batches: list[pl.Series] = field(default_factory=lambda: [pl.Series("batch", dtype=pl.String)])

    def together(self, paths: Sequence[str]) -> Gathered:
        ends = np.cumsum([len(piece) for piece in self.units], dtype=np.int64)
        placed = Placed(
            joined(self.units, np.int32), joined(self.times, np.int64), joined(self.rows, np.uint32), ends, paths
        )
        batches = pl.concat(self.batches).unique().sort()
        return Gathered(placed, joined(self.names, np.uint16), joined(self.flags, np.uint8), batches)


def build(storage: Storage, snapshot: Snapshot, assignment: Assignment, folder: Path) -> Description:
    """Write a generation.

    Args:
        storage: The lake.
        snapshot: The version that it covers.
        assignment: To which units.
        folder: An empty folder.

    Returns:
        What it says of itself.

    Raises:
        TragtError: There are too many events, or units and times do not fit into 64 bits together.
    """
    from tragt.lake.index.kernels import cut  # noqa: PLC0415 - the compiler takes long to load

    files = snapshot.files.sort("path").select("path", "rows")
    resolver, names, draft = Resolver(assignment), Numbering(), LocatorDraft(files)
    gathered = gather(storage, files["path"].to_list(), resolver, names, draft)
    events = gathered.placed
    if len(events) >= _MOST_EVENTS:
        raise TragtError(
            "index.too_many", f"An index holds at most {_MOST_EVENTS:,} events; there are {len(events):,}."
        )
    key = secrets.token_bytes(16)
    draft.write(folder, resolver.names.texts(), key)
    units = _rank(events.units, resolver.names.texts())
    order, starts = in_order(events, len(units), storage)
    if assignment.kind is Kind.SESSION:
        starts, firsts = cut(order, starts, events.times, GAP_US)
        stored(folder / "units.pieces", firsts)
    units.to_frame("unit").write_parquet(folder / "units.parquet", statistics=False)
    np.floor_divide(events.times, _MS, out=events.times)
    first, last = (int(events.times.min()), int(events.times.max())) if len(events) else (0, 0)
    packing = Packing.of(max(len(starts) - 1, 1), first, last)
    own = _deal(gathered, (order, starts), packing, names.texts(), folder)
    gathered.batches.to_frame().write_parquet(folder / "batches.parquet", statistics=False)
    for table in TABLES:
        getattr(assignment, table).write_parquet(folder / f"{table}.parquet", statistics=False)
    description = Description(
        FORMAT,
        str(assignment.kind),
        snapshot.version,
        len(events),
        len(starts) - 1,
        packing.shift,
        packing.origin,
        last,
        key.hex(),
        tuple(sorted(assignment.hidden)),
        own,
    )
    write_description(folder, description)
    return description


def gather(
    storage: Storage, paths: Sequence[str], resolver: Resolver, names: Numbering, draft: LocatorDraft
) -> Gathered:
    """The events of some files with their units.

    Args:
        storage: The lake.
        paths: The files.
        resolver: Gives the units.
        names: Numbers the names.
        draft: Learns what stands where.

    Raises:
        TragtError: There are too many names.
    """
    assignment = resolver.assignment
    read = dict.fromkeys(["time", "name", "session", "batch", *FLAGS, *columns(assignment)])
    pieces = _Pieces()
    for file, events in enumerate(frames(storage, paths, list(read))):
        numbers = resolver.numbers(events)
        sessions = {"session": resolver.names.numbers(events["session"])}
        draft.enter(file, (sessions | numbers).values(), len(resolver.names))
        pieces.batches.append(events["batch"].unique())
        shown = counting(events, assignment)
        times = events["time"].to_physical().to_numpy()
        rows, units = resolver.units(numbers, times)
        if shown is not None:
            rows, units = rows[shown[rows]], units[shown[rows]]
        whole = len(rows) == events.height and bool((rows[1:] > rows[:-1]).all())
        pieces.units.append(units)
        pieces.times.append(times if whole else times[rows])
        named, bits = names.numbers(events["name"]).astype(np.uint16), flags(events)
        pieces.names.append(named if whole else named[rows])
        pieces.flags.append(bits if whole else bits[rows])
        pieces.rows.append(rows.astype(np.uint32))
    if len(names) > _MOST_NAMES:
        raise TragtError(
            "index.too_many", f"An index holds at most {_MOST_NAMES:,} event names; there are {len(names):,}."
        )
    return pieces.together(paths)


def in_order(events: Placed, number: int, storage: Storage) -> tuple[U32, I64]:
    """The order by unit, millisecond and id.

    Args:
        events: The events; their units are numbered from 0.
        number: How many units there are.
        storage: The lake, where ids are read.

    Returns:
        The events in their order, and where each unit begins.
    """
    from tragt.lake.index.kernels import ordered, tied  # noqa: PLC0415 - the compiler takes long to load

    order, starts = ordered(events.units, events.times, number)
    places = tied(order, starts, events.times, _MS)
    if len(places):
        begun = places < 0
        places[begun] = -1 - places[begun]
        order[places] = _by_id(order[places], np.cumsum(begun), events, storage)
    return order, starts


def _by_id(tied: U32, runs: I64, events: Placed, storage: Storage) -> U32:
    """Events of one unit and moment in the order of their ids."""
    file = np.searchsorted(events.ends, tied, side="right")
    ids = pl.Series(dtype=pl.String)
    places = []
    there = np.unique(file)
    for which, frame in zip(there, frames(storage, [events.paths[each] for each in there], ["id"]), strict=True):
        here = np.flatnonzero(file == which)
        places.append(here)
        ids = ids.append(frame["id"].gather(events.rows[tied[here]]))
    back = np.empty(len(tied), np.int64)
    back[np.concatenate(places)] = np.arange(len(tied))
    frame = pl.DataFrame({"run": runs, "id": ids.gather(back), "event": tied})
    return frame.sort("run", "id")["event"].to_numpy()


def _rank(units: I32, texts: pl.Series) -> pl.Series:
    """Number units anew by their names in order; those names."""
    from tragt.lake.index.kernels import renamed  # noqa: PLC0415 - the compiler takes long to load

    used = np.zeros(len(texts), np.bool_)
    used[units] = True
    those = np.flatnonzero(used)
    named = texts.gather(those)
    by_name = named.arg_sort()
    ranks = np.full(len(texts), -1, np.int32)
    ranks[those[by_name.to_numpy()]] = np.arange(len(those), dtype=np.int32)
    renamed(units, ranks)
    return named.gather(by_name)


def _deal(
    events: Gathered, by_unit: tuple[U32, I64], packing: Packing, texts: pl.Series, folder: Path
) -> tuple[Name, ...]:
    """Write the postings of each name."""
    from tragt.lake.index.kernels import dealt, flagged  # noqa: PLC0415 - the compiler takes long to load

    counts = np.bincount(events.names, minlength=len(texts))
    by_name = texts.arg_sort().to_numpy()
    starts = _begins(counts, by_name)
    order = by_unit[0]
    keys, numbers = dealt(*by_unit, events.placed.times, events.names, (packing.shift, packing.origin), starts.copy())
    stored(folder / "keys", keys)
    stored(folder / "numbers", numbers)
    del keys, numbers
    some = np.bincount(events.names, weights=events.flags > 0, minlength=len(texts)) > 0
    places = np.where(some, _begins(counts * some, by_name), NO_FLAGS)
    stored(folder / "flags", flagged(order, events.names, events.flags, places.copy(), int(counts[some].sum())))
    return tuple(
        Name(texts[int(which)], int(starts[which]), int(counts[which]), int(places[which]))
        for which in by_name
        if counts[which]
    )


def _begins(counts: I64, order: I64) -> I64:
    """Where each begins when they stand one after another in an order."""
    begins = np.empty(len(counts), np.int64)
    begins[order] = np.cumsum(counts[order]) - counts[order]
    return begins
