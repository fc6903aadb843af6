"""By what the events of one company are found: its persons and its deals. The unit of observation is the company.

Without an index of companies all links of the log are worked out. With one they are taken from it, as they were when it
was built, and mended by what is certain now (whose row says which company, who is one with whom) and by what files
tell that came since. What came late, before events which the index holds, counts for persons without a row and for
deals as if it had come in time only from the next build on; so does, for these, who is newly one with whom.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from django.conf import settings

from tragt.events.units import Links
from tragt.lake.index import Assignment, Index, Kind
from tragt.lake.index.assigning import companies
from tragt.lake.index.assignment import DEAL_SPANS, SPANS
from tragt.lake.table import Snapshot
from tragt.web.log.queries import index, lake, revision
from tragt.web.people.ledger import resolve
from tragt.web.people.models import Identifier
from tragt.web.people.normal import company_keys
from tragt.web.people.queries.assignments import assignment
from tragt.web.people.queries.identity import Identity, identity, identity_of
from tragt.web.people.queries.linking import linking, within
from tragt.web.people.queries.links import EVER
from tragt.web.people.queries.lookup import Lookup
from tragt.web.people.queries.naming import named
from tragt.web.shell.remembered import Remembered

__all__ = ["Belonging", "belonging"]

_BOUND = pl.lit(None, SPANS["start"])

_by_index: "Remembered[_Assigned]" = Remembered()
_by_links: "Remembered[_Assigned]" = Remembered()
_newest: "Remembered[_Since]" = Remembered()


@dataclass(frozen=True, slots=True)
class Belonging:
    """By what events belong to a company.

    Attributes:
        company: Its key.
        spans: Its persons' actors, and when, as an `Assignment` has them.
        deals: Its deals, alike.
        who: Who is who among the actors of its persons.
        asked: Of which actors that is all there is to say; None means of all.
    """

    company: str
    spans: pl.DataFrame
    deals: pl.DataFrame
    who: Identity
    asked: frozenset[str] | None
    _assigned: "_Assigned"
    _newer: pl.DataFrame

    def own(self, events: pl.DataFrame) -> pl.DataFrame:
        """Those of some events that are the company's: that name it, else whose deal is its, else its persons'.

        Args:
            events: Columns of the log.
        """
        key = company_keys(events["company"])
        others = events.filter(key.is_null())
        found, left = [events.filter(key == self.company)], others
        if others["deal"].null_count() < others.height:
            deals = pl.concat([self._newer, self._assigned.of_deals.of(others["deal"])])
            its = deals.filter(pl.col("unit") == self.company)
            found.append(others.join(its, on="deal", how="semi"))
            left = others.join(deals, on="deal", how="anti")
        return pl.concat([*found, within(left, self.spans)])


class _Assigned:
    """An assignment that is asked for one company."""

    def __init__(self, given: Assignment) -> None:
        self.by_unit = Lookup(given.spans, "unit")
        self.by_actor = Lookup(given.spans, "actor")
        self.deals_of = Lookup(given.of_deals, "unit")
        self.of_deals = Lookup(given.of_deals, "deal")


def belonging(company: str) -> Belonging:
    """By what events belong to a company now.

    Args:
        company: Its key.
    """
    built = index(Kind.COMPANY)
    generation, one = built.current(), pl.Series([company])
    if generation is None:
        whole = _by_links.of(
            (settings.TRAGT.lake, lake().state, revision()), lambda: _Assigned(assignment(Kind.COMPANY))
        )
        spans, deals = whole.by_unit.of(one), whole.deals_of.of(one)
        return Belonging(company, spans, deals, identity(), None, whole, DEAL_SPANS.to_frame())
    known = _by_index.of(generation.folder, lambda: _Assigned(generation.assignment))
    return _mended(company, known, built)


def _mended(company: str, then: _Assigned, built: Index) -> Belonging:
    """What an index says, and what came since."""
    since, one = lake().at_newest(lambda snapshot: _since(snapshot, built, then)), pl.Series([company])
    before = then.by_unit.of(one)["actor"]
    beside = since.naming.filter(pl.col("company") == company)["actor"]
    rows = Identifier.objects.filter(person__company__key=company).values_list("actor", flat=True)
    asked = frozenset([*before, *beside, *rows])
    known = identity_of(asked)
    certain = known.companies.with_columns(since=pl.lit(EVER, SPANS["start"]))
    if known.spans.is_empty() and asked.issubset(certain["person"]):
        # Nobody is one with anybody, and of each a row says the company: nothing else counts, and most are so.
        own = certain.filter(pl.col("company") == company)
        spans = own.select(actor="person", start=_BOUND, end=_BOUND, unit="company").match_to_schema(SPANS)
    else:
        others = _moves(asked, known, then, since.naming).join(certain, on="person", how="anti")
        spans = companies(known.spans, Links(pl.concat([certain, others]))).spans.filter(pl.col("unit") == company)
    deals = pl.concat([then.deals_of.of(one), since.deals.filter(pl.col("unit") == company)])
    return Belonging(company, spans, deals, known, asked, then, since.deals)


@dataclass(frozen=True, slots=True)
class _Since:
    """What files tell that came after an index.

    Attributes:
        naming: Events that name a company, by its key, and an actor; with the columns of `LINKING`.
        deals: To which companies the deals belong that the index does not know, as an `Assignment` has it.
    """

    naming: pl.DataFrame
    deals: pl.DataFrame


def _since(snapshot: Snapshot, built: Index, then: _Assigned) -> _Since:
    told = linking(snapshot, built.newer(snapshot))

    def read() -> _Since:
        events = told.made(lambda frame: frame)
        events = events.with_columns(company_keys(events["company"]))
        naming = events.filter(pl.col("company").is_not_null(), pl.col("actor").is_not_null())
        return _Since(naming, _deals(events.filter(pl.col("deal").is_not_null()), then))

    return _newest.of((settings.TRAGT.lake, then, told.files, revision()), read)


def _deals(events: pl.DataFrame, then: _Assigned) -> pl.DataFrame:
    """The companies of the deals of some events, of those that an index does not know."""
    known = identity_of(events["actor"].drop_nulls())
    told = Links.of_log(named(events, known).select("id", "time", "name", "person", "company", "deal")).deals
    fresh = told.drop_nulls("company").join(then.of_deals.of(told["deal"]), on="deal", how="anti")
    return fresh.select("deal", start=_BOUND, end=_BOUND, unit="company").match_to_schema(DEAL_SPANS)


def _moves(asked: Iterable[str], known: Identity, then: _Assigned, naming: pl.DataFrame) -> pl.DataFrame:
    """From when on persons were of companies, by the spans of an index and by events that came since."""
    own = pl.Series(sorted(asked), dtype=pl.String)
    those = pl.concat([own, known.persons["actor"], known.spans["actor"], known.spans["person"]]).unique()
    naming = naming.filter(pl.col("actor").is_in(those.implode()))
    claimed = pl.col("actor").str.starts_with("a:") & pl.col("actor").is_in(known.spans["actor"].implode())
    old = then.by_actor.of(those).filter(~claimed)
    before = old.select(person=known.canonical(old["actor"]), company="unit", since=pl.col("start").fill_null(EVER))
    person = resolve(naming["actor"], naming["time"], known.spans).cast(pl.String)
    after = naming.select(person=person, company="company", since="time")
    every = pl.concat([before, after]).unique().sort("since")
    return every.filter(pl.col("company").ne_missing(pl.col("company").shift().over("person")))
