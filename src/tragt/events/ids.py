"""Identifiers of events whose source has none: from their content, so that the order of rows never matters.

Equal events get their hash and the number of the occurrence. The hash is this module's own: it is the same
on every machine and in every version, so that a file read twice gives the same identifiers.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["ContentHash", "told_apart"]

_Words = npt.NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BUCKETS = 16
_SHIFT = np.uint64(60)


class ContentHash:
    """Hashes of rows by their content; it remembers the texts it has met as categories."""

    def __init__(self) -> None:
        self._of_category: _Words = np.zeros(0, np.uint64)
        self._is_known = np.zeros(0, np.bool_)

    def hashes(self, frame: pl.DataFrame) -> pl.Series:
        """A hash for each row.

        Args:
            frame: The rows; every column counts, their order and missing values do not. A whole number
                counts the same as integer and as float, a text as string and as category.

        Returns:
            UInt64, named ``id``; equal where rows are equal, and hardly anywhere else.
        """
        total = np.zeros(frame.height, np.uint64)
        for values, seed in zip(frame, _hashed(frame.columns), strict=True):
            if values.null_count() == len(values):
                continue
            added = _mixed(self._words(values) ^ seed)
            if values.null_count():
                added[values.is_null().to_numpy()] = 0
            total += added
        return pl.Series("id", _mixed(total))

    def _words(self, values: pl.Series) -> _Words:
        """What each cell holds, as 64 bits; anything where it is missing."""
        dtype = values.dtype
        if dtype == pl.Categorical:
            return self._of_categories(values)
        if dtype == pl.String:
            return _hashed(values.fill_null(""))
        if dtype.is_temporal():
            return values.to_physical().cast(pl.Int64).fill_null(0).to_numpy().view(np.uint64)
        return (values.cast(pl.Float64).fill_null(0).to_numpy() + 0.0).view(np.uint64)

    def _of_categories(self, values: pl.Series) -> _Words:
        codes = values.to_physical().fill_null(strategy="max").to_numpy()
        beyond = int(codes.max()) + 1 - len(self._is_known)
        if beyond > 0:
            self._of_category = np.append(self._of_category, np.zeros(beyond + len(self._is_known), np.uint64))
            self._is_known = np.append(self._is_known, np.zeros(beyond + len(self._is_known), np.bool_))
        unknown = np.flatnonzero(~self._is_known[codes] & values.is_not_null().to_numpy())
        if len(unknown):
            new, first = np.unique(codes[unknown], return_index=True)
            self._of_category[new] = _hashed(values.gather(unknown[first]).cast(pl.String))
            self._is_known[new] = True
        words: _Words = self._of_category[codes]
        return words


def told_apart(parts: Sequence[pl.Series]) -> Iterator[pl.Series]:
    """Hashes in which equal ones are moved apart by the number of their occurrence.

    Args:
        parts: Hashes (UInt64) of all rows, in pieces.

    Yields:
        The same pieces, each value unique. Which of several equal rows gets which is left open.
    """
    repeated = np.concatenate([_repeated(parts, bucket) for bucket in range(_BUCKETS)])
    where = [np.flatnonzero(np.isin(part.to_numpy(), repeated)) if len(repeated) else repeated for part in parts]
    equal = np.concatenate([part.to_numpy()[places] for part, places in zip(parts, where, strict=True)])
    by_hash = np.argsort(equal, kind="stable")
    ordered = equal[by_hash]
    occurrence = (np.arange(len(ordered)) - np.searchsorted(ordered, ordered)).astype(np.uint64)
    equal[by_hash] = np.where(occurrence > 0, _mixed(ordered ^ (occurrence * _ODD)), ordered)
    apart = np.split(equal, np.cumsum([len(places) for places in where])[:-1])
    for part, places, words in zip(parts, where, apart, strict=True):
        yield part.clone().scatter(places, words) if len(places) else part


def _repeated(parts: Sequence[pl.Series], bucket: int) -> _Words:
    """Hashes that occur more than once; one bucket at a time, so that few are in memory twice."""
    arrays = [part.to_numpy() for part in parts]
    these = np.concatenate([a[a >> _SHIFT == bucket] for a in arrays] or [np.zeros(0, np.uint64)])
    these.sort()
    return np.unique(these[1:][these[1:] == these[:-1]])


def _hashed(texts: Iterable[str]) -> _Words:
    digests = [blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _mixed(words: _Words) -> _Words:
    """Every bit spread over all: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    words = words + _ODD
    words = (words ^ (words >> np.uint64(30))) * _MIX[0]
    words = (words ^ (words >> np.uint64(27))) * _MIX[1]
    mixed: _Words = words ^ (words >> np.uint64(31))
    return mixed
