"""Who is who by the ledger as it stands. The unit of observation is the actor.

The whole is kept in memory until it changes; of a few actors only what is tied to them is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from django.db.models import Q

from tragt.web.log.queries import revision
from tragt.web.people.bulk import chunks
from tragt.web.people.ledger import CLAIMS, MERGES, SPANS, Ledger
from tragt.web.people.models import Edge, EdgeKind
from tragt.web.people.queries.rows import described, rows
from tragt.web.shell.remembered import Remembered

__all__ = ["Identity", "identity", "identity_of", "joined", "units"]

_Claim = tuple[str, str, datetime]
_COMPANIES = {"person": pl.String, "company": pl.String}
_NOBODY = pl.DataFrame(schema={"actor": pl.String, "person": pl.String})
_AT_NO_TIME = pl.DataFrame(schema=SPANS)

_known: "Remembered[Identity]" = Remembered()


@dataclass(frozen=True, slots=True)
class Identity:
    """What the ledger and the persons say.

    Attributes:
        spans: Who each actor is and when, as `Ledger.spans` gives it.
        persons: Users who are one person with others, as `Ledger.persons` gives it.
        companies: ``person`` (canonical) and ``company`` (key), of those who have one.
    """

    spans: pl.DataFrame
    persons: pl.DataFrame
    companies: pl.DataFrame

    def canonical(self, actors: pl.Series) -> pl.Series:
        """The persons that users are; an actor in no merge is itself."""
        joined = actors.to_frame("actor").join(self.persons, on="actor", how="left", maintain_order="left")
        return joined.select(pl.coalesce("person", "actor")).to_series()


def identity() -> Identity:
    """Who is who now."""
    never_again, now = object(), revision()
    return _known.of(now or never_again, lambda: _read(now))


def identity_of(actors: Iterable[str], *, companies: bool = True) -> Identity:
    """Who is who among some actors now, by their own edges alone: for the page of one person or one company.

    Args:
        actors: Actors of the log, ``u:…`` and ``a:…``.
        companies: Whether it is asked for their companies too.

    Returns:
        What `identity` says of these actors, of the users who are one with them, and of the visitors whom those
        claimed. Others who claimed these too stand there as the users they are, whoever they are one with.
    """
    asked = set(actors)
    visitors = {actor for actor in asked if actor.startswith("a:")}
    of_visitors = _claims("actor", visitors)
    merges = _merges((asked - visitors).union(user for _, user, _ in of_visitors))
    users = (asked - visitors).union((user for _, user, _ in of_visitors), *merges)
    claimed = {actor for actor, _, _ in _claims("user", users)}
    claims = of_visitors + _claims("actor", claimed - visitors)
    persons, spans = _NOBODY, _AT_NO_TIME
    if claims or merges:
        ledger = _ledger(claims, merges)
        persons, spans = ledger.persons(), ledger.spans()
    rows = described(sorted(asked | users) if companies else [])
    return Identity(spans, persons, _companies(persons, rows))


def joined(actors: Iterable[str]) -> pl.DataFrame:
    """Who is one with some actors now, by their own edges alone.

    Args:
        actors: Actors of the log.

    Returns:
        ``actor`` and ``person``, as `Ledger.persons` gives them.
    """
    merges = _merges({actor for actor in actors if not actor.startswith("a:")})
    return _ledger([], merges).persons() if merges else _NOBODY


def units() -> pl.DataFrame:
    """The result of the ledger, so that any engine can join it to the log.

    Returns:
        ``actor``, ``from`` (inclusive) and ``to`` (exclusive; null means without bound), ``person`` and ``company``;
        an actor that is absent is a person of its own without a company.
    """
    known = identity()
    alone = known.companies.filter(~pl.col("person").is_in(known.spans["actor"].implode()))
    bound = pl.lit(None, SPANS["start"])
    themselves = alone.select(actor="person", start=bound, end=bound, person="person")
    spans = pl.concat([known.spans, themselves]).join(known.companies, on="person", how="left")
    return spans.sort("actor", "start", nulls_last=False).rename({"start": "from", "end": "to"})


def _read(now: str) -> Identity:
    found = rows(now)
    ledger = Ledger(found.claims, found.merges)
    persons = ledger.persons()
    return Identity(ledger.spans(), persons, _companies(persons, found.described.sort("key")))


def _claims(end: str, those: Iterable[str]) -> list[_Claim]:
    """The claims that stand at which some actors are the visitor, or the user."""
    standing = Edge.objects.filter(kind=EdgeKind.CLAIM, undone=None).values_list("actor", "user", "at")
    return [row for part in chunks(sorted(those)) for row in standing.filter(**{f"{end}__in": part})]


def _merges(users: Iterable[str]) -> set[tuple[str, str]]:
    """The merges that stand among users and all who are one with them."""
    standing = Edge.objects.filter(kind=EdgeKind.MERGE, undone=None).values_list("actor", "user")
    found: set[tuple[str, str]] = set()
    known, new = set(users), set(users)
    while new:
        parts = chunks(sorted(new))
        found.update(row for part in parts for row in standing.filter(Q(actor__in=part) | Q(user__in=part)))
        new = set().union(*found) - known
        known |= new
    return found


def _ledger(claims: list[_Claim], merges: Iterable[tuple[str, str]]) -> Ledger:
    return Ledger(pl.DataFrame(claims, CLAIMS, orient="row"), pl.DataFrame(sorted(merges), MERGES, orient="row"))


def _companies(persons: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The company of each person: that of its first user that has one, the canonical user before the others."""
    if persons.is_empty():
        return known.select(person="actor", company="company")
    joined = known.join(persons, on="actor", how="left", maintain_order="left")
    named = joined.with_columns(person=pl.coalesce("person", "actor"))
    first = named.sort(pl.col("person") != pl.col("actor"), maintain_order=True)
    return first.unique("person", keep="first", maintain_order=True).select(*_COMPANIES)
