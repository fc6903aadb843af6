"""How workers say that they live, and how the jobs of dead ones go back to the queue."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tragt.web.jobs import queries
from tragt.web.jobs.models import Job, State, Worker
from tragt.web.jobs.signals import tell_ended

__all__ = ["MOST_DEATHS", "beat", "bury", "enter", "leave", "release_orphans"]

MOST_DEATHS = 5


def enter(worker: str, *, lasting: bool) -> None:
    """A worker starts; a lasting one is one that people count on."""
    Worker.objects.create(pk=worker, lasting=lasting)


def beat(worker: str, *, lasting: bool) -> None:
    """A worker lives. One that was thought dead is back."""
    if not Worker.objects.filter(pk=worker).update(seen=timezone.now()):
        enter(worker, lasting=lasting)


def leave(worker: str) -> None:
    """A worker ends, holding nothing."""
    Worker.objects.filter(pk=worker).delete()


def bury(worker: str, seen: datetime) -> int:
    """Declare a worker dead and put its jobs back.

    Args:
        worker: The worker.
        seen: When it was last seen to live. Nothing happens if it has lived since.

    Returns:
        The number of jobs put back.
    """
    with transaction.atomic():
        if not Worker.objects.filter(pk=worker, seen=seen).delete()[0]:
            return 0
        return _release(Job.objects.filter(worker=worker, state=State.RUNNING))


def release_orphans() -> int:
    """Put back the jobs held by workers that no longer stand in the table."""
    with transaction.atomic():
        return _release(queries.orphans())


def _release(jobs: QuerySet[Job]) -> int:
    now = timezone.now()
    ending = list(jobs.filter(Q(cancel_asked=True) | Q(deaths__gte=MOST_DEATHS - 1)).values_list("pk", flat=True))
    ended = jobs.filter(cancel_asked=True).update(state=State.CANCELLED, finished=now)
    ended += jobs.filter(deaths__gte=MOST_DEATHS - 1).update(
        state=State.FAILED,
        finished=now,
        deaths=F("deaths") + 1,
        error_code="jobs.died",
        error=f"The worker died while it did this, {MOST_DEATHS} times.",
        error_fields={"times": str(MOST_DEATHS)},
    )
    tell_ended(Job.objects.filter(pk__in=ending, state__in=(State.CANCELLED, State.FAILED)))
    return ended + jobs.update(state=State.WAITING, run_after=now, deaths=F("deaths") + 1)
