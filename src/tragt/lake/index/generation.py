"""A generation of an index, read where it is looked at: the postings of every event name. A `Source` for the engine."""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.funnel.postings import Codes, Packing, Posting
from tragt.lake.index.arrays import I64, U32, mapped
from tragt.lake.index.ascending import Lists
from tragt.lake.index.assignment import TABLES, Assignment, Kind
from tragt.lake.index.dictionary import Meanings, code_file, stored_codes
from tragt.lake.index.layout import NO_FLAGS, Name, described
from tragt.lake.index.locator import Locator
from tragt.stats.arrays import IntArray

__all__ = ["Generation"]


class Generation:
    """The events of one kind of unit up to a version of the lake. Nothing in it changes.

    Args:
        folder: Where it is.
        zone: The organisation's zone.
    """

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self.folder = folder
        self.description = described(folder)
        self._zone = zone
        self._names = {name.name: name for name in self.description.names}
        self._places = {name: place for place, name in enumerate(self._names)}
        self._keys = mapped(folder / "keys", np.uint64)
        self._numbers = Lists(folder, np.array([name.count for name in self.description.names], np.int64))
        self._flags = mapped(folder / "flags", np.uint8)
        self.meant: Mapping[str, Meanings] = {}
        self._written: dict[tuple[str, str | None], npt.NDArray[np.unsignedinteger]] = {}

    @property
    def kind(self) -> Kind:
        """What is counted."""
        return Kind(self.description.kind)

    @property
    def packing(self) -> Packing:
        """How its keys are made."""
        return Packing(self.description.shift, self.description.origin, self.description.last)

    @property
    def units(self) -> int:
        """Number of units."""
        return self.description.units

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's zone."""
        return self._zone

    def names(self) -> Sequence[str]:
        """Names of the events there are."""
        return list(self._names)

    def posting(self, name: str) -> Posting:
        """The events of a name; none where it never occurred."""
        own = self._names.get(name, _NOTHING)
        flags = None if own.flags == NO_FLAGS else self._flags[own.flags : own.flags + own.count]
        numbers = self._numbers.of(self._places[name]) if own.count else np.zeros(0, np.uint32)
        return Posting(self._keys[own.start : own.start + own.count], numbers, flags)

    def asked(self, meanings: Mapping[str, Meanings]) -> "Generation":
        """This generation with properties.

        Args:
            meanings: What the codes of each property mean.
        """
        view = copy(self)
        view.meant = meanings
        return view

    def codes(self, name: str, property: str) -> Codes:  # noqa: A002 - the field's word
        """A property of the events of a name; it was asked for when the index was read."""
        meant = self.meant.get(property)
        if meant is None or name not in meant.names:
            raise InvalidDefinition(
                "index.property",
                f"The property {property} of {name} was not asked for. Name both where the index is read.",
                property=property,
            )
        codes = self.written(name, property)
        alike = np.array_equal(meant.codes, np.arange(len(meant.codes)))
        return Codes(codes.astype(np.uint32) if alike else meant.codes[codes], meant.values)

    def written(self, name: str, property: str | None) -> npt.NDArray[np.unsignedinteger]:  # noqa: A002 - the field's word
        """A property of the events of a name as numbers of its dictionary; 0 where it is absent.

        Args:
            name: The name.
            property: The property, whose codes were made; None is the session.
        """
        key = (name, property)
        if key not in self._written:
            self._written[key] = stored_codes(self.folder, name, property, self._names.get(name, _NOTHING).count)
        return self._written[key]

    def sessions(self, name: str) -> U32:
        """The session of each event of a name as a number, 0 where it has none; asked for when it was read."""
        if not code_file(self.folder, name, None).exists() and len(self.posting(name)):
            raise InvalidDefinition(
                "index.sessions", "Sessions were not asked for. Ask for them where the index is read."
            )
        return self.written(name, None).astype(np.uint32)

    def whole(self, numbers: IntArray) -> IntArray:
        """The places of units in `wholes`: their numbers, of sessions the place of the one of which they are a piece.

        Args:
            numbers: Numbers of units.
        """
        if self.kind is not Kind.SESSION:
            return numbers
        return np.searchsorted(self._pieces, numbers, side="right") - 1

    def unit_names(self, numbers: IntArray) -> pl.Series:
        """What the log calls units, String."""
        if self.kind is not Kind.SESSION:
            return self.wholes.gather(numbers)
        which = self.whole(numbers)
        piece = pl.Series(numbers - self._pieces[which] + 1)
        wholes = self.wholes.gather(which)
        return pl.DataFrame({"whole": wholes, "piece": piece}).select(
            pl.when(pl.col("piece") > 1).then(pl.format("{} #{}", "whole", "piece")).otherwise("whole").alias("unit")
        )["unit"]

    def find(self, names: pl.Series) -> tuple[IntArray, IntArray]:
        """The numbers of units.

        Args:
            names: String, each once; of sessions their name without the number of the piece.

        Returns:
            The row of each name that is found, and the number of its unit; a session's pieces are all found.
        """
        places = self.wholes.search_sorted(names).to_numpy().astype(np.int64)
        inside = np.flatnonzero(places < len(self.wholes))
        rows = inside[(self.wholes.gather(places[inside]) == names.gather(inside)).to_numpy()]
        places = places[rows]
        if self.kind is not Kind.SESSION:
            return rows, places
        ends = np.append(self._pieces, self.units)
        count = ends[places + 1] - ends[places]
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(rows, count), np.repeat(ends[places], count) + within

    @cached_property
    def assignment(self) -> Assignment:
        """To which units its events belong."""
        spans, of_deals, struck, people = (pl.read_parquet(self.folder / f"{name}.parquet") for name in TABLES)
        hidden = frozenset(self.description.hidden)
        return Assignment(self.kind, spans, of_deals, hidden, struck, people)

    @cached_property
    def batches(self) -> frozenset[str]:
        """The batches of the events that it covers, those that were hidden too."""
        return frozenset(pl.read_parquet(self.folder / "batches.parquet")["batch"].to_list())

    @cached_property
    def locator(self) -> Locator:
        """Where in the lake its identifiers stand."""
        return Locator(self.folder, bytes.fromhex(self.description.key))

    @cached_property
    def wholes(self) -> pl.Series:
        """Names of the units in order; of sessions those that are not cut yet."""
        return pl.read_parquet(self.folder / "units.parquet")["unit"]

    @cached_property
    def _pieces(self) -> I64:
        return mapped(self.folder / "units.pieces", np.int64)


_NOTHING = Name("", 0, 0, NO_FLAGS)
