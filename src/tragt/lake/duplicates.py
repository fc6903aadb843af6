"""Which events the log holds already, by their ids.

An id made from an event's content comes with its time, so that only files of that time can hold it; an id that a
source gave may come again with any time, so that the ids of all files are looked through.
"""

import polars as pl

from tragt.lake.scanning import Span, scan
from tragt.lake.schema import CONTENT
from tragt.lake.storage import Storage

__all__ = ["held"]


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
    return (
        scan(storage, near["path"].to_list())
        .select("id", "batch")
        .join(events.lazy().select("id"), on="id", how="semi")
        .collect(engine="streaming")
        .unique("id")
    )


def _near(events: pl.DataFrame) -> Span:
    if not events["id"].str.starts_with(CONTENT).all():
        return Span()
    first, last = events.select(first=pl.col("time").min(), last=pl.col("time").max()).row(0)
    return Span(start=first, end=last + pl.select(pl.duration(microseconds=1)).item())
