"""Array types of the index, arrays from pieces, and arrays on disk."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["I32", "I64", "U8", "U16", "U32", "U64", "Bool", "joined", "mapped", "stored"]

Bool = npt.NDArray[np.bool_]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

_Number = TypeVar("_Number", bound=np.generic)


def joined(pieces: list[npt.NDArray[_Number]], dtype: type[_Number]) -> npt.NDArray[_Number]:
    """Pieces one after another; they are forgotten, so that memory holds them once.

    Args:
        pieces: The pieces; emptied.
        dtype: Their type.
    """
    whole = np.concatenate(pieces) if pieces else np.zeros(0, dtype)
    pieces.clear()
    return whole


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
