"""Which events the log holds already, by their ids.

An id made from an event's content comes with its time, so that only files of that time can hold it; an id that a
source gave may come again with any time, so that the ids of all files are looked through. A bit for each of the new
ids' hashes spares almost all of them the comparison; what remains is found by its hash in sorted order, which touches
memory from one end to the other where a join jumps about in it, and only then compared as text.
"""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl

from tragt.lake.scanning import Span, scan
from tragt.lake.schema import CONTENT
from tragt.lake.storage import Storage

__all__ = ["held", "repeats", "those_with"]

_BITS_PER_ID = 16
_FOUND = pl.Schema({"place": pl.UInt32(), "batch": pl.String()})


def held(events: pl.DataFrame, files: pl.DataFrame, storage: Storage) -> pl.DataFrame:
    """Those of the events that the log holds.

    Args:
        events: New events, each id once.
        files: Rows of a snapshot, in which to look.
        storage: The lake.

    Returns:
        As from `those_with`.
    """
    if events.is_empty() or files.is_empty():
        return _FOUND.to_frame()
    near = _near(events).files(files)
    return those_with(events["id"], scan(storage, near["path"].to_list()))


def those_with(ids: pl.Series, events: pl.LazyFrame) -> pl.DataFrame:
    """Which of some ids many events have.

    Args:
        ids: The ids, each once.
        events: Events with ``id`` and ``batch``, more than fit into memory.

    Returns:
        A row for each of the ids that is found: its ``place`` among them, and ``batch``, the batch that holds it.
    """
    ids = ids.rechunk()
    hashes = ids.hash()
    candidates = (
        events.select("batch", "id", hash=pl.col("id").hash())
        .filter(pl.col("hash").map_batches(_among(hashes), pl.Boolean, is_elementwise=True))
        .collect(engine="streaming")
    )
    if candidates.is_empty():
        return _FOUND.to_frame()
    return _matched(ids, hashes, candidates.rechunk())


def repeats(ids: pl.Series) -> int:
    """How many of some ids stand in an earlier row; different hashes, which are quicker to compare, settle most."""
    return 0 if ids.hash().n_unique() == len(ids) else len(ids) - ids.n_unique()


def _matched(ids: pl.Series, hashes: pl.Series, candidates: pl.DataFrame) -> pl.DataFrame:
    if hashes.n_unique() < len(hashes):
        return candidates.join(ids.to_frame("id").with_row_index("place"), on="id").select(list(_FOUND))
    by_hash = hashes.arg_sort()
    candidates = candidates.select(pl.all().gather(candidates["hash"].arg_sort()))
    after = np.searchsorted(hashes.gather(by_hash).to_numpy(), candidates["hash"].to_numpy())
    places = by_hash.gather(np.minimum(after, len(ids) - 1))
    found = candidates.with_columns(places.alias("place")).filter(ids.gather(places) == candidates["id"])
    return found.select(list(_FOUND))


def _among(asked: pl.Series) -> Callable[[pl.Series], pl.Series]:
    """Whether a hash may be one of these; never no where it is."""
    bits = (len(asked) * _BITS_PER_ID).bit_length()
    shift = np.uint64(64 - bits)
    known = np.zeros(1 << bits, np.bool_)
    known[asked.to_numpy() >> shift] = True
    return lambda hashes: pl.Series(known[hashes.to_numpy() >> shift])


def _near(events: pl.DataFrame) -> Span:
    if not events["id"].str.starts_with(CONTENT).all():
        return Span()
    first, last = events.select(first=pl.col("time").min(), last=pl.col("time").max()).row(0)
    return Span(start=first, end=last + timedelta(microseconds=1))
