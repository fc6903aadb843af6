"""Jobs that counted and failed: for an hour that is told, and none is asked for anew. The unit is a job's subject."""

from datetime import timedelta

from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.jobs.models import Job, State
from tragt.web.jobs.queries import job_of

__all__ = ["failed", "failed_lately", "refuse_failed"]

_HELD = timedelta(hours=1)


def failed(job: Job) -> bool:
    """Whether a job ended without having done its work."""
    return job.state in (State.FAILED, State.CANCELLED)


def refuse_failed(job: Job) -> None:
    """Refuse to say that a job counts which ended without having done its work.

    Args:
        job: The job.

    Raises:
        InvalidDefinition: It failed, or was cancelled.
    """
    if failed(job):
        why = job.error or "the job was cancelled"
        raise InvalidDefinition(
            "funnels.not_counted",
            f"Counting ended without figures: {why}. Asked again after an hour, it is tried anew.",
        )


def failed_lately(subject: str) -> Job | None:
    """The latest job of a subject, where it failed or was cancelled within the hour; else None.

    Args:
        subject: What it worked on.
    """
    last = job_of(subject)
    if last is None or not failed(last):
        return None
    return last if timezone.now() - (last.finished or last.created) < _HELD else None
