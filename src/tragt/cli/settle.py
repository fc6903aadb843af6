"""``tragt settle``: brings what is collected into the event log."""

import os
import signal
import threading
from typing import Annotated

import typer

from tragt.cli.application import Home, enter

__all__ = ["settle"]

GIVES_WAY = 5
"""What is acknowledged waits here and is not lost; who sends should not wait."""


def settle(
    home: Home = None,
    beside: Annotated[int | None, typer.Option(hidden=True, help="End when this process has ended.")] = None,
) -> None:
    """Bring what is collected into the event log, until told to stop; [b]tragt up[/b] starts it."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(GIVES_WAY)
    enter(home)
    from tragt.web.collect.settler import run
    from tragt.web.project.parentage import when_orphaned

    if beside is not None:
        when_orphaned(beside, stop.set)
    run(stop)
