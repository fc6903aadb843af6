"""What webhooks hear: events told to the log, acts on one record or several, records handed over, marked or removed.

All of it is heard in the transaction that does it, so messages are written there and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from django.utils import timezone

from tragt.web.crm.models import Activity, Deal
from tragt.web.outbox.actions import OwnEvent
from tragt.web.people.models import Edge, Identifier
from tragt.web.shell.acting import Act
from tragt.web.webhooks.actions.noting import Happening, note
from tragt.web.webhooks.messages import OF_ACTS, OF_CHANGES, OF_EVENTS, OF_FILES, OF_REMOVALS, MessageType
from tragt.web.webhooks.queries.content import sees
from tragt.web.webhooks.queries.endpoints import anybody_listens

__all__ = [
    "after_act",
    "after_assigning",
    "after_tagging",
    "after_telling",
    "after_telling_several",
    "before_removing",
]

_TOLD = ("stage", "from", "pipeline", "reason", "how")
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
    kind, _blank, key = act.target.partition(" ")
    type_ = OF_CHANGES.get(kind) if part in OF_FILES else OF_ACTS.get((act.verb, part))
    if type_ is None or not key.isdigit() or not anybody_listens():
        return
    if type_ is MessageType.PERSON_MERGED:
        note(_merged(int(key), undone=part == "unmerge"))
    elif (type_ := _meant(type_, int(key), act.details)) is not None:
        fields: dict[str, object] = {"fields": ["files"]} if part in OF_FILES else _change(type_, part, act.details)
        note([Happening(type_, int(key), timezone.now(), fields)])


def after_assigning(sender: object, *, kind: str, records: Sequence[int], **_rest: object) -> None:  # noqa: ARG001
    """Records got another owner."""
    _changed(kind, records, "owner")


def after_tagging(sender: object, *, kind: str, records: Sequence[int], **_rest: object) -> None:  # noqa: ARG001
    """Records were marked with a tag, or it was taken away."""
    _changed(kind, records, "tags")


def before_removing(
    sender: object,  # noqa: ARG001
    *,
    kind: str,
    records: Sequence[int],
    how: str = "",
    **_rest: object,
) -> None:
    """Records are about to go: who sees them now is told that they went."""
    if kind in OF_REMOVALS and records and anybody_listens():
        now, change = timezone.now(), {"how": how} if how else {}
        note([Happening(OF_REMOVALS[kind], key, now, dict(change), partial(sees, kind, key)) for key in records])


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
        told = {key: {"fields": list(names)} for key, names in changed.items()}
        note([*new, *(Happening(OF_CHANGES[kind], key, now, dict(fields)) for key, fields in told.items())])


def _happened(event: OwnEvent, record: int | None) -> Iterator[Happening]:
    if record is None:
        return
    type_, at, told = OF_EVENTS[event.name], event.time or timezone.now(), event.properties
    if type_ is not MessageType.PERSON_STAGE_ENTERED or "stage" in told:
        yield Happening(type_, record, at, {name: told[name] for name in _TOLD if name in told})
    mark = told.get("mark") or told.get("mark_taken")
    if type_ is MessageType.PERSON_STAGE_ENTERED and mark:
        yield Happening(MessageType.PERSON_MARKED, record, at, {"mark": mark, "taken": "mark_taken" in told})


def _changed(kind: str, records: Sequence[int], field: str) -> None:
    if kind in OF_CHANGES and records and anybody_listens():
        now = timezone.now()
        note([Happening(OF_CHANGES[kind], key, now, {"fields": [field]}) for key in records])


def _merged(edge: int, *, undone: bool) -> list[Happening]:
    """That two persons are one, or are two again: told of each of them, with the other one."""
    actors = Edge.objects.filter(pk=edge).values_list("actor", "user").first() or ()
    keys = sorted(set(Identifier.objects.filter(actor__in=actors).values_list("person", flat=True)))
    now, kind = timezone.now(), "person"
    return [
        Happening(MessageType.PERSON_MERGED, key, now, {"with": other, "undone": undone}, partial(sees, kind, other))
        for key in keys
        for other in keys
        if other != key
    ]


def _meant(type_: MessageType, key: int, details: Mapping[str, object]) -> MessageType | None:
    """What an act is told as: nothing where a company was known already; planned where an activity is not done yet."""
    if type_ is MessageType.COMPANY_CREATED:
        return type_ if details.get("new") else None
    if type_ is MessageType.ACTIVITY_DONE and not Activity.objects.filter(pk=key, at__isnull=False).exists():
        return MessageType.ACTIVITY_PLANNED
    return type_


def _change(type_: MessageType, part: str, details: Mapping[str, object]) -> dict[str, object]:
    if not type_.endswith(".changed"):
        return {}
    fields = details.get("fields", [part])
    return {"fields": list(fields) if isinstance(fields, list | tuple) else []}
