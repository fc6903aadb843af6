"""``tragt worker``: does what was queued."""

import signal
import threading
from typing import Annotated

import typer

from tragt.cli.application import Home, enter

__all__ = ["worker"]


def worker(
    home: Home = None,
    beside: Annotated[int | None, typer.Option(hidden=True, help="End when this process has ended.")] = None,
) -> None:
    """Do the jobs that were queued and settle what is collected, until told to stop; several may run at once."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    enter(home)
    from tragt.web.jobs.worker import run
    from tragt.web.project.parentage import when_orphaned
    from tragt.web.project.server import Crew

    if beside is not None:
        when_orphaned(beside, stop.set)
        run(stop)
        return
    settling = Crew(0)
    settling.start()
    try:
        run(stop)
    finally:
        settling.stop()
