"""Letting events and persons go because of their age. What goes does not come back."""

from collections.abc import Iterator
from datetime import datetime

from tragt.lake.ageing import Aged
from tragt.web.log.actions import expire, purge
from tragt.web.people.actions.indexing import renew_indexes
from tragt.web.people.actions.rights import anonymise_person, erase_person
from tragt.web.people.models import Removal
from tragt.web.people.queries.idle import claimed_visitors, idle_persons
from tragt.web.shell.acting import SYSTEM, acting
from tragt.web.shell.retention import REMOVE

__all__ = ["PERSONS_A_NIGHT", "forget_bytes_of_events", "remove_idle_persons", "remove_old_events"]

PERSONS_A_NIGHT = 200


def remove_old_events(before: datetime, *, known: bool, code: str) -> Iterator[int]:
    """Remove old events from the log, some files at a time; how many with each.

    Args:
        before: Those before this moment (UTC).
        known: Those of persons who are known; else of visitors who never became so.
        code: What they are called among the kinds of data that grow old.
    """
    for number in expire(Aged(before, known, claimed_visitors())):
        if number:
            with acting(SYSTEM, REMOVE, code, number=number):
                pass
        yield number


def forget_bytes_of_events() -> None:
    """Remove the bytes of events that were removed: from the files, the table's log and the indexes.

    Raises:
        TragtError: An index is being built, or somebody writes to the log for long; it can be done again.
    """
    renew_indexes()
    purge()


def remove_idle_persons(before: datetime, way: str) -> Iterator[int]:
    """Erase or anonymise persons of whom nothing was heard for long, one after another; at most so many at once.

    Args:
        before: Nothing was heard of them since this moment (UTC).
        way: How: a `Removal`; erased where it is empty.
    """
    ask = anonymise_person if way == Removal.ANONYMISE else erase_person
    for person in idle_persons(before)[:PERSONS_A_NIGHT]:
        ask(person, SYSTEM)
        yield 1
