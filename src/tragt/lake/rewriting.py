"""Changing events that the log holds: files are written anew without or with other rows, then exchanged.

The commit names files and months only, no person and no condition.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from tragt.errors import TragtError
from tragt.lake.parts import placed, removals, written
from tragt.lake.scanning import scan
from tragt.lake.schema import EVENTS, MONTH
from tragt.lake.table import Marker, Overtaken, Snapshot, Table

__all__ = ["ATTEMPTS", "Change", "Watcher", "rewrite"]

ATTEMPTS = 10
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """How events change.

    Attributes:
        act: What the log calls it: ``remove``, ``erase``, ``anonymise`` or ``expire``.
        files: The files of a version that hold such events, and how many in column ``hit``: `FILES` and ``hit``.
        events: The events of a file as they shall be.
        for_its_marker: Whether a commit is made where no file holds such events, so that its marker is known.
    """

    act: str
    files: Callable[[Snapshot], pl.DataFrame]
    events: Callable[[pl.DataFrame], pl.DataFrame]
    for_its_marker: bool = True


class Watcher(Protocol):
    """Who must know which events leave the log before they are gone, such as an index."""

    def leaving(self, marker: Marker, gone: pl.DataFrame, come: pl.DataFrame) -> None:
        """Note, durably, what a commit with this marker is about to change; it may yet fail and be tried again.

        Args:
            marker: The marker of the commit.
            gone: The events that go, with the columns of the log.
            come: What stands in their place.
        """

    def cleaning(self) -> None:
        """Read what the entries of the table's log tell: they are about to be cleaned away."""

    def purged(self) -> None:
        """Forget what the log no longer holds: every byte of it was just removed there."""


def rewrite(table: Table, change: Change, marker: Marker, watchers: Sequence[Watcher] = ()) -> int:
    """Change events in one commit.

    Args:
        table: The table.
        change: How.
        marker: Makes it happen once.
        watchers: Are told of it before.

    Returns:
        How many events were changed; what it was where the marker says that this was done before.

    Raises:
        TragtError: Others wrote in between again and again.
    """
    if table.snapshot().version < 0:
        return 0
    with table.storage.writing():
        for attempt in range(ATTEMPTS):
            base = table.snapshot()
            if table.reached(marker):
                told = table.story(marker)
                return int(str(told["changed"])) if told and "changed" in told else 0
            try:
                return _once(table, base, change, marker, watchers)
            except Overtaken:
                time.sleep(_PAUSE * attempt)
    raise TragtError("lake.busy", f"Others wrote to {table.storage} too often in between. Run this again.")


def _once(table: Table, base: Snapshot, change: Change, marker: Marker, watchers: Sequence[Watcher]) -> int:
    hit = change.files(base)
    if hit.is_empty() and not change.for_its_marker:
        return 0
    origin: dict[str, str] = {}
    gone, come = [EVENTS.to_frame()], [EVENTS.to_frame()]
    with table.storage.scratch() as scratch:
        parts = []
        for path, month in hit.select("path", "month").iter_rows():
            before = scan(table.storage, [path]).collect()
            events = change.events(before)
            if watchers:
                gone.append(before.join(events, on="id", how="anti"))
                come.append(
                    events.join(before, on="id", how="anti") if events.height == before.height else events.clear()
                )
            made = written(events.with_columns(pl.lit(month).alias(MONTH)), scratch)
            origin |= {part.action.path: path for part in made}
            parts += made
        changed = int(hit["hit"].sum())
        parts = placed(parts, table.storage)
        added = [part.action for part in parts]
        for watcher in watchers:
            watcher.leaving(marker, pl.concat(gone), pl.concat(come))
        story = {"act": change.act, "changed": changed, "from": origin}
        table.commit(base, added, removals(hit), marker, story)
    return changed
