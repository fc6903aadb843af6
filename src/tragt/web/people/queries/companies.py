"""By what the events of one company are found: its persons and its deals. The unit of observation is the company.

Without an index of companies all links of the log are worked out. With one they are taken from it, as they were when it
was built, and mended by what is certain now (whose row says which company, who is one with whom) and by what files
tell that came since. What came late, before events which the index holds, counts for persons without a row and for
deals as if it had come in time only from the next build on.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.conf import settings
from polars.exceptions import ComputeError

from tragt.events.units import Links
from tragt.lake.index import Assignment, Index, Kind
from tragt.lake.index.assigning import companies
from tragt.lake.index.assignment import DEAL_SPANS, SPANS
from tragt.lake.scanning import scan
from tragt.lake.schema import EVENTS
from tragt.web.log.queries import hidden_batches, index, lake, revision, struck
from tragt.web.people.ledger import resolve
from tragt.web.people.models import Identifier
from tragt.web.people.normal import company_keys
from tragt.web.people.queries.assignments import assignment
from tragt.web.people.queries.identity import Identity, identity_of
from tragt.web.people.queries.links import EVER, LINKING, OUTSIDE
from tragt.web.people.queries.naming import named
from tragt.web.shell.remembered import Remembered

__all__ = ["Belonging", "belonging", "within"]

_BOUND = pl.lit(None, SPANS["start"])

_LINKING = pl.DataFrame(schema={name: EVENTS[name] for name in (*LINKING, "batch")})

_whole: Remembered[Assignment] = Remembered()


@dataclass(frozen=True, slots=True)
class Belonging:
    """By what events belong to a company.

    Attributes:
        company: Its key.
        spans: Its persons' actors, and when, as an `Assignment` has them.
        of_deals: The deals of all companies, alike.
    """

    company: str
    spans: pl.DataFrame
    of_deals: pl.DataFrame

    @property
    def deals(self) -> pl.DataFrame:
        """Its own deals."""
        return self.of_deals.filter(pl.col("unit") == self.company)

    def assignment(self, deals: pl.Series) -> Assignment:
        """To which companies the events of some deals and of its persons belong.

        Args:
            deals: The deals.
        """
        those = self.of_deals.filter(pl.col("deal").is_in(deals.drop_nulls().unique().implode()))
        return Assignment(Kind.COMPANY, self.spans, those, spelled=company_keys)


def belonging(company: str) -> Belonging:
    """By what events belong to a company now.

    Args:
        company: Its key.
    """
    built = index(Kind.COMPANY)
    if built.current() is None:
        whole = _whole.of((settings.TRAGT.lake, lake().state, revision()), lambda: assignment(Kind.COMPANY))
        return Belonging(company, whole.spans.filter(pl.col("unit") == company), whole.of_deals)
    return _mended(company, built)


def _mended(company: str, built: Index) -> Belonging:
    """What an index says, and what came since."""
    generation = built.current()
    then = generation.assignment if generation else Assignment(Kind.COMPANY)
    newer = _newer(built)
    naming = newer.filter(pl.col("company").is_not_null(), pl.col("actor").is_not_null())
    of_deals = newer.filter(pl.col("deal").is_not_null())
    before = then.spans.filter(pl.col("unit") == company)["actor"]
    beside = naming.filter(pl.col("company") == company)["actor"]
    rows = Identifier.objects.filter(person__company__key=company).values_list("actor", flat=True)
    known = identity_of({*before, *beside, *of_deals["actor"].drop_nulls(), *rows})
    certain = known.companies.with_columns(since=pl.lit(EVER, SPANS["start"]))
    others = _moves(known, then.spans, naming).join(certain, on="person", how="anti")
    spans = companies(known.spans, Links(pl.concat([certain, others]))).spans
    new = Links.of_log(named(of_deals, known).select("id", "time", "name", "person", "company", "deal")).deals
    fresh = new.drop_nulls("company").join(then.of_deals, on="deal", how="anti")
    deals = fresh.select("deal", start=_BOUND, end=_BOUND, unit="company").match_to_schema(DEAL_SPANS)
    return Belonging(company, spans.filter(pl.col("unit") == company), pl.concat([then.of_deals, deals]))


def _moves(known: Identity, then: pl.DataFrame, naming: pl.DataFrame) -> pl.DataFrame:
    """From when on persons were of companies, by the spans of an index and by events that came since."""
    itself = then.filter(
        ~(pl.col("actor").str.starts_with("a:") & pl.col("actor").is_in(known.spans["actor"].implode()))
    )
    those = pl.concat([known.persons["actor"], known.spans["person"], naming["actor"]]).unique()
    old = itself.filter(pl.col("actor").is_in(those.implode()))
    before = old.select(person=known.canonical(old["actor"]), company="unit", since=pl.col("start").fill_null(EVER))
    person = resolve(naming["actor"], naming["time"], known.spans).cast(pl.String)
    after = naming.select(person=person, company="company", since="time")
    every = pl.concat([before, after]).unique().sort("since")
    return every.filter(pl.col("company").ne_missing(pl.col("company").shift().over("person")))


def _newer(built: Index) -> pl.DataFrame:
    """The events that count and tell of companies and deals, of the files that an index does not cover."""
    found = _found(built)
    shown = found.filter(~pl.col("batch").is_in(pl.Series(hidden_batches(), dtype=pl.String).implode()))
    gone = struck()
    return shown.join(within(shown, gone), on="id", how="anti") if gone.height else shown


def _found(built: Index) -> pl.DataFrame:
    while True:
        now = lake().shown()
        try:
            return _files.of(built.places(now, now.files, [])["path"].to_list())
        except (OSError, ComputeError):
            if lake().shown().state == now.state:
                raise


def within(events: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The events that lie in a span of their actor, each once.

    Args:
        events: ``id``, ``actor`` and ``time``, and others.
        spans: ``actor``, ``start`` and ``end``.
    """
    begun = pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))
    ended = pl.col("end").is_not_null() & (pl.col("end") <= pl.col("time"))
    inside = events.select("id", "actor", "time").join(spans, on="actor").filter(begun & ~ended)
    return events.join(inside, on="id", how="semi")


class _Files:
    """What files tell of companies and deals, each read once: files never change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, pl.DataFrame] = {}

    def of(self, paths: Sequence[str]) -> pl.DataFrame:
        """What some files tell; the others are forgotten.

        Args:
            paths: The files.
        """
        with self._lock:
            known = self._known
            self._known = {path: known[path] if path in known else _read(path) for path in paths}
            return pl.concat([_LINKING, *self._known.values()])


_files = _Files()


def _read(path: str) -> pl.DataFrame:
    """The events of a file that name a company or a deal."""
    telling = pl.col("company").is_not_null() | pl.col("deal").is_not_null()
    events = scan(lake().storage, [path]).filter(telling, OUTSIDE).select(_LINKING.columns).collect()
    return events.with_columns(company_keys(events["company"]))
