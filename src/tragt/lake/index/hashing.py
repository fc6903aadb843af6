"""Keyed hashes of texts: SipHash-2-4, of which the lower 32 bits are used.

Who has only the hashes cannot tell whether a given person is among them.

References:
    Aumasson, J.-P. and Bernstein, D. J. (2012), SipHash: a fast short-input PRF, INDOCRYPT, LNCS 7668, 489-508.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["hashes"]

_PIECE = 1 << 20


def hashes(texts: pl.Series, key: bytes) -> npt.NDArray[np.uint64]:
    """The hash of each text.

    Args:
        texts: String, none missing.
        key: 16 bytes.

    Returns:
        Whole numbers below 2³².
    """
    from tragt.lake.index.kernels import siphash  # noqa: PLC0415 - the compiler takes long to load

    first, second = np.frombuffer(key, "<u8")
    found = [np.zeros(0, np.uint64)]
    for start in range(0, len(texts), _PIECE):
        piece = texts[start : start + _PIECE]
        letters = np.frombuffer("".join(piece.to_list()).encode(), np.uint8)
        ends = piece.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
        found.append(siphash(letters, ends, first, second) & np.uint64(0xFFFFFFFF))
    return np.concatenate(found)
