"""Who changed a deal last, and what: for those who meant to change it at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.accounts.queries import audit_rows
from tragt.web.crm.models import Deal, Move

__all__ = ["LastChange", "last_change"]

_LATELY = timedelta(days=1)
_MOVES = ("open", "move", "win", "lose", "reopen")


@dataclass(frozen=True, slots=True)
class LastChange:
    """What was last done to a deal.

    Attributes:
        at: When; None where nothing is known of it.
        by: Who did it; None where it was no user, or nobody knows.
        moved: Whether it was moved, won, lost or opened again.
        fields: Names of the fields that were changed; empty where it was something else, such as its lines.
    """

    at: datetime | None
    by: User | None
    moved: bool
    fields: Sequence[str] = ()


def last_change(deal: Deal) -> LastChange:
    """What was last done to a deal: its last move, or what of the last day was changed since.

    Args:
        deal: The deal.
    """
    move = Move.objects.filter(deal=deal).select_related("by").last()
    since = max(timezone.now() - _LATELY, move.at) if move else timezone.now() - _LATELY
    rows = audit_rows().filter(target=f"deal {deal.pk}", at__gt=since)
    row = next((one for one in rows[:10] if one.details.get("act") not in _MOVES), None)
    if row is not None:
        return LastChange(row.at, row.user, moved=False, fields=tuple(row.fields))
    if move is None:
        return LastChange(None, None, moved=False)
    return LastChange(move.at, move.by if isinstance(move.by, User) else None, moved=True)
