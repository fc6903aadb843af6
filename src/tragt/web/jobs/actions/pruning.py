"""Which finished jobs are kept, and how long."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from tragt.web.jobs.models import Job, State, Worker

__all__ = ["prune"]

KEPT = timedelta(days=30)
KEPT_FAILED = timedelta(days=90)
KEPT_OF_SCHEDULE = timedelta(days=1)


def prune() -> int:
    """Remove jobs that finished long ago: 30 days, 90 for failed ones, a day for what the schedule did in silence.

    Returns:
        The number of jobs removed.
    """
    now = timezone.now()
    old = (
        Q(state__in=[State.DONE, State.CANCELLED], finished__lt=now - KEPT)
        | Q(state=State.FAILED, finished__lt=now - KEPT_FAILED)
        | Q(state=State.DONE, subject__startswith="schedule:", finished__lt=now - KEPT_OF_SCHEDULE)
    )
    Worker.objects.filter(seen__lt=now - KEPT_OF_SCHEDULE).exclude(pk__in=_holding()).delete()
    return Job.objects.filter(old).delete()[0]


def _holding() -> set[str]:
    return set(Job.objects.filter(state=State.RUNNING).values_list("worker", flat=True))
