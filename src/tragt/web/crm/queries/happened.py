"""Reading what happened to records in the tables: what was done about them, how their deals moved, the newest first.

What this does not answer: what the event log tells of them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tragt.web.accounts.models import User
from tragt.web.crm.histories import KINDS
from tragt.web.crm.models import Activity, Move
from tragt.web.crm.queries.activities import as_seen, visible_activities
from tragt.web.imports.models import Import
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.records.expressions import listed

__all__ = ["MovesTold", "Time", "Until", "done_about", "done_keys", "moves_of", "moves_told"]

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


@dataclass(frozen=True, slots=True)
class MovesTold:
    """What the log has of the moves of some deals.

    Attributes:
        deals: What the log calls the deals.
        moments: At which moments they moved.
        names: Under which names, those of stages in files too.
    """

    deals: frozenset[str]
    moments: Sequence[datetime]
    names: frozenset[str]


def done_about(user: User | None, about: Q, time: Time, most: int) -> list[Activity]:
    """What was done about something, the newest first; what the user does not see is not named.

    Args:
        user: Who looks.
        about: What about, as a condition on activities that an index serves.
        time: When.
        most: How many at most.
    """
    rows = visible_activities(user).filter(about, time.rows, at__isnull=False)
    read = rows.order_by("-at", "-pk").select_related("owner", "author", "person", "company", "deal")
    return as_seen(read[:most], user)


def done_keys(about: Q) -> list[int]:
    """The activities that were done about something, by key, seen or not.

    Args:
        about: As of `done_about`.
    """
    return list(Activity.objects.filter(about, at__isnull=False).order_by().values_list("pk", flat=True))


def moves_of(deals: Collection[int], time: Time, most: int) -> Sequence[Move]:
    """How some deals moved, the newest first.

    Args:
        deals: Keys of the deals; the user sees them.
        time: When.
        most: How many at most.
    """
    if not deals:
        return ()
    rows = Move.objects.filter(time.rows, deal__in=listed(list(deals)))
    return list(rows.order_by("-at", "-pk").select_related("by", "deal")[:most])


def moves_told(deals: Collection[int], words: Lexicon) -> MovesTold:
    """What the log has of the moves of some deals.

    Args:
        deals: Keys of the deals.
        words: What is known of names.
    """
    told = Move.objects.filter(deal__in=listed(list(deals))).order_by().values_list("at", "cause", "deal__key")
    rows = list(told) if deals else []
    names = _spelled((cause for _at, cause, _deal in rows), words) if rows else frozenset[str]()
    return MovesTold(frozenset(deal for _at, _cause, deal in rows), [at for at, _cause, _deal in rows], names)


def _spelled(causes: Iterable[str], words: Lexicon) -> frozenset[str]:
    """Under which names the log has moves that came by some causes."""
    files = {int(key) for cause in causes if (key := cause.removeprefix(_IMPORT)) != cause and key.isdecimal()}
    names = {spelling for name in KINDS for spelling in words.spellings(name)}
    for told in Import.objects.filter(pk__in=files).values_list("stages", flat=True) if files else ():
        if isinstance(told, dict) and told.get("unit") == "deal":
            names |= {str(name) for kind in _STAGES for name in told.get(kind, ())}
    return frozenset(names)
