"""Which events the log holds already, by their ids.

An id made from an event's content comes with its time, so that only files of that time can hold it; an id that a
source gave may come again with any time, so that the ids of all files are looked through. A bit for each of the new
ids' hashes spares almost all of them the comparison by text.
"""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl

from tragt.lake.scanning import Span, scan
from tragt.lake.schema import CONTENT
from tragt.lake.storage import Storage

__all__ = ["held", "those_with"]

_BITS_PER_ID = 16


def held(events: pl.DataFrame, files: pl.DataFrame, storage: Storage) -> pl.DataFrame:
    """Those of the events that the log holds.

    Args:
        events: New events.
        files: Rows of a snapshot, in which to look.
        storage: The lake.

    Returns:
        A row an event: ``id``, and ``batch``, the batch that holds it.
    """
    if events.is_empty() or files.is_empty():
        return events.select("id", "batch").clear()
    near = _near(events).files(files)
    return those_with(events["id"], scan(storage, near["path"].to_list()))


def those_with(ids: pl.Series, events: pl.LazyFrame) -> pl.DataFrame:
    """Those of many events that have one of some ids.

    Args:
        ids: The ids.
        events: Events with ``id`` and ``batch``, more than fit into memory.

    Returns:
        ``id`` and ``batch``.
    """
    perhaps = pl.col("id").hash().map_batches(_among(ids), pl.Boolean, is_elementwise=True)
    asked = ids.to_frame("id").lazy()
    return events.select("id", "batch").filter(perhaps).join(asked, on="id", how="semi").collect(engine="streaming")


def _among(ids: pl.Series) -> Callable[[pl.Series], pl.Series]:
    """Whether a hash may be that of one of the ids; never no where it is."""
    bits = (len(ids) * _BITS_PER_ID).bit_length()
    shift = np.uint64(64 - bits)
    known = np.zeros(1 << bits, np.bool_)
    known[ids.hash().to_numpy() >> shift] = True
    return lambda hashes: pl.Series(known[hashes.to_numpy() >> shift])


def _near(events: pl.DataFrame) -> Span:
    if not events["id"].str.starts_with(CONTENT).all():
        return Span()
    first, last = events.select(first=pl.col("time").min(), last=pl.col("time").max()).row(0)
    return Span(start=first, end=last + timedelta(microseconds=1))
