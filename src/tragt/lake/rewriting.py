"""Changing events that the log holds: files are written anew without or with other rows, then exchanged.

The commit names files and months only, no person and no condition.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tragt.errors import TragtError
from tragt.lake.parts import placed, removals, written
from tragt.lake.scanning import scan
from tragt.lake.schema import MONTH
from tragt.lake.table import Marker, Overtaken, Snapshot, Table

__all__ = ["ATTEMPTS", "Change", "rewrite"]

ATTEMPTS = 10
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """How events change.

    Attributes:
        act: What the log calls it: ``remove``, ``erase`` or ``anonymise``.
        files: The files of a version that hold such events, and how many in column ``hit``: `FILES` and ``hit``.
        events: The events of a file as they shall be.
    """

    act: str
    files: Callable[[Snapshot], pl.DataFrame]
    events: Callable[[pl.DataFrame], pl.DataFrame]


def rewrite(table: Table, change: Change, marker: Marker) -> int:
    """Change events in one commit.

    Args:
        table: The table.
        change: How.
        marker: Makes it happen once.

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
                return _once(table, base, change, marker)
            except Overtaken:
                time.sleep(_PAUSE * attempt)
    raise TragtError("lake.busy", f"Others wrote to {table.storage} too often in between. Run this again.")


def _once(table: Table, base: Snapshot, change: Change, marker: Marker) -> int:
    hit = change.files(base)
    with table.storage.scratch() as scratch:
        parts = []
        for path, month in hit.select("path", "month").iter_rows():
            events = change.events(scan(table.storage, [path]).collect())
            parts += written(events.with_columns(pl.lit(month).alias(MONTH)), scratch)
        changed = int(hit["hit"].sum())
        parts = placed(parts, table.storage)
        added = [part.action for part in parts]
        table.commit(base, added, removals(hit), marker, {"act": change.act, "changed": changed})
    return changed
