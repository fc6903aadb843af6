"""Reading the inbox: what waits to be settled, and what is settled and not in the lake yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Sum

from tragt.web.inbox.models import Raw, Recent

__all__ = ["Waiting", "arrived_before", "keys", "recent", "standing", "waiting"]

_MANY = 1000


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
    return list(Raw.objects.filter(pk__lte=found[-1]).order_by("pk")) if found else []


def recent(after: int = 0, until: int | None = None) -> list[Recent]:
    """Settled batches in their order.

    Args:
        after: Only those with a greater key.
        until: Only those up to this key.
    """
    rows = Recent.objects.filter(pk__gt=after).order_by("pk")
    return list(rows if until is None else rows.filter(pk__lte=until))


def keys() -> list[int]:
    """Keys of the settled batches that the lake may not hold yet, in their order."""
    return list(Recent.objects.order_by("pk").values_list("pk", flat=True))


def standing() -> Waiting:
    """How much waits for the lake."""
    found = Recent.objects.aggregate(number=Sum("number"), oldest=Min("settled"), newest=Max("pk"))
    return Waiting(found["number"] or 0, found["oldest"], found["newest"] or 0)


def arrived_before(moment: datetime) -> bool:
    """Whether something that came before a moment is not in the lake yet.

    Args:
        moment: The moment, UTC.
    """
    at = int(moment.timestamp() * 1_000_000)
    return Raw.objects.filter(received__lt=at).exists() or Recent.objects.filter(since__lt=at).exists()
