"""Learning of persons and companies from a source, and taking it back."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import polars as pl
from babel.core import get_global
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from tragt.web.accounts.models import Organisation
from tragt.web.log.actions import touch
from tragt.web.people.actions.folding import (
    IN_ORDER,
    companies_by_name,
    companies_for,
    drop_companies,
    mention,
    refold,
    refold_companies,
)
from tragt.web.people.bulk import chunks, insert, reserve, select, undisturbed
from tragt.web.people.holding import held
from tragt.web.people.ledger import CLAIMS
from tragt.web.people.models import Company, Duplicate, Edge, EdgeKind, Identifier, Mention, Person, Statement
from tragt.web.people.telling import Telling, telling
from tragt.web.people.told import Told, add_up, overridden
from tragt.web.shell.acting import Who, acting

__all__ = [
    "BY_PEOPLE",
    "Kept",
    "Learned",
    "Undone",
    "country",
    "learn_claims",
    "learn_companies",
    "learn_people",
    "persons_by_actor",
    "undo_learning",
]

BY_PEOPLE = "user:"
"""How causes begin that are a user's own hand."""

_PERSON = ("id", "name", "email", "phone", "traits", "company", "created", "updated")


@dataclass(frozen=True, slots=True)
class Learned:
    """What was new.

    Attributes:
        created: Persons who were not known.
        changed: Persons of whom something else is known now.
        companies_created: Companies that were not known.
    """

    created: int
    changed: int
    companies_created: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that stays as it is because people changed it since.

    Attributes:
        person: Key of the person.
        field: Name of the field; a trait as ``traits.<name>``.
    """

    person: int
    field: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back.

    Attributes:
        removed: Persons nobody else told of, who are gone.
        restored: Persons who are again as they were.
        companies_removed: Companies nobody belongs to any more, which are gone.
        kept: What people changed since, which stays.
    """

    removed: int
    restored: int
    companies_removed: int
    kept: tuple[Kept, ...]


def learn_people(frame: pl.DataFrame, *, cause: str, who: Who) -> Learned:
    """Learn what a source tells of persons and their companies, all of it or nothing.

    Args:
        frame: As `telling` takes it: ``actor``, and any of ``name``, ``email``, ``phone``, ``company`` and traits.
        cause: What the source is, for example ``import:12``; `undo_learning` takes it back by this.
        who: Who learns.
    """
    with undisturbed(), acting(who, "imports.run", cause.replace(":", " ")) as act:
        told = telling(frame, country())
        known = persons_by_actor(told.actors)
        new = [place for place, actor in enumerate(told.actors) if actor not in known]
        old = [place for place, actor in enumerate(told.actors) if actor in known]
        before = Company.objects.count()
        mention(told.companies, cause)
        _create(told, new, cause)
        changed = _tell(told, old, known, cause)
        learned = Learned(len(new), changed, Company.objects.count() - before)
        drop_companies()
        act.details.update(persons_created=learned.created, persons_changed=changed)
        touch()
    return learned


def learn_companies(told: Mapping[str, Mapping[str, object]], *, cause: str, who: Who) -> dict[str, int]:
    """Learn what a source tells of companies, all of it or nothing.

    Args:
        told: Of each company, by its name as given, any of ``name``, ``domain`` and ``traits``.
        cause: What the source is; `undo_learning` takes it back by this.
        who: Who learns.

    Returns:
        The keys of the companies, by the names given.
    """
    with undisturbed(), acting(who, "imports.run", cause.replace(":", " ")) as act:
        keys = companies_by_name(told)
        statements = {keys[name]: statement for name, statement in told.items() if name in keys}
        Mention.objects.filter(cause=cause, company__in=list(statements)).delete()
        now = timezone.now()
        rows = [(key, cause, True, now, statement) for key, statement in statements.items()]
        insert(Mention, ("company", "cause", "trusted", "at", "told"), rows)
        refold_companies(sorted(statements))
        act.details.update(companies=len(rows))
        touch()
    return keys


def learn_claims(frame: pl.DataFrame, *, cause: str, who: Who) -> int:
    """Learn which anonymous actors were which users.

    Args:
        frame: ``actor`` (``a:…``), ``user`` (``u:…``) and ``at`` (UTC): the time of each claim. Of claims that repeat
            the one before them in time, the first is enough.
        cause: What the source is; `undo_learning` takes it back by this.
        who: Who learns.

    Returns:
        How many edges are new.
    """
    with acting(who, "imports.run", cause.replace(":", " ")) as act:
        claims = frame.select(pl.col(name).cast(kind) for name, kind in CLAIMS.items()).drop_nulls().unique()
        again = pl.col("user") == pl.col("user").shift().over("actor")
        claims = claims.sort("actor", "at", "user").filter(again.fill_null(value=False).not_())
        now = timezone.now()
        rows = [(EdgeKind.CLAIM, *row, cause, now) for row in claims.iter_rows()]
        insert(Edge, ("kind", "actor", "user", "at", "cause", "created"), rows)
        act.details.update(claims=len(rows))
        touch()
    return len(rows)


def undo_learning(*, cause: str, who: Who) -> Undone:
    """Take back what a source told: persons, fields, companies and claims.

    A field is restored only where it still holds what the source told; what others told since stays. So does a person
    on whom people put something since, as they are.
    """
    with acting(who, "imports.undo", cause.replace(":", " ")) as act:
        kept = _kept(cause)
        own = Statement.objects.filter(cause=cause)
        elsewhere = Statement.objects.filter(person=OuterRef("pk")).exclude(cause=cause)
        affected = Person.objects.filter(pk__in=own.values("person"))
        alone = list(affected.filter(~Exists(elsewhere)).values_list("pk", flat=True))
        others = list(affected.filter(Exists(elsewhere)).values_list("pk", flat=True))
        staying = held(alone)
        alone = [key for key in alone if key not in staying]
        for part in chunks([*alone, *others]):
            own.filter(person__in=part).delete()
        _remove(alone)
        restored = refold(others)
        _unmention(cause)
        companies = drop_companies()
        Edge.objects.filter(cause=cause).delete()
        Duplicate.objects.filter(cause=cause, dismissed=None).delete()
        undone = Undone(len(alone), restored, companies, kept)
        act.details.update(persons_removed=len(alone), persons_restored=restored, fields_kept=len(kept))
        touch()
    return undone


def country() -> str | None:
    """The country of the organisation, as its time zone tells."""
    zone = Organisation.objects.values_list("time_zone", flat=True).first()
    country = get_global("zone_territories").get(zone or "")
    return str(country) if country else None


def persons_by_actor(actors: Sequence[str]) -> dict[str, int]:
    """The keys of the persons whom actors are, where there are such."""
    return dict(select(Identifier, ("actor", "person"), "actor", actors))


def _create(told: Telling, places: Sequence[int], cause: str) -> None:
    """Write new persons with their identifiers and statements."""
    now, nothing = timezone.now(), Told()
    keys = reserve(Person, len(places))
    statements = [told.statements[place] for place in places]
    known = [add_up([statement]) if statement else nothing for statement in statements]
    companies = companies_for(known)
    persons = (
        (key, one.name, one.email, one.phone, one.traits, company, now, now)
        for key, one, company in zip(keys, known, companies, strict=True)
    )
    insert(Person, _PERSON, persons)
    # In the order of their index, which is then written from one end to the other.
    insert(Identifier, ("actor", "person"), sorted(zip((told.actors[place] for place in places), keys, strict=True)))
    _state(zip(keys, statements, strict=True), cause)


def _tell(told: Telling, places: Sequence[int], known: dict[str, int], cause: str) -> int:
    """Add statements to persons who are known; how many of them are changed by it."""
    statements = [(known[told.actors[place]], told.statements[place]) for place in places]
    _state(statements, cause)
    return refold(_touched([(key, statement) for key, statement in statements if statement]))


def _touched(told: Sequence[tuple[int, Mapping[str, object]]]) -> list[int]:
    """The persons to whom statements bring something.

    A person is what the statements so far add up to: one more that only repeats the outcome leaves it as it is.
    """
    fields = ("id", "name", "email", "phone", "traits", "company")
    now = {key: rest for key, *rest in select(Person, fields, "id", [key for key, _ in told])}
    companies = companies_for([Told(company=str(statement.get("company", ""))) for _, statement in told])
    found = (
        key for (key, statement), company in zip(told, companies, strict=True) if _brings(statement, company, now[key])
    )
    return sorted(set(found))


def _brings(statement: Mapping[str, object], company: int | None, now: Sequence[object]) -> bool:
    """Whether a statement tells of a person something else than is known."""
    name, email, phone, traits, belongs = now
    known = {"name": name, "email": email, "phone": phone, "company": belongs}
    tells = {**statement, "company": company} if "company" in statement else statement
    if any(tells[field] != known[field] for field in known if field in tells):
        return True
    new = statement.get("traits")
    return isinstance(new, Mapping) and not new.items() <= msgspec.json.decode(str(traits)).items()


def _state(told: Iterable[tuple[int, Mapping[str, object]]], cause: str) -> None:
    now = timezone.now()
    rows = ((key, cause, True, now, statement) for key, statement in told)
    insert(Statement, ("person", "cause", "trusted", "at", "told"), rows)


def _kept(cause: str) -> tuple[Kept, ...]:
    """The fields that the cause told of and that a user changed since."""
    by_people = Statement.objects.filter(cause__startswith=BY_PEOPLE)
    persons = Statement.objects.filter(cause=cause, person__in=by_people.values("person")).values("person")
    told = Statement.objects.filter(person__in=persons)
    rows = told.order_by("person", *IN_ORDER).values_list("person", "cause", "told")
    kept = []
    for person, statements in itertools.groupby(rows, key=lambda row: row[0]):
        listed = list(statements)
        fields: set[str] = set()
        for place, (_, told_by, told) in enumerate(listed):
            later = [one for _, by, one in listed[place + 1 :] if by.startswith(BY_PEOPLE)]
            fields |= set(overridden(told, later)) if told_by == cause else set()
        kept += [Kept(person, field) for field in sorted(fields)]
    return tuple(kept)


def _unmention(cause: str) -> None:
    """Take back what a cause told of companies; one whose name nobody else tells is called by its key."""
    mentions = Mention.objects.filter(cause=cause)
    told = dict(mentions.exclude(told={}).values_list("company", "told"))
    Company.objects.filter(pk__in=[key for key, one in told.items() if "name" in one]).update(name=F("key"))
    mentions.delete()
    refold_companies(sorted(told))


def _remove(persons: Sequence[int]) -> None:
    for part in chunks(persons):
        Person.objects.filter(pk__in=part).delete()
