"""Stopping a webhook that nobody takes messages of any more, or whose maker may not have it, and telling its maker."""

from contextlib import suppress

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from tragt.web.mail.actions import InvalidRecipient, send
from tragt.web.shell.acting import SYSTEM, acting
from tragt.web.webhooks.models import Cause, Delivery, Endpoint, State, Stopped

__all__ = ["stop", "withhold"]


def withhold(rows: QuerySet[Delivery]) -> None:
    """Do not send messages, and keep nothing of what they would have told; a part of what decides that."""
    rows.update(state=State.WITHHELD, cause=Cause.UNSEEN, next=None, body="", answer="", person=None, change={})


def stop(endpoint: Endpoint, why: Stopped) -> None:
    """Send a webhook nothing any more until somebody starts it again.

    Args:
        endpoint: With its maker, who gets a mail.
        why: What made it necessary.
    """
    with acting(SYSTEM, "webhooks.edit", f"webhook {endpoint.pk}", act="stop", why=why):
        endpoint.stopped = why
        endpoint.version += 1
        endpoint.save(update_fields=["stopped", "version"])
        if why is Stopped.RIGHT:
            withhold(Delivery.objects.filter(endpoint=endpoint, state=State.WAITING))
        maker = endpoint.maker
        if maker.is_active:
            link = settings.TRAGT.public_address + reverse("webhooks:one", args=[endpoint.pk])
            context = {
                "name": endpoint.name,
                "gone": why is Stopped.GONE,
                "right": why is Stopped.RIGHT,
                "link": link,
            }
            with suppress(InvalidRecipient):
                send("webhooks/mail/stopped", [maker.email], maker.language, context)
