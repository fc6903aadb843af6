"""Identifiers of events whose source has none: from their content, so that the order of rows never matters.

Equal events get their hash and the number of the occurrence. The hash is this module's own: it is the same
on every machine and in every version, so that a file read twice gives the same identifiers.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["content_ids"]

_Words = npt.NDArray[np.uint64]
_STEP = 1 << 20
_BUCKETS = 16
_SHIFT = np.uint64(60)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def content_ids(frame: pl.DataFrame) -> pl.Series:
    """Identifiers from the content of rows.

    Args:
        frame: The rows; every column counts, their order and missing values do not.

    Returns:
        UInt64, unique, a value a row. Rows that are equal get different ones, always the same set.
    """
    tables = {c: _table(frame[c]) for c in frame.columns if frame.schema[c] == pl.Categorical}
    seeds = dict(zip(frame.columns, _hashed(frame.columns), strict=True))
    parts = []
    for start in range(0, frame.height, _STEP):
        part = frame.slice(start, _STEP)
        total = np.zeros(part.height, np.uint64)
        for values in part:
            total += _cells(values, seeds[values.name], tables.get(values.name))
        parts.append(_mixed(total))
    _tell_apart(parts)
    ids = [pl.Series("id", parts.pop(0), pl.UInt64) for _ in range(len(parts))]
    return pl.concat(ids) if ids else pl.Series("id", [], pl.UInt64)


def _cells(values: pl.Series, seed: np.uint64, table: _Words | None) -> _Words:
    """What each cell of a column adds to the hash of its row; 0 where it is missing."""
    if values.null_count() == len(values):
        return np.zeros(len(values), np.uint64)
    if table is not None:
        words = table[values.to_physical().fill_null(0).to_numpy()]
    elif values.dtype == pl.String:
        words = _hashed(values.fill_null(""))
    elif values.dtype.is_float():
        words = (values.fill_null(0).to_numpy() + 0.0).astype(np.float64).view(np.uint64)
    else:
        words = values.to_physical().cast(pl.Int64).fill_null(0).to_numpy().view(np.uint64)
    added = _mixed(words ^ seed)
    if values.null_count():
        added[values.is_null().to_numpy()] = 0
    return added


def _table(values: pl.Series) -> _Words:
    """The hash of each category, by its code."""
    found = values.unique().drop_nulls()
    codes = found.to_physical().to_numpy()
    table = np.zeros(int(codes.max(initial=0)) + 1, np.uint64)
    table[codes] = _hashed(found.cast(pl.String))
    return table


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


def _tell_apart(parts: list[_Words]) -> None:
    """Move equal hashes apart by the number of their occurrence, in place."""
    repeated = np.concatenate([_repeated(parts, bucket) for bucket in range(_BUCKETS)])
    if not len(repeated):
        return
    where = [np.flatnonzero(np.isin(part, repeated)) for part in parts]
    equal = np.concatenate([part[places] for part, places in zip(parts, where, strict=True)])
    by_hash = np.argsort(equal, kind="stable")
    ordered = equal[by_hash]
    occurrence = (np.arange(len(ordered)) - np.searchsorted(ordered, ordered)).astype(np.uint64)
    equal[by_hash] = np.where(occurrence > 0, _mixed(ordered ^ (occurrence * _ODD)), ordered)
    ends = np.cumsum([len(places) for places in where])[:-1]
    for part, places, apart in zip(parts, where, np.split(equal, ends), strict=True):
        part[places] = apart


def _repeated(parts: list[_Words], bucket: int) -> _Words:
    """Hashes that occur more than once; one bucket at a time, so that few are in memory twice."""
    these = np.concatenate([part[part >> _SHIFT == bucket] for part in parts] or [np.zeros(0, np.uint64)])
    these.sort()
    return np.unique(these[1:][these[1:] == these[:-1]])
