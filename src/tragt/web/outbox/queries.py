"""Reading the outbox: own events that wait, and what is under way into the lake, of others' events too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import polars as pl
from django.db.models import Max

from tragt.web.inbox import queries as inbox
from tragt.web.outbox.models import Pending

__all__ = ["SOURCE", "UnderWay", "all_pending", "own_events", "pending", "under_way"]

SOURCE = "tragt"
"""What the log calls the source of own events."""

_TIME = pl.Datetime("us", "UTC")
_ROWS = pl.Schema(
    {
        **dict.fromkeys(("id", "name", "actor", "company", "deal", "source", "properties"), pl.String()),
        "time": _TIME,
        "received": _TIME,
    }
)


def pending(most: int, after: int = 0) -> list[Pending]:
    """The oldest own events that wait.

    Args:
        most: How many.
        after: Only those with a greater key.
    """
    return list(Pending.objects.filter(pk__gt=after).order_by("pk")[:most])


def all_pending(at_once: int) -> Iterator[list[Pending]]:
    """All own events that wait, some at a time.

    Args:
        at_once: How many.
    """
    rows = pending(at_once)
    while rows:
        yield rows
        rows = pending(at_once, after=rows[-1].pk)


def own_events(events: Sequence[Pending]) -> pl.DataFrame:
    """Own events with columns of the log.

    Args:
        events: What waits.
    """
    rows = [
        (
            event.event_id,
            event.name,
            event.actor or None,
            event.company or None,
            event.deal or None,
            SOURCE,
            msgspec.json.encode(event.properties).decode(),
            event.time,
            event.made,
        )
        for event in events
    ]
    return pl.DataFrame(rows, schema=_ROWS, orient="row")


@dataclass(slots=True)
class UnderWay:
    """What was on its way into the lake at a moment. It goes by keys, for clocks are set back.

    Attributes:
        delivery: Key of the newest delivery then.
        own: Key of the newest own event then.
        batch: Key of the newest settled batch once those were settled; None before.
    """

    delivery: int
    own: int
    batch: int | None = None

    def arrived(self) -> bool:
        """Whether the lake holds it all by now; what came later makes no difference."""
        if self.batch is None:
            if inbox.waits(self.delivery) or Pending.objects.filter(pk__lte=self.own).exists():
                return False
            self.batch = inbox.newest_batch()
        return not inbox.stands(self.batch)


def under_way() -> UnderWay:
    """What is on its way into the lake now: deliveries, own events, and settled batches."""
    own = Pending.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return UnderWay(inbox.newest_delivery(), own)
