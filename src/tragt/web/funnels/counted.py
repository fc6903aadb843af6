"""Which segments a funnel may count or stand beside: those that its editor may know of, and those that it has already.

A segment that its owner made their own cannot be told apart from one that is gone.
"""

from tragt.errors import NotFound, TragtError
from tragt.funnel import Funnel
from tragt.web.accounts.models import User
from tragt.web.crm.models import Segment
from tragt.web.crm.queries.segments import segment_seen, segments_seen
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.counting.units import segments_of
from tragt.web.funnels.models import SavedFunnel

__all__ = ["check_counted", "stands_beside"]

_KEY_DIGITS = 16


def check_counted(funnel: Funnel, before: SavedFunnel | None, user: User | None) -> None:
    """Refuse a condition on a segment that somebody may not know of; those that a funnel counts already stay.

    Args:
        funnel: The definition that is to be counted.
        before: The funnel as it is so far; None for a new one.
        user: Who asks; None is a command line or a job, which knows of every segment.

    Raises:
        NotFound: There is no such segment.
    """
    counted = _counted(before)
    for named in segments_of(funnel.where):
        if named in counted:
            continue
        if not (named.isascii() and named.isdigit() and len(named) < _KEY_DIGITS):
            raise NotFound("segments.unknown", "There is no such segment; it may have been removed.", key=named)
        segment_seen(int(named), user)


def _counted(saved: SavedFunnel | None) -> list[str]:
    """The segments that a funnel counts; none where a newer Tragt wrote what it asks."""
    try:
        return segments_of(saved.funnel.where) if saved is not None else []
    except TragtError:
        return []


def stands_beside(key: int | None, before: Asked, user: User | None) -> bool:
    """Whether a funnel may stand beside a segment: it is there, and is known to somebody or was stood beside already.

    Args:
        key: Of the segment; None is none.
        before: What the funnel asks so far.
        user: Who asks, as of `check_counted`.
    """
    if key is None:
        return False
    if key == before.compare_segment:
        return Segment.objects.filter(pk=key, deleted=None).exists()
    return segments_seen(user).filter(pk=key).exists()
