"""Doing again, in what was restored, what was erased since the backup was taken."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl
from django.conf import settings
from django.db.models import Q

from tragt.errors import InvalidSetting, TragtError
from tragt.web.backup.actions.noting import silent
from tragt.web.backup.erasures import LIST, Entry, Seal, written
from tragt.web.backup.manifest import Manifest
from tragt.web.backup.restoring import Restored
from tragt.web.collect.settler import drain
from tragt.web.log import actions as log
from tragt.web.log.queries import lake
from tragt.web.people.actions import anonymise_person, erase_person, finish_erasures, unmerge
from tragt.web.people.models import Edge, EdgeKind, Erasure, Identifier, Person, Removal
from tragt.web.people.queries import identity
from tragt.web.shell.acting import COMMAND_LINE, acting

__all__ = ["Replayed", "replay", "tell"]

_SPANS = pl.Schema({"actor": pl.String(), "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")})


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was done again.

    Attributes:
        asked: How many erasures the backup did not know.
        persons: How many persons were found in it, and are gone from every figure and page.
        waits: Why their bytes go in the coming night only; empty where they are gone.
    """

    asked: int
    persons: int = 0
    waits: str = ""


def replay(restored: Restored) -> Replayed:
    """Erase and anonymise again whoever the backup brought back; afterwards the home may serve.

    The actors of the list are looked for among all that the restored stores know. Who was one with others in the
    backup, and was not when the erasure was asked for, is parted from them first. Of a visitor's device that several
    persons used, only what was this one's goes. By the e-mail address somebody is found whom none of the actors
    leads to.

    Args:
        restored: The home; the application is loaded over it.

    Raises:
        InvalidSetting: The list was made under another secret key, so that nobody can be found by it.
    """
    pending = [entry for entry in restored.erasures if _is_new(entry, restored)]
    done = Replayed(len(pending))
    if pending:
        seal = Seal(settings.SECRET_KEY)
        _check_key(pending, seal)
        token = silent.set(True)  # they stand in the list already
        try:
            drain()
            done = _again(pending, seal)
        finally:
            silent.reset(token)
    if restored.erasures:
        file = Path(settings.TRAGT.home) / LIST
        file.touch(0o600)
        file.write_bytes(written(replace(entry, replayed=True) for entry in restored.erasures))
    return done


def tell(manifest: Manifest, done: Replayed) -> None:
    """Let the audit tell that this home was restored.

    Args:
        manifest: Of the backup.
        done: What was erased again.
    """
    made = manifest.made.isoformat(timespec="seconds")
    with acting(COMMAND_LINE, "backup.restore", made=made, erased=done.persons):
        pass


def _is_new(entry: Entry, restored: Restored) -> bool:
    key, _, asked = entry.id.partition("@")
    known = Erasure.objects.filter(pk=int(key), asked=datetime.fromisoformat(asked))
    return entry.id not in restored.replayed and not known.exists()


def _check_key(entries: Iterable[Entry], seal: Seal) -> None:
    strange = sum(entry.key != seal.name for entry in entries)
    if strange:
        raise InvalidSetting(
            "backup.other_key",
            f"{strange} erasures since the backup are listed under another secret key, so that nobody can be found by "
            "them. Put the file 'secret' of the home where they were asked for into the new home, or set "
            "TRAGT_SECRET_KEY, and restore again; nothing was changed.",
        )


def _again(entries: Sequence[Entry], seal: Seal) -> Replayed:
    wanted = {marked.mark for entry in entries for marked in entry.actors}
    found: dict[str, str] = {}
    for actor in _actors():
        mark = seal.mark(actor)
        if mark in wanted:
            found[mark] = actor
    persons = sum(_one_again(entry, found, seal) for entry in entries)
    return Replayed(len(entries), persons, _finished())


def _finished() -> str:
    try:
        finish_erasures()
    except TragtError as problem:
        return str(problem)
    return ""


def _actors() -> Iterator[str]:
    """Every actor that the restored stores know, some of them more than once."""
    yield from Identifier.objects.values_list("actor", flat=True).iterator()
    for edge in Edge.objects.values_list("actor", "user").iterator():
        yield from edge
    each = lake().made_of_files(lambda frame: frame.select(pl.col("actor").cast(pl.String)).unique(), ["actor"])
    yield from each["actor"].drop_nulls().unique()


def _one_again(entry: Entry, found: dict[str, str], seal: Seal) -> int:
    """Do one erasure again; how many persons that were."""
    actors = [(found[marked.mark], marked) for marked in entry.actors if marked.mark in found]
    users = [actor for actor, _ in actors if not actor.startswith("a:")] or ([] if actors else _by_email(entry, seal))
    _part(set(users))
    known = identity()
    claimed = set(known.spans["actor"].to_list())
    visits = [(actor, marked.start, marked.end) for actor, marked in actors if actor.startswith("a:")]
    alone = [actor for actor, start, end in visits if actor not in claimed and not (start or end)]
    if entry.kind == Removal.ERASE and len(visits) > len(alone):
        # By the spans of the list, for the ledger of the backup may give these visits to somebody else.
        log.erase(pl.DataFrame(visits, schema=_SPANS, orient="row"))
    persons = [*known.canonical(pl.Series(users, dtype=pl.String)).unique(), *alone]
    for person in persons:
        (erase_person if entry.kind == Removal.ERASE else anonymise_person)(person, COMMAND_LINE)
    return int(bool(actors or persons))


def _by_email(entry: Entry, seal: Seal) -> list[str]:
    marks = set(entry.emails)
    rows = Person.objects.exclude(email="").values_list("pk", "email").iterator() if marks else ()
    theirs = [key for key, email in rows if seal.mark(email) in marks]
    return list(Identifier.objects.filter(person__in=theirs).values_list("actor", flat=True))


def _part(users: set[str]) -> None:
    """Take back merges of some users with others: at the erasure they were not one any more."""
    ends = Q(actor__in=users) | Q(user__in=users)
    for edge in Edge.objects.filter(ends, kind=EdgeKind.MERGE, undone=None):
        if not {edge.actor, edge.user} <= users:
            unmerge(edge.pk, who=COMMAND_LINE)
