"""What the first page tells: how much there is, and what came in by day."""

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import polars as pl
from django.core.cache import cache

from tragt.web.funnels.counting.keeping import keep_if_possible
from tragt.web.funnels.counting.sources import undated
from tragt.web.log.queries import version
from tragt.web.people.queries import Extent, extent, links
from tragt.web.shell import organisation

__all__ = ["DAYS", "Summary", "summary"]

DAYS = 30
KEPT_FOR = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Summary:
    """How much there is.

    Attributes:
        events: How many events.
        people: How many persons did something.
        deals: How many deals there are, those without a date too.
        undated: How many of the deals have no date, so that no event tells of them.
        first: Day of the earliest event; None while there is none.
        last: Day of the latest.
        days: Events on each of the last days up to the latest, the oldest first.
    """

    events: int
    people: int
    deals: int
    undated: int
    first: date | None
    last: date | None
    days: tuple[int, ...]

    @property
    def since(self) -> date | None:
        """The first of the days."""
        return None if self.last is None else self.last - timedelta(days=len(self.days) - 1)

    @property
    def busiest(self) -> tuple[date, int] | None:
        """The day with most events, and how many; None while there is none."""
        if self.since is None or not any(self.days):
            return None
        most = max(self.days)
        return self.since + timedelta(days=self.days.index(most)), most


def summary() -> Summary:
    """How much there is, kept until the log changes where it can be kept."""
    zone = organisation.current().time_zone
    key = f"overview.summary.2.{version()}.{zone}".replace(" ", "")
    held = cache.get(key)
    if isinstance(held, bytes):
        try:
            return msgspec.msgpack.decode(held, type=Summary)
        except msgspec.DecodeError:
            pass
    found = _counted(extent(), undated())
    keep_if_possible(key, msgspec.msgpack.encode(found), KEPT_FOR)
    return found


def _counted(held: Extent, without_date: pl.DataFrame) -> Summary:
    stood = _undated_deals(without_date)
    if not held.events:
        return Summary(0, 0, stood, stood, None, None, ())
    first, last = min(held.days), max(held.days)
    shown = min(DAYS, (last - first).days + 1)
    days = (last - timedelta(days=back) for back in reversed(range(shown)))
    return Summary(
        events=held.events,
        people=held.different["person"],
        deals=held.different["deal"] + stood,
        undated=stood,
        first=first,
        last=last,
        days=tuple(held.days.get(one, 0) for one in days),
    )


def _undated_deals(without_date: pl.DataFrame) -> int:
    """How many deals stand in a stage and have no event."""
    if "deal" not in without_date.columns:
        return 0
    deals = without_date["deal"].drop_nulls().unique()
    return len(deals.filter(~deals.is_in(links().deals["deal"].implode())))
