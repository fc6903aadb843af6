"""A thread beside a worker's: it says that the worker lives, writes what the job reports, and buries the dead.

It has its own database connection, so that none of this waits for a job's transaction. A worker is dead when it has
said nothing while another said five times that it lives. That compares no clocks; and where a long transaction locks
an SQLite database nobody can say anything, so nobody is thought dead for it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, connections

from tragt.web.jobs import queries
from tragt.web.jobs.actions import holding, living
from tragt.web.jobs.models import Job
from tragt.web.jobs.progress import Cancelled, Progress, Stopped, TakenOver

__all__ = ["PACE", "UNREACHABLE", "Pace", "Pulse", "insist"]

UNREACHABLE = (OperationalError, InterfaceError)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker does what, in seconds.

    Attributes:
        poll: Between two looks for a job, when there is none.
        tick: Between two looks at the job that runs: its reports, and whether it should end.
        beat: Between two signs of life.
        silence: Signs of life of this worker during which a silent one is held for dead.
        plan: Between two looks at what recurs.
        patience: How long a stopping worker tries to write the end of its job to a database that is not there.
    """

    poll: float = 0.5
    tick: float = 0.5
    beat: float = 3.0
    silence: int = 5
    plan: float = 5.0
    patience: float = 20.0


PACE = Pace()


def insist(write: Callable[[], object], pace: Pace, ending: threading.Event) -> None:
    """Write until it is written: the database may be locked or away.

    Raises:
        OperationalError: It was not, within the patience of a worker that ends.
    """
    until: float | None = None
    while True:
        try:
            write()
        except UNREACHABLE:
            if connection.in_atomic_block:
                raise
            log.warning("The database cannot be written; waiting for it.")
            connection.close()
            if ending.is_set():
                until = until or time.monotonic() + pace.patience
                if time.monotonic() > until:
                    raise
            time.sleep(pace.poll)
        else:
            return


class Pulse:
    """The life of one worker, from its entry to its leaving.

    Args:
        worker: Its name.
        lasting: Whether people count on it to be there.
        stop: Set when the worker should end.
        pace: How often it does what.
        thread: False where no other process can see the database: the job's own thread does the looking then.
    """

    def __init__(self, worker: str, *, lasting: bool, stop: threading.Event, pace: Pace, thread: bool = True) -> None:
        self.worker = worker
        self._lasting = lasting
        self._stop = stop
        self._pace = pace
        self._ended = threading.Event()
        self._looking = threading.Lock()
        self._progress: Progress | None = None
        self._silent: dict[str, tuple[datetime, int]] = {}
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True) if thread else None

    def __enter__(self) -> "Pulse":
        insist(lambda: living.enter(self.worker, lasting=self._lasting), self._pace, self._stop)
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()
        try:
            living.leave(self.worker)
        except UNREACHABLE:
            log.warning("The worker could not sign off; its row goes in time.")

    @contextmanager
    def watching(self, job: Job) -> Iterator[Progress]:
        """Look after a job while the block does it."""
        progress = Progress(job, None if self._thread else self.look)
        self._progress = progress
        try:
            yield progress
        finally:
            with self._looking:
                self._progress = None

    def look(self, progress: Progress) -> None:
        """Write what a job reports, and tell it when it should end."""
        if self._stop.is_set():
            progress.end(Stopped)
        reported = progress.take()
        if reported is not None:
            holding.report(progress.job, reported)
        standing = queries.standing(progress.job)
        if not standing.held:
            progress.end(TakenOver)
        elif standing.cancel_asked:
            progress.end(Cancelled)

    def _run(self) -> None:
        beaten = time.monotonic()
        while not self._ended.wait(self._pace.tick):
            try:
                beating = time.monotonic() - beaten >= self._pace.beat
                with self._looking:
                    if self._progress is not None:
                        self.look(self._progress)
                        if beating:
                            holding.alive(self._progress.job)
                if beating:
                    beaten = time.monotonic()
                    self._beat()
            except UNREACHABLE as problem:
                log.warning("The worker could not say that it lives: %s", problem)
                connection.close()
        connections.close_all()

    def _beat(self) -> None:
        living.beat(self.worker, lasting=self._lasting)
        others = queries.others(self.worker)
        self._silent = {name: self._silence(name, seen) for name, seen in others.items()}
        for name, (seen, beats) in self._silent.items():
            if beats >= self._pace.silence and living.bury(name, seen):
                log.warning("Worker %s died; what it did goes back to the queue.", name)
        if living.release_orphans():
            log.warning("Jobs whose worker is gone went back to the queue.")

    def _silence(self, name: str, seen: datetime) -> tuple[datetime, int]:
        before = self._silent.get(name)
        return (seen, before[1] + 1) if before is not None and before[0] == seen else (seen, 0)
