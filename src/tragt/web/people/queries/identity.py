"""Who is who by the ledger as it stands, kept in memory until it changes. The unit of observation is the actor."""

from dataclasses import dataclass

import polars as pl

from tragt.web.log.queries import revision
from tragt.web.people.bulk import frame
from tragt.web.people.ledger import CLAIMS, MERGES, SPANS, Ledger
from tragt.web.people.models import Edge, EdgeKind, Identifier
from tragt.web.shell.remembered import Remembered

__all__ = ["Identity", "identity", "units"]

_COMPANIES = {"person": pl.String, "company": pl.String}

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
    never_again = object()
    return _known.of(revision() or never_again, _read)


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


def _read() -> Identity:
    edges = Edge.objects.filter(undone=None)
    claims = edges.filter(kind=EdgeKind.CLAIM).values_list("actor", "user", "at")
    merges = edges.filter(kind=EdgeKind.MERGE).values_list("actor", "user")
    ledger = Ledger(frame(claims, CLAIMS), frame(merges, MERGES))
    persons = ledger.persons()
    return Identity(ledger.spans(), persons, _companies(persons))


def _companies(persons: pl.DataFrame) -> pl.DataFrame:
    """The company of each person: that of its first user that has one, the canonical user before the others."""
    described = Identifier.objects.exclude(person__company=None).order_by("pk")
    known = frame(described.values_list("actor", "person__company__key"), {"actor": pl.String, "company": pl.String})
    if persons.is_empty():
        return known.select(person="actor", company="company")
    joined = known.join(persons, on="actor", how="left", maintain_order="left")
    named = joined.with_columns(person=pl.coalesce("person", "actor"))
    first = named.sort(pl.col("person") != pl.col("actor"), maintain_order=True)
    return first.unique("person", keep="first", maintain_order=True).select(*_COMPANIES)
