"""What webhooks hold of persons: messages that tell of them, until their time is over."""

from collections.abc import Iterable, Iterator

from django.db.models import Q
from django.utils.translation import gettext_noop

from tragt.web.people.queries import rows_of, telling_of
from tragt.web.shell.personal import Store, Subject
from tragt.web.webhooks.messages import MessageType
from tragt.web.webhooks.models import Delivery

__all__ = ["STORES"]

_MANY = 500
_TOLD = ("type", "at", "body", "answer")


def _of(subject: Subject) -> Iterator[int]:
    """The messages about a person, those that tell of them, and those in which something leads to them or names them.

    The name of a deal is often that of its contact, and the heading of a call that of who was called.
    """
    tells = telling_of(subject)
    persons = rows_of(subject)
    # That somebody is gone tells a key and nothing else; whoever was told of them before must hear of it.
    about = Q(type__startswith="person.", record__in=persons) & ~Q(type=MessageType.PERSON_ERASED)
    theirs = Q(person__in=persons) | about
    named = set(Delivery.objects.filter(theirs).values_list("pk", flat=True))
    yield from named
    written = Delivery.objects.exclude(body="", answer="").values_list("pk", "body", "answer")
    for key, body, answer in written.iterator(chunk_size=_MANY):
        if key not in named and (tells(body) or tells(answer)):
            yield key


def _told(subject: Subject) -> Iterable[dict[str, object]]:
    yield from Delivery.objects.filter(pk__in=list(_of(subject))).order_by("pk").values(*_TOLD)


def _forget(subject: Subject) -> int:
    """Remove them, also those that still wait: nobody else is to be told of somebody who is gone."""
    keys, gone = list(_of(subject)), 0
    for start in range(0, len(keys), _MANY):
        gone += Delivery.objects.filter(pk__in=keys[start : start + _MANY]).delete()[0]
    return gone


STORES: tuple[Store, ...] = (
    Store(
        "tragt_webhooks.Endpoint",
        other=frozenset(
            {
                "id",
                "name",
                "address",
                "types",
                "maker",
                "program",
                "secret",
                "previous",
                "previous_until",
                "stopped",
                "failing",
                "rests",
                "version",
                "created",
            }
        ),
    ),
    Store(
        "tragt_webhooks.Delivery",
        personal={
            "record": gettext_noop("whom a message to another system is about"),
            "person": gettext_noop("whom a message to another system tells of"),
            "body": gettext_noop("what another system was told"),
            "answer": gettext_noop("what another system answered"),
            "change": gettext_noop("what changed, by the names of fields and stages"),
        },
        other=frozenset(
            {
                "id",
                "endpoint",
                "message",
                "type",
                "at",
                "state",
                "attempts",
                "next",
                "tried",
                "status",
                "cause",
                "created",
            }
        ),
        export=_told,
        erase=_forget,
        anonymise=_forget,
    ),
)
