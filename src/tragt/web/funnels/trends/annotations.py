"""Reading annotations: what happened on a day that figures should be read with. The unit is the annotation."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.funnels.models import Annotation, SavedFunnel

__all__ = ["annotation", "annotations", "annotations_between", "removed_annotation"]

UNDO_DAYS = 30


def annotations() -> QuerySet[Annotation]:
    """Those that stand, the latest first; not those of funnels that are deleted."""
    there = Q(funnel=None) | Q(funnel__deleted=None)
    return Annotation.objects.filter(there, deleted=None).select_related("funnel", "by").order_by("-day", "-pk")


def annotations_between(saved: SavedFunnel, first: date, last: date) -> list[Annotation]:
    """What happened from a day to another to a funnel, or to all, the earliest first.

    Args:
        saved: The funnel.
        first: The first day.
        last: The last day, included.
    """
    of_it = annotations().filter(Q(funnel=None) | Q(funnel=saved))
    within = Q(until=None, day__gte=first) | Q(until__gte=first)
    return list(of_it.filter(within, day__lte=last).order_by("day", "pk"))


def annotation(key: int) -> Annotation:
    """One that stands.

    Raises:
        NotFound: There is none of this key.
    """
    found = annotations().filter(pk=key).first()
    if found is None:
        raise NotFound("annotations.unknown", "There is no such annotation; it may have been removed.", key=key)
    return found


def removed_annotation(key: int) -> Annotation | None:
    """One whose removal can still be undone."""
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    there = Q(funnel=None) | Q(funnel__deleted=None)
    return Annotation.objects.filter(there, pk=key, deleted__gte=since).first()
