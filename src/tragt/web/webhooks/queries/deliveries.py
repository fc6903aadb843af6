"""Reading messages: the log of a webhook, and what is to be sent now. The unit of observation is the message."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from tragt.errors import NotFound
from tragt.web.webhooks.messages import TEST
from tragt.web.webhooks.models import Delivery, Endpoint, State

__all__ = ["deliveries", "delivery_of", "due", "failed_since", "next_moment", "orphans"]


def deliveries(endpoint: int, state: str = "") -> QuerySet[Delivery]:
    """The messages of a webhook, the newest first.

    Args:
        endpoint: Key of the webhook.
        state: Only those in this state; empty means all.
    """
    rows = Delivery.objects.filter(endpoint=endpoint).order_by("-pk")
    return rows.filter(state=state) if state in State.values else rows


def delivery_of(endpoint: int, key: int) -> Delivery:
    """A message of a webhook, with the webhook.

    Raises:
        NotFound: There is none.
    """
    found = Delivery.objects.select_related("endpoint").filter(endpoint=endpoint, pk=key).first()
    if found is None:
        raise NotFound("webhooks.no_message", f"There is no message {key} of this webhook. Old ones are removed.")
    return found


def failed_since(endpoint: int, since: datetime) -> QuerySet[Delivery]:
    """The messages of what happened since a moment that were not taken."""
    return Delivery.objects.filter(endpoint=endpoint, state=State.FAILED, at__gte=since)


def due(endpoint: Endpoint, now: datetime, most: int) -> list[Delivery]:
    """What a webhook is to be sent now, the longest due first; without what another transaction holds.

    Args:
        endpoint: The webhook; one that is stopped is sent tests alone, one that rests nothing.
        now: The moment.
        most: How many at most.
    """
    if endpoint.rests is not None and endpoint.rests > now:
        return []
    rows = _waiting(endpoint).filter(next__lte=now).order_by("next", "pk")
    if not most or not connection.features.has_select_for_update_skip_locked:
        return list(rows[:most])
    with transaction.atomic():
        return list(rows.select_for_update(of=("self",), skip_locked=True)[:most])


def next_moment(endpoint: Endpoint, now: datetime) -> datetime | None:
    """When a webhook is to be sent something next; None where nothing waits."""
    found: datetime | None = _waiting(endpoint).aggregate(next=Min("next"))["next"]
    return found and max(found, endpoint.rests or now)


def orphans() -> QuerySet[Delivery]:
    """What waits for a webhook that was removed as it was noted."""
    return Delivery.objects.filter(state=State.WAITING).exclude(endpoint__in=Endpoint.objects.order_by().values("pk"))


def _waiting(endpoint: Endpoint) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(endpoint=endpoint, state=State.WAITING)
    return rows.filter(Q(type=TEST)) if endpoint.stopped else rows
