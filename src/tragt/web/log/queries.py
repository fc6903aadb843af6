"""Reading the event log as this installation sees it: without hidden batches and without those who were struck."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from django.conf import settings

from tragt.lake import Lake
from tragt.web.accounts.models import Organisation
from tragt.web.log.models import HiddenBatch, LogState, Tombstone

__all__ = ["EventName", "events", "hidden_batches", "lake", "names", "revision", "struck", "struck_actors", "version"]

_TIME = pl.Datetime("us", "UTC")
_STRUCK = pl.Schema({"actor": pl.String(), "start": _TIME, "end": _TIME})

_lock = threading.Lock()
_lakes: dict[Path, Lake] = {}


@dataclass(frozen=True, slots=True)
class EventName:
    """An event name that the log holds.

    Attributes:
        name: What happened.
        count: How often.
        first: Time of the earliest (UTC).
        last: Time of the latest (UTC).
    """

    name: str
    count: int
    first: datetime
    last: datetime


def lake() -> Lake:
    """The one lake of this installation, opened once in a process."""
    folder: Path = settings.TRAGT.lake
    with _lock:
        if folder not in _lakes:
            _lakes[folder] = Lake.open(folder)
        return _lakes[folder]


def hidden_batches() -> tuple[str, ...]:
    """The batches that no figure may show."""
    return tuple(HiddenBatch.objects.order_by("batch").values_list("batch", flat=True))


def struck() -> pl.DataFrame:
    """Who is struck, and when: ``actor``, ``start`` (inclusive) and ``end`` (exclusive); null means without bound."""
    rows = list(Tombstone.objects.order_by("pk").values_list("actor", "start", "end"))
    return pl.DataFrame(rows, schema=_STRUCK, orient="row")


def struck_actors() -> pl.Series:
    """The actors all of whose events are struck."""
    whole = pl.col("start").is_null() & pl.col("end").is_null()
    return struck().filter(whole)["actor"]


def revision() -> str:
    """A text that changes whenever hidden batches, tombstones, the ledger or persons do, and never comes again."""
    return LogState.objects.filter(pk=1).values_list("revision", flat=True).first() or ""


def version() -> str:
    """A text that changes whenever any figure over the log could."""
    zone = Organisation.objects.values_list("time_zone", flat=True).first()
    return f"{lake().version}.{revision()}.{zone or ''}"


def events(
    names: Sequence[str] | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    properties: Sequence[str] = (),
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """The events that count, as the lake keeps them.

    Args:
        names: Names of the events; None means all.
        start: Earliest time, inclusive; None means without bound.
        end: Latest time, exclusive; None means without bound.
        properties: Properties to add, as columns ``properties.<name>``.
        columns: Columns of the lake's schema, ``actor`` and ``time`` among them; None means all.

    Returns:
        A row an event, in no particular order.
    """
    absent = struck()
    whole = pl.col("start").is_null() & pl.col("end").is_null()
    gone = absent.filter(whole)["actor"]
    frame = lake().read(
        names,
        start=start,
        end=end,
        columns=columns,
        properties=properties,
        without_batches=hidden_batches(),
        without_actors=gone if len(gone) else None,
    )
    return _without(frame, absent.filter(~whole))


def names() -> list[EventName]:
    """The event names of the log with how often and when they happened, the most frequent first."""
    if struck().is_empty():
        found = lake().names(without_batches=hidden_batches())
    else:
        time = pl.col("time")
        kept = events(columns=["name", "time", "actor"])
        found = kept.group_by(pl.col("name").cast(pl.String)).agg(count=pl.len(), first=time.min(), last=time.max())
    ordered = found.sort(["count", "name"], descending=[True, False])
    return [EventName(*row) for row in ordered.select("name", "count", "first", "last").iter_rows()]


def _without(frame: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The events that lie in none of the spans of their actor."""
    if spans.is_empty() or frame.is_empty():
        return frame
    numbered = frame.with_row_index("row number")
    inside = (pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))) & (
        pl.col("end").is_null() | (pl.col("time") < pl.col("end"))
    )
    rows = numbered.select("row number", "time", pl.col("actor").cast(pl.String)).join(spans, on="actor").filter(inside)
    return numbered.join(rows.select("row number"), on="row number", how="anti").drop("row number")
