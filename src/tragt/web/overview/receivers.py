"""What the overview does when data come in or go."""

from tragt.web.jobs.actions import enqueue
from tragt.web.overview.tasks import summarise
from tragt.web.shell.acting import SYSTEM

__all__ = ["after_change"]


def after_change(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Have the figures of the overview ready before somebody looks."""
    enqueue(summarise, SYSTEM, subject="overview")
