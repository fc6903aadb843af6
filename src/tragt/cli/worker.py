"""``tragt worker``: does what was queued."""

import typer

from tragt.cli.application import Home, configured, enter, furnished

__all__ = ["worker"]


def worker(home: Home = None) -> None:
    """Do the jobs that were queued and settle what is collected, until told to stop; several may run at once."""
    configured(home)
    from tragt.web.project.hands import told_to_stop, work

    stop = told_to_stop()
    furnished(home)
    from tragt.web.project.nursery import Nursery
    from tragt.web.project.server import Crew

    nursery = Nursery()
    enter(home)
    settling = Crew(nursery, 0)
    settling.start()
    try:
        work(stop)
    finally:
        settling.stop()
        nursery.close()
    if settling.lost:
        raise typer.Exit(1)
