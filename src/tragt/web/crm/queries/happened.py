"""Reading what happened to a deal in the tables: what was done about it, and how it moved, the newest first.

What this does not answer: what the event log tells of the deal and of its people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from tragt.web.accounts.models import User
from tragt.web.crm.histories import KINDS
from tragt.web.crm.models import Activity, Deal, Move
from tragt.web.crm.queries.activities import as_seen, visible_activities
from tragt.web.imports.models import Import
from tragt.web.lexicon.queries import lexicon

__all__ = ["Time", "Until", "done_about", "moves_of", "moves_told"]

_IMPORT = "import:"
_STAGES = ("open", "won", "lost")


@dataclass(frozen=True, slots=True)
class Until:
    """Up to where something is read.

    Attributes:
        at: Nothing later.
        key: Of that very moment only rows with a smaller key; None means all of them.
    """

    at: datetime
    key: int | None = None

    @property
    def rows(self) -> Q:
        """The condition."""
        return Q(at__lte=self.at) if self.key is None else Q(at__lt=self.at) | Q(at=self.at, pk__lt=self.key)


@dataclass(frozen=True, slots=True)
class Time:
    """The time that is asked about.

    Attributes:
        start: Earliest moment; None means without bound.
        end: First moment after; None means without bound.
        until: Where to go on; None means with the newest.
    """

    start: datetime | None = None
    end: datetime | None = None
    until: Until | None = None

    @property
    def rows(self) -> Q:
        """The condition."""
        found = Q() if self.until is None else self.until.rows
        if self.start is not None:
            found &= Q(at__gte=self.start)
        return found if self.end is None else found & Q(at__lt=self.end)


def done_about(deal: Deal, user: User | None, time: Time, most: int) -> list[Activity]:
    """What was done about a deal, the newest first.

    Args:
        deal: The deal.
        user: Who looks.
        time: When.
        most: How many at most.
    """
    rows = visible_activities(user).filter(time.rows, deal=deal, at__isnull=False)
    return as_seen(rows.order_by("-at", "-pk").select_related("owner", "author", "person", "company")[:most], user)


def moves_of(deal: Deal, time: Time, most: int) -> Sequence[Move]:
    """How a deal moved, the newest first.

    Args:
        deal: The deal.
        time: When.
        most: How many at most.
    """
    return list(_moves(deal).filter(time.rows).order_by("-at", "-pk").select_related("by")[:most])


def moves_told(deal: Deal) -> tuple[list[datetime], set[str]]:
    """What the log has of the moves of a deal: at which moments, and under which names, those of stages in files too.

    Args:
        deal: The deal.
    """
    rows = list(_moves(deal).order_by().values_list("at", "cause"))
    files = {int(key) for _at, cause in rows if (key := cause.removeprefix(_IMPORT)) != cause and key.isdecimal()}
    words = lexicon()
    names = {spelling for name in KINDS for spelling in words.spellings(name)}
    for told in Import.objects.filter(pk__in=files).values_list("stages", flat=True) if files else ():
        if isinstance(told, dict) and told.get("unit") == "deal":
            names |= {str(name) for kind in _STAGES for name in told.get(kind, ())}
    return [at for at, _cause in rows], names


def _moves(deal: Deal) -> QuerySet[Move]:
    return Move.objects.filter(deal=deal)
