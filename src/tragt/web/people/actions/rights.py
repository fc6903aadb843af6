"""Export, erasure and anonymising of one person, over every store of the register.

Erasure takes two steps. At once the events of the person are struck from every figure and the person from every page.
The next night the bytes are rewritten, for all at once since whole files are: first files, then rows, and last what
the database kept of them. Whoever is anonymised waits for that night. An import under way could bring a person back:
it is waited for, and where one came in between, the files are gone through again.
"""

import secrets
import time
from dataclasses import replace
from typing import IO

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.lake.rights import stand_in
from tragt.web.log.actions import purge, strike, touch
from tragt.web.log.queries import acts_of, revision
from tragt.web.outbox.queries import under_way
from tragt.web.people.actions.indexing import renew_indexes
from tragt.web.people.archive import archive
from tragt.web.people.disk import forget_deleted
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Erasure, Person, Removal
from tragt.web.people.queries import found, import_under_way, register, rows_of, spans_of, subject_of, upload_under_way
from tragt.web.people.queries.register import FILES
from tragt.web.records.actions.search_index import compact_search_index
from tragt.web.records.signals import removing
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who, acting
from tragt.web.shell.personal import Store, Subject

__all__ = ["anonymise_person", "erase_now", "erase_person", "export_person", "finish_erasures", "nothing_arrives"]

PATIENCE_SECONDS = 10.0
"""For how long what came before is waited for; a settler brings it into the log in a second or two."""

_PAUSE_SECONDS = 0.1
_TRIES = 3


def export_person(person: str, who: Who) -> IO[bytes]:
    """Everything that is held of a person, as a ZIP archive: JSON and CSV files, and the files on the person.

    Args:
        person: Canonical actor, as the column ``person`` of the event log has it.
        who: Who asks.

    Returns:
        The archive, open at its beginning; who takes it closes it.
    """
    with acting(who, "people.export") as act:
        subject = subject_of(person)
        act.target = f"person {subject.person}" if subject.person else "person without a row"
        stores = register()
        held = {store.name: list(store.export(subject)) for store in stores}
        documents = [one for store in stores for one in store.documents(subject)]
        act.details.update(rows=sum(map(len, held.values())), files=len(documents))
    return archive(held, documents, settings.TRAGT.arriving[0])


def erase_person(person: str, who: Who) -> Erasure:
    """Erase a person: out of every figure and page at once, and soon out of every byte.

    Args:
        person: Canonical actor, as the column ``person`` of the event log has it.
        who: Who asks.
    """
    return _ask(Removal.ERASE, person, who)


def anonymise_person(person: str, who: Who) -> Erasure:
    """Take away who a person was and leave what is counted.

    Args:
        person: Canonical actor, as the column ``person`` of the event log has it.
        who: Who asks.
    """
    return _ask(Removal.ANONYMISE, person, who)


def erase_now(text: str, who: Who = COMMAND_LINE) -> Erasure:
    """Erase the person whom an e-mail address, a telephone number or an identifier leads to, both steps at once.

    Args:
        text: What leads to the person.
        who: Who asks.

    Raises:
        NotFound: Nobody is found.
        InvalidDefinition: More than one person is found.
        TragtError: An import or an upload is under way; nothing was done.
    """
    nothing_arrives()
    persons = found(text)
    if not persons:
        raise NotFound("people.nobody", "Nobody was found by that. Give an e-mail address, a number or an identifier.")
    if len(persons) > 1:
        raise InvalidDefinition(
            "people.several",
            f"That leads to {len(persons)} persons. Give the identifier of one of them: "
            f"{', '.join(one.id for one in persons)}.",
        )
    erasure = erase_person(persons[0].id, who)
    finish_erasures()
    erasure.refresh_from_db()
    return erasure


def nothing_arrives() -> None:
    """Go on only where no import could bring a person back.

    Raises:
        TragtError: An import or an upload is under way.
    """
    if import_under_way():
        raise TragtError(
            "people.import_under_way",
            "An import is under way, and it could bring back whoever is erased now. Try again when it is done.",
        )
    if upload_under_way():
        raise TragtError(
            "people.upload_under_way",
            "A file is being uploaded, and it could bring back whoever is erased now. Try again in ten minutes.",
        )


def _nothing_waits() -> None:
    waited_for, end = under_way(), time.monotonic() + PATIENCE_SECONDS
    while not waited_for.arrived() and time.monotonic() < end:
        time.sleep(_PAUSE_SECONDS)
    if not waited_for.arrived():
        raise TragtError(
            "people.events_under_way",
            "Events that came before are not in the event log yet, and one could be of whoever is erased now. Try "
            "again in a few minutes; a settler must run (tragt up starts one).",
        )


def finish_erasures() -> int:
    """Do the second step of all that was asked for; how many persons are gone.

    Raises:
        TragtError: An import or an upload is under way, an index is being built, or the database is in use; what is
            left waits for the next time.
    """
    asked = list(Erasure.objects.filter(finished=None).order_by("pk"))
    if asked:
        nothing_arrives()
        _nothing_waits()
    for erasure in asked:
        if erasure.subject:
            _rewrite(erasure)
    if asked:
        cache.clear()
        renew_indexes()
        purge()
        compact_search_index()
        forget_deleted()
        Erasure.objects.filter(pk__in=[one.pk for one in asked], subject={}).update(finished=timezone.now())
    return len(asked)


def _ask(kind: Removal, person: str, who: Who) -> Erasure:
    with acting(who, "people.erase", act=str(kind)) as act:
        subject = subject_of(person)
        asked = Erasure.objects.create(
            kind=kind,
            asked_by=f"user:{who.user.pk}" if who.user else who.kind,
            subject=_as_json(subject),
            secret=secrets.token_hex(32) if kind == Removal.ANONYMISE else "",
        )
        act.target = f"erasure {asked.pk}"
        if records := sorted(rows_of(subject)):
            removing.send(Person, kind=PERSON.code, records=records, how=str(kind))
        if kind == Removal.ERASE:
            strike(spans_of(person))
            Person.objects.filter(identifiers__actor__in=subject.actors).update(struck=timezone.now())
        touch()
    return asked


def _rewrite(erasure: Erasure) -> None:
    """Files first, for they can be done again; then rows, in one transaction that forgets whom it was about."""
    subject = _subject(erasure)
    files = [store for store in register() if store.name.startswith(FILES)]
    for _ in range(_TRIES):
        before = acts_of(revision())
        touched = sum(_apply(store, erasure.kind, subject) for store in files)
        if _rewrite_rows(erasure, subject, before, touched):
            return
    raise TragtError(
        "people.busy", "Imports or people changed the data while a person was taken out of it. It is tried again."
    )


def _rewrite_rows(erasure: Erasure, subject: Subject, before: str, touched: int) -> bool:
    """Whether it was done: not so where anything changed since the files were gone through."""
    with acting(SYSTEM, "people.erase", f"erasure {erasure.pk}", act=f"{erasure.kind} finished") as act:
        if not Erasure.objects.select_for_update().exclude(subject={}).filter(pk=erasure.pk).exists():
            return True
        nothing_arrives()
        if acts_of(revision()) != before:
            return False
        rows = [store for store in register() if not store.name.startswith(FILES)]
        touched += sum(_apply(store, erasure.kind, subject) for store in rows)
        Erasure.objects.filter(pk=erasure.pk).update(subject={}, secret="", touched=touched)
        act.details.update(touched=touched)
        touch()
    return True


def _apply(store: Store, kind: str, subject: Subject) -> int:
    return store.erase(subject) if kind == Removal.ERASE else store.anonymise(subject)


def _as_json(subject: Subject) -> dict[str, object]:
    return {
        "person": subject.person,
        "actors": sorted(subject.actors),
        "emails": sorted(subject.emails),
        "phones": sorted(subject.phones),
    }


def _subject(erasure: Erasure) -> Subject:
    held = erasure.subject
    actors = frozenset(held["actors"])
    subject = Subject(held["person"], actors, frozenset(held["emails"]), frozenset(held["phones"]))
    if not erasure.secret:
        return subject
    secret = bytes.fromhex(erasure.secret)
    return replace(subject, pseudonyms={actor: stand_in(actor, secret) for actor in actors}, secret=secret)
