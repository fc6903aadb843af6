"""Who wants to hear of events as they settle, in the process of the settler. Apps above subscribe when ready.

A subscriber hears a batch before it leaves the inbox, so that nothing is missed where the process ends in between; it
may then hear it again, and must do the same only once. It is quick, for all that settles waits for it.
"""

import logging
from collections.abc import Callable

import polars as pl
from django.db import InterfaceError, OperationalError

__all__ = ["Subscriber", "publish", "subscribe"]

Subscriber = Callable[[pl.DataFrame, str], None]
"""Takes settled events, with columns of the log, and the cause by which their batch is known."""

_subscribers: list[Subscriber] = []

log = logging.getLogger(__name__)


def subscribe(subscriber: Subscriber) -> None:
    """Let somebody hear of events as they settle."""
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def publish(rows: pl.DataFrame, cause: str) -> None:
    """Tell all subscribers of a batch. One that fails is passed over, for events must settle whatever is made of them.

    Args:
        rows: Settled events.
        cause: What the batch is.

    Raises:
        OperationalError: The database is in trouble; settling tries again. So with InterfaceError.
    """
    if rows.is_empty():
        return
    for subscriber in _subscribers:
        try:
            subscriber(rows, cause)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            log.exception("Of the events %s one subscriber could make nothing.", cause)
