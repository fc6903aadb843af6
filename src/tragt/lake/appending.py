"""Adding events to the log: once each, all or none, in bounded memory."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from tragt.errors import TragtError
from tragt.lake.duplicates import held, repeats, those_with
from tragt.lake.parts import Part, placed, written
from tragt.lake.scanning import scan
from tragt.lake.schema import MONTH, conformed
from tragt.lake.storage import Storage
from tragt.lake.table import Marker, Overtaken, Snapshot, Table

__all__ = ["ATTEMPTS", "Appended", "append"]

ATTEMPTS = 50
_CHUNK = 1_000_000
_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did.

    Attributes:
        added: How many events were added.
        duplicates: How many were left out, since the log, or the append itself, holds their id already.
        duplicates_by_batch: The same by the batch that holds them.
        version: The version of the lake since then.
    """

    added: int
    duplicates: int
    duplicates_by_batch: Mapping[str, int]
    version: int


def append(
    table: Table, events: Iterable[pl.DataFrame], marker: Marker, batch: str, *, known_new: bool = False
) -> Appended:
    """Add events to the log in one commit.

    Args:
        table: The table.
        events: The events, in pieces of any size.
        marker: Makes it happen once.
        batch: The batch they belong to.
        known_new: Whether the log is known to hold none of them.
    """
    storage = table.storage
    with storage.writing(), storage.scratch() as scratch:
        table.create()
        base = table.snapshot()
        if table.reached(marker):
            return _earlier(table, base, marker, batch)
        _check_follows(table, marker)
        draft = _Draft(storage, scratch, known_new)
        for frame in _pieces(events, batch):
            draft.add(frame, base)
        return _committed(table, base, draft, marker, batch)


@dataclass(slots=True)
class _Draft:
    """Events that are written and not committed."""

    storage: Storage
    scratch: Path
    known_new: bool = False
    parts: list[Part] = field(default_factory=list)
    duplicates: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)

    def add(self, frame: pl.DataFrame, base: Snapshot) -> None:
        if self.known_new:
            self.parts += written(frame, self.scratch)
            return
        repeated = repeats(frame["id"])
        once = frame.unique("id", keep="first", maintain_order=True) if repeated else frame
        self.duplicates[str(frame["batch"][0])] += repeated
        known = held(once, base.files, self.storage)
        if self.parts:
            known = pl.concat([known, self._own(once)])
        self.parts += written(self._without(once, known), self.scratch)

    def rebase(self, base: Snapshot, newer: Snapshot) -> None:
        """Leave out what others added in between."""
        new = newer.files.join(base.files, on="path", how="anti")
        if self.known_new or new.is_empty():
            return
        parts, self.parts = self.parts, []
        for part in parts:
            frame = pl.read_parquet(part.file, hive_partitioning=False)
            known = held(frame, new, self.storage)
            if known.is_empty():
                self.parts.append(part)
                continue
            frame = frame.with_columns(pl.lit(part.action.partition_values[MONTH]).alias(MONTH))
            self.parts += written(self._without(frame, known), self.scratch)

    def _own(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those of the events that earlier pieces held."""
        here = [part.file for part in self.parts]
        return those_with(frame["id"], pl.scan_parquet(here, glob=False, hive_partitioning=False))

    def _without(self, frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        if known.is_empty():
            return frame
        self.duplicates.update(dict(known.group_by("batch").len().iter_rows()))
        new = np.ones(frame.height, np.bool_)
        new[known["place"].to_numpy()] = False
        return frame.filter(pl.Series(new))


def _pieces(events: Iterable[pl.DataFrame], batch: str) -> Iterator[pl.DataFrame]:
    """The events as the table holds them, in pieces that are neither small nor too large for memory."""
    waiting: list[pl.DataFrame] = []
    for frame in events:
        for piece in conformed(frame, batch).iter_slices(_CHUNK):
            if waiting and sum(each.height for each in waiting) + piece.height > _CHUNK:
                yield pl.concat(waiting)
                waiting = []
            waiting.append(piece)
    if waiting and any(each.height for each in waiting):
        yield pl.concat(waiting)


def _committed(table: Table, base: Snapshot, draft: _Draft, marker: Marker, batch: str) -> Appended:
    for attempt in range(ATTEMPTS):
        duplicates = {each: count for each, count in draft.duplicates.items() if count}
        story = {"act": "append", "added": draft.rows, "duplicates": duplicates}
        try:
            draft.parts = placed(draft.parts, storage=table.storage)
            version = table.commit(base, [part.action for part in draft.parts], [], marker, story)
        except Overtaken:
            time.sleep(_PAUSE * attempt)
            newer = table.snapshot()
            if table.reached(marker):
                return _earlier(table, newer, marker, batch)
            _check_follows(table, marker)
            _check_duplicates_stand(table, base, draft)
            draft.rebase(base, newer)
            base = newer
        else:
            return Appended(draft.rows, sum(duplicates.values()), duplicates, version)
    raise TragtError("lake.busy", f"Others wrote to {table.storage} too often in between. Run this again.")


def _check_follows(table: Table, marker: Marker) -> None:
    if not table.follows(marker):
        raise TragtError("lake.overtaken", f"Another process writes as {marker.app}. Nothing was added; begin anew.")


def _check_duplicates_stand(table: Table, base: Snapshot, draft: _Draft) -> None:
    """Fail where events were left out as duplicates of events that may be gone by now."""
    if draft.duplicates.total() and table.removed_since(base.version):
        raise TragtError(
            "lake.overtaken",
            "Events were removed from the log while this was adding events that it held. Nothing was added; run this "
            "again.",
        )


def _earlier(table: Table, now: Snapshot, marker: Marker, batch: str) -> Appended:
    """What the append with this marker did when it ran."""
    told = table.story(marker)
    if told is not None and isinstance(told.get("duplicates"), dict):
        duplicates: dict[str, int] = told["duplicates"]  # type: ignore[assignment]
        return Appended(int(str(told["added"])), sum(duplicates.values()), duplicates, now.version)
    files = now.files["path"].to_list()
    rows = scan(table.storage, files).filter(pl.col("batch") == batch).select(pl.len()).collect().item()
    return Appended(rows, 0, {}, now.version)
