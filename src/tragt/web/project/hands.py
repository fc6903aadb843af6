"""What stands beside the pages: the one that does jobs, and the one that settles what is collected."""

import os
import signal
import threading

from django.db import connections

from tragt.web.project.parentage import PARENT, when_orphaned

__all__ = ["settle", "told_to_stop", "work"]

GIVES_WAY = 5
"""What is acknowledged waits and is not lost; who sends should not wait."""


def told_to_stop() -> threading.Event:
    """Set once this process is told to stop, or has lost the one that it stands beside."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if PARENT in os.environ:
        when_orphaned(int(os.environ[PARENT]), stop.set)
    return stop


def work(stop: threading.Event | None = None) -> None:
    """Do jobs until told to stop.

    Args:
        stop: Set to end; None where nobody listens for it yet.
    """
    from tragt.web.jobs.worker import run  # noqa: PLC0415 - only once Django is set up

    run(stop or told_to_stop())
    connections.close_all()


def settle(stop: threading.Event | None = None) -> None:
    """Settle what is collected until told to stop, and give way to who answers.

    Args:
        stop: Set to end; None where nobody listens for it yet.
    """
    from tragt.web.collect.settler import run  # noqa: PLC0415 - only once Django is set up

    os.nice(GIVES_WAY)
    run(stop or told_to_stop())
    connections.close_all()
