"""The loop of a worker: one process, one long job at a time, and a quick one beside it."""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from types import FrameType

from django.conf import settings
from django.db import close_old_connections, connection, connections
from django.utils import timezone, translation

from tragt.errors import TragtError
from tragt.web.jobs import registry
from tragt.web.jobs.actions import holding
from tragt.web.jobs.actions.holding import Failure
from tragt.web.jobs.models import Job
from tragt.web.jobs.progress import Cancelled, Progress, Stopped, TakenOver, TryAgain
from tragt.web.jobs.pulse import PACE, UNREACHABLE, Pace, Pulse, insist
from tragt.web.jobs.registry import QUICK
from tragt.web.jobs.schedule import enqueue_due

__all__ = ["drain", "run"]

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
UNREACHABLE_RETRIES = 5

log = logging.getLogger(__name__)


def run(stop: threading.Event | None = None, *, pace: Pace = PACE) -> None:
    """Do jobs until told to stop: one long one at a time, and beside it, in a thread, one quick one.

    The job that runs then ends at its next report and goes back to the queue. A database that is locked or away is
    waited for.

    Args:
        stop: Set to end; None means on SIGINT and SIGTERM (a second one ends the process at once).
        pace: How often the worker does what.
    """
    ending = stop or _signalled()
    quick = threading.Thread(target=_serve, args=(ending, pace, QUICK), name="quick jobs")
    quick.start()
    try:
        _serve(ending, pace, None)
    finally:
        ending.set()
        quick.join()


def _serve(ending: threading.Event, pace: Pace, least: int | None) -> None:
    with Pulse(_name(), lasting=least is None, stop=ending, pace=pace) as pulse:
        planned = float("-inf")
        while not ending.is_set():
            try:
                if least is None and time.monotonic() - planned >= pace.plan:
                    planned = time.monotonic()
                    enqueue_due()
                job = holding.claim(pulse.worker, timezone.now(), least)
            except UNREACHABLE as problem:
                log.warning("The database cannot be reached; waiting for it: %s", problem)
                connections.close_all()
                ending.wait(pace.poll)
                insist(partial(holding.drop, pulse.worker), pace, ending)
                continue
            if job is None:
                ending.wait(pace.poll)
                close_old_connections()
            else:
                _perform(job, pulse, pace, ending)
                connections.close_all()
    connections.close_all()


def drain(now: datetime | None = None) -> int:
    """Do everything that waits, here and now: for tests, and for commands while no worker runs.

    Args:
        now: The moment up to which jobs are due; None means the present one. A later one does retries too.

    Returns:
        How often a job was done or tried.
    """
    never = threading.Event()
    number = 0
    with Pulse(_name(), lasting=False, stop=never, pace=PACE, thread=not _unseen()) as pulse:
        while (job := holding.claim(pulse.worker, now or timezone.now(), None)) is not None:
            _perform(job, pulse, PACE, never)
            number += 1
    return number


def _perform(job: Job, pulse: Pulse, pace: Pace, ending: threading.Event) -> None:
    settle: Callable[[], object] = partial(holding.give_back, job)
    try:
        with pulse.watching(job) as progress, translation.override(settings.LANGUAGE_CODE):
            settle = _outcome(progress)
        last = progress.take()
        if last is not None:
            insist(partial(holding.report, job, last), pace, ending)
    finally:
        # Reached by KeyboardInterrupt and SystemExit too: the job is given back then.
        insist(settle, pace, ending)


def _outcome(progress: Progress) -> Callable[[], object]:
    job = progress.job
    try:
        registry.check(job)
        registry.find(job.name)(progress, **job.arguments)
    except Cancelled:
        return partial(holding.cancelled, job)
    except Stopped:
        return partial(holding.give_back, job)
    except TakenOver:
        log.warning("Job %s (%s) was taken over by another worker.", job.pk, job.name)
        return lambda: None
    except TryAgain as error:
        return partial(holding.try_again, job, _told(error), error.after)
    except TragtError as error:
        return partial(holding.failed, job, _told(error))
    except Exception as error:  # noqa: BLE001 - whatever a job may raise, its worker goes on
        return _unexpected(job, error)
    return partial(holding.done, job)


def _told(error: TragtError) -> Failure:
    return Failure(error.code, error.message, {name: str(value) for name, value in error.fields.items()})


def _unexpected(job: Job, error: Exception) -> Callable[[], object]:
    reference = secrets.token_hex(4).upper()
    log.error("Job %s (%s) failed, reference %s.", job.pk, job.name, reference, exc_info=error)
    failure = Failure("jobs.unexpected", "", {"reference": reference})
    retries = registry.find(job.name).retries
    if isinstance(error, UNREACHABLE):
        retries = max(retries, UNREACHABLE_RETRIES)
    tries = job.attempts - job.deaths
    if tries > retries:
        return partial(holding.failed, job, failure)
    return partial(holding.try_again, job, failure, min(LONGEST_WAIT, FIRST_WAIT * 6 ** min(tries - 1, 6)))


def _unseen() -> bool:
    """Whether no other process can see what this one writes."""
    in_memory = getattr(connection, "is_in_memory_db", None)
    return connection.in_atomic_block or (in_memory is not None and bool(in_memory()))


def _name() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(6)}"


def _signalled() -> threading.Event:
    stop = threading.Event()

    def ask(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return stop
