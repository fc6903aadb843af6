"""Why actors are taken for one person: what the ledger tells of it. The unit of observation is the edge."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tragt.web.people.models import Edge, EdgeKind
from tragt.web.people.queries.identity import joined

__all__ = ["Tie", "edges_of"]


@dataclass(frozen=True, slots=True)
class Tie:
    """An entry of the ledger.

    Attributes:
        key: Key of its row; `unmerge` and `unclaim` take it.
        kind: A claim of an anonymous visitor by a user, or a merge of two users.
        actor: The visitor (``a:…``), or one of the users.
        user: The user (``u:…``).
        at: From when on the visitor was the user; of a merge, when it was said.
        cause: Who or what said so: ``user:3`` (by hand), ``import:12``, or the batch of calls.
        undone: When it was taken back; None while it stands.
    """

    key: int
    kind: EdgeKind
    actor: str
    user: str
    at: datetime
    cause: str
    undone: datetime | None

    @property
    def by_hand(self) -> bool:
        """Whether a user of Tragt said so."""
        return self.cause.startswith("user:")


def edges_of(person: str) -> list[Tie]:
    """The edges that touch a person, also those that were taken back, in the order of their times.

    Args:
        person: Canonical actor, as the column ``person`` of the event log has it.
    """
    actors = {person, *joined([person])["actor"]}
    rows = Edge.objects.filter(Q(actor__in=actors) | Q(user__in=actors)).order_by("at", "pk")
    fields = ("pk", "kind", "actor", "user", "at", "cause", "undone")
    return [Tie(key, EdgeKind(kind), *rest) for key, kind, *rest in rows.values_list(*fields)]
