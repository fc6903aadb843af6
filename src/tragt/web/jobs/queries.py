"""What is asked of jobs and workers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.jobs.models import UNFINISHED, Job, State, Worker

__all__ = [
    "Standing",
    "due_jobs",
    "find_job",
    "job_of",
    "jobs",
    "numbers",
    "orphans",
    "others",
    "standing",
    "worker_alive",
]

ALIVE = timedelta(seconds=10)
OFFERED = 10


def job_of(subject: str) -> Job | None:
    """The latest job of a subject; None when there never was one, or it has been pruned."""
    return Job.objects.filter(subject=subject).order_by("-pk").first()


def find_job(key: int) -> Job:
    """The job of a key.

    Raises:
        NotFound: There is none.
    """
    job = Job.objects.select_related("asked_by").filter(pk=key).first()
    if job is None:
        raise NotFound("jobs.not_found", f"There is no job {key}. Finished jobs are removed after a while.", job=key)
    return job


def worker_alive() -> bool:
    """Whether a worker that stays has said within ten seconds that it lives."""
    return Worker.objects.filter(lasting=True, seen__gte=timezone.now() - ALIVE).exists()


def jobs(kind: str = "") -> QuerySet[Job]:
    """Jobs for a list, the latest first.

    Args:
        kind: ``unfinished``, ``failed``, ``schedule`` (what recurs), or empty for what people asked for and all
            that failed.
    """
    every = Job.objects.select_related("asked_by").order_by("-pk")
    match kind:
        case "unfinished":
            return every.filter(state__in=UNFINISHED)
        case "failed":
            return every.filter(state=State.FAILED)
        case "schedule":
            return every.filter(subject__startswith="schedule:")
    return every.filter(~Q(subject__startswith="schedule:") | Q(state=State.FAILED))


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many jobs wait or run, and how many failed."""

    unfinished: int
    failed: int


def numbers() -> Numbers:
    """How many jobs wait or run, and how many failed."""
    found = Job.objects.aggregate(
        unfinished=Count("pk", filter=Q(state__in=UNFINISHED)), failed=Count("pk", filter=Q(state=State.FAILED))
    )
    return Numbers(**found)


def due_jobs(now: datetime, least: int | None = None) -> Sequence[int]:
    """Keys of the jobs that a worker may take, the most urgent first; none whose subject has a job that runs.

    Args:
        now: The moment.
        least: The lowest priority to give; None means any.
    """
    running = Job.objects.filter(state=State.RUNNING, subject=OuterRef("subject"))
    due = Job.objects.filter(Q(subject="") | ~Exists(running), state=State.WAITING, run_after__lte=now)
    if least is not None:
        due = due.filter(priority__gte=least)
    return list(due.order_by("-priority", "run_after", "pk").values_list("pk", flat=True)[:OFFERED])


def orphans() -> QuerySet[Job]:
    """Running jobs whose worker does not exist."""
    return Job.objects.filter(~Exists(Worker.objects.filter(pk=OuterRef("worker"))), state=State.RUNNING)


def others(worker: str) -> dict[str, datetime]:
    """The other workers, and when each was last seen."""
    return dict(Worker.objects.exclude(pk=worker).values_list("pk", "seen"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the worker that holds a job must know of it."""

    held: bool
    cancel_asked: bool


def standing(job: Job) -> Standing:
    """Whether a job is still held by the worker of this row, and whether it is to be cancelled."""
    row = (
        Job.objects.filter(pk=job.pk, worker=job.worker, attempts=job.attempts, state=State.RUNNING)
        .values_list("cancel_asked", flat=True)
        .first()
    )
    return Standing(row is not None, bool(row))
