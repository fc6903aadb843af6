"""What the inbox holds of persons: for minutes what goes into the log, for thirty days what was turned away.

What came before an erasure was asked for is waited for: it goes into the log first, and out of it with the rest.
"""

from collections.abc import Iterable, Iterator

import msgspec
from django.utils.translation import gettext_noop

from tragt.web.inbox.models import Raw, Rejected
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_NAMING = ("userId", "user_id", "anonymousId", "previousId")


def _calls(raw: Raw) -> list[dict[str, object]]:
    try:
        return msgspec.json.decode(bytes(raw.calls), type=list[dict[str, object]])
    except msgspec.DecodeError:
        return []


def _names(call: dict[str, object], subject: Subject) -> bool:
    bare = {actor.partition(":")[2] for actor in subject.actors}
    return any(str(call.get(name, "")) in bare for name in _NAMING)


def _arrived(subject: Subject) -> Iterable[dict[str, object]]:
    for raw in Raw.objects.iterator():
        yield from (call for call in _calls(raw) if _names(call, subject))


def _told_of(subject: Subject) -> Iterator[Rejected]:
    """The calls that were turned away and hold something that leads to the person; such a call may be no JSON."""
    words = {actor.partition(":")[2] for actor in subject.actors} | subject.emails | subject.phones
    needles = [word.encode() for word in words if word]
    for call in Rejected.objects.iterator():
        text = bytes(call.call)
        if any(needle in text for needle in needles):
            yield call


def _turned_away(subject: Subject) -> Iterable[dict[str, object]]:
    return [{"call": bytes(one.call).decode(errors="replace"), "message": one.message} for one in _told_of(subject)]


def _gone(subject: Subject) -> int:
    return Rejected.objects.filter(pk__in=[one.pk for one in _told_of(subject)]).delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        "tragt_inbox.Raw",
        personal={
            "calls": gettext_noop("what a visitor did, for the second until it is in the event log"),
            "address": gettext_noop("the network a visitor came from"),
            "agent": gettext_noop("the program a visitor used"),
        },
        other=frozenset({"id", "source", "trusted", "received", "sent", "number"}),
        export=_arrived,
    ),
    Store(
        "tragt_inbox.Recent",
        personal={"rows": gettext_noop("what visitors did in the last minutes, until the event log's files hold it")},
        other=frozenset({"id", "number", "since", "settled"}),
    ),
    Store(
        "tragt_inbox.Rejected",
        personal={"call": gettext_noop("what a client sent and could not be taken")},
        other=frozenset({"id", "source", "trusted", "received", "sent", "code", "field", "message"}),
        export=_turned_away,
        erase=_gone,
        anonymise=_gone,
    ),
)
