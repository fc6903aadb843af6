"""Noting erasures in the list beside the data."""

from contextvars import ContextVar
from datetime import datetime
from pathlib import Path

from django.conf import settings

from tragt.web.backup.erasures import LIST, Entry, Marked, Seal, add
from tragt.web.people.models import Erasure
from tragt.web.people.queries import person_of, spans_of
from tragt.web.shell.personal import Subject

__all__ = ["note", "silent"]

silent: ContextVar[bool] = ContextVar("silent", default=False)
"""Whether erasures are done again that stand in the list already."""


def note(erasure: Erasure) -> None:
    """Note an erasure, before it is committed.

    Args:
        erasure: Its row, which says whom it is about.
    """
    if silent.get():
        return
    seal = Seal(settings.SECRET_KEY)
    told = erasure.subject
    subject = Subject(told["person"], frozenset(told["actors"]), frozenset(told["emails"]), frozenset(told["phones"]))
    spans = _spans(subject)
    entry = Entry(
        id=f"{erasure.pk}@{erasure.asked.isoformat()}",
        key=seal.name,
        kind=erasure.kind,
        actors=tuple(Marked(seal.mark(actor), start, end) for actor, start, end in spans),
        emails=tuple(sorted(map(seal.mark, subject.emails))),
    )
    add(Path(settings.TRAGT.home) / LIST, entry)


def _spans(subject: Subject) -> list[tuple[str, datetime | None, datetime | None]]:
    """The actors of a person and the times at which they were; none of one who has no actor."""
    if not subject.actors:
        return []
    return spans_of(person_of(subject)).select("actor", "start", "end").unique().sort("actor", "start").rows()
