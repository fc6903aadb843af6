"""What the queue keeps that grows old: jobs that are finished."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from tragt.web.jobs.models import Job, State
from tragt.web.shell.retention import Kind, removing

__all__ = ["KINDS"]

JOBS = "jobs.finished"
_FAILED_LONGER = timedelta(days=60)


def _finished(before: datetime) -> QuerySet[Job]:
    ended = Q(state__in=[State.DONE, State.CANCELLED], finished__lt=before)
    return Job.objects.filter(ended | Q(state=State.FAILED, finished__lt=before - _FAILED_LONGER))


def _count(before: datetime) -> int:
    return _finished(before).count()


KINDS: tuple[Kind, ...] = (
    Kind(
        JOBS,
        gettext_noop("Finished jobs"),
        gettext_noop("What Tragt did in the background, from the day it ended. Jobs that failed stay 60 days longer."),
        count=_count,
        remove=removing(JOBS, _finished),
        default=30,
        least=7,
        longest=366,
        order=70,
    ),
)
