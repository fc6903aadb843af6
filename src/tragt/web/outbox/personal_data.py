"""What the outbox holds of persons, for the second until it is on its way into the log.

An erasure waits for what was told before: it goes into the log first, and out of it with the rest.
"""

from collections.abc import Iterable

from django.utils.translation import gettext_noop

from tragt.web.outbox.models import Pending
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_TOLD = ["name", "actor", "company", "deal", "time", "properties"]


def _told(subject: Subject) -> Iterable[dict[str, object]]:
    yield from Pending.objects.filter(actor__in=subject.actors).order_by("pk").values(*_TOLD)


STORES: tuple[Store, ...] = (
    Store(
        "tragt_outbox.Pending",
        personal={
            "actor": gettext_noop("whom something happened to, for the second until it is in the event log"),
            "properties": gettext_noop("what happened, for the second until it is in the event log"),
        },
        other=frozenset({"id", "uuid", "name", "company", "deal", "time", "made"}),
        export=_told,
    ),
)
