"""The records that an act may change: those that somebody sees and that are theirs to change. A part of the actions."""

from collections.abc import Iterable, Sequence
from typing import Any

from tragt.errors import NotAllowed, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_by
from tragt.web.records.kinds import Kind, Rows
from tragt.web.shell.acting import Who

__all__ = ["MOST_NAMED", "changeable", "named", "named_in"]

MOST_NAMED = 500
"""So many records the audit names by their keys; of more it keeps how many they were."""


def changeable(kind: Kind, keys: Sequence[int], who: Who) -> Rows:
    """The records of some keys, all of which this one may change.

    Args:
        kind: Of which records.
        keys: Of the records.
        who: Who wants to change them.

    Raises:
        NotFound: One is not there, or this one does not see it: the sentence does not tell which of the two.
        NotAllowed: One is seen, but belongs to somebody else.
    """
    user = who.user if isinstance(who.user, User) else None
    rows = kind.visible(user).filter(pk__in=list(keys))
    if rows.count() < len(set(keys)):
        raise NotFound("records.gone", "One of these records is not there any more. Reload the page and try again.")
    theirs = rows.filter(changeable_by(user, kind.owner)) if kind.owner else rows
    if theirs.count() < len(set(keys)):
        raise NotAllowed(
            "accounts.not_yours",
            "One of these belongs to somebody else. Ask its owner or a manager to change it or to hand it over.",
        )
    return theirs


def named(kind: Kind, keys: Sequence[int]) -> dict[str, Any]:
    """What an act on records says of them: its target where it is one record, else in its details.

    Args:
        kind: Of which records.
        keys: Of the records.
    """
    every = list(dict.fromkeys(keys))
    if len(every) == 1:
        return {"target": f"{kind.code} {every[0]}"}
    return {"kind": kind.code, **named_in(every)}


def named_in(keys: Iterable[int]) -> dict[str, object]:
    """Which records an act changed, for its details: how many, and the first `MOST_NAMED` of their keys."""
    every = sorted(set(keys))
    return {"records": len(every), "keys": every[:MOST_NAMED]}
