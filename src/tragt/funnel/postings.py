"""Postings: the events of each name by unit and time, which is all that an engine reads of a log.

The unit of observation is the event of a unit; an event of two units stands twice. Events are numbered in the order
of unit, time and id over all names, so that numbers decide wherever the semantics ask for the smallest id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tragt.errors import InvalidDefinition
from tragt.events.log import PROPERTY
from tragt.stats.arrays import BoolArray, IntArray

__all__ = [
    "DAY",
    "LEAST_HUMAN",
    "OWN",
    "ROBOT",
    "Codes",
    "FrameSource",
    "Keys",
    "Layered",
    "Numbers",
    "Packing",
    "Posting",
    "Source",
]

Keys = NDArray[np.uint64]
CodeArray = NDArray[np.uint32]
FlagArray = NDArray[np.uint8]

DAY, ROBOT, OWN = 1, 2, 4
"""Bits of the flags: known only by its day, probably not a human's, the firm's own or test traffic."""

LEAST_HUMAN = 0.5
"""Below this probability an event is a robot's."""

_BITS = 64


@dataclass(frozen=True, slots=True)
class Packing:
    """How a unit's number and a moment share 64 bits: ``unit << shift | (ms - origin)``.

    Attributes:
        shift: Bits of the moment.
        origin: The moment that is 0, ms since 1970 in UTC.
        last: The latest moment that any key has, ms since 1970 in UTC; None is not known.
    """

    shift: int
    origin: int
    last: int | None = None

    @classmethod
    def of(cls, units: int, first: int, last: int) -> "Packing":
        """The split for so many units and this span of time.

        Raises:
            InvalidDefinition: The units and the span do not fit into 64 bits together.
        """
        shift = max((last - first).bit_length(), 1)
        if shift + max((units - 1).bit_length(), 1) > _BITS:
            raise InvalidDefinition(
                "postings.too_wide",
                f"{units} units over {last - first} ms do not fit into {_BITS} bits; take out events far in the past "
                "or the future.",
                units=units,
            )
        return cls(shift, first, last)

    def pack(self, units: IntArray, times: IntArray) -> Keys:
        """Keys of events, shape (n,)."""
        return (units.astype(np.uint64) << np.uint64(self.shift)) | (times - self.origin).astype(np.uint64)

    def units(self, keys: Keys) -> IntArray:
        """Numbers of the units, shape (n,)."""
        return (keys >> np.uint64(self.shift)).astype(np.int64)

    def times(self, keys: Keys) -> IntArray:
        """Moments, ms since 1970 in UTC, shape (n,)."""
        return (keys & np.uint64((1 << self.shift) - 1)).astype(np.int64) + self.origin


class Numbers(Protocol):
    """Ascending whole numbers: an array, or what is read as one (`tragt.lake.index.ascending`)."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: Any, /) -> NDArray[np.integer]: ...

    def __array__(self, dtype: Any = None, /) -> NDArray[Any]: ...

    def astype(self, dtype: Any, /) -> NDArray[Any]:
        """All of them as an array."""

    def searchsorted(self, values: Any, /) -> Any:
        """The place of the first number that is not smaller than each value."""


@dataclass(frozen=True, slots=True)
class Posting:
    """The events of one name, in order of unit, time and id.

    Attributes:
        keys: Unit and moment, ascending, shape (n,).
        numbers: Place of each event in that order over all names of the source, shape (n,).
        flags: Bits `DAY`, `ROBOT` and `OWN`, shape (n,); None where no event of the name has any.
    """

    keys: Keys
    numbers: Numbers
    flags: FlagArray | None = None

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Codes:
    """A property of the events of one name.

    Attributes:
        codes: For each event of the posting 0 where it is absent, else c for ``values[c - 1]``, shape (n,).
        values: The values that the source has for this property under any name, each once.
    """

    codes: CodeArray
    values: pl.Series


class Source(Protocol):
    """What an engine needs of a log, for one kind of unit."""

    @property
    def packing(self) -> Packing:
        """How its keys are made."""

    @property
    def units(self) -> int:
        """Number of units; they are numbered from 0."""

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's zone."""

    def names(self) -> Sequence[str]:
        """Names of the events there are."""

    def posting(self, name: str) -> Posting:
        """The events of a name; none where it never occurred."""

    def codes(self, name: str, property: str) -> Codes:  # noqa: A002 - the field's word
        """A property of the events of a name."""

    def sessions(self, name: str) -> CodeArray:
        """The session of each event of a name as a number, 0 where it has none."""

    def unit_names(self, numbers: IntArray) -> pl.Series:
        """What the log calls units, String."""


@dataclass(frozen=True, slots=True)
class Layered:
    """An index and what has changed since it was made.

    Attributes:
        clean: The index.
        dirty: Which of its units must not be read there, shape (units,); None is none.
        fresh: The events of those units, and of new ones, as they are now; None where there are none.
    """

    clean: Source
    dirty: BoolArray | None = None
    fresh: Source | None = None

    def layers(self, units: BoolArray | None = None) -> list[tuple[Source, BoolArray | None]]:
        """The sources to read, each with those of its units that count, shape (units,); None is all.

        Args:
            units: Which units of ``clean`` may count; None is all. Those of ``fresh`` all do.
        """
        kept = units
        if self.dirty is not None:
            kept = ~self.dirty if units is None else units & ~self.dirty
        return [(self.clean, kept), *([] if self.fresh is None else [(self.fresh, None)])]


class FrameSource:
    """Postings of a frame.

    Args:
        frame: Events with ``unit``, ``id``, ``time``, ``precision``, ``name`` and properties, and any of ``human``,
            ``traffic`` and ``session``. A row is one event of one unit.
        zone: The organisation's zone.
    """

    def __init__(self, frame: pl.DataFrame, zone: ZoneInfo) -> None:
        self._zone = zone
        self._names, unit = _numbered(frame["unit"])
        time = frame["time"].dt.epoch("ms").to_numpy()
        first, last = (int(time.min()), int(time.max())) if len(time) else (0, 0)
        self._packing = Packing.of(max(len(self._names), 1), first, last)
        keys = self._packing.pack(unit, time)
        rows = _in_order(keys, frame["id"])
        self.frame = frame[rows]
        self._keys = keys[rows]
        self._dictionaries: dict[str, Codes] = {}

    @property
    def packing(self) -> Packing:
        """How its keys are made."""
        return self._packing

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self._names)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's zone."""
        return self._zone

    def names(self) -> Sequence[str]:
        """Names of the events there are."""
        return sorted(self._places)

    def posting(self, name: str) -> Posting:
        """The events of a name."""
        numbers = self._numbers(name)
        flags = None if self._flags is None else self._flags[numbers]
        return Posting(self._keys[numbers], numbers, flags if flags is not None and flags.any() else None)

    def codes(self, name: str, property: str) -> Codes:  # noqa: A002 - the field's word
        """A property of the events of a name."""
        whole = self._dictionary(PROPERTY + property)
        return Codes(whole.codes[self._numbers(name)], whole.values)

    def sessions(self, name: str) -> CodeArray:
        """The session of each event of a name as a number, 0 where it has none."""
        return self._dictionary("session").codes[self._numbers(name)]

    def unit_names(self, numbers: IntArray) -> pl.Series:
        """What the log calls units, String."""
        return self._names.gather(numbers)

    def _numbers(self, name: str) -> IntArray:
        return self._places.get(name, np.zeros(0, dtype=np.int64))

    @cached_property
    def _places(self) -> dict[str, IntArray]:
        """Numbers of the events of each name."""
        names, codes = _numbered(self.frame["name"])
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(names)))
        return dict(zip(names.to_list(), np.split(order, ends[:-1]), strict=True)) if len(names) else {}

    @cached_property
    def _flags(self) -> FlagArray | None:
        columns = self.frame.columns
        flag = (self.frame["precision"].cast(pl.String) == "day").to_numpy() * DAY
        if "human" in columns:
            flag = flag + (self.frame["human"].fill_null(1.0) < LEAST_HUMAN).to_numpy() * ROBOT
        if "traffic" in columns:
            flag = flag + (self.frame["traffic"].cast(pl.String).fill_null("outside") != "outside").to_numpy() * OWN
        return flag.astype(np.uint8) if flag.any() else None

    def _dictionary(self, column: str) -> Codes:
        if column not in self._dictionaries:
            self._dictionaries[column] = _coded(self.frame, column)
        return self._dictionaries[column]


def _coded(frame: pl.DataFrame, column: str) -> Codes:
    if column not in frame.columns:
        return Codes(np.zeros(frame.height, dtype=np.uint32), pl.Series(column, [], dtype=pl.Null))
    read = frame[column].fill_nan(None) if frame.schema[column].is_float() else frame[column]
    values = read.drop_nulls().unique(maintain_order=True)
    numbered = pl.DataFrame({"v": values, "code": np.arange(1, len(values) + 1, dtype=np.uint32)})
    codes = pl.DataFrame({"v": read}).join(numbered, on="v", how="left", maintain_order="left")["code"]
    return Codes(codes.fill_null(0).to_numpy().astype(np.uint32), values)


def _numbered(values: pl.Series) -> tuple[pl.Series, IntArray]:
    """The different values as text, and for each row the place of its own among them."""
    codes = values.cast(pl.Categorical)
    distinct = codes.unique(maintain_order=True).drop_nulls()
    physical = distinct.to_physical().to_numpy()
    place = np.zeros(int(physical.max(initial=0)) + 1, dtype=np.int64)
    place[physical] = np.arange(len(distinct))
    return distinct.cast(pl.String), place[codes.to_physical().to_numpy()]


def _in_order(keys: Keys, ids: pl.Series) -> IntArray:
    """Rows in the order of key and id; ids are compared only where keys are equal."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    rows = order[tied]
    by_id = pl.DataFrame({"key": keys[rows], "id": ids.gather(rows), "row": rows}).sort("key", "id")
    order[tied] = by_id["row"].to_numpy()
    return order


def local_days(times: IntArray, zone: ZoneInfo) -> IntArray:
    """The day each moment lies on in a zone, as days since 1970.

    Args:
        times: Milliseconds since 1970 in UTC, shape (n,).
        zone: The zone.
    """
    local = pl.Series(times).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(str(zone))
    return local.dt.date().to_physical().to_numpy().astype(np.int64)
