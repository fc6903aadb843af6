"""Recording what persons say to the uses of their data. Nothing that was recorded is ever changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.outbox.actions import OwnEvent, tell
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.people.bulk import insert
from tragt.web.people.models import ACTOR_LENGTH, Basis, Channel, ConsentRow, ConsentState, Purpose
from tragt.web.people.queries.consents import Consent
from tragt.web.shell.acting import Who, acting

__all__ = ["Said", "learn_consents", "record_consent"]

_AHEAD = timedelta(minutes=5)
"""How far the clock of who tells may run ahead."""

_EVENTS = {ConsentState.GIVEN: "Consent Given", ConsentState.WITHDRAWN: "Consent Withdrawn"}

_FIELDS = ("actor", "purpose", "channel", "state", "basis", "at", "source", "wording", "evidence", "cause", "recorded")


@dataclass(frozen=True, slots=True)
class Said:
    """What an actor said, and how that can be shown.

    Attributes:
        actor: A user (``u:…``) or an anonymous visitor (``a:…``).
        consent: What was said.
        evidence: What shows it: the address of the page, the answer to a confirmation, the name of a file; JSON.
    """

    actor: str
    consent: Consent
    evidence: Mapping[str, object] = field(default_factory=dict)


def record_consent(said: Said, *, who: Who) -> ConsentRow:
    """Record what a person said, as somebody who was told of it.

    Args:
        said: What was said.
        who: Who records it.

    Raises:
        InvalidDefinition: No actor, a choice that does not exist, or a time to come.
    """
    with acting(who, "people.edit", act="consent", state=said.consent.state) as act:
        row = ConsentRow.objects.create(**dict(zip(_FIELDS, _row(said, by_hand(who)), strict=True)))
        act.target = f"consent {row.pk}"
        tell(_event(said))
    return row


@transaction.atomic
def learn_consents(said: Iterable[Said], *, cause: str) -> int:
    """Record what visitors and persons said themselves: all of it or nothing. Nobody's act, but their own.

    Doing it again with the same cause does nothing.

    Args:
        said: What was said.
        cause: What told of it, for example the batch of calls.

    Returns:
        How many rows are new.

    Raises:
        InvalidDefinition: No actor, a choice that does not exist, or a time to come.
    """
    if ConsentRow.objects.filter(cause=cause).exists():
        return 0
    rows = [_row(one, cause) for one in said]
    insert(ConsentRow, _FIELDS, rows)
    return len(rows)


def _event(said: Said) -> OwnEvent:
    """What was said as the log tells it, as where a visitor says it."""
    consent = said.consent
    told = {
        "purposes": [str(consent.purpose)],
        "channel": str(consent.channel),
        "basis": str(consent.basis),
        "source": consent.source[:200],
        "wording": consent.wording,
    }
    return OwnEvent(_EVENTS[ConsentState(consent.state)], actor=said.actor, time=consent.at, properties=told)


def _row(said: Said, cause: str) -> tuple[object, ...]:
    consent, now = said.consent, timezone.now()
    if not said.actor.startswith(("u:", "a:")) or not 2 < len(said.actor) <= ACTOR_LENGTH:
        raise InvalidDefinition(
            "people.actor",
            f"The actor '{said.actor}' is neither a user (u: and the id) nor an anonymous visitor (a: and the id).",
        )
    if consent.at > now + _AHEAD:
        raise InvalidDefinition(
            "people.consent_time",
            f"The time {consent.at:%Y-%m-%d %H:%M} is still to come. Give when it was said (UTC).",
        )
    chosen = (consent.purpose, consent.channel, consent.state, consent.basis)
    for value, allowed in zip(chosen, (Purpose, Channel, ConsentState, Basis), strict=True):
        if value not in allowed.values:
            raise InvalidDefinition(
                "people.consent", f"'{value}' is not one of the choices: {', '.join(allowed.values)}."
            )
    told = (consent.at, consent.source[:200], consent.wording, dict(said.evidence))
    return (said.actor, *map(str, chosen), *told, cause, now)
