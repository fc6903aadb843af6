"""On which days events happened, counted once a file: files never change. The unit of observation is a name's day.

What this does not answer: who did it, and when on the day.
"""

import hashlib
import io
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import polars as pl

from tragt.lake.scanning import scan
from tragt.lake.storage import Storage

__all__ = ["DAYS", "Days", "Shelf"]

DAYS = pl.Schema({"name": pl.String(), "day": pl.Date(), "count": pl.Int64()})

_TIME = pl.Datetime("us", "UTC")
_FORMAT = 1
_LEAST_KEPT = 100_000
"""Files of fewer events are counted at once, and are soon joined with others."""
_QUARTER = 15 * 60 * 1_000_000
_WHOLE_QUARTERS = datetime(1973, 1, 1, tzinfo=UTC)
"""Since then every zone is whole quarters of an hour from UTC: days may be told from these, of which there are few."""


class Shelf(Protocol):
    """Where the counts of large files are kept when the process ends; what it forgets is counted again."""

    def take(self, key: str) -> bytes | None:
        """What was put there; None where there is nothing."""

    def put(self, key: str, held: bytes) -> None:
        """Keep something, where that can be."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts of a file.

    Attributes:
        without: The batches that were left out.
        counts: With the columns of `DAYS`.
    """

    without: tuple[str, ...]
    counts: pl.DataFrame


class Days:
    """Counts of events by name and day, kept in memory by file.

    Args:
        storage: The lake.
        zone: Name of the time zone in which days begin.
        shelf: Where counts are kept besides.
    """

    def __init__(self, storage: Storage, zone: str, shelf: Shelf) -> None:
        self._storage = storage
        self._zone = zone
        self._shelf = shelf
        self._files: dict[str, _Counted] = {}
        self._lock = threading.Lock()

    def counts(self, files: Iterable[str], hidden: Callable[[str], Sequence[str]]) -> pl.DataFrame:
        """How often each event happened on each day.

        Args:
            files: The files of a version.
            hidden: Gives the batches of a file that are left out.

        Returns:
            The columns of `DAYS`, in no particular order; days without events are absent.
        """
        with self._lock:
            known = {path: self._of(path, tuple(sorted(hidden(path)))) for path in files}
            self._files = known
        each = [DAYS.to_frame(), *(one.counts for one in known.values())]
        return pl.concat(each).group_by("name", "day").agg(pl.col("count").sum())

    def _of(self, path: str, without: tuple[str, ...]) -> _Counted:
        held = self._files.get(path)
        if held is not None and held.without == without:
            return held
        if path.startswith("/"):
            return _Counted(without, self._read(path, without))
        key = hashlib.sha256("\n".join([str(_FORMAT), self._zone, path, *without]).encode()).hexdigest()
        kept = self._shelf.take(key)
        if kept is None:
            counts = self._read(path, without)
            if counts["count"].sum() >= _LEAST_KEPT:
                packed = io.BytesIO()
                counts.write_ipc(packed, compression="zstd")
                self._shelf.put(key, packed.getvalue())
            return _Counted(without, counts)
        return _Counted(without, pl.read_ipc(io.BytesIO(kept)))

    def _read(self, path: str, without: tuple[str, ...]) -> pl.DataFrame:
        events = scan(self._storage, [path])
        if without:
            events = events.filter(~pl.col("batch").is_in(list(without)))
        time = pl.col("time")
        quarter = (time.cast(pl.Int64) // _QUARTER * _QUARTER).cast(_TIME).alias("time")
        each = [
            events.filter(time >= _WHOLE_QUARTERS).group_by("name", quarter).agg(count=pl.len().cast(pl.Int64)),
            events.filter(time < _WHOLE_QUARTERS).select("name", "time", count=pl.lit(1, pl.Int64)),
        ]
        day = time.dt.convert_time_zone(self._zone).dt.date().alias("day")
        found = pl.concat(pl.collect_all(each)).group_by("name", day).agg(pl.col("count").sum())
        return found.select(list(DAYS))
