"""Persons of whom nothing was heard for long. The unit of observation is the person."""

from datetime import datetime

import polars as pl

from tragt.web.log.queries import made_of_files
from tragt.web.people.bulk import frame
from tragt.web.people.ledger import resolve
from tragt.web.people.models import ConsentRow, Erasure, Identifier, Statement
from tragt.web.people.queries.identity import Identity, identity

__all__ = ["claimed_visitors", "idle_persons"]

_ROW = ("actor", "person", "person__updated")
_DESCRIBED: dict[str, pl.DataType | type[pl.DataType]] = {"actor": pl.String, "key": pl.Int64, "updated": pl.Boolean}


def claimed_visitors() -> pl.Series:
    """The anonymous actors who became known, at whatever time: as some user, or by what they told of themselves."""
    actors = identity().spans["actor"].unique()
    told = Identifier.objects.filter(actor__startswith="a:").values_list("actor", flat=True)
    return pl.concat([actors.filter(actors.str.starts_with("a:")), pl.Series(list(told), dtype=pl.String)]).unique()


def idle_persons(before: datetime) -> list[str]:
    """Persons with a row of whom nothing is known that happened, was told or was said since a moment.

    Who is being erased or made nameless, or has become so, is left out.

    Args:
        before: The moment (UTC).

    Returns:
        Canonical actors, as the column ``person`` of the event log has them; those first who have a row for longest.
    """
    known = identity()
    rows = Identifier.objects.filter(person__struck=None, person__anonymised=None).order_by("person")
    heard = [(actor, key, updated >= before) for actor, key, updated in rows.values_list(*_ROW)]
    described = pl.DataFrame(heard, schema=_DESCRIBED, orient="row")
    described = described.with_columns(person=known.canonical(described["actor"]))
    going = [one["person"] for one in Erasure.objects.filter(finished=None).values_list("subject", flat=True) if one]
    told = Statement.objects.filter(at__gte=before).values_list("person", flat=True).distinct()
    keys = pl.Series([key for key in (*going, *told) if key is not None], dtype=pl.Int64).unique()
    awake = described.filter(pl.col("updated") | pl.col("key").is_in(keys.implode()))["person"]
    awake = pl.concat([awake, _seen(before, known), _said(before, known)]).unique()
    return described.filter(~pl.col("person").is_in(awake.implode()))["person"].unique(maintain_order=True).to_list()


def _seen(before: datetime, known: Identity) -> pl.Series:
    """Who did something since."""

    def persons(events: pl.DataFrame) -> pl.DataFrame:
        since = events.filter(pl.col("time") >= before)
        return resolve(since["actor"], since["time"], known.spans).cast(pl.String).unique().to_frame("person")

    return made_of_files(persons, ["actor", "time"])["person"].drop_nulls().unique()


def _said(before: datetime, known: Identity) -> pl.Series:
    """Who gave or withdrew a consent since."""
    rows = ConsentRow.objects.filter(at__gte=before).values_list("actor", "at")
    said = frame(rows, {"actor": pl.String, "at": pl.Datetime("us", "UTC")})
    return resolve(said["actor"], said["at"], known.spans).cast(pl.String)
