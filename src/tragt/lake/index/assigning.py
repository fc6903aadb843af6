"""Assignments from what is known of persons, companies and deals: pure functions over frames.

They agree with `tragt.events.units.with_units` on a log in which the ledger's persons stand in place of the actors.
"""

from datetime import timedelta
from typing import Literal

import polars as pl

from tragt.events.units import LOOKBACK, Links
from tragt.lake.index.assignment import DEAL_SPANS, SPANS, Assignment, Kind

__all__ = ["companies", "deals", "persons", "sessions"]

_MOMENT = timedelta(microseconds=1)
_BOUND = pl.lit(None, SPANS["start"])


def persons(
    ledger: pl.DataFrame, links: Links | None = None, contacts: Literal["primary", "all"] = "primary"
) -> Assignment:
    """Events belong to the person that the ledger gives, a deal's events without an actor to its contacts.

    Args:
        ledger: ``actor``, ``start``, ``end`` and ``person``; an actor that is absent is itself.
        links: How units hang together.
        contacts: Whether to its primary contact, or to all who had a role on the deal at that time.
    """
    role = (links or Links()).contacts
    people = role if contacts == "all" else role.filter("primary")
    of_deals = people.select("deal", start="since", end="until", unit="person").unique()
    people = _people(ledger)
    return Assignment(Kind.PERSON, people, _conformed(of_deals, DEAL_SPANS), people=people)


def sessions(ledger: pl.DataFrame) -> Assignment:
    """Events belong to the session they name, else to their person's.

    Args:
        ledger: As for `persons`.
    """
    people = _people(ledger)
    return Assignment(Kind.SESSION, people, people=people)


def companies(ledger: pl.DataFrame, links: Links) -> Assignment:
    """Events belong to the company they name, that of their deal, or that of their person at the time.

    Args:
        ledger: As for `persons`.
        links: How units hang together.
    """
    edges = links.companies.drop_nulls().sort("since", maintain_order=True).unique(["person", "since"], keep="last")
    edges = edges.sort("person", "since")
    first = pl.int_range(pl.len()).over("person") == 0
    of_persons = edges.select(
        "person",
        start=pl.when(~first).then("since"),
        end=pl.col("since").shift(-1).over("person"),
        unit="company",
    )
    of_deals = links.deals.unique("deal").drop_nulls("company").select("deal", start=_BOUND, end=_BOUND, unit="company")
    spans = _of_actors(ledger, of_persons)
    return Assignment(Kind.COMPANY, spans, _conformed(of_deals, DEAL_SPANS), people=_people(ledger))


def deals(ledger: pl.DataFrame, links: Links, lookback: timedelta = LOOKBACK) -> Assignment:
    """A deal has its own events and the touches of its contacts, from before its creation until it closes.

    Args:
        ledger: As for `persons`.
        links: How units hang together.
        lookback: How long before its creation.
    """
    spans = links.contacts.select("deal", "person").unique().join(links.deals, on="deal").drop_nulls("created")
    of_persons = spans.select("person", start=pl.col("created") - lookback, end=pl.col("closed") + _MOMENT, unit="deal")
    return Assignment(Kind.DEAL, _of_actors(ledger, of_persons), people=_people(ledger))


def _of_actors(ledger: pl.DataFrame, of_persons: pl.DataFrame) -> pl.DataFrame:
    """Spans of persons as spans of their actors."""
    alone = of_persons.select(actor="person").unique().join(ledger, on="actor", how="anti")
    themselves = alone.select("actor", start=_BOUND, end=_BOUND, person="actor")
    actors = pl.concat([_people(ledger).rename({"unit": "person"}), themselves])
    met = actors.join(of_persons, on="person", suffix="_of_person").select(
        "actor",
        start=pl.max_horizontal("start", "start_of_person"),
        end=pl.min_horizontal("end", "end_of_person"),
        unit="unit",
    )
    lasting = pl.col("start").is_null() | pl.col("end").is_null() | (pl.col("start") < pl.col("end"))
    return _conformed(met.filter(lasting), SPANS)


def _people(ledger: pl.DataFrame) -> pl.DataFrame:
    return _conformed(ledger.rename({"person": "unit"}), SPANS)


def _conformed(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
