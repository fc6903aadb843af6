"""Reading the event log as this installation sees it: without hidden batches and without those who were struck."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl
from django.conf import settings
from django.core.cache import cache

from tragt.lake.days import Days
from tragt.lake.sampling import Sample
from tragt.web.accounts.models import Organisation
from tragt.web.log.models import REVISION_LENGTH, HiddenBatch, LogState, Tombstone
from tragt.web.log.store import index, index_folder, lake
from tragt.web.shell import organisation
from tragt.web.shell.remembered import Remembered

__all__ = [
    "EventName",
    "acts_of",
    "days",
    "events",
    "hidden_batches",
    "holdings",
    "index",
    "index_folder",
    "lake",
    "made_of_files",
    "names",
    "revision",
    "sample",
    "sources",
    "struck",
    "struck_actors",
    "version",
]

_TIME = pl.Datetime("us", "UTC")
_STRUCK = pl.Schema({"actor": pl.String(), "start": _TIME, "end": _TIME})
_WHOLE = pl.col("start").is_null() & pl.col("end").is_null()

_names: Remembered[pl.DataFrame] = Remembered()


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


def hidden_batches() -> tuple[str, ...]:
    """The batches that no figure may show."""
    return tuple(HiddenBatch.objects.order_by("batch").values_list("batch", flat=True))


def struck() -> pl.DataFrame:
    """Who is struck, and when: ``actor``, ``start`` (inclusive) and ``end`` (exclusive); null means without bound."""
    rows = list(Tombstone.objects.order_by("pk").values_list("actor", "start", "end"))
    return pl.DataFrame(rows, schema=_STRUCK, orient="row")


def struck_actors() -> pl.Series:
    """The actors all of whose events are struck."""
    return struck().filter(_WHOLE)["actor"]


def revision() -> str:
    """A text that changes whenever hidden batches, tombstones, the ledger or persons do, and never comes again."""
    return LogState.objects.filter(pk=1).values_list("revision", flat=True).first() or ""


def acts_of(revision: str) -> str:
    """The part of a revision that changes with what people and imports do, and not with what clients tell.

    Args:
        revision: The revision.
    """
    return revision[: REVISION_LENGTH // 2]


def version() -> str:
    """A text that changes whenever any figure over the log could."""
    zone = Organisation.objects.values_list("time_zone", flat=True).first()
    return f"{lake().state}.{revision()}.{zone or ''}"


def events(  # noqa: PLR0913
    names: Sequence[str] | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    properties: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    having: Sequence[str] = (),
    actors: pl.Series | None = None,
    one_in: int = 1,
) -> pl.DataFrame:
    """The events that count, as the lake keeps them.

    Args:
        names: Names of the events; None means all.
        start: Earliest time, inclusive; None means without bound.
        end: Latest time, exclusive; None means without bound.
        properties: Properties to add, as columns ``properties.<name>``.
        columns: Columns of the lake's schema, ``actor`` and ``time`` among them; None means all.
        having: Columns of the lake's schema that must not be empty.
        actors: Actors whose events are asked for; None means anybody's.
        one_in: Only events of one deal or actor in so many.

    Returns:
        A row an event, in no particular order.
    """
    absent = struck()
    gone = absent.filter(_WHOLE)["actor"]
    frame = lake().read(
        names,
        start=start,
        end=end,
        columns=columns,
        properties=properties,
        without_batches=hidden_batches(),
        without_actors=gone if len(gone) else None,
        having=having,
        actors=actors,
        one_in=one_in,
    )
    return _without(frame, absent.filter(~_WHOLE))


def made_of_files(
    make: Callable[[pl.DataFrame], pl.DataFrame],
    columns: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    having: Sequence[str] = (),
) -> pl.DataFrame:
    """What a function makes of the events that count, file by file: for a log that does not fit into memory.

    Args:
        make: Is called with the events of each file, and once with none.
        columns: Columns of the lake's schema, ``actor`` and ``time`` among them.
        names: Names of the events; None means all.
        having: Columns of the lake's schema that must not be empty.

    Returns:
        The frames that it made, one below the other.
    """
    absent = struck()
    gone, spans = absent.filter(_WHOLE)["actor"], absent.filter(~_WHOLE)
    return lake().made_of_files(
        lambda frame: make(_without(frame, spans)),
        columns,
        names=names,
        having=having,
        without_batches=hidden_batches(),
        without_actors=gone if len(gone) else None,
    )


def sources(names: Sequence[str]) -> list[str]:
    """The sources that events of some names come from; whose events are struck makes no difference.

    Args:
        names: Names of events.
    """
    return lake().sources(names, without_batches=hidden_batches())


def names() -> list[EventName]:
    """The event names of the log with how often and when they happened, the most frequent first."""
    found = lake().names(without_batches=hidden_batches())
    absent = struck()
    if absent.height:
        found = _without_struck(found, absent["actor"])
    ordered = found.sort(["count", "name"], descending=[True, False])
    return [EventName(*row) for row in ordered.select("name", "count", "first", "last").iter_rows()]


def holdings() -> pl.DataFrame:
    """How often each event occurs by batch and source; whose events are struck makes no difference.

    Returns:
        ``name``, ``batch``, ``source``, ``count``, ``first``, ``last``, in no particular order.
    """
    return lake().holdings(without_batches=hidden_batches())


def sample(name: str, most: int) -> Sample:
    """Some events of a name that count, all of them where they are few.

    Args:
        name: The name.
        most: How many events are looked at, about.
    """
    absent = struck()
    gone = absent.filter(_WHOLE)["actor"]
    found = lake().sample(name, most, without_batches=hidden_batches(), without_actors=gone if len(gone) else None)
    return replace(found, events=_without(found.events, absent.filter(~_WHOLE)))


def days() -> pl.DataFrame:
    """How often each event happened on each day in the organisation's zone.

    Returns:
        ``name``, ``day``, ``count``, in no particular order; days without events are absent. Remembered until the
        log changes.
    """
    zone = organisation.current().time_zone

    def counted() -> pl.DataFrame:
        hidden, absent = hidden_batches(), struck()
        whole = lake().days(_days.of((settings.TRAGT.lake, zone), lambda: Days(lake().storage, zone, _Shelf())), hidden)
        if absent.is_empty():
            return whole
        theirs = lake().read(columns=["name", "time", "actor"], actors=absent["actor"], without_batches=hidden)
        gone = absent.filter(_WHOLE)["actor"]
        left = _without(theirs.filter(~pl.col("actor").is_in(gone.implode())), absent.filter(~_WHOLE))
        parts = [whole, _by_day(left, zone), _by_day(theirs, zone).with_columns(-pl.col("count"))]
        return pl.concat(parts).group_by("name", "day").agg(pl.col("count").sum()).filter(pl.col("count") > 0)

    return _by_days.of((settings.TRAGT.lake, lake().state, revision(), zone), counted)


_days: Remembered[Days] = Remembered()
_by_days: Remembered[pl.DataFrame] = Remembered()


class _Shelf:
    """The counts of files, kept between processes where they can be; they name nobody."""

    _SECONDS = 60 * 86_400

    def take(self, key: str) -> bytes | None:
        """What was kept."""
        held = cache.get(f"log.days.{key}")
        return held if isinstance(held, bytes) else None

    def put(self, key: str, held: bytes) -> None:
        """Keep it; on a full disk it is counted again."""
        with suppress(OSError):
            cache.set(f"log.days.{key}", held, timeout=self._SECONDS)


def _by_day(events: pl.DataFrame, zone: str) -> pl.DataFrame:
    day = pl.col("time").dt.convert_time_zone(zone).dt.date().alias("day")
    return events.group_by("name", day).agg(count=pl.len().cast(pl.Int64))


def _without_struck(counts: pl.DataFrame, actors: pl.Series) -> pl.DataFrame:
    """The counts, with the names of which actors have events counted anew; remembered until the log changes."""

    def counted() -> pl.DataFrame:
        theirs = lake().read(columns=["name"], actors=actors)["name"].unique().to_list()
        return pl.concat([counts.filter(~pl.col("name").is_in(theirs)), _counted(theirs)])

    return _names.of((settings.TRAGT.lake, lake().state, revision()), counted)


def _counted(names: list[str]) -> pl.DataFrame:
    """How often events of some names count, and when."""
    time = pl.col("time")
    each = made_of_files(
        lambda frame: frame.group_by("name").agg(count=pl.len(), first=time.min(), last=time.max()),
        ["name", "time", "actor"],
        names=names,
    )
    return each.group_by("name").agg(pl.col("count").sum(), pl.col("first").min(), pl.col("last").max())


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
