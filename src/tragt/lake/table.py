"""The Delta table below the lake: its versions, its files, and commits that happen once.

A commit names the version it builds on and fails where another came first (`Overtaken`); who commits looks at
what came in between and decides again. That keeps promises which Delta's own conflict rules do not know.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from tragt.errors import TragtError
from tragt.lake.schema import MONTH, SCHEMA_VERSION, delta_schema
from tragt.lake.storage import Storage

__all__ = ["FILES", "SETTLED", "STATISTICS", "Marker", "Overtaken", "Snapshot", "Table"]

STATISTICS: Final = ("name", "time")
SETTLED: Final = "settled"
"""The app whose markers are the keys of settled batches."""

FILES: Final = pl.Schema(
    {
        "path": pl.String(),
        "bytes": pl.Int64(),
        "rows": pl.Int64(),
        "month": pl.String(),
        "first": pl.Datetime("us", "UTC"),
        "last": pl.Datetime("us", "UTC"),
        "first_name": pl.String(),
        "last_name": pl.String(),
    }
)
_VERSION = "tragt.schemaVersion"
_CONFIGURATION = {
    _VERSION: str(SCHEMA_VERSION),
    "delta.dataSkippingStatsColumns": ",".join(STATISTICS),
    "delta.logRetentionDuration": "interval 0 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
    "delta.enableExpiredLogCleanup": "false",
}
_STORY = "tragt"
_UNCOMMITTED_HOURS = 24


@dataclass(frozen=True, slots=True)
class Marker:
    """What makes a write happen once: the table remembers the last version of each app.

    Attributes:
        app: Who writes, for example ``import:12``. The table keeps it for ever: it may not name a person.
        version: Grows with each write of this app; a write with a version already reached does nothing.
        after: The version that this write follows; where the table is at another, it fails. None follows any.
    """

    app: str
    version: int
    after: int | None = None


class Overtaken(Exception):
    """Another commit came first."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The table at one version.

    Attributes:
        version: The version; -1 where there is no table.
        files: A row a file, with the columns of `FILES`.
        settled: The last settled batch that it holds.
        beside: What lies beside it; empty where nothing does.
    """

    version: int
    files: pl.DataFrame
    settled: int = 0
    beside: str = ""

    @property
    def state(self) -> tuple[int, str]:
        """What tells it from others."""
        return self.version, self.beside

    @property
    def alone(self) -> "Snapshot":
        """The table without what lies beside it."""
        if not self.beside:
            return self
        return Snapshot(self.version, self.files.filter(~pl.col("path").str.starts_with("/")), self.settled)


_NOTHING = Snapshot(-1, FILES.to_frame())


class Table:
    """One open table, kept up to date; threads may share it.

    Args:
        storage: Where it is.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._delta: DeltaTable | None = None
        self._checkpoint: tuple[int, int] | None = None
        self._snapshot = _NOTHING
        self._lock = threading.RLock()

    def snapshot(self) -> Snapshot:
        """The table as it is now.

        Raises:
            TragtError: It was written by a newer Tragt, or by something else.
        """
        with self._lock:
            delta = self._delta if self._stands() else self._opened()
            if delta is not None and delta.version() != self._snapshot.version:
                _check(delta, self.storage)
                settled = delta.transaction_version(SETTLED) or 0
                self._snapshot = Snapshot(delta.version(), _files(delta), settled)
            return self._snapshot

    def create(self) -> None:
        """Make an empty table where there is none."""
        with self._lock:
            if self._opened() is not None:
                return
            try:
                DeltaTable.create(
                    self.storage.address,
                    delta_schema(),
                    mode="ignore",
                    partition_by=[MONTH],
                    configuration=_CONFIGURATION,
                    storage_options=self.storage.options,
                    raise_if_key_not_exists=False,
                )
            except CommitFailedError:
                # Another made it at this moment: that is the table then.
                if self._opened() is None:
                    raise

    def reached(self, marker: Marker) -> bool:
        """Whether a write with this marker is in the table, in the version last seen by `snapshot`.

        Args:
            marker: The marker.
        """
        version = self._version(marker)
        return version is not None and version >= marker.version

    def follows(self, marker: Marker) -> bool:
        """Whether the table, as last seen by `snapshot`, is at the version that a write follows.

        Args:
            marker: The marker.
        """
        return marker.after is None or (self._version(marker) or 0) == marker.after

    def _version(self, marker: Marker) -> int | None:
        with self._lock:
            return self._delta.transaction_version(marker.app) if self._delta else None

    def story(self, marker: Marker) -> Mapping[str, object] | None:
        """What the write with this marker told of itself; None where the log no longer has it.

        Args:
            marker: The marker.
        """
        with self._lock:
            told = [each.get(_STORY) for each in self._delta.history()] if self._delta else []
        wanted = (marker.app, marker.version)
        return next((each for each in told if each and (each.get("app"), each.get("version")) == wanted), None)

    def removed_since(self, version: int) -> bool:
        """Whether a commit after a version may have removed events.

        Args:
            version: The version.
        """
        with self._lock:
            now = self._delta.version() if self._delta else -1
            later = self._delta.history(now - version) if self._delta else []
        harmless = [each for each in later if (each.get(_STORY) or {}).get("act") in ("append", "compact")]
        return len(harmless) < now - version

    def commit(
        self,
        base: Snapshot,
        added: Sequence[AddAction],
        removed: Sequence[RemoveAction],
        marker: Marker | None,
        story: Mapping[str, object],
    ) -> int:
        """Put files into the table and take others out, all at once.

        Args:
            base: The version that this builds on.
            added: Files that are in their places.
            removed: Files of `base`.
            marker: Makes the write happen once.
            story: What the write tells of itself; it names no person.

        Returns:
            The new version.

        Raises:
            Overtaken: `base` is not the newest version.
        """
        told = dict(story) | ({"app": marker.app, "version": marker.version} if marker else {})
        properties = CommitProperties(
            custom_metadata={_STORY: told},
            max_commit_retries=0,
            app_transactions=[Transaction(marker.app, marker.version)] if marker else None,
        )
        with self._lock:
            delta = self._opened()
            if delta is None or delta.version() != base.version:
                raise Overtaken
            try:
                delta.create_write_transaction(
                    [*added, *removed],
                    "append",
                    delta.schema(),
                    [MONTH],
                    commit_properties=properties,
                    post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
                )
            except CommitFailedError as error:
                raise Overtaken from error
        self.storage.settle(base.version + 1)
        return base.version + 1

    def vacuum(self, hours: int) -> None:
        """Remove files that no version of the last hours holds.

        In an object store, where nothing keeps writers out, files that were never committed are left alone for a
        day: one of them may be about to be.

        Args:
            hours: How many.
        """
        everything = self.storage.folder is not None or hours >= _UNCOMMITTED_HOURS
        with self._lock:
            delta = self._opened()
            if delta is not None and delta.vacuum(hours, enforce_retention_duration=False, full=everything):
                delta.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=everything)

    def checkpoint(self) -> None:
        """Write the state of the table into one file and remove the log entries before it."""
        with self._lock:
            delta = self._opened()
            if delta is not None:
                delta.create_checkpoint()
                delta.cleanup_metadata()

    def _stands(self) -> bool:
        """Whether the version that was seen last is certainly the newest; looked up without opening the log.

        The entry after it would be there, unless it was cleaned away with those before a checkpoint made since.
        """
        if self._delta is None or self._checkpoint != self.storage.checkpoint():
            return False
        version = self._delta.version()
        return self.storage.missing(version + 1) and not self.storage.missing(version)

    def _opened(self) -> DeltaTable | None:
        """The table at its newest version; None where there is none, or none any more."""
        self._checkpoint = self.storage.checkpoint()
        if self._delta is not None:
            self._delta = self._followed(self._delta)
        if self._delta is None:
            self._snapshot = _NOTHING
        if self._delta is None and not self.storage.missing():
            try:
                self._delta = DeltaTable(self.storage.address, storage_options=self.storage.options)
            except TableNotFoundError:
                return None
        return self._delta

    def _followed(self, delta: DeltaTable) -> DeltaTable | None:
        """The table brought up to date; None where its folder was removed or holds another by now."""
        if self.storage.missing():
            return None
        delta.update_incremental()
        return None if self.storage.missing(delta.version()) else delta


def _check(delta: DeltaTable, storage: Storage) -> None:
    given = delta.metadata().configuration.get(_VERSION, "")
    if not given.isdecimal():
        raise TragtError(
            "lake.foreign",
            f"{storage} holds a Delta table that Tragt did not make. Name another folder for the event log.",
            place=str(storage),
        )
    if int(given) > SCHEMA_VERSION:
        raise TragtError(
            "lake.newer",
            f"The event log {storage} was written by a newer Tragt (its schema is version {given}, this Tragt knows "
            f"{SCHEMA_VERSION}). Upgrade Tragt; nothing was changed.",
            place=str(storage),
            found=int(given),
            known=SCHEMA_VERSION,
        )


def _files(delta: DeltaTable) -> pl.DataFrame:
    actions = pl.DataFrame(delta.get_add_actions(flatten=True))
    if actions.is_empty():
        return FILES.to_frame()
    names = {
        "path": "path",
        "size_bytes": "bytes",
        "num_records": "rows",
        "partition.month": "month",
        "min.time": "first",
        "max.time": "last",
        "min.name": "first_name",
        "max.name": "last_name",
    }
    missing = [pl.lit(None).alias(name) for name in names if name not in actions.columns]
    return actions.with_columns(missing).select(pl.col(name).cast(FILES[new]).alias(new) for name, new in names.items())
