"""What the pages of collecting read: how much each source sends, what waits, and what was turned away.

The unit of observation is the source, which the log calls ``key-3`` after its write key. Volumes come from the counts
that are kept a file; those who were struck are counted until their events are gone from the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl
from django.db.models import Count, Max, Min, QuerySet, Sum

from tragt.errors import NotFound
from tragt.web.collect.settling import CAUSE
from tragt.web.inbox.models import Raw, Rejected
from tragt.web.log.arriving import BATCH
from tragt.web.log.queries import lake

__all__ = [
    "KEPT",
    "NOTHING",
    "Reason",
    "Volume",
    "Waits",
    "before",
    "collected",
    "moment",
    "reasons",
    "rejected",
    "turned_away",
    "turned_by_source",
    "volumes",
    "waits",
]

KEPT = timedelta(days=30)
"""For how long calls are kept that were turned away."""

DAYS = 7


@dataclass(frozen=True, slots=True)
class Volume:
    """How much a source sent.

    Attributes:
        today: Events that came into the log today, by UTC.
        week: Those of the last seven such days, today among them.
        total: All that the log holds.
        last: When the latest of them happened, UTC; None where there is none.
        name: What that was; empty where there is none.
    """

    today: int
    week: int
    total: int
    last: datetime | None
    name: str


NOTHING = Volume(0, 0, 0, None, "")


@dataclass(frozen=True, slots=True)
class Waits:
    """What came from a source and is not settled yet.

    Attributes:
        number: Calls.
        since: When the oldest of them came, UTC.
    """

    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Calls that were turned away for the same reason.

    Attributes:
        code: The reason, as `Refusal` calls it.
        field: The field that it is about; empty where it is the call as a whole.
        number: How many.
        last: When the latest of them came, UTC.
    """

    code: str
    field: str
    number: int
    last: datetime


def volumes(today: date) -> Mapping[str, Volume]:
    """How much each source sent, by its name in the log; one that sent nothing is absent.

    Args:
        today: The day of now, by UTC.
    """
    days = [f"{CAUSE}:{today - timedelta(days=back)}" for back in range(DAYS)]
    batch, count = pl.col("batch"), pl.col("count").cast(pl.Int64)
    found = (
        lake()
        .holdings()
        .group_by("source")
        .agg(
            count.filter(batch.is_in([BATCH, days[0]])).sum().alias("today"),
            count.filter(batch.is_in([BATCH, *days])).sum().alias("week"),
            count.sum().alias("total"),
            pl.col("last").max(),
            pl.col("name").sort_by("last").last(),
        )
    )
    return {source: Volume(*row) for source, *row in found.iter_rows()}


def collected(since: datetime, source: str = "") -> list[str]:
    """Names of events that the tracking API brought into the lake and of which some happened since a moment.

    Args:
        since: The moment, UTC.
        source: Only those of this source, where it is given.
    """
    found = lake().holdings().filter(pl.col("batch").str.starts_with(f"{CAUSE}:"), pl.col("last") >= since)
    return (found.filter(pl.col("source") == source) if source else found)["name"].unique().sort().to_list()


def waits() -> Mapping[str, Waits]:
    """What is not settled yet, by source; a source of which nothing waits is absent."""
    rows = Raw.objects.values_list("source").annotate(Sum("number"), Min("received"))
    return {source: Waits(number, moment(since)) for source, number, since in rows}


def turned_by_source(now: datetime) -> Mapping[str, int]:
    """How many calls of each source were turned away in the last thirty days; a source without any is absent.

    Args:
        now: The moment, UTC.
    """
    rows = Rejected.objects.filter(received__gte=_microseconds(now - KEPT)).values_list("source")
    return dict(rows.annotate(number=Count("pk")).values_list("source", "number"))


def turned_away(source: str = "", code: str = "", field: str | None = None) -> QuerySet[Rejected]:
    """Calls that were turned away, the latest first.

    Args:
        source: Only those of this source, where it is given.
        code: Only those for this reason, where it is given.
        field: Only those about this field, empty for the call as a whole; None means any.
    """
    asked = {name: value for name, value in (("source", source), ("code", code)) if value}
    if field is not None:
        asked["field"] = field
    return Rejected.objects.filter(**asked).order_by("-received", "-pk")


def reasons(source: str = "") -> list[Reason]:
    """Why calls were turned away, the most frequent reason first.

    Args:
        source: Only calls of this source, where it is given.
    """
    rows = turned_away(source).order_by().values_list("code", "field").annotate(Count("pk"), Max("received"))
    found = [Reason(code, field, number, moment(last)) for code, field, number, last in rows]
    return sorted(found, key=lambda one: (-one.number, one.code, one.field))


def before(at: datetime) -> QuerySet[Rejected]:
    """Calls that were turned away before a moment.

    Args:
        at: The moment, UTC.
    """
    return Rejected.objects.filter(received__lt=_microseconds(at))


def rejected(key: int) -> Rejected:
    """A call that was turned away.

    Raises:
        NotFound: There is none with this key: it was sent again or thrown away, or its time is over.
    """
    found = Rejected.objects.filter(pk=key).first()
    if found is None:
        raise NotFound(
            "collect.no_call", f"There is no call {key} that was turned away. It may be sent again already.", call=key
        )
    return found


def moment(microseconds: int) -> datetime:
    """A moment of the inbox, UTC.

    Args:
        microseconds: Since 1970.
    """
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1e6)
