"""Taking the events of an import that did not succeed out of the log again.

Events of a batch that is hidden are in no figure, so no other import may leave its own rows out for their sake:

* An import that fails or is cancelled takes its events out at once. Where that cannot be done then (the disk, the
  process), they stay hidden until the next import begins, which takes them out first.
* An import that finds its rows in the batch of one that is still under way takes its own events out again and waits
  until that one is settled. As it holds nothing while it waits, two imports never wait for each other.
* One that finds them in the batch of an import nobody works on (its process died) takes that one's events out: it
  has failed, and may be tried again.

Each run of a commit and each removal raises `Import.attempt`. It tells the markers of the lake apart, and a process
that still holds an older number has been overtaken: it may write nothing any more.
"""

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F

from tragt.lake import Marker
from tragt.web.imports.actions.states import fault_from
from tragt.web.imports.models import Import, State
from tragt.web.imports.queries import is_under_way
from tragt.web.imports.sentences import Fault
from tragt.web.log.actions import show_batch
from tragt.web.log.queries import hidden_batches, lake

__all__ = ["clear_leftovers", "empty", "fail", "interrupted", "let_go", "taken_out", "unsettled", "withdraw"]

_OPEN = (State.UPLOADED, State.MAPPED, State.FAILED)

log = logging.getLogger(__name__)


def fail(one: Import, error: Exception) -> None:
    """Note on an import what went wrong, and take its events out of the log.

    Args:
        one: The import.
        error: What was raised; of one that nobody foresaw only its kind is kept, for it may quote a row.
    """
    fault = fault_from(error)
    withdraw(one, State.FAILED, error_code=fault.code, error=msgspec.to_builtins(fault))


def interrupted(one: Import) -> None:
    """Note on an import that its process died, and take its events out of the log."""
    fault = Fault("imports.interrupted", "", {}, "It was interrupted. Nothing of the file counts yet; try again.")
    withdraw(one, State.FAILED, error_code=fault.code, error=msgspec.to_builtins(fault))


def withdraw(one: Import, to: State, **noted: object) -> None:
    """End an import that is under way without success, and take its events out of the log.

    Nothing happens where another process has overtaken or completed it meanwhile.

    Args:
        one: The import as it was when its commit began.
        to: What it becomes.
        **noted: What else is noted on it.
    """
    if not let_go(one, to, **noted):
        return
    try:
        empty(one)
    except Exception:  # noqa: BLE001 - whatever hinders it: the events are hidden, and what ended it is what is told
        log.warning("The events of import %s could not be taken out now; the next import does it.", one.pk)


def let_go(one: Import, to: State, **noted: Any) -> bool:
    """End an import that is under way; its events stay hidden in the log until `clear_leftovers`.

    Returns:
        Whether it was so; False where another process has overtaken or completed it.
    """
    held = Import.objects.filter(pk=one.pk, state=State.COMMITTING, attempt=one.attempt)
    return held.update(state=to, attempt=F("attempt") + 1, **noted) == 1


def empty(one: Import) -> None:
    """Take out of the log whatever an import that is not under way has left there."""
    mine = Import.objects.filter(pk=one.pk, state__in=_OPEN)
    if not mine.update(attempt=F("attempt") + 1):
        return
    attempt = Import.objects.values_list("attempt", flat=True).get(pk=one.pk)
    lake().remove_batch(one.batch, Marker(one.batch, 2 * attempt))
    with transaction.atomic():
        # Somebody may have begun it anew meanwhile; it is hidden then for its own sake.
        if mine.filter(attempt=attempt).select_for_update().exists():
            show_batch(one.batch)


def taken_out(one: Import) -> bool:
    """Take the events of an import out of the log while it goes on.

    Returns:
        Whether it could; False where another process has overtaken it.
    """
    held = Import.objects.filter(pk=one.pk, state=State.COMMITTING, attempt=one.attempt)
    if not held.update(attempt=F("attempt") + 1):
        return False
    one.attempt += 1
    lake().remove_batch(one.batch, Marker(one.batch, 2 * one.attempt))
    return True


def clear_leftovers() -> None:
    """Take out the events of every import that is neither done nor under way, and of undos that were cut short."""
    keys = [int(key) for app, _, key in (batch.partition(":") for batch in hidden_batches()) if app == "import"]
    for one in Import.objects.filter(pk__in=keys):
        if one.state == State.UNDOING:
            lake().remove_batch(one.batch, Marker(one.batch, 2 * one.attempt))
        elif one.state in _OPEN:
            empty(one)


def unsettled(one: Import, batches: Iterable[str]) -> list[Import]:
    """Of the imports that hold rows of another, those whose events may not stay; the dead are taken out.

    Args:
        one: The other import.
        batches: Batches that hold rows of its file.

    Returns:
        Those that are under way.
    """
    keys = [int(batch.partition(":")[2]) for batch in batches if batch.startswith("import:") and batch != one.batch]
    waiting = []
    for other in Import.objects.filter(pk__in=keys, state__in=(State.COMMITTING, State.UNDOING)):
        if is_under_way(other):
            waiting.append(other)
        elif other.state == State.COMMITTING:
            interrupted(other)
    return waiting
