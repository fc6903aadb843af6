"""Making the codes of a property of a name, when it is first asked for: read again, sort again, lay beside.

Units whose events the lake holds no longer as the generation does are left out and named.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from tragt.lake.index.arrays import I64, U32, Growing
from tragt.lake.index.building import in_order
from tragt.lake.index.dictionary import code_file, dictionary, store_codes
from tragt.lake.index.disk import locked
from tragt.lake.index.events import counting, frames_of
from tragt.lake.index.gathering import Placed
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
    files: Callable[[str], Sequence[str]],
    names: Sequence[str],
    property: str,  # noqa: A002 - the field's word
) -> None:
    """Make the codes of a property, unless they are there; another process that makes them is waited for.

    Args:
        generation: The generation.
        storage: The lake.
        files: For a name the files that hold those of its events that the generation covers.
        names: The names.
        property: The property.
    """
    paths = {name: code_file(generation.folder, name, property) for name in names if len(generation.posting(name))}
    if all(path.exists() for path in paths.values()):
        return
    folder = next(iter(paths.values())).parent
    folder.parent.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    with locked(folder / "lock", wait=True):
        maker = _Maker(generation, storage, property)
        for name, path in paths.items():
            if not path.exists():
                maker.make(name, files(name), path)


class _Maker:
    """Makes the codes of a property, name after name."""

    def __init__(self, generation: Generation, storage: Storage, property: str) -> None:  # noqa: A002
        self._generation = generation
        self._storage = storage
        self._property = property
        self._tokens = Numbering(dictionary(generation.folder, property))
        self._resolver = Resolver(generation.assignment, generation.wholes)

    def make(self, name: str, files: Sequence[str], path: Path) -> None:
        """Write the codes of a name."""
        generation = self._generation
        placed, codes = self._read(name, files)
        order, starts = in_order(placed, len(generation.wholes), self._storage)
        units = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        keys = generation.posting(name).keys
        there = (generation.whole(generation.packing.units(keys)), generation.packing.times(keys))
        found, left_out = aligned(there, (units, placed.times[order] // _MS), codes[order])
        store_codes(path, found, self._tokens.texts(), left_out)

    def _read(self, name: str, files: Sequence[str]) -> tuple[Placed, U32]:
        """The events of a name and their codes."""
        assignment, known = self._generation.assignment, len(self._generation.wholes)
        wanted = ["row", "time", "properties", *columns(assignment), *(["batch"] if assignment.hidden else [])]
        size = len(self._generation.posting(name))
        units, times = Growing(np.int32, size), Growing(np.int64, size)
        rows, codes = Growing(np.uint32, size), Growing(np.uint32, size)
        ends = []
        for events in frames_of(self._storage, files, name, wanted):
            time = events["time"].to_physical().to_numpy()
            found, of = self._resolver.units(self._resolver.numbers(events), time)
            there, shown = of < known, counting(events, assignment)
            if shown is not None:
                there &= shown[found]
            found, of = found[there], of[there]
            units.add(of)
            times.add(time[found])
            rows.add(events["row"].to_numpy()[found])
            codes.add(_codes(events["properties"], self._property, self._tokens)[found])
            ends.append(len(units))
        return Placed(units.whole, times.whole, rows.whole, np.array(ends, np.int64), files), codes.whole


def _codes(objects: pl.Series, property: str, tokens: Numbering) -> U32:  # noqa: A002 - the field's word
    """The code of a property in each object; few differ, and each of these is looked into once."""
    distinct = Numbering()
    places = distinct.numbers(objects)
    held = distinct.texts().alias("properties").to_frame().select(behind([property]))
    return np.append(tokens.numbers(written(held, [property])[property]) + 1, 0).astype(np.uint32)[places]


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
