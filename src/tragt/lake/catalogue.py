"""What the files of the lake hold, counted once a file: files never change."""

import threading
from collections.abc import Sequence

import polars as pl

from tragt.lake.scanning import scan
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["Catalogue", "Names"]

_TIME = pl.Datetime("us", "UTC")
_COUNTS = pl.Schema(
    {
        "path": pl.String(),
        "name": pl.String(),
        "batch": pl.String(),
        "source": pl.String(),
        "count": pl.UInt32(),
        "first": _TIME,
        "last": _TIME,
    }
)


class Catalogue:
    """Counts of events by file, name, batch and source, kept in memory.

    Args:
        storage: The lake.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._counts = _COUNTS.to_frame()
        self._counted: set[str] = set()
        self._lock = threading.Lock()

    def counts(self, snapshot: Snapshot) -> pl.DataFrame:
        """What each file of a version holds.

        Args:
            snapshot: The version.

        Returns:
            ``path``, ``name``, ``batch``, ``source``, ``count``, ``first``, ``last``.
        """
        wanted = snapshot.files["path"].to_list()
        with self._lock:
            new = [path for path in wanted if path not in self._counted]
            if new or len(wanted) < len(self._counted):
                kept = self._counts.filter(pl.col("path").is_in(wanted))
                self._counts = pl.concat([kept, self._read(new)])
                self._counted = set(wanted)
            return self._counts

    def _read(self, files: list[str]) -> pl.DataFrame:
        time = pl.col("time")
        return (
            scan(self._storage, files, path="path")
            .group_by("path", "name", "batch", "source")
            .agg(count=pl.len().cast(pl.UInt32), first=time.min(), last=time.max())
            .collect()
            .select(list(_COUNTS))
        )


class Names:
    """The names of events by file, kept in memory; for few files, where counting all would take long.

    Args:
        storage: The lake.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._known = pl.DataFrame(schema={"path": pl.String, "name": pl.String})
        self._lock = threading.Lock()

    def of(self, files: Sequence[str]) -> list[str]:
        """The names that some files hold; what is known of others is forgotten.

        Args:
            files: The files.
        """
        with self._lock:
            known = self._known.filter(pl.col("path").is_in(list(files)))
            new = sorted(set(files) - set(known["path"]))
            read = scan(self._storage, new, path="path").select("path", "name").unique().collect()
            self._known = pl.concat([known, read])
            return self._known["name"].unique().to_list()
