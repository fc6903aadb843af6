"""Ascending numbers on disk in few bits each, decoded where they are looked at. The unit of observation is the number.

Files: ``numbers`` (words of 64 bits), ``numbers.first`` (32 bits a block: its first number) and ``numbers.begins`` (32
bits a block and one more: where its words begin); `tragt.lake.index.bits` tells what a block is.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from tragt.lake.index.arrays import I64, U32, Bool, mapped, stored

if TYPE_CHECKING:
    from tragt.lake.index.bits import Packed

__all__ = ["BLOCK", "Ascending", "Lists", "store_lists"]

BLOCK: Final = 128
_FILE: Final = "numbers"


class Ascending:
    """A list of numbers, read as an array is: ``list[places]``, ``list.searchsorted(values)``, ``np.asarray(list)``.

    Args:
        pack: The blocks, as `tragt.lake.index.bits.packed` gives them.
        count: How many numbers there are.
    """

    __slots__ = ("_count", "_pack")

    def __init__(self, pack: "Packed", count: int) -> None:
        self._pack = pack
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, places: I64 | Bool | slice) -> U32:
        """The numbers at some places, of a mask or a slice as of an array.

        Args:
            places: The places, from 0.

        Raises:
            IndexError: A place is none.
        """
        from tragt.lake.index.bits import gathered  # noqa: PLC0415 - the compiler takes long to load

        if isinstance(places, slice) or places.dtype == np.bool_:
            return np.asarray(self)[places]
        if len(places) and not 0 <= places.min() <= places.max() < self._count:
            raise IndexError(f"There are {self._count} numbers; asked for are {places.min()} to {places.max()}.")
        return gathered(self._pack, places.astype(np.int64, copy=False))

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """All numbers."""
        from tragt.lake.index.bits import unpacked  # noqa: PLC0415 - the compiler takes long to load

        return unpacked(self._pack, self._count).astype(dtype or np.uint32, copy=False)

    def astype(self, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """All numbers, of a type.

        Args:
            dtype: The type.
        """
        return np.asarray(self, dtype)

    def searchsorted(self, values: npt.NDArray[np.integer]) -> I64:
        """The place of the first number that is not smaller than each value.

        Args:
            values: The values.
        """
        from tragt.lake.index.bits import sought  # noqa: PLC0415 - the compiler takes long to load

        return sought(self._pack, self._count, np.asarray(values, np.int64))


class Lists:
    """The lists of a generation.

    Args:
        folder: The generation.
        counts: How many numbers each has, in their order on disk, shape (lists,).
    """

    def __init__(self, folder: Path, counts: I64) -> None:
        self._words = mapped(folder / _FILE, np.uint64)
        self._first = mapped(folder / f"{_FILE}.first", np.uint32)
        self._begins = mapped(folder / f"{_FILE}.begins", np.uint32)
        self._counts = counts
        self._ends = np.cumsum(-(-counts // BLOCK))

    def of(self, place: int) -> Ascending:
        """One of them.

        Args:
            place: Its place, from 0.
        """
        low, high = int(self._ends[place - 1]) if place else 0, int(self._ends[place])
        return Ascending((self._words, self._first[low:high], self._begins[low : high + 1]), int(self._counts[place]))


def store_lists(folder: Path, numbers: U32, counts: I64) -> None:
    """Write lists of ascending numbers.

    Args:
        folder: The generation.
        numbers: The lists, one after another.
        counts: How many numbers each has, shape (lists,).
    """
    from tragt.lake.index.bits import packed  # noqa: PLC0415 - the compiler takes long to load

    words, first, begins = packed(numbers, counts)
    stored(folder / _FILE, words)
    stored(folder / f"{_FILE}.first", first)
    stored(folder / f"{_FILE}.begins", begins)
