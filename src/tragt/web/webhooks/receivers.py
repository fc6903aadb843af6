"""What webhooks hear: events told to the log, acts on one record or several, records that got another owner.

All of it is heard in the transaction that does it, so messages are written there and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone

from tragt.web.crm.models import Activity, Deal
from tragt.web.outbox.actions import OwnEvent
from tragt.web.people.models import Identifier
from tragt.web.shell.acting import Act
from tragt.web.webhooks.actions.noting import Happening, note
from tragt.web.webhooks.messages import OF_ACTS, OF_EVENTS, MessageType
from tragt.web.webhooks.queries.endpoints import anybody_listens

__all__ = ["after_act", "after_assigning", "after_telling", "after_telling_several"]

_TOLD = ("stage", "from", "pipeline", "reason", "how")
_OF_KINDS = {
    "deal": MessageType.DEAL_CHANGED,
    "person": MessageType.PERSON_CHANGED,
    "company": MessageType.COMPANY_CHANGED,
}
_MADE = {"person": MessageType.PERSON_CREATED, "company": MessageType.COMPANY_CREATED}


def after_telling(sender: object, *, events: Sequence[OwnEvent], **_rest: object) -> None:  # noqa: ARG001
    """The log is told of events."""
    wanted = [event for event in events if event.name in OF_EVENTS]
    if not wanted or not anybody_listens():
        return
    deals = dict(Deal.objects.filter(key__in={one.deal for one in wanted if one.deal}).values_list("key", "pk"))
    actors = {one.actor for one in wanted if one.actor and not one.deal}
    persons = dict(Identifier.objects.filter(actor__in=actors).values_list("actor", "person"))
    note([one for event in wanted for one in _happened(event, deals.get(event.deal) or persons.get(event.actor))])


def after_act(sender: object, *, act: Act, **_rest: object) -> None:  # noqa: ARG001
    """Somebody did something to a record."""
    part = str(act.details.get("act", ""))
    type_ = OF_ACTS.get((act.verb, part))
    _kind, _blank, key = act.target.partition(" ")
    if type_ is None or not key.isdigit() or not anybody_listens() or not _counts(type_, int(key), act.details):
        return
    note([Happening(type_, int(key), timezone.now(), _change(type_, part, act.details))])


def after_assigning(sender: object, *, kind: str, records: Sequence[int], **_rest: object) -> None:  # noqa: ARG001
    """Records got another owner."""
    if kind in _OF_KINDS and records and anybody_listens():
        now = timezone.now()
        note([Happening(_OF_KINDS[kind], key, now, {"fields": ["owner"]}) for key in records])


def after_telling_several(
    sender: object,  # noqa: ARG001
    *,
    kind: str,
    made: Sequence[int],
    changed: Mapping[int, Sequence[str]],
    **_rest: object,
) -> None:
    """Several persons or companies were told of at once."""
    if (made or changed) and anybody_listens():
        now = timezone.now()
        new = [Happening(_MADE[kind], key, now) for key in made]
        note([*new, *(Happening(_OF_KINDS[kind], key, now, {"fields": list(names)}) for key, names in changed.items())])


def _happened(event: OwnEvent, record: int | None) -> Iterator[Happening]:
    if record is None:
        return
    type_, at, told = OF_EVENTS[event.name], event.time or timezone.now(), event.properties
    if type_ is not MessageType.PERSON_STAGE_ENTERED or "stage" in told:
        yield Happening(type_, record, at, {name: told[name] for name in _TOLD if name in told})
    mark = told.get("mark") or told.get("mark_taken")
    if type_ is MessageType.PERSON_STAGE_ENTERED and mark:
        yield Happening(MessageType.PERSON_MARKED, record, at, {"mark": mark, "taken": "mark_taken" in told})


def _counts(type_: MessageType, key: int, details: Mapping[str, object]) -> bool:
    """Whether an act is what its type says: not a company that was known already, nor an activity that is planned."""
    if type_ is MessageType.COMPANY_CREATED:
        return bool(details.get("new"))
    if type_ is MessageType.ACTIVITY_DONE:
        return Activity.objects.filter(pk=key, at__isnull=False).exists()
    return True


def _change(type_: MessageType, part: str, details: Mapping[str, object]) -> dict[str, object]:
    if not type_.endswith(".changed"):
        return {}
    fields = details.get("fields", [part])
    return {"fields": list(fields) if isinstance(fields, list | tuple) else []}
