"""How persons, companies and deals hang together, by the log and by what is known of persons.

Links are what is known now, whatever moment a report looks from: as of who is who, a figure of the past may change
with them. They are taken from the events of deals, and from those that name a company beside a person; robots and the
firm's own traffic tell of nobody.
"""

from datetime import UTC, datetime

import polars as pl
from django.conf import settings

from tragt.events.units import CLOSING, Links
from tragt.lake.table import Snapshot
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.queries import lake, revision
from tragt.web.people.queries.identity import Identity, identity
from tragt.web.people.queries.linking import Linking, linking
from tragt.web.people.queries.naming import named
from tragt.web.shell.remembered import Remembered

__all__ = ["EVER", "links"]

EVER = datetime(1970, 1, 1, tzinfo=UTC)
_EDGE = ("person", "company", "since", "id")

_known: Remembered[Links] = Remembered()


def links() -> Links:
    """How units hang together now, remembered until what tells of it changes.

    Returns:
        ``deals``: a deal is created with its first event and closed by its last where that is a won or a lost one, in
        whichever spelling; its company is the first that its events name or its persons belong to. ``contacts``: the
        persons beside a deal in its events, the earliest of them primary. ``companies``: that of a person's row from
        ever; of other persons those beside them in events, each from then on.
    """

    def found(snapshot: Snapshot) -> Links:
        told = linking(snapshot)
        return _known.of((settings.TRAGT.lake, told.files, revision()), lambda: _read(told, identity()))

    return lake().at_newest(found)


def _read(told: Linking, known: Identity) -> Links:
    of_deals = told.made(lambda events: events.filter(pl.col("deal").is_not_null()))
    words = lexicon()
    closing = {spelling: name for name in CLOSING for spelling in words.spellings(name)}
    deals = named(of_deals, known).select("id", "time", pl.col("name").replace(closing), "person", "company", "deal")
    of_log = Links.of_log(deals)
    certain = known.companies.with_columns(pl.lit(EVER, pl.Datetime("us", "UTC")).alias("since"))
    return Links(pl.concat([certain, _beside(told, known)]), of_log.deals, of_log.contacts)


def _beside(told: Linking, known: Identity) -> pl.DataFrame:
    """The companies beside persons of whom nobody told one: each from its first event; where there are several, all."""

    def pairs(events: pl.DataFrame) -> pl.DataFrame:
        naming = events.filter(pl.col("company").is_not_null())
        own = named(naming, Identity(known.spans, known.persons, known.companies.clear()))
        pair = own.select(pl.col("person", "company").cast(pl.String), "time", "id").drop_nulls()
        return pair.join(known.companies, on="person", how="anti").rename({"time": "since"}).select(_EDGE)

    def first(events: pl.DataFrame) -> pl.DataFrame:
        return pairs(events).group_by("person", "company").agg(pl.col("since").min())

    firsts = told.made(first).group_by("person", "company").agg(pl.col("since").min())
    several = firsts.group_by("person").len().filter(pl.col("len") > 1)
    if several.is_empty():
        return firsts
    every = told.made(lambda events: pairs(events).join(several, on="person", how="semi"))
    ordered = every.sort("since", "id").unique(["person", "since"], keep="last").sort("person", "since")
    moved = ordered.filter(pl.col("company").ne_missing(pl.col("company").shift().over("person")))
    alone = firsts.join(several, on="person", how="anti")
    return pl.concat([alone, moved.select(alone.columns)])
