"""What the inbox holds of persons: for minutes what goes into the log, for thirty days what was turned away.

What came before an erasure was asked for is waited for: it goes into the log first, and out of it with the rest.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec
from django.utils.translation import gettext_noop

from tragt.events.tracking import as_sent
from tragt.web.inbox.models import Raw, Rejected
from tragt.web.shell.personal import Store, Subject, leading_to

__all__ = ["STORES"]

_NAMING = ("userId", "user_id", "anonymousId", "previousId")


def _calls(raw: Raw) -> list[dict[str, object]]:
    try:
        return msgspec.json.decode(msgspec.json.encode(as_sent(bytes(raw.calls))), type=list[dict[str, object]])
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
    leads = leading_to(subject)
    for call in Rejected.objects.iterator():
        if any(map(leads, _texts(bytes(call.call)))):
            yield call


def _texts(call: bytes) -> Iterator[str]:
    """A call as it came, and with what stands escaped in it written out."""
    yield call.decode(errors="replace")
    if b"\\" in call:
        with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            yield msgspec.json.encode(msgspec.json.decode(call)).decode()


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
        other=frozenset({"id", "source", "trusted", "received", "sent", "mark", "number"}),
        export=_arrived,
    ),
    Store(
        "tragt_inbox.Recent",
        personal={"rows": gettext_noop("what visitors did in the last minutes, until the event log's files hold it")},
        other=frozenset({"id", "number", "settled"}),
    ),
    Store(
        "tragt_inbox.Rejected",
        personal={"call": gettext_noop("what a client sent and could not be taken")},
        other=frozenset({"id", "source", "trusted", "received", "sent", "mark", "code", "field", "message"}),
        export=_turned_away,
        erase=_gone,
        anonymise=_gone,
    ),
)
