"""Whose data are meant: everything that leads to a person. The unit of observation is the person."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
from django.db.models import Q

from tragt.web.log import queries as log
from tragt.web.people.ledger import SPANS
from tragt.web.people.models import Erasure, Identifier, Person
from tragt.web.people.normal import email
from tragt.web.people.normal import phone as telephone
from tragt.web.people.queries.identity import Identity, identity, identity_of
from tragt.web.people.queries.persons import Named, persons_of
from tragt.web.shell.personal import Subject, leading_to

__all__ = ["Spans", "events_of", "found", "person_of", "rows_of", "spans_of", "subject_of", "telling_of", "waiting"]

Spans = pl.DataFrame
"""``actor``, ``start`` (inclusive) and ``end`` (exclusive; null means without bound)."""

_FOUND = 20
_BOUND = pl.lit(None, SPANS["start"])
_BEFORE = r"(?:(?<!\w)|(?<=\\[bfnrt]))"
"""Where a word begins; in JSON also after the sign of a new line, which ends with a letter."""
_FULL_NAME = 2
"""Words that a name has at least, where it is looked for in what people wrote: one alone may be anybody's."""


@dataclass(frozen=True, slots=True)
class _Known:
    users: list[str]
    spans: Spans


def found(text: str) -> list[Named]:
    """The persons whom an e-mail address, a telephone number or an identifier leads to.

    Args:
        text: As somebody typed it.
    """
    text = text.strip()
    addresses = Q(person__email=email(text) or text.lower()) if "@" in text else Q()
    number = telephone(text)
    numbers = Q(person__phone=number) if number else Q()
    actors = [text] if text.startswith(("u:", "a:")) else [f"u:{text}", f"a:{text}"]
    named = Q(actor__in=actors)
    for one in (addresses, numbers):
        named = named | one if one else named
    rows = Identifier.objects.filter(named, person__struck=None).order_by("pk").values_list("actor", flat=True)
    known = identity()
    in_ledger = known.spans.filter(pl.col("actor").is_in(actors))["actor"]
    described = pl.Series([*rows[:_FOUND], *in_ledger, *_with_events(actors)], dtype=pl.String)
    claimed = known.spans.filter(pl.col("actor").is_in(described.implode()))
    themselves = described.filter(~described.is_in(claimed["actor"].implode()))
    return persons_of(pl.concat([claimed["person"], themselves]).unique(maintain_order=True).to_list())


def person_of(subject: Subject) -> str:
    """The canonical actor of a subject, as the ledger stands now."""
    users = sorted(subject.actors, key=lambda actor: (actor.startswith("a:"), actor))
    return str(identity().canonical(pl.Series(users[:1], dtype=pl.String))[0])


def waiting() -> int:
    """How many persons' data are still in the files, though they were to go."""
    return Erasure.objects.filter(finished=None).count()


def subject_of(person: str) -> Subject:
    """Everything that leads to a person.

    Args:
        person: Canonical actor, as the column ``person`` of the event log has it.
    """
    known = _known(person, identity())
    rows = list(Person.objects.filter(identifiers__actor__in=known.users).order_by("pk").distinct())
    return Subject(
        person=rows[0].pk if rows else None,
        actors=frozenset([*known.users, *known.spans["actor"]]),
        emails=frozenset(row.email for row in rows if row.email),
        phones=frozenset(row.phone for row in rows if row.phone),
    )


def rows_of(subject: Subject) -> set[int]:
    """Keys of the rows that describe a subject: one for each source, where several were merged."""
    described = Identifier.objects.filter(actor__in=subject.actors).values_list("person", flat=True)
    return {*described, *([subject.person] if subject.person is not None else [])}


def telling_of(subject: Subject) -> Callable[[str], bool]:
    """Tells of a text whether it leads to a subject, or has their full name in it, unless somebody else has it too."""
    leads, named = leading_to(subject), _naming(rows_of(subject))
    if named is None:
        return leads
    return lambda text: leads(text) or named.search(text.casefold()) is not None


def spans_of(*persons: str) -> Spans:
    """The actors of the log that are some persons, and when.

    Args:
        persons: Canonical actors.
    """
    known = identity_of(persons, companies=False)
    if known.spans.is_empty():
        # Nobody is one with anybody, as most are: each is the one actor, at all times.
        themselves = list(dict.fromkeys(persons))
        return pl.DataFrame({"actor": themselves}, {"actor": pl.String}).select("actor", start=_BOUND, end=_BOUND)
    return pl.concat([known.spans.clear().drop("person"), *(_known(one, known).spans for one in persons)])


def events_of(spans: Spans) -> pl.DataFrame:
    """All events of actors at times, also of batches that are hidden, as the lake keeps them."""
    events = log.lake().read(actors=spans["actor"])
    inside = (pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))) & (
        pl.col("end").is_null() | (pl.col("time") < pl.col("end"))
    )
    theirs = events.join(spans, on="actor", how="inner").filter(inside)
    return theirs.drop("start", "end").unique("id").sort("time", "id")


def _known(person: str, known: Identity) -> _Known:
    """The users that are a person, and all its actors with the times at which they are it."""
    merged = known.persons.filter(pl.col("person") == person)["actor"].to_list()
    users = merged or [person]
    own = pl.DataFrame({"actor": users}).with_columns(
        start=pl.lit(None, known.spans.schema["start"]), end=pl.lit(None, known.spans.schema["end"])
    )
    claimed = known.spans.filter((pl.col("person") == person) & pl.col("actor").str.starts_with("a:"))
    own = own.join(claimed, on="actor", how="anti")
    return _Known(users, pl.concat([own, claimed.select("actor", "start", "end")]))


def _naming(persons: set[int]) -> re.Pattern[str] | None:
    """Finds, in a text whose capitals are folded, the full names that some persons share with nobody else.

    A name stands by itself: Per Hansen is not in Jesper Hansen, nor in Per Hansen-Lund; but he is in Per Hansens.
    """
    rows = Person.objects.filter(pk__in=persons).exclude(name="").values_list("name", flat=True)
    names = {name for name in map(_folded, rows) if len(name.split()) >= _FULL_NAME}
    if not names:
        return None
    # A database folds the capitals of some alphabets alone, each another one's; so the names are compared here.
    others = Person.objects.exclude(pk__in=persons).exclude(name="").order_by().values_list("name", flat=True)
    like = names | {f"{name}s" for name in names}
    taken = {name for name in map(_folded, others.iterator()) if name in like}
    own = [_words(name) + ("" if f"{name}s" in taken else "s?") for name in sorted(names - taken)]
    return re.compile(rf"{_BEFORE}(?:{'|'.join(own)})(?!\w|-\w)") if own else None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _words(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))


def _with_events(actors: list[str]) -> list[str]:
    """Those actors that no row describes, but that have events."""
    events = log.events(columns=["actor", "time"], actors=pl.Series(actors, dtype=pl.String))
    return events["actor"].unique().sort().to_list()
