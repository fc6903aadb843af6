"""Writing the inbox. Each act is one transaction; none of them asks for a permission, for a key did."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from django.conf import settings
from django.db import connections, transaction

from tragt.errors import TragtError
from tragt.web.inbox.models import Raw, Recent, Rejected
from tragt.web.inbox.rows import Row, insert

__all__ = ["Batch", "Row", "drop", "keep", "settle"]

_RAW = ("source", "trusted", "received", "sent", "address", "agent", "mark", "number", "calls")
_RECENT = ("id", "number", "settled", "rows")
_REJECTED = ("source", "trusted", "received", "sent", "mark", "code", "field", "message", "call")


def keep(raw: Sequence[Row], rejected: Sequence[Row]) -> None:
    """Keep what came: once this returns, it is on disk.

    Args:
        raw: Deliveries: source, trusted, received, sent, address, agent, mark, number of calls, and the calls as
            `events.tracking.bodies.Body` has them.
        rejected: Calls that were turned away: source, trusted, received, sent, mark, code, field, message, their JSON.
    """
    tables = [
        (table, names, rows) for table, names, rows in ((Raw, _RAW, raw), (Rejected, _REJECTED, rejected)) if rows
    ]
    with nullcontext() if _alone(tables) else transaction.atomic(using=settings.INBOX):
        for table, names, rows in tables:
            insert(table, names, rows)


def _alone(tables: Sequence[object]) -> bool:
    """Whether there is but one statement, a transaction in itself for PostgreSQL: to say so costs half again."""
    return len(tables) < 2 and connections[settings.INBOX].vendor == "postgresql"


@dataclass(frozen=True, slots=True)
class Batch:
    """Settled events.

    Attributes:
        key: Follows that of the batch before; the lake knows by it what it holds.
        number: How many there are.
        rows: The events as Arrow writes them.
    """

    key: int
    number: int
    rows: bytes


def settle(taken: Sequence[Raw], batch: Batch | None = None, held: Callable[[], int] = lambda: 0) -> None:
    """Put a settled batch in the place of the deliveries it was made of.

    Args:
        taken: The deliveries; none where the events are our own.
        batch: The events; None where every one came before.
        held: Tells the key of the last batch that the lake holds.

    Raises:
        TragtError: Another process settles: the deliveries are gone, or the key is taken.
        IntegrityError: The same, where the batch of that key has not gone to the lake yet.
    """
    with transaction.atomic(using=settings.INBOX):
        gone = 0
        keys = [raw.pk for raw in taken]
        for start in range(0, len(keys), _MANY):
            gone += Raw.objects.filter(pk__in=keys[start : start + _MANY]).delete()[0]
        if batch is not None:
            insert(Recent, _RECENT, [(batch.key, batch.number, time.time_ns() // 1000, batch.rows)])
        # Looked at once the key is taken: from here on nobody else can have it.
        if gone != len(taken) or (batch is not None and held() >= batch.key):
            raise TragtError(
                "inbox.overtaken", "Another process settled this meanwhile. Nothing was written; begin anew."
            )


def drop(until: int) -> None:
    """Remove the settled batches that the lake holds.

    Args:
        until: The key of the last of them.
    """
    Recent.objects.filter(pk__lte=until).delete()


_MANY = 500
