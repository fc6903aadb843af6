"""Files of events on their way into the table: written aside by two threads, moved into place, then committed.

deltalake writes them, since it alone keeps statistics for chosen columns only: those of an actor or a property
would outlive the person in the table's log.
"""

import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import numpy as np
import polars as pl
from deltalake import ColumnProperties, WriterProperties, write_deltalake
from deltalake.transaction import AddAction, RemoveAction

from tragt.lake.schema import MONTH, in_order
from tragt.lake.storage import Storage
from tragt.lake.table import STATISTICS

__all__ = ["PAGE", "ROW_GROUP", "Part", "placed", "removals", "written"]

ROW_GROUP = 1 << 15
"""Rows whose pages are passed over one by one on the way to the one that is read."""
PAGE = 1 << 11
"""Rows that can be read without reading others."""

_AT_ONCE = 2
_WORTH_DIVIDING = 200_000

_VARIED = ("actor", "id", "properties", "time")
_COLUMNS = {
    name: ColumnProperties(
        statistics_enabled="CHUNK" if name in STATISTICS else "NONE", dictionary_enabled=name not in _VARIED
    )
    for name in {*STATISTICS, *_VARIED}
}
_WRITER = WriterProperties(
    compression="ZSTD",
    max_row_group_size=ROW_GROUP,
    data_page_row_count_limit=PAGE,
    default_column_properties=ColumnProperties(statistics_enabled="NONE"),
    column_properties=_COLUMNS,
)
_CONFIGURATION = {"delta.dataSkippingStatsColumns": ",".join(STATISTICS)}


@dataclass(frozen=True, slots=True)
class Part:
    """A finished file that is not in the table yet.

    Attributes:
        file: Where it is.
        rows: How many events it holds.
        action: How the table will know it.
        in_place: Whether it is where the action says.
    """

    file: Path
    rows: int
    action: AddAction
    in_place: bool = False


def written(events: pl.DataFrame, scratch: Path) -> list[Part]:
    """Write events into files, one or more for each month.

    Args:
        events: The columns of the table, in any order of rows.
        scratch: Folder for unfinished files.
    """
    if events.is_empty():
        return []
    with ThreadPoolExecutor(_AT_ONCE) as writers:
        stored = writers.map(lambda months: _stored(months, scratch / uuid4().hex), _divided(in_order(events)))
        return [part for parts in stored for part in parts]


def _divided(events: pl.DataFrame) -> list[pl.DataFrame]:
    """Ordered events in two halves, as nearly as whole months allow, where that is worth while."""
    ends = np.cumsum(events[MONTH].rle().struct.field("len").to_numpy())
    middle = int(ends[np.abs(ends - events.height / 2).argmin()])
    if events.height < _WORTH_DIVIDING or middle == events.height:
        return [events]
    return [events[:middle], events[middle:]]


def _stored(events: pl.DataFrame, folder: Path) -> list[Part]:
    write_deltalake(
        folder,
        events,
        partition_by=[MONTH],
        configuration=_CONFIGURATION,
        writer_properties=_WRITER,
    )
    log = (folder / "_delta_log" / f"{0:020}.json").read_text()
    actions = [json.loads(line) for line in log.splitlines()]
    return [_part(folder, action["add"]) for action in actions if "add" in action]


def _part(folder: Path, add: dict[str, object]) -> Part:
    values, stats, path = add["partitionValues"], str(add["stats"]), unquote(str(add["path"]))
    month = values[MONTH] if isinstance(values, dict) else None
    action = AddAction(
        path=f"{MONTH}={month}/{uuid4().hex}.parquet",
        size=(folder / path).stat().st_size,
        partition_values={MONTH: month},
        modification_time=int(str(add["modificationTime"])),
        data_change=True,
        stats=stats,
    )
    return Part(folder / path, json.loads(stats)["numRecords"], action)


def placed(parts: Iterable[Part], storage: Storage) -> list[Part]:
    """Bring files to their places in the lake, where nothing sees them before a commit.

    Args:
        parts: The files; those that are in their places already stay there.
        storage: The lake.

    Returns:
        The files where they are now.
    """
    return [
        part if part.in_place else replace(part, file=storage.put(part.file, part.action.path), in_place=True)
        for part in parts
    ]


def removals(files: pl.DataFrame) -> list[RemoveAction]:
    """What to commit so that files leave the table.

    Args:
        files: Rows of a snapshot.
    """
    now = time.time_ns() // 1_000_000
    rows = files.select("path", "bytes", "month").iter_rows()
    return [RemoveAction(path, True, now, size, {MONTH: month}) for path, size, month in rows]
