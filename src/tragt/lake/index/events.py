"""Events of the lake as a build and its readers take them up: which rows of which files count."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from tragt.funnel.postings import DAY, LEAST_HUMAN, OWN, ROBOT
from tragt.lake.index.assignment import Assignment
from tragt.lake.storage import Storage

__all__ = ["FLAGS", "counting", "flags", "frames", "frames_of"]

FLAGS: Final = ("precision", "human", "traffic")


def frames(storage: Storage, paths: Sequence[str], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The files one after another; the next is read while one is worked on.

    Args:
        storage: The lake.
        paths: Files, as the table names them.
        columns: Columns of the log.
    """

    def read(path: str) -> pl.DataFrame:
        return pl.read_parquet(
            storage.path(path),
            columns=list(columns),
            hive_partitioning=False,
            glob=False,
            storage_options=storage.options,
        )

    return _ahead(read, paths)


def frames_of(storage: Storage, paths: Sequence[str], name: str, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The events of a name, alike.

    Args:
        storage: The lake.
        paths: Files, as the table names them.
        name: The name.
        columns: Columns of the log, and ``row``, the row in the file.
    """

    def read(path: str) -> pl.DataFrame:
        events = pl.scan_parquet(
            storage.path(path),
            glob=False,
            hive_partitioning=False,
            storage_options=storage.options,
            row_index_name="row",
        )
        return events.filter(pl.col("name") == name).select(columns).collect()

    return _ahead(read, paths)


def _ahead(read: Callable[[str], pl.DataFrame], paths: Sequence[str]) -> Iterator[pl.DataFrame]:
    with ThreadPoolExecutor(1) as reader:
        coming = [reader.submit(read, path) for path in paths[:1]]
        for place in range(len(paths)):
            frame = coming.pop().result()
            coming = [reader.submit(read, path) for path in paths[place + 1 : place + 2]]
            yield frame


def counting(events: pl.DataFrame, assignment: Assignment) -> npt.NDArray[np.bool_] | None:
    """Which events any figure may show; None where all.

    Args:
        events: ``actor``, ``time`` and ``batch``.
        assignment: Says what is hidden and struck.
    """
    shown = []
    if assignment.hidden:
        shown.append(~events["batch"].is_in(list(assignment.hidden)).to_numpy())
    if len(assignment.struck):
        shown.append(~_struck(events, assignment.struck))
    return np.logical_and.reduce(shown) if shown else None


def flags(events: pl.DataFrame) -> npt.NDArray[np.uint8]:
    """The flags of events.

    Args:
        events: The columns `FLAGS`.
    """
    bits = (
        (pl.col("precision") == "day").cast(pl.UInt8) * DAY
        + (pl.col("human").fill_null(1.0) < LEAST_HUMAN).cast(pl.UInt8) * ROBOT
        + (pl.col("traffic").fill_null("outside") != "outside").cast(pl.UInt8) * OWN
    )
    return events.select(bits.alias("flags")).to_series().to_numpy()


def _struck(events: pl.DataFrame, struck: pl.DataFrame) -> npt.NDArray[np.bool_]:
    begun = pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))
    ended = pl.col("end").is_not_null() & (pl.col("end") <= pl.col("time"))
    rows = events.select("actor", "time").with_row_index("row").join(struck, on="actor").filter(begun & ~ended)["row"]
    gone = np.zeros(events.height, np.bool_)
    gone[rows.to_numpy()] = True
    return gone
