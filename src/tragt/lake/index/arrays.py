"""Array types of the index, arrays that grow, and arrays on disk."""

from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["I16", "I32", "I64", "U8", "U16", "U32", "U64", "Bool", "Growing", "mapped", "stored"]

Bool = npt.NDArray[np.bool_]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

_Number = TypeVar("_Number", bound=np.generic)


class Growing(Generic[_Number]):
    """Numbers that come in pieces, each written once where it stays.

    Args:
        dtype: Their type.
        room: How many will come, as far as that is known; memory is taken only for those that do.
    """

    def __init__(self, dtype: type[_Number], room: int = 0) -> None:
        self._room = np.empty(room, dtype)
        self._end = 0

    def __len__(self) -> int:
        return self._end

    def add(self, values: npt.NDArray[Any]) -> None:
        """Add numbers.

        Args:
            values: The numbers.
        """
        end = self._end + len(values)
        if end > len(self._room):
            larger = np.empty(max(end, 2 * len(self._room)), self._room.dtype)
            larger[: self._end] = self._room[: self._end]
            self._room = larger
        self._room[self._end : end] = values
        self._end = end

    @property
    def whole(self) -> npt.NDArray[_Number]:
        """All that came."""
        return self._room[: self._end]


def stored(path: Path, values: npt.NDArray[_Number]) -> None:
    """Write numbers one after another, the lowest byte first.

    Args:
        path: The file.
        values: The numbers.
    """
    with path.open("wb") as file:
        np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tofile(file)


def mapped(path: Path, dtype: type[_Number]) -> npt.NDArray[_Number]:
    """Numbers from a file, read where they are looked at.

    Args:
        path: The file.
        dtype: Their type.
    """
    if path.stat().st_size == 0:
        return np.zeros(0, dtype)
    return np.asarray(np.memmap(path, np.dtype(dtype).newbyteorder("<"), "r"))
