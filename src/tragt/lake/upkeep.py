"""Upkeep of the log: few large files instead of many small ones, and nothing kept that no version needs."""

from collections.abc import Iterator

import polars as pl

from tragt.lake.parts import placed, removals, written
from tragt.lake.scanning import scan
from tragt.lake.schema import MONTH
from tragt.lake.table import Overtaken, Snapshot, Table

__all__ = ["compact", "purge", "tidy"]

_GRACE_HOURS = 24
_LARGE = 1_000_000


def compact(table: Table) -> int:
    """Join the small files of each month.

    Args:
        table: The table.

    Returns:
        How many files there are fewer; a month that others write to in between is left for the next time.
    """
    fewer = 0
    with table.storage.writing():
        for month in table.snapshot().files["month"].unique().sort():
            fewer += _compacted(table, month)
    return fewer


def tidy(table: Table, hours: int = _GRACE_HOURS) -> None:
    """Write a checkpoint and remove files that no version of the last hours holds.

    Args:
        table: The table.
        hours: How many; a reader that holds an older version fails once and reads the newest.
    """
    with table.storage.writing(alone=True):
        table.storage.sweep()
        table.vacuum(hours)
        table.checkpoint()


def purge(table: Table) -> None:
    """Remove every byte that the newest version does not hold: files, log entries, what killed writers left.

    Args:
        table: The table.
    """
    tidy(table, hours=0)


def _compacted(table: Table, month: str) -> int:
    base = table.snapshot()
    fewer = 0
    for group in _groups(base, month):
        with table.storage.scratch() as scratch:
            events = scan(table.storage, group["path"].to_list()).collect().with_columns(pl.lit(month).alias(MONTH))
            parts = placed(written(events, scratch), table.storage)
            try:
                table.commit(base, [part.action for part in parts], removals(group), None, {"act": "compact"})
            except Overtaken:
                return fewer
        fewer += group.height - len(parts)
        base = table.snapshot()
    return fewer


def _groups(base: Snapshot, month: str) -> Iterator[pl.DataFrame]:
    """Files of a month that are joined into one, so that none grows without bound."""
    small = base.files.filter(pl.col("month") == month, pl.col("rows") < _LARGE).sort("rows", "path")
    together = (small["rows"].cum_sum() - 1) // (2 * _LARGE)
    for _, group in small.with_columns(group=together).group_by("group", maintain_order=True):
        if group.height > 1:
            yield group.drop("group")
