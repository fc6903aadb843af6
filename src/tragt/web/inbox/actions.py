"""Writing the inbox. Each act is one transaction; none of them asks for a permission, for a key did."""

import time
from collections.abc import Sequence

from django.conf import settings
from django.db import connections, transaction

from tragt.web.inbox.models import Raw, Recent, Rejected

__all__ = ["Row", "drop", "keep", "settle"]

_RAW = ("source", "trusted", "received", "sent", "address", "agent", "number", "calls")
_REJECTED = ("source", "trusted", "received", "sent", "code", "field", "message", "call")

Row = Sequence[bool | int | str | bytes | None]


def keep(raw: Sequence[Row], rejected: Sequence[Row]) -> None:
    """Keep what came: once this returns, it is on disk.

    Args:
        raw: Deliveries: source, trusted, received, sent, address, agent, number of calls, their JSON.
        rejected: Calls that were turned away: source, trusted, received, sent, code, field, message, their JSON.
    """
    with transaction.atomic(using=settings.INBOX), connections[settings.INBOX].cursor() as cursor:
        for model, names, rows in ((Raw, _RAW, raw), (Rejected, _REJECTED, rejected)):
            if rows:
                cursor.executemany(_insert(model._meta.db_table, names), rows)  # noqa: SLF001 - Django's public name


def settle(taken: Sequence[Raw], rows: bytes, number: int) -> bool:
    """Put a settled batch in the place of the deliveries it was made of; False where they were settled already.

    Args:
        taken: The deliveries.
        rows: The events as Arrow writes them.
        number: How many there are; a batch of none leaves nothing.
    """
    with transaction.atomic(using=settings.INBOX):
        gone = 0
        keys = [raw.pk for raw in taken]
        for start in range(0, len(keys), _MANY):
            gone += Raw.objects.filter(pk__in=keys[start : start + _MANY]).delete()[0]
        if gone != len(taken):
            transaction.set_rollback(True, using=settings.INBOX)
            return False
        if number:
            settled = time.time_ns() // 1000
            since = min(raw.received for raw in taken)
            Recent.objects.create(number=number, since=since, settled=settled, rows=rows)
    return True


def drop(until: int) -> None:
    """Remove the settled batches that the lake holds.

    Args:
        until: The key of the last of them.
    """
    Recent.objects.filter(pk__lte=until).delete()


_MANY = 500


def _insert(table: str, names: Sequence[str]) -> str:
    quote = connections[settings.INBOX].ops.quote_name
    columns, places = ", ".join(map(quote, names)), ", ".join(["%s"] * len(names))
    return f"INSERT INTO {quote(table)} ({columns}) VALUES ({places})"
