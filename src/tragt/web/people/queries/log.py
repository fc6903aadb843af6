"""The event log with persons and companies in place of actors: what funnels read."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from tragt.events import EventLog
from tragt.lake.rows import log_of
from tragt.web.log.queries import events
from tragt.web.people.ledger import resolve
from tragt.web.people.normal import company_keys
from tragt.web.people.queries.identity import Identity, identity
from tragt.web.shell import organisation

__all__ = ["event_log"]

_COLUMNS = ("id", "time", "precision", "name", "actor", "company", "deal", "session", "human", "traffic")


def event_log(
    names: Sequence[str] | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    properties: Sequence[str] = (),
) -> EventLog:
    """The events that count, with whom and what firm they belong to.

    Args:
        names: Names of the events; None means all.
        start: Earliest time, inclusive; None means without bound.
        end: Latest time, exclusive; None means without bound.
        properties: Properties to add.

    Returns:
        The log in the organisation's zone. ``person`` is the canonical actor by the ledger at the time of the event;
        ``company`` the key of the event's company, else of its person's. A column that no event has is absent.
    """
    zone = ZoneInfo(organisation.current().time_zone)
    known = identity()
    frame = events(names, start=start, end=end, properties=properties, columns=_COLUMNS)
    person = resolve(frame["actor"], frame["time"], known.spans)
    company = _companies(frame, person, known)
    return log_of(frame.with_columns(person=person, company=company), zone)


def _companies(frame: pl.DataFrame, person: pl.Series, known: Identity) -> pl.Series:
    own = frame["company"].cast(pl.Categorical)
    if own.null_count() < len(own):
        named = pl.DataFrame({"company": own.unique().drop_nulls()})
        spelled = named.with_columns(key=company_keys(named["company"]).cast(pl.Categorical))
        own = own.to_frame("company").join(spelled, on="company", how="left", maintain_order="left")["key"]
    if known.companies.is_empty():
        return own
    codes = known.companies.select(
        pl.col("person").cast(pl.Categorical), of_person=pl.col("company").cast(pl.Categorical)
    )
    rows = pl.DataFrame({"own": own, "person": person}).join(codes, on="person", how="left", maintain_order="left")
    return rows.select(pl.coalesce("own", "of_person")).to_series()
