"""The process that settles: one at a time, whatever the number that stand ready; the next takes over when one ends."""

import fcntl
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import close_old_connections, connections
from django.db.utils import DatabaseError, InterfaceError

from tragt.errors import TragtError
from tragt.web.collect.settling import A_TURN, Settler
from tragt.web.outbox.queries import under_way

__all__ = ["drain", "run"]

PACE_SECONDS = 0.3
_FULL = 0.8 * A_TURN
"""Calls of a turn that leaves more behind, for deliveries are settled whole."""
AGAIN_SECONDS = 1.0
LOCK = "settler.lock"
ADVISORY_LOCK = 0x7261678

log = logging.getLogger(__name__)


def run(stop: threading.Event) -> None:
    """Settle what comes until told to stop, once no other process does.

    Args:
        stop: Set to end; what is settled by then goes into the lake first.
    """
    while not stop.is_set():
        with _alone() as held:
            if held is None:
                stop.wait(AGAIN_SECONDS)
                continue
            _insist(lambda: _settle(stop, held), stop)


def drain(patience: float = 30.0) -> None:
    """Bring what came until now into the lake: here where no other process settles, else once that one has.

    Args:
        patience: For how many seconds another process is waited for.
    """
    waited_for, end = under_way(), time.monotonic() + patience
    while not waited_for.arrived() and time.monotonic() < end:
        with _alone() as held:
            if held is not None:
                settler = Settler()
                while settler.settle():
                    pass
                settler.commit(now=True)
                return
        time.sleep(PACE_SECONDS)


def _settle(stop: threading.Event, held: Callable[[], bool]) -> None:
    settler = Settler()
    gc.freeze()  # what is loaded stays: looking through it for garbage would hold up settling again and again
    while not stop.is_set() and held():
        close_old_connections()
        settled = settler.settle()
        settler.commit()
        if settled < _FULL:
            stop.wait(PACE_SECONDS)
    settler.commit(now=True)


def _insist(act: Callable[[], None], stop: threading.Event) -> None:
    """Act again after trouble with a disk or a database, which passes."""
    try:
        with connections["default"].wrap_database_errors:  # COPY raises those of the driver
            act()
    except (DatabaseError, InterfaceError, OSError, TragtError) as problem:
        log.warning("Settling is interrupted and goes on in a moment: %s", problem)
        connections.close_all()
        stop.wait(AGAIN_SECONDS)


@contextmanager
def _alone() -> Iterator[Callable[[], bool] | None]:
    """Whether no other process settles: something that tells whether it is still so; None where one does."""
    if connections[settings.INBOX].vendor == "postgresql":
        with _alone_in_database() as held:
            yield held
    else:
        with (Path(settings.TRAGT.home) / LOCK).open("a") as lock:
            yield (lambda: True) if _locked(lock) else None


@contextmanager
def _alone_in_database() -> Iterator[Callable[[], bool] | None]:
    connection = connections.create_connection(settings.INBOX)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
            found = cursor.fetchone()
        yield (lambda: bool(connection.is_usable())) if found and found[0] else None
    except (DatabaseError, InterfaceError):
        time.sleep(AGAIN_SECONDS)
        yield None
    finally:
        connection.close()


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
