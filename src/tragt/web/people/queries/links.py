"""How persons, companies and deals hang together, by the log and by what is known of persons.

Links are what is known now, whatever moment a report looks from: as of who is who, a figure of the past may change
with them. They are taken from the events of deals, and from those that name a company beside a person; robots and the
firm's own traffic tell of nobody.
"""

from datetime import UTC, datetime

import polars as pl
from django.conf import settings

from tragt.events.units import CLOSING, Links
from tragt.funnel.postings import LEAST_HUMAN
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.queries import events, lake, made_of_files, revision
from tragt.web.people.queries.identity import Identity, identity
from tragt.web.people.queries.naming import named
from tragt.web.shell.remembered import Remembered

__all__ = ["EVER", "LINKING", "OUTSIDE", "links"]

LINKING = ("id", "time", "name", "actor", "company", "deal", "human", "traffic")
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_EDGE = ("person", "company", "since", "id")
OUTSIDE = (pl.col("human").fill_null(1.0) >= LEAST_HUMAN) & (pl.col("traffic").fill_null("outside") == "outside")

_known: Remembered[Links] = Remembered()


def links() -> Links:
    """How units hang together now, remembered until the log changes.

    Returns:
        ``deals``: a deal is created with its first event and closed by its last where that is a won or a lost one, in
        whichever spelling; its company is the first that its events name or its persons belong to. ``contacts``: the
        persons beside a deal in its events, the earliest of them primary. ``companies``: that of a person's row from
        ever; of other persons those beside them in events, each from then on.
    """
    return _known.of((settings.TRAGT.lake, lake().state, revision()), lambda: _read(identity()))


def _read(known: Identity) -> Links:
    of_deals = events(columns=LINKING, having=["deal"]).filter(OUTSIDE)
    words = lexicon()
    closing = {spelling: name for name in CLOSING for spelling in words.spellings(name)}
    name = pl.col("name").cast(pl.String).replace(closing)
    told = Links.of_log(named(of_deals, known).select("id", "time", name, "person", "company", "deal"))
    certain = known.companies.with_columns(pl.lit(EVER, pl.Datetime("us", "UTC")).alias("since"))
    return Links(pl.concat([certain, _beside(known)]), told.deals, told.contacts)


def _beside(known: Identity) -> pl.DataFrame:
    """The companies beside persons of whom nobody told one: each from its first event; where there are several, all."""

    def pairs(frame: pl.DataFrame) -> pl.DataFrame:
        own = named(frame.filter(OUTSIDE), Identity(known.spans, known.persons, known.companies.clear()))
        told = own.select(pl.col("person", "company").cast(pl.String), "time", "id").drop_nulls()
        return told.join(known.companies, on="person", how="anti").rename({"time": "since"}).select(_EDGE)

    def first(frame: pl.DataFrame) -> pl.DataFrame:
        return pairs(frame).group_by("person", "company").agg(pl.col("since").min())

    firsts = made_of_files(first, LINKING, having=["company"]).group_by("person", "company").agg(pl.col("since").min())
    several = firsts.group_by("person").len().filter(pl.col("len") > 1)
    if several.is_empty():
        return firsts

    def of_those(frame: pl.DataFrame) -> pl.DataFrame:
        return pairs(frame).join(several, on="person", how="semi")

    every = made_of_files(of_those, LINKING, having=["company"])
    ordered = every.sort("since", "id").unique(["person", "since"], keep="last").sort("person", "since")
    moved = ordered.filter(pl.col("company").ne_missing(pl.col("company").shift().over("person")))
    alone = firsts.join(several, on="person", how="anti")
    return pl.concat([alone, moved.select(alone.columns)])
