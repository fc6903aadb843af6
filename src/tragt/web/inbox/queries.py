"""Reading the inbox: what waits to be settled, and what is settled and not in the lake yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Min, Sum

from tragt.web.inbox.models import Raw, Recent
from tragt.web.inbox.rows import select

__all__ = ["Waiting", "keys", "newest_batch", "newest_delivery", "recent", "standing", "stands", "waiting", "waits"]

_MANY = 20_000
"""The most deliveries of a turn, each of one call or more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for the lake.

    Attributes:
        number: Settled events.
        oldest: When the oldest of them were settled, µs since 1970; None where there are none.
        newest: Key of the newest batch; 0 where there is none.
    """

    number: int
    oldest: int | None
    newest: int


def waiting(most: int) -> list[Raw]:
    """The oldest deliveries, of about so many calls together.

    Args:
        most: Calls; one delivery is given whatever it holds.
    """
    found: list[int] = []
    total = 0
    sizes: Sequence[tuple[int, int]] = list(Raw.objects.order_by("pk").values_list("pk", "number")[:_MANY])
    for key, number in sizes:
        if found and total + number > most:
            break
        found.append(key)
        total += number
    return select(Raw.objects.filter(pk__lte=found[-1]).order_by("pk")) if found else []


def recent(after: int = 0, until: int | None = None) -> list[Recent]:
    """Settled batches in their order.

    Args:
        after: Only those with a greater key.
        until: Only those up to this key.
    """
    rows = Recent.objects.filter(pk__gt=after).order_by("pk")
    return select(rows if until is None else rows.filter(pk__lte=until))


def keys() -> list[int]:
    """Keys of the settled batches that the lake may not hold yet, in their order."""
    return list(Recent.objects.order_by("pk").values_list("pk", flat=True))


def standing() -> Waiting:
    """How much waits for the lake."""
    found = Recent.objects.aggregate(number=Sum("number"), oldest=Min("settled"), newest=Max("pk"))
    return Waiting(found["number"] or 0, found["oldest"], found["newest"] or 0)


def newest_delivery() -> int:
    """Key of the delivery that came last of those that wait; 0 where none does."""
    return Raw.objects.aggregate(newest=Max("pk"))["newest"] or 0


def waits(until: int) -> bool:
    """Whether a delivery up to a key waits to be settled.

    Args:
        until: The key.
    """
    return Raw.objects.filter(pk__lte=until).exists()


def newest_batch() -> int:
    """Key of the newest settled batch that the lake may not hold yet; 0 where there is none."""
    return Recent.objects.aggregate(newest=Max("pk"))["newest"] or 0


def stands(until: int) -> bool:
    """Whether a settled batch up to a key may not be in the lake yet.

    Args:
        until: The key.
    """
    return Recent.objects.filter(pk__lte=until).exists()
