"""Noting what is to be told, in the transaction in which it happens: told if that is committed, and else never.

For a webhook that was stopped since it took nothing it is noted as not taken: it can be sent once that is mended.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.models import State as JobState
from tragt.web.jobs.registry import find
from tragt.web.shell.acting import SYSTEM
from tragt.web.webhooks.models import Cause, Delivery, Endpoint, State
from tragt.web.webhooks.queries.endpoints import listening

__all__ = ["SEND", "Happening", "note", "wake", "wake_after_commit"]

SEND = "webhooks.send"
_SUBJECT = f"schedule:{SEND}"
_MANY = 500


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that webhooks may be told of.

    Attributes:
        type: A `MessageType`.
        record: Key of the record it is about.
        at: When it happened.
        change: What there is to say of it besides the record: names of fields or of stages.
        seen: Whether a user is told at all, where that can be asked now alone; None asks when it is sent.
    """

    type: str
    record: int
    at: datetime
    change: dict[str, object] = field(default_factory=dict)
    seen: Callable[[User], bool] | None = None


def note(happenings: Sequence[Happening]) -> None:
    """Write a message for each webhook that is to be told of it, in the transaction around.

    Args:
        happenings: What happened. A change of a record of which an earlier one was not sent yet is one with it.
    """
    rows = [row for endpoint in listening() for row in _for(endpoint, happenings)]
    if rows:
        Delivery.objects.bulk_create(rows, batch_size=_MANY)
    if any(row.state == State.WAITING for row in rows):
        wake_after_commit()


def wake_after_commit() -> None:
    """Let what waits be sent as soon as it is there for others to see. Where that is missed, the schedule does it."""
    transaction.on_commit(lambda: wake(timezone.now()), robust=True)


def wake(at: datetime) -> None:
    """Let somebody look at a moment for what is to be sent, unless that is asked for already."""
    if not Job.objects.filter(name=SEND, state=JobState.WAITING, run_after__lte=at).exists():
        enqueue(find(SEND), SYSTEM, subject=_SUBJECT, unique=False, run_after=at)


def _for(endpoint: Endpoint, happenings: Iterable[Happening]) -> Iterable[Delivery]:
    of_type = [one for one in happenings if endpoint.wants(one.type)]
    wanted = [one for one in of_type if one.seen is None or one.seen(endpoint.reader)]
    changes = [one for one in wanted if "fields" in one.change]
    unsent = _unsent(endpoint, changes)
    for one in wanted:
        earlier = unsent.get((one.type, one.record))
        if earlier is not None and "fields" in one.change:
            earlier.change = {"fields": _joined(earlier.change, one.change)}
            earlier.save(update_fields=["change"])
        else:
            row = Delivery(endpoint=endpoint, type=one.type, record=one.record, at=one.at, change=one.change)
            if endpoint.stopped:
                row.state, row.cause = State.FAILED, Cause.STOPPED
            else:
                row.next = timezone.now()
            yield row


def _unsent(endpoint: Endpoint, changes: Sequence[Happening]) -> dict[tuple[str, int | None], Delivery]:
    """Messages on changes of the same records whose bodies are still to be made; nobody makes them meanwhile."""
    if not changes:
        return {}
    types, records = {one.type for one in changes}, {one.record for one in changes}
    unsent = Q(state=State.FAILED, cause=Cause.STOPPED) if endpoint.stopped else Q(state=State.WAITING)
    rows = Delivery.objects.filter(
        unsent, endpoint=endpoint, type__in=types, record__in=records, tried=None, attempts=0
    )
    return {(row.type, row.record): row for row in rows.order_by("pk").select_for_update(of=("self",))}


def _joined(*changes: dict[str, object]) -> list[str]:
    """The names of the fields of several changes; of those within another name, the longer ones alone."""
    every = {str(name) for change in changes for name in change.get("fields", ())}  # type: ignore[attr-defined]
    return sorted(name for name in every if not any(other.startswith(f"{name}.") for other in every))
