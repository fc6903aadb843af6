"""``tragt worker``: does what was queued."""

import os
import signal
import threading
from typing import Annotated

import typer

from tragt.cli.application import Home, enter

__all__ = ["worker"]

POLL_SECONDS = 1.0


def worker(
    home: Home = None,
    beside: Annotated[int | None, typer.Option(hidden=True, help="End when this process has ended.")] = None,
) -> None:
    """Do the jobs that were queued, until told to stop; several may run at once."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if beside is not None:
        threading.Thread(target=_end_with, args=(beside, stop), daemon=True).start()
    enter(home)
    from tragt.web.jobs.worker import run

    run(stop)


def _end_with(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent:
        if stop.wait(POLL_SECONDS):
            return
    stop.set()
