"""What the ledger does when figures of funnels were renewed, or a funnel is another one now."""

from tragt.web.jobs.actions import enqueue
from tragt.web.leaks.tasks import look
from tragt.web.shell.acting import SYSTEM

__all__ = ["SUBJECT", "after_change", "after_warming"]

SUBJECT = "leaks"


def after_warming(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Have all funnels gone through: the log has changed."""
    enqueue(look, SYSTEM, subject=SUBJECT)


def after_change(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Have the funnels gone through that were not yet as they are now."""
    enqueue(look, SYSTEM, subject=SUBJECT)
