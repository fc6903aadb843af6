"""Asking for a job, and asking it to end."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from tragt.web.jobs.models import UNFINISHED, Job, State
from tragt.web.jobs.registry import Task
from tragt.web.jobs.signals import tell_ended
from tragt.web.shell.acting import Who, acting

__all__ = ["cancel", "enqueue"]


def enqueue(
    task: Task,
    who: Who,
    *,
    title: str = "",
    subject: str = "",
    unique: bool = True,
    run_after: datetime | None = None,
    **arguments: object,
) -> Job:
    """Ask for a job, in the transaction of the caller: it is there if and only if that is committed.

    No act of its own: whoever asks has been allowed what the job does.

    Args:
        task: The kind of job.
        who: Who asks.
        title: What it is about, for people.
        subject: What it works on, for example ``import:12``. Jobs of one subject never run at the same time.
        unique: Whether one unfinished job of this kind and subject is enough: that one is given then.
        run_after: The earliest moment; None means now.
        **arguments: What the job's function gets; JSON.

    Returns:
        The job, or the unfinished one that is the same.

    Raises:
        InvalidDefinition: The function does not take these arguments, or they are not JSON.
    """
    job = Job(
        name=task.name,
        title=title[:200],
        subject=subject,
        alone=unique and subject != "",
        arguments=task.checked(arguments),
        priority=task.priority,
        run_after=run_after or timezone.now(),
        asked_by_id=who.user.pk if who.user else None,
        asked_as=f"{who.kind}:{who.user.bound}" if who.user and who.user.bound else who.kind,
        program=who.user.program if who.user else None,
    )
    while True:
        same = Job.objects.filter(name=task.name, subject=subject, alone=True, state__in=UNFINISHED)
        if job.alone and (found := same.first()) is not None:
            return found
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            # Another process asked for the same at this moment; it is found now, unless it has finished already.
            if not job.alone:
                raise
        else:
            return job


def cancel(job: Job, who: Who) -> Job:
    """End a job that waits, or ask the one that runs to end at its next point.

    Returns:
        The job as it is now. A finished one stays what it is.

    Raises:
        NotAllowed: The permission ``jobs.cancel`` is missing.
    """
    with acting(who, "jobs.cancel", f"job {job.pk}", name=job.name):
        row = Job.objects.filter(pk=job.pk)
        if row.filter(state=State.WAITING).update(state=State.CANCELLED, finished=timezone.now(), error_code=""):
            tell_ended(row)
        else:
            row.filter(state=State.RUNNING).update(cancel_asked=True)
    job.refresh_from_db()
    return job
