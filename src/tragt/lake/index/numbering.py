"""Numbers for texts that come in pieces: equal texts have equal numbers. The unit of observation is the text.

Texts are told apart by two keyed hashes of 64 bits, so that each is compared as numbers and kept once.
"""

import secrets

import numpy as np
import numpy.typing as npt
import polars as pl

from tragt.errors import TragtError

__all__ = ["Numbering"]

_FIRST_SIZE = 1 << 16


class Numbering:
    """Numbers of texts, from 0 in the order in which they come.

    Args:
        texts: The first of them, each once.
    """

    def __init__(self, texts: pl.Series | None = None) -> None:
        self._seeds = (secrets.randbits(63), secrets.randbits(63))
        self._table = _empty(_FIRST_SIZE)
        self._texts: list[pl.Series] = []
        self._known = 0
        if texts is not None:
            self.numbers(texts)

    def __len__(self) -> int:
        return self._known

    def numbers(self, texts: pl.Series) -> npt.NDArray[np.int32]:
        """The number of each text.

        Args:
            texts: String.

        Returns:
            Int32, −1 where a text is missing.

        Raises:
            TragtError: Two texts have the same first hash (a chance of one in a million for ten million texts).
        """
        there = texts.drop_nulls()
        hashes = [there.hash(seed).to_numpy() for seed in self._seeds]
        found = np.empty(len(there), np.int32)
        begin = 0
        while begin < len(there):
            begin += self._some(there[begin:], hashes[0][begin:], hashes[1][begin:], found[begin:])
        if len(there) == len(texts):
            return found
        numbers = np.full(len(texts), -1, np.int32)
        numbers[texts.is_not_null().to_numpy()] = found
        return numbers

    def texts(self) -> pl.Series:
        """All texts, in the order of their numbers."""
        if len(self._texts) != 1:
            self._texts = [pl.concat(self._texts) if self._texts else pl.Series(dtype=pl.String)]
        return self._texts[0]

    def _some(
        self,
        texts: pl.Series,
        first: npt.NDArray[np.uint64],
        second: npt.NDArray[np.uint64],
        found: npt.NDArray[np.int32],
    ) -> int:
        """Number the texts up to where the table is half full, and make it larger there; how many that were."""
        from tragt.lake.index.kernels import numbered, spread  # noqa: PLC0415 - the compiler takes long to load

        new = np.full(len(texts), -1, np.int64)
        done = numbered((first, second), self._table, self._known, found, new)
        if done < 0:
            raise TragtError("index.hash", "Two names have one hash. Run this again: another hash is drawn.")
        fresh = int(np.searchsorted(new == -1, True))
        if fresh:
            self._texts.append(texts.gather(new[:fresh]))
            self._known += fresh
        if done < len(texts):
            larger = _empty(4 * len(self._table))
            spread(self._table, larger)
            self._table = larger
        return done


def _empty(size: int) -> npt.NDArray[np.uint64]:
    return np.full((size, 2), np.iinfo(np.uint64).max, np.uint64)
