"""How many members segments have, kept with the moment of counting. The unit of observation is the segment.

To count a live segment takes as long as to filter the list, so a page of many shows what was counted lately.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.crm.models import Segment
from tragt.web.crm.queries.segment_units import digest_of
from tragt.web.crm.queries.segments import members_counted

__all__ = ["Counted", "count_members", "counted_lately"]

KEPT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many members a segment had.

    Attributes:
        number: How many records in it their reader saw; at most one more than lists count.
        at: When.
    """

    number: int
    at: datetime


def count_members(segment: Segment, user: User | None) -> Counted:
    """How many records are in a segment now, of those that a user sees.

    Args:
        segment: The segment.
        user: Who looks; None sees everything.
    """
    found = Counted(members_counted(segment, user), timezone.now())
    cache.set(_key(segment, user), found, KEPT.total_seconds())
    return found


def counted_lately(segments: Iterable[Segment], user: User | None) -> dict[int, Counted]:
    """How many were counted in the last minutes, by the keys of those segments that were counted.

    Args:
        segments: The segments.
        user: Who looks; None sees everything.
    """
    asked = {_key(one, user): one.pk for one in segments}
    return {asked[key]: found for key, found in cache.get_many(asked).items() if isinstance(found, Counted)}


def _key(segment: Segment, user: User | None) -> str:
    """Under what a number is kept: it is the same for all who see the same, of a segment that all may know of."""
    owners = visible_owners(user) if user is not None else None
    reach = "" if owners is None else repr(sorted(owners))
    own = "" if segment.shared or user is None else str(user.pk)
    role = "" if user is None else f"{user.role} {user.bound}"
    return f"segments.counted.{segment.pk}.{segment.version}.{digest_of([reach, own, role])}"
