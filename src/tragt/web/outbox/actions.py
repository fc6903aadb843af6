"""Telling the event log what a change of records means, in the transaction of that change.

There is no transaction over the records and the log. So what happened is written beside the change, and the settler
carries it on, as often as it must: the log holds it once. The unit of observation is the event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.events.tracking import RESERVED
from tragt.web.outbox.models import LONGEST_ACTOR, LONGEST_KEY, Pending

__all__ = ["OwnEvent", "remove", "tell", "told"]

told = Signal()
"""Sent with ``events``, those that `tell` was given, in the transaction of what they tell: a receiver does little."""

_AHEAD = timedelta(days=1)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MANY = 500


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """Something that happened in Tragt itself.

    Attributes:
        name: What happened, one of `tragt.events.tracking.RESERVED`.
        actor: Whom it happened to: a user (``u:…``) or an anonymous visitor (``a:…``); empty where it is nobody.
        company: The company, as the log names it; empty where it is none.
        deal: The deal, as the log names it; empty where it is none.
        time: When it happened, with its zone; None means now, and so does a time that lies ahead by up to a day.
        properties: What there is to tell besides: texts, numbers, booleans, moments, lists and objects of those.
    """

    name: str
    actor: str = ""
    company: str = ""
    deal: str = ""
    time: datetime | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


def tell(*events: OwnEvent) -> list[UUID]:
    """Let the log know what happened: it will if the transaction around is committed, and never hear of it if not.

    Call it last inside `shell.acting.acting`, so that change, audit and event are one::

        with acting(who, "crm.edit", f"deal {deal.pk}"):
            deal.save()
            tell(OwnEvent("Deal Won", actor=deal.actor, deal=str(deal.pk), properties={"value": deal.value}))

    Args:
        *events: What happened, in its order.

    Returns:
        What distinguishes each; the log calls it ``own:`` and this.

    Raises:
        InvalidDefinition: A name that is not ours to tell, nobody and nothing that it is about, a key that is too long
            or no actor, or a time before 1990 or still to come. Nothing is told then.
        TransactionManagementError: There is no transaction around.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Tell of a change inside its transaction: shell.acting.acting.")
    now = timezone.now()
    rows = Pending.objects.bulk_create([_row(event, now) for event in events], batch_size=_MANY)
    told.send(OwnEvent, events=events)
    return [row.uuid for row in rows]


def remove(rows: Iterable[Pending]) -> None:
    """Remove what is on its way; what is gone already makes no difference.

    Args:
        rows: Own events that are settled.
    """
    keys = [row.pk for row in rows]
    with transaction.atomic():
        for start in range(0, len(keys), _MANY):
            Pending.objects.filter(pk__in=keys[start : start + _MANY]).delete()


def _row(event: OwnEvent, now: datetime) -> Pending:
    for refuse in (_name, _about, _time):
        refuse(event, now)
    time = min(event.time or now, now)
    return Pending(
        name=event.name,
        actor=event.actor,
        company=event.company,
        deal=event.deal,
        time=time,
        properties=dict(event.properties),
        made=now,
    )


def _name(event: OwnEvent, _now: datetime) -> None:
    if event.name not in RESERVED:
        raise InvalidDefinition(
            "outbox.name", f"'{event.name}' is not one of the events Tragt tells: {', '.join(sorted(RESERVED))}."
        )


def _about(event: OwnEvent, _now: datetime) -> None:
    actor = event.actor
    if actor and (not actor.startswith(("u:", "a:")) or not 2 < len(actor) <= LONGEST_ACTOR):
        raise InvalidDefinition(
            "outbox.actor",
            f"The actor '{actor[:40]}' is neither a user (u: and the id) nor an anonymous visitor (a: and the id), of "
            f"at most {LONGEST_ACTOR} characters.",
        )
    for kind, key in (("company", event.company), ("deal", event.deal)):
        if len(key) > LONGEST_KEY:
            raise InvalidDefinition("outbox.key", f"A {kind} has at most {LONGEST_KEY} characters; this {len(key)}.")
    if not (actor or event.company or event.deal):
        raise InvalidDefinition("outbox.nobody", f"'{event.name}' is about nobody. Give an actor, a company or a deal.")


def _time(event: OwnEvent, now: datetime) -> None:
    if event.time is not None and not _EARLIEST <= event.time <= now + _AHEAD:
        raise InvalidDefinition(
            "outbox.time", f"The time {event.time:%Y-%m-%d %H:%M} lies before 1990 or is still to come. Correct it."
        )
