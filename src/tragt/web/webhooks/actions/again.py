"""Sending messages again by hand, and a message that only tries a webhook out."""

from datetime import datetime

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.shell.acting import Who, acting
from tragt.web.webhooks.actions.noting import wake_after_commit
from tragt.web.webhooks.messages import TEST
from tragt.web.webhooks.models import Delivery, Endpoint, State
from tragt.web.webhooks.queries.deliveries import failed_since

__all__ = ["replay", "replay_failed", "send_test"]

EDIT = "webhooks.edit"


def send_test(key: int, *, who: Who) -> Delivery:
    """Send a webhook a message that tells of nothing, also where it is paused.

    Args:
        key: Key of the webhook.
        who: Who tries it out.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
    """
    with acting(who, EDIT, f"webhook {key}", act="test"):
        now = timezone.now()
        row = Delivery.objects.create(endpoint=_endpoint(key), type=TEST, at=now, next=now)
        wake_after_commit()
    return row


def replay(key: int, message: int, *, who: Who) -> Delivery:
    """Send a message again, under the name that it had.

    Args:
        key: Key of the webhook.
        message: Key of the message.
        who: Who wants it.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such message.
        InvalidDefinition: It was not sent, for its maker does not see what it tells of.
    """
    with acting(who, EDIT, f"webhook {key}", act="replay", messages=1):
        row = Delivery.objects.select_for_update(of=("self",)).filter(endpoint=key, pk=message).first()
        if row is None:
            raise NotFound(
                "webhooks.no_message", f"There is no message {message} of this webhook. Old ones are removed."
            )
        if row.state == State.WITHHELD:
            raise InvalidDefinition(
                "webhooks.withheld", "This message was not sent, and nothing of it was kept that could be."
            )
        row.state, row.attempts, row.next = State.WAITING, 0, timezone.now()
        row.save(update_fields=["state", "attempts", "next"])
        wake_after_commit()
    return row


def replay_failed(key: int, since: datetime, *, who: Who) -> int:
    """Send all messages again that were not taken; how many.

    Args:
        key: Key of the webhook.
        since: Of what happened from this moment on.
        who: Who wants it.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such webhook.
    """
    with acting(who, EDIT, f"webhook {key}", act="replay") as act:
        endpoint = _endpoint(key)
        rows = failed_since(endpoint.pk, since)
        number = rows.update(state=State.WAITING, attempts=0, next=timezone.now())
        act.details["messages"] = number
        wake_after_commit()
    return number


def _endpoint(key: int) -> Endpoint:
    found = Endpoint.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("webhooks.none", f"There is no webhook {key}. Perhaps somebody removed it.")
    return found
