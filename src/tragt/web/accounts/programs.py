"""Whether what a program asked for may still be done once its turn comes. The unit of observation is the job."""

from tragt.errors import NotAllowed
from tragt.web.accounts.models import ApiKey
from tragt.web.jobs.models import Job

__all__ = ["check_program"]


def check_program(job: Job) -> None:
    """Make sure that a job is nobody's program's, or that of a program that still works.

    Raises:
        NotAllowed: The key was revoked since, or its user cannot sign in any more.
    """
    if job.program is None or ApiKey.objects.filter(pk=job.program, revoked=None, user__is_active=True).exists():
        return
    raise NotAllowed(
        "accounts.program_ended",
        "The key that asked for this was revoked, or its user cannot sign in any more. Ask for it with another key.",
        job=job.name,
    )
