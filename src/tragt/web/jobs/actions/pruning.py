"""What the queue forgets by itself; for how long other finished jobs are kept, `ageing` says."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from tragt.web.jobs.models import Job, State, Worker

__all__ = ["prune"]

KEPT_OF_SCHEDULE = timedelta(days=1)


def prune() -> int:
    """Remove what the schedule did in silence, a day after it was done, and workers that were not seen since.

    Returns:
        The number of jobs removed.
    """
    now = timezone.now()
    old = Q(state=State.DONE, subject__startswith="schedule:", finished__lt=now - KEPT_OF_SCHEDULE)
    Worker.objects.filter(seen__lt=now - KEPT_OF_SCHEDULE).exclude(pk__in=_holding()).delete()
    return Job.objects.filter(old).delete()[0]


def _holding() -> set[str]:
    return set(Job.objects.filter(state=State.RUNNING).values_list("worker", flat=True))
