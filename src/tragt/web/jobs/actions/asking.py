"""Asking for a job, and asking it to end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tragt.web.jobs.models import UNFINISHED, Job, State
from tragt.web.jobs.registry import Task
from tragt.web.jobs.signals import tell_ended
from tragt.web.shell.acting import SYSTEM, Who, acting

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
        unique: Whether one unfinished job of this kind and subject is enough: that one is given then. A job that a
            program asked for is enough for that program alone, since it ends with its key; of upkeep one that runs is
            not, since it does not see what came after its beginning. One that was to begin later begins as early as
            this one would.
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
        arguments=task.checked(arguments),
        priority=task.priority,
        run_after=run_after or timezone.now(),
        asked_by_id=who.user.pk if who.user else None,
        **_asked(task, who),
    )
    if unique and subject:
        return _once(job, task)
    job.save(force_insert=True)
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


def _asked(task: Task, who: Who) -> dict[str, Any]:
    """In whose name a job is done."""
    if task.upkeep or who.user is None:
        return {"asked_as": SYSTEM.kind if task.upkeep else who.kind}
    bound, program = who.user.bound, who.user.program
    return {"asked_as": f"{who.kind}:{bound}" if bound else who.kind, "program": program}


def _once(job: Job, task: Task) -> Job:
    """The job, or the unfinished one that does what it is to do."""
    while True:
        unfinished = list(Job.objects.filter(name=job.name, subject=job.subject, state__in=UNFINISHED).order_by("pk"))
        found = _waiting(unfinished) if task.upkeep else _standing_for(job, unfinished)
        if found is not None:
            return _brought_forward(found, job)
        job.alone = not any(one.alone for one in unfinished)
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            # Another process asked for the same at this moment; it is found now, unless it has finished already.
            if not job.alone:
                raise
        else:
            return job


def _waiting(unfinished: Sequence[Job]) -> Job | None:
    """One that waits, and does so until the transaction of the caller ends: else it would not see what that did.

    One that is being taken at this moment, or that another transaction holds so, is left to them.
    """
    waiting = [one.pk for one in unfinished if one.state == State.WAITING and one.program is None]
    if not waiting:
        return None
    with transaction.atomic():
        held = Job.objects.select_for_update(skip_locked=True).filter(pk__in=waiting, state=State.WAITING)
        return held.order_by("pk").first()


def _standing_for(job: Job, unfinished: Sequence[Job]) -> Job | None:
    """The first one that is no other's program's."""
    return next((one for one in unfinished if one.program in (None, job.program)), None)


def _brought_forward(found: Job, job: Job) -> Job:
    """A job that waits for its time, no longer than another would; one that is tried again keeps its pause."""
    if found.state == State.WAITING and not found.again and job.run_after < found.run_after:
        later = Job.objects.filter(pk=found.pk, state=State.WAITING, run_after__gt=job.run_after)
        if later.update(run_after=job.run_after):
            found.run_after = job.run_after
    return found
