"""What a running job says of itself, and how it learns that it should end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tragt.errors import TragtError
from tragt.web.jobs.models import Job
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

__all__ = ["Cancelled", "Interrupted", "Progress", "Reported", "Stopped", "TakenOver", "TryAgain"]


class Interrupted(BaseException):
    """A job must end at this point. Not an `Exception`, so that a job that expects errors does not swallow it."""


class Cancelled(Interrupted):
    """Somebody asked for the job to be cancelled."""


class Stopped(Interrupted):
    """The worker is stopping; the job goes back to the queue."""


class TakenOver(Interrupted):
    """Another worker has the job: this one was thought dead."""


class TryAgain(TragtError):
    """The job did not succeed now and may later.

    Args:
        code: As of every error of Tragt.
        message: As of every error of Tragt.
        after: How long to wait.
        **fields: As of every error of Tragt.
    """

    kind = "try_again"

    def __init__(self, code: str, message: str, *, after: timedelta, **fields: object) -> None:
        super().__init__(code, message, **fields)
        self.after = after


@dataclass(frozen=True, slots=True)
class Reported:
    """How far a job is: what is done, of how much (None when not known), and what is being done."""

    done: int
    total: int | None
    text: str


class Progress:
    """Given to a job's function.

    What it reports is written by another thread on its own connection, so that it is seen while the job is in a
    transaction, and reporting often costs nothing.

    Args:
        job: The row of the job as it is when it starts.
        look: Called at every report where no such thread runs.
    """

    def __init__(self, job: Job, look: "Callable[[Progress], None] | None" = None) -> None:
        self.job = job
        self._look = look
        self._lock = threading.Lock()
        self._text = ""
        self._reported: Reported | None = None
        self._end: type[Interrupted] | None = None

    @property
    def who(self) -> Who:
        """Who asked for the job, for the acts it does."""
        if self.job.asked_by is not None and self.job.asked_as != SYSTEM.kind:
            # A program's job reaches what its key does, and not what its user does.
            self.job.asked_by.bound = self.job.asked_as.partition(":")[2]
            self.job.asked_by.program = self.job.program
            return Who.of(self.job.asked_by)
        return COMMAND_LINE if self.job.asked_as == COMMAND_LINE.kind else SYSTEM

    def report(self, done: int, total: int | None = None, text: str = "") -> None:
        """Say how far the job is, and end it here if it should end.

        Args:
            done: What is done, in units of the job.
            total: What there is to do; None when that is not known.
            text: What is being done, in English and marked for translation; empty leaves what was said before.

        Raises:
            Interrupted: The job was cancelled, the worker stops, or another worker has the job.
        """
        with self._lock:
            self._text = text or self._text
            self._reported = Reported(done, total, self._text)
        self.pause()

    def pause(self) -> None:
        """A point at which the job may end without reporting anything.

        Raises:
            Interrupted: As for `report`.
        """
        if self._look is not None:
            self._look(self)
        if self._end is not None:
            raise self._end

    def end(self, why: type[Interrupted]) -> None:
        """Let the job end at its next report; the first reason holds."""
        self._end = self._end or why

    def take(self) -> Reported | None:
        """What was reported since this was last asked; None when nothing was."""
        with self._lock:
            reported, self._reported = self._reported, None
            return reported
