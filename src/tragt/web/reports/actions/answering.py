"""What readers say of their reports by the links in their mails: yes, and no more. They need no account."""

from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.reports.models import State, Subscription
from tragt.web.reports.queries import stoppable_by_key, subscription_by_key
from tragt.web.shell.acting import SYSTEM, acting
from tragt.web.shell.holding import hold

__all__ = ["confirm", "stop"]

_ACT = "reports.answer"
_UNDECIDED = (State.ASKED, State.STOPPED)
"""The states that a yes changes."""


def confirm(key: str) -> Subscription:
    """A reader says yes. Saying so twice is saying so once; after a no, a yes of the same mail counts.

    Args:
        key: Of the subscription, as a link carried it.

    Raises:
        NotFound: It was removed.
    """
    row = subscription_by_key(key)
    if row.state not in _UNDECIDED:
        return row
    with acting(SYSTEM, _ACT, f"funnel {row.funnel_id}", act="confirm", report=row.pk):
        hold(Subscription, row.pk)
        row = subscription_by_key(key)
        if row.state in _UNDECIDED:
            row.state, row.agreed, row.stopped = State.ACTIVE, timezone.now(), None
            row.begins = row.agreed
            row.version += 1
            row.save(update_fields=["state", "agreed", "stopped", "begins", "version"])
    return row


def stop(key: str) -> Subscription | None:
    """A reader wants no more of it, whatever else became of it: who removed it, or deleted the funnel, may undo that.

    Args:
        key: Of the subscription, as a link carried it.

    Returns:
        The subscription; None where it is gone for good.
    """
    try:
        row = stoppable_by_key(key)
    except NotFound:
        return None
    if row.state == State.STOPPED:
        return row
    with acting(SYSTEM, _ACT, f"funnel {row.funnel_id}", act="stop", report=row.pk):
        hold(Subscription, row.pk)
        row = stoppable_by_key(key)
        if row.state != State.STOPPED:
            row.state, row.stopped = State.STOPPED, timezone.now()
            row.version += 1
            row.save(update_fields=["state", "stopped", "version"])
    return row
