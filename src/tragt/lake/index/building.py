"""Building a generation: every event of the lake by unit and time. The unit of observation is the event of a unit.

Files are read once, in order; what is kept of an event are 19 bytes. Ids are read only of events of one unit and
millisecond, whose order they decide.
"""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tragt.errors import TragtError
from tragt.events.sessions import SESSION_GAP
from tragt.funnel.postings import Packing
from tragt.lake.index.arrays import I32, I64, U32, stored
from tragt.lake.index.ascending import store_lists
from tragt.lake.index.assignment import TABLES, Assignment, Kind
from tragt.lake.index.events import frames
from tragt.lake.index.gathering import Gathered, Placed, gather
from tragt.lake.index.layout import FORMAT, NO_FLAGS, Description, Name, write_description
from tragt.lake.index.locator import LocatorDraft
from tragt.lake.index.numbering import Numbering
from tragt.lake.index.resolving import Resolver
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["GAP_MS", "build", "in_order"]

_MOST_EVENTS = 1 << 32
GAP_MS = SESSION_GAP // timedelta(milliseconds=1)
_MS = 1000


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
    files = snapshot.files.sort("path").select("path", "rows")
    resolver, names, draft = Resolver(assignment), Numbering(), LocatorDraft(files)
    gathered = gather(storage, resolver, names, draft)
    if len(gathered.placed) >= _MOST_EVENTS:
        raise TragtError(
            "index.too_many", f"An index holds at most {_MOST_EVENTS:,} events; there are {len(gathered.placed):,}."
        )
    key, texts = secrets.token_bytes(16), resolver.names.texts()
    with ThreadPoolExecutor(1) as beside:
        located = beside.submit(draft.write, folder, texts, key)
        packing, units, own = _postings(gathered, (texts, names.texts()), assignment.kind, storage, folder)
        located.result()
    gathered.batches.to_frame().write_parquet(folder / "batches.parquet", statistics=False)
    for table in TABLES:
        getattr(assignment, table).write_parquet(folder / f"{table}.parquet", statistics=False)
    description = Description(
        FORMAT,
        str(assignment.kind),
        snapshot.version,
        len(gathered.placed),
        units,
        packing.shift,
        packing.origin,
        packing.last or 0,
        key.hex(),
        tuple(sorted(assignment.hidden)),
        own,
    )
    write_description(folder, description)
    return description


def _postings(
    gathered: Gathered, texts: tuple[pl.Series, pl.Series], kind: Kind, storage: Storage, folder: Path
) -> tuple[Packing, int, tuple[Name, ...]]:
    """Write the postings, by the texts of units and of names; how keys are made, how many units, and the names."""
    from tragt.lake.index.kernels import cut  # noqa: PLC0415 - the compiler takes long to load

    events = gathered.placed
    units = _rank(events.units, texts[0])
    order, starts = in_order(events, len(units), storage)
    units.to_frame("unit").write_parquet(folder / "units.parquet", statistics=False)
    np.floor_divide(events.times, _MS, out=events.times)
    if kind is Kind.SESSION:
        starts, firsts = cut(order, starts, events.times, GAP_MS)
        stored(folder / "units.pieces", firsts)
    first, last = (int(events.times.min()), int(events.times.max())) if len(events) else (0, 0)
    packing = Packing.of(max(len(starts) - 1, 1), first, last)
    return packing, len(starts) - 1, _deal(gathered, (order, starts), packing, texts[1], folder)


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
    from tragt.lake.index.kernels import counted, dealt, flagged  # noqa: PLC0415 - the compiler takes long to load

    counts, some = counted(events.names, events.flags, len(texts))
    by_name = texts.arg_sort().to_numpy()
    starts = _begins(counts, by_name)
    order = by_unit[0]
    keys, numbers = dealt(*by_unit, events.placed.times, events.names, (packing.shift, packing.origin), starts.copy())
    stored(folder / "keys", keys)
    store_lists(folder, numbers, counts[by_name])
    del keys, numbers
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
