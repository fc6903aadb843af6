"""Which files of the lake a question needs, and reading them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

from tragt.lake.schema import EVENTS
from tragt.lake.storage import Storage

__all__ = ["Span", "block", "scan"]

_OPENED = 128

_ROUNDING = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked of the lake.

    Attributes:
        names: Names of events; None means all.
        start: First moment; None means from the beginning.
        end: First moment after; None means to the end.
    """

    names: Sequence[str] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def files(self, files: pl.DataFrame) -> pl.DataFrame:
        """The files that can hold such events, by their statistics; exact, since a file without them stays.

        Args:
            files: Rows of a snapshot.
        """
        where = []
        if self.names is not None:
            ends = pl.Series(sorted(set(self.names)), dtype=pl.String)
            near = ends.search_sorted(files["first_name"]), ends.search_sorted(files["last_name"], side="right")
            where.append(pl.Series(near[0] < near[1]) | files["first_name"].is_null())
        if self.start is not None:
            where.append((files["last"] >= self.start - _ROUNDING).fill_null(value=True))
        if self.end is not None:
            where.append((files["first"] < self.end).fill_null(value=True))
        return files.filter(*where) if where else files

    def events(self) -> pl.Expr:
        """Which events are asked for."""
        asked = pl.lit(value=True)
        if self.names is not None:
            asked &= pl.col("name").is_in(pl.Series(self.names, dtype=pl.String).implode())
        if self.start is not None:
            asked &= pl.col("time") >= self.start
        if self.end is not None:
            asked &= pl.col("time") < self.end
        return asked


def scan(storage: Storage, files: Sequence[str], *, path: str | None = None) -> pl.LazyFrame:
    """Events of some files.

    Args:
        storage: The lake.
        files: The files, as the table names them.
        path: Name of a column that tells the file of each event, as the table names it.

    Returns:
        The columns of the log.
    """
    if not files:
        return pl.LazyFrame(schema={**EVENTS, **({path: pl.String()} if path else {})})
    events = pl.scan_parquet(
        [storage.path(file) for file in files],
        glob=False,
        hive_partitioning=False,
        schema=EVENTS,
        missing_columns="insert",
        extra_columns="ignore",
        storage_options=storage.options,
        include_file_paths=path,
    )
    if path is None:
        return events
    return events.with_columns(pl.col(path).str.strip_prefix(storage.address + "/"))


def block(storage: Storage, file: str, offset: int, rows: int) -> pl.LazyFrame:
    """Some rows of a file of the table, whose footer is read once: files of the table never change.

    Args:
        storage: The lake.
        file: The file, as the table names it.
        offset: The first row.
        rows: How many.

    Returns:
        The columns of the log.
    """
    options = tuple(sorted(storage.options.items())) if storage.options else None
    return _opened(storage.address, options, file).slice(offset, rows)


@lru_cache(_OPENED)
def _opened(address: str, options: tuple[tuple[str, str], ...] | None, file: str) -> pl.LazyFrame:
    """A file. A frame that is not told its columns looks them up in the footer, and keeps that for its next readers."""
    storage = Storage(address, dict(options) if options else None)
    events = pl.scan_parquet(storage.path(file), glob=False, hive_partitioning=False, storage_options=storage.options)
    return events if events.collect_schema() == EVENTS else scan(storage, [file])
