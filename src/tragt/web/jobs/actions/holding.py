"""What a worker does to the job it holds. Nothing here has effect once the job is another's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from tragt.web.jobs import queries
from tragt.web.jobs.models import Job, State
from tragt.web.jobs.progress import Reported
from tragt.web.jobs.signals import tell_ended

__all__ = ["Failure", "alive", "cancelled", "claim", "done", "drop", "failed", "give_back", "report", "try_again"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt did not succeed.

    Attributes:
        code: Code of the error; ``jobs.unexpected`` for one that Tragt did not raise on purpose.
        message: What it says; empty for those.
        fields: What the message was made from, as text.
    """

    code: str
    message: str
    fields: dict[str, str]


def claim(worker: str, now: datetime, least: int | None) -> Job | None:
    """Take the next job that is due, so that no other worker takes it.

    Args:
        worker: Who takes it.
        now: The moment.
        least: The lowest priority to take; None means any.

    Returns:
        The job as it was taken; None when there is none.
    """
    for key in queries.due_jobs(now, least):
        try:
            with transaction.atomic():
                if _is_held(key):
                    continue  # Whoever asked for it has not committed yet.
                taken = Job.objects.filter(pk=key, state=State.WAITING).update(
                    state=State.RUNNING,
                    worker=worker,
                    attempts=F("attempts") + 1,
                    started=timezone.now(),
                    heartbeat=timezone.now(),
                    done=0,
                    total=None,
                    text="",
                )
        except IntegrityError:
            continue  # Another worker started a job of the same subject at this moment.
        if taken:
            return Job.objects.select_related("asked_by").get(pk=key)
    return None


def _is_held(key: int) -> bool:
    """Whether another transaction holds a job, where the database locks single rows."""
    if not connection.features.has_select_for_update_skip_locked:
        return False
    return not list(Job.objects.select_for_update(skip_locked=True).filter(pk=key).values_list("pk"))


def report(job: Job, reported: Reported) -> None:
    """Write down how far the job is."""
    _write(job, done=reported.done, total=reported.total, text=reported.text[:200], heartbeat=timezone.now())


def alive(job: Job) -> None:
    """The job is being done, though it reports nothing."""
    _write(job, heartbeat=timezone.now())


def done(job: Job) -> None:
    """The job has succeeded."""
    _end(job, State.DONE)


def cancelled(job: Job) -> None:
    """The job ended because somebody asked for that."""
    _end(job, State.CANCELLED)


def failed(job: Job, failure: Failure) -> None:
    """The job did not succeed and is not tried again."""
    _end(job, State.FAILED, failure)


def try_again(job: Job, failure: Failure, after: timedelta) -> None:
    """Let the job be done again later, unless it was to be cancelled."""
    if not _write(job, wanted=True, state=State.WAITING, run_after=timezone.now() + after, **_words(failure)):
        _end(job, State.CANCELLED)


def give_back(job: Job) -> None:
    """Put the job back as if it had not been started: the worker stops."""
    if not _write(job, wanted=True, state=State.WAITING, attempts=F("attempts") - 1):
        _end(job, State.CANCELLED)


def drop(worker: str) -> None:
    """Put back whatever a worker holds that knows of nothing it holds: a claim whose answer was lost."""
    Job.objects.filter(worker=worker, state=State.RUNNING).update(state=State.WAITING, attempts=F("attempts") - 1)


def _end(job: Job, state: State, failure: Failure | None = None) -> None:
    with transaction.atomic():
        ended = _write(job, state=state, finished=timezone.now(), **_words(failure or Failure("", "", {})))
        if ended and state != State.DONE:
            tell_ended(Job.objects.filter(pk=job.pk))


def _words(failure: Failure) -> dict[str, Any]:
    return {"error_code": failure.code[:100], "error": failure.message, "error_fields": failure.fields}


def _write(job: Job, *, wanted: bool = False, **fields: Any) -> int:
    held = Job.objects.filter(pk=job.pk, worker=job.worker, attempts=job.attempts, state=State.RUNNING)
    return (held.filter(cancel_asked=False) if wanted else held).update(**fields)
