"""What the log app holds of persons beside the lake: the actors of those being erased, until it is done."""

from django.utils.translation import gettext_noop

from tragt.web.log.models import Tombstone
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]


def _gone(subject: Subject) -> int:
    return Tombstone.objects.filter(actor__in=subject.actors).delete()[0]


STORES: tuple[Store, ...] = (
    Store("tragt_log.HiddenBatch", other=frozenset({"id", "batch", "since"})),
    Store(
        "tragt_log.Tombstone",
        personal={"actor": gettext_noop("the identifier of someone who is being erased, until that is done")},
        other=frozenset({"id", "start", "end", "since"}),
        erase=_gone,
        anonymise=_gone,
    ),
    Store("tragt_log.LogState", other=frozenset({"id", "revision"})),
)
