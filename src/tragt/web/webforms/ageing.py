"""What forms keep that grows old: what waits for a confirmation, or for somebody to look at it."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop

from tragt.web.shell.acting import SYSTEM, acting
from tragt.web.shell.retention import REMOVE, Kind
from tragt.web.webforms.actions.confirming import drop
from tragt.web.webforms.queries import old

__all__ = ["KINDS", "WAITING"]

WAITING = "webforms.waiting"

_AT_ONCE = 1000
_DAYS = 30


def _count(before: datetime) -> int:
    return old(before).count()


def _remove(before: datetime, _way: str) -> Iterator[int]:
    while rows := list(old(before)[:_AT_ONCE]):
        with acting(SYSTEM, REMOVE, WAITING) as act:
            number = drop(rows)
            act.details["number"] = number
        yield number


KINDS: tuple[Kind, ...] = (
    Kind(
        WAITING,
        gettext_noop("What forms wait with"),
        gettext_noop(
            "What was sent by a form and nobody confirmed, with the mail about it, and what a form turned away, "
            "from the day it was sent."
        ),
        count=_count,
        remove=_remove,
        default=_DAYS,
        least=7,
        longest=_DAYS,
        order=45,
    ),
)
