"""Making the codes of a property of a name, when it is first asked for: read again, sort again, lay beside.

Units whose events the lake holds no longer as the generation does are left out and named.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from tragt.lake.index.arrays import I32, I64, U32, joined
from tragt.lake.index.building import Placed, in_order
from tragt.lake.index.dictionary import code_file, dictionary, store_codes
from tragt.lake.index.disk import locked
from tragt.lake.index.events import counting
from tragt.lake.index.generation import Generation
from tragt.lake.index.numbering import Numbering
from tragt.lake.index.resolving import Resolver, columns
from tragt.lake.index.tokens import behind, written
from tragt.lake.storage import Storage

__all__ = ["aligned", "make_codes"]

_MS = 1000


def make_codes(
    generation: Generation,
    storage: Storage,
    files: Sequence[str],
    name: str,
    property: str,  # noqa: A002 - the field's word
) -> None:
    """Make the codes of a property of a name, unless they are there; another process that makes them is waited for.

    Args:
        generation: The generation.
        storage: The lake.
        files: Files that hold the events of the name that the generation covers.
        name: The name.
        property: The property.
    """
    path = code_file(generation.folder, name, property)
    if path.exists() or not len(generation.posting(name)):
        return
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(exist_ok=True)
    with locked(path.with_name("lock"), wait=True):
        if path.exists():
            return
        tokens = Numbering(dictionary(generation.folder, property))
        placed, codes = _read(generation, storage, files, (name, property), tokens)
        order, starts = in_order(placed, len(generation.wholes), storage)
        units = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        posting = generation.posting(name)
        there = (generation.whole(generation.packing.units(posting.keys)), generation.packing.times(posting.keys))
        found, left_out = aligned(there, (units, placed.times[order] // _MS), codes[order])
        store_codes(path, found, tokens.texts(), left_out)


def _read(
    generation: Generation, storage: Storage, files: Sequence[str], asked: tuple[str, str], tokens: Numbering
) -> tuple[Placed, U32]:
    """The events of a name and the codes of a property."""
    name, property = asked  # noqa: A001 - the field's word
    assignment = generation.assignment
    resolver = Resolver(assignment, generation.wholes)
    wanted = ["time", *columns(assignment), *(["batch"] if assignment.hidden else [])]
    units: list[I32] = []
    times: list[I64] = []
    rows: list[U32] = []
    codes: list[U32] = []
    for path in files:
        events = (
            pl.scan_parquet(
                storage.path(path),
                glob=False,
                hive_partitioning=False,
                storage_options=storage.options,
                row_index_name="row",
            )
            .filter(pl.col("name") == name)
            .select("row", *wanted, *behind([property]))
            .collect()
        )
        time = events["time"].to_physical().to_numpy()
        found, of = resolver.units(resolver.numbers(events), time)
        known = of < len(generation.wholes)
        shown = counting(events, assignment)
        if shown is not None:
            known &= shown[found]
        found, of = found[known], of[known]
        units.append(of)
        times.append(time[found])
        rows.append(events["row"].to_numpy()[found].astype(np.uint32))
        codes.append((tokens.numbers(written(events, [property])[property]) + 1).astype(np.uint32)[found])
    ends = np.cumsum([len(each) for each in units], dtype=np.int64)
    return Placed(joined(units, np.int32), joined(times, np.int64), joined(rows, np.uint32), ends, files), joined(
        codes, np.uint32
    )


def aligned(there: tuple[I64, I64], here: tuple[I64, I64], codes: U32) -> tuple[U32, I64]:
    """Codes of the posting's events, and the units in which the lake holds others than the posting.

    Args:
        there: Unit and moment of the posting's events, in order.
        here: Unit and moment of the lake's events, in order.
        codes: Codes of the lake's events.
    """
    if len(there[0]) == len(here[0]) and (there[0] == here[0]).all() and (there[1] == here[1]).all():
        return codes, np.zeros(0, np.int64)
    number = int(max(there[0].max(initial=0), here[0].max(initial=0))) + 1
    counts = np.bincount(there[0], minlength=number)
    same = counts == np.bincount(here[0], minlength=number)
    of_there, of_here = np.flatnonzero(same[there[0]]), np.flatnonzero(same[here[0]])
    other = there[1][of_there] != here[1][of_here]
    same[there[0][of_there[other]]] = False
    found = np.zeros(len(there[0]), np.uint32)
    found[same[there[0]]] = codes[same[here[0]]]
    return found, np.flatnonzero(~same & (counts > 0))
