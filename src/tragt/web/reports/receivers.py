"""What reports do when the figures of funnels were renewed, or a funnel was changed: its weeks are counted anew."""

from tragt.web.jobs.actions import enqueue
from tragt.web.reports.tasks import count_weeks
from tragt.web.shell.acting import SYSTEM

__all__ = ["after_change"]


def after_change(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Count the weeks."""
    enqueue(count_weeks, SYSTEM, subject="reports")
