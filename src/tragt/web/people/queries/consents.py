"""What persons said to the uses of their data. The unit of observation is what one person said at one time.

A row belongs to whom its actor was at its time, so that on a machine that several share each has their own; and what
somebody said before signing in is theirs afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tragt.web.people.bulk import chunks
from tragt.web.people.ledger import TIME, resolve
from tragt.web.people.models import Basis, Channel, ConsentRow, ConsentState, Purpose
from tragt.web.people.queries.identity import Identity, identity

__all__ = ["Consent", "consent_of", "consents_between", "consents_of"]

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "pk": pl.Int64,
    "actor": pl.String,
    "at": TIME,
    **dict.fromkeys(("purpose", "channel", "state", "basis", "source", "wording"), pl.String),
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said to one use of their data.

    Attributes:
        purpose: What the data are used for.
        channel: By what; `Channel.ANY` stands for all.
        state: Given or withdrawn.
        basis: The lawful basis of the use.
        at: When it was said (UTC).
        source: Where it was said, such as the name of a form; empty where it is not known.
        wording: The text that was shown; empty where none was kept.
    """

    purpose: Purpose
    channel: Channel
    state: ConsentState
    basis: Basis
    at: datetime
    source: str = ""
    wording: str = ""


def consent_of(actors: Sequence[str], purpose: Purpose, channel: Channel, at: datetime) -> list[Consent | None]:
    """What persons had said last to a use of their data. The number of queries does not grow with them by one each.

    Args:
        actors: Users or anonymous visitors, as the log has them; each is asked for the person it is at that time.
        purpose: The use.
        channel: By what; what was said of any channel counts too, and the later of the two decides.
        at: The moment that is asked about (UTC): nothing later counts.

    Returns:
        One for each actor, in their order; None where nothing was said, which is no consent. Of what was said at one
        moment a withdrawal counts.
    """
    asked = pl.DataFrame({"actor": pl.Series(list(actors), dtype=pl.String)}).with_columns(at=pl.lit(at, TIME))
    known = identity()
    persons = _resolved(asked, known)
    said = _said(persons.unique().to_list(), at, known)
    latest = _latest(said.filter(pl.col("purpose") == purpose, pl.col("channel").is_in([channel, Channel.ANY])), [])
    of = {row["person"]: _consent(row) for row in latest.iter_rows(named=True)}
    return [of.get(person) for person in persons]


def consents_of(persons: Sequence[str], at: datetime) -> list[tuple[Consent, ...]]:
    """What persons had said last of each purpose and channel.

    Args:
        persons: Canonical actors, as the column ``person`` of the event log has them.
        at: The moment that is asked about (UTC): nothing later counts.

    Returns:
        Those of each person, in the order of the persons; within one by purpose and channel.
    """
    latest = _latest(_said(persons, at, identity()), ["purpose", "channel"]).sort("purpose", "channel")
    of: dict[str, list[Consent]] = {}
    for row in latest.iter_rows(named=True):
        of.setdefault(row["person"], []).append(_consent(row))
    return [tuple(of.get(person, ())) for person in persons]


def consents_between(spans: pl.DataFrame) -> list[int]:
    """The keys of the rows of actors at times.

    Args:
        spans: ``actor``, ``start`` (inclusive) and ``end`` (exclusive; null means without bound).
    """
    rows = _rows(spans["actor"].unique().to_list()).join(spans, on="actor")
    inside = (pl.col("start").is_null() | (pl.col("start") <= pl.col("at"))) & (
        pl.col("end").is_null() | (pl.col("at") < pl.col("end"))
    )
    return rows.filter(inside)["pk"].unique().to_list()


def _said(persons: Sequence[str], until: datetime, known: Identity) -> pl.DataFrame:
    """Everything that persons have said until a moment, with the ``person``."""
    theirs = [frame.filter(pl.col("person").is_in(list(persons)))["actor"] for frame in (known.persons, known.spans)]
    actors = {*persons, *theirs[0], *theirs[1]}
    rows = _rows(sorted(actors)).filter(pl.col("at") <= until)
    return rows.with_columns(person=_resolved(rows, known)).filter(pl.col("person").is_in(list(persons)))


def _rows(actors: Sequence[str]) -> pl.DataFrame:
    rows = (row for part in chunks(actors) for row in ConsentRow.objects.filter(actor__in=part).values_list(*_COLUMNS))
    return pl.DataFrame(list(rows), schema=_COLUMNS, orient="row")


def _resolved(rows: pl.DataFrame, known: Identity) -> pl.Series:
    """Who each actor is at its time."""
    return resolve(rows["actor"], rows["at"], known.spans).cast(pl.String)


def _latest(said: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The last of what each person said; of one moment a withdrawal."""
    withdrawn = pl.col("state") == ConsentState.WITHDRAWN
    return said.sort("at", withdrawn, "pk").unique(["person", *by], keep="last", maintain_order=True)


def _consent(row: dict[str, Any]) -> Consent:
    return Consent(
        Purpose(row["purpose"]),
        Channel(row["channel"]),
        ConsentState(row["state"]),
        Basis(row["basis"]),
        row["at"],
        row["source"],
        row["wording"],
    )
