"""Who an actor is at a time: pure functions over the edges of the ledger. The unit of observation is the edge.

An anonymous actor belongs, at a time, to the user of its latest claim at or before that time; before its first claim
to the user of that first one; without a claim to itself. Of two claims of one moment the smaller user counts. Users
joined by merges are one person, a connected component of users only, called by its smallest user. The order in which
edges arrived matters to nothing.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["CLAIMS", "MERGES", "SPANS", "Ledger", "resolve"]

TIME = pl.Datetime("us", "UTC")

CLAIMS: dict[str, pl.DataType | type[pl.DataType]] = {"actor": pl.String, "user": pl.String, "at": TIME}
MERGES: dict[str, pl.DataType | type[pl.DataType]] = {"actor": pl.String, "user": pl.String}
SPANS: dict[str, pl.DataType | type[pl.DataType]] = {
    "actor": pl.String,
    "start": TIME,
    "end": TIME,
    "person": pl.String,
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """The edges that stand.

    Attributes:
        claims: ``actor`` (anonymous), ``user``, ``at`` (UTC).
        merges: ``actor`` and ``user``, both known users.
    """

    claims: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CLAIMS))
    merges: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MERGES))

    @property
    def empty(self) -> bool:
        """Whether every actor is itself."""
        return self.claims.is_empty() and self.merges.is_empty()

    def persons(self) -> pl.DataFrame:
        """The users that merges join.

        Returns:
            ``actor`` and ``person``: every user that stands in a merge, and the smallest user of its component.
        """
        ends = pl.concat([self.merges["actor"], self.merges["user"]])
        users = ends.unique().sort()
        if users.is_empty():
            return pl.DataFrame(schema={"actor": pl.String, "person": pl.String})
        numbers = users.search_sorted(ends).to_numpy().astype(np.int64)
        half = self.merges.height
        graph = coo_array((np.ones(half), (numbers[:half], numbers[half:])), shape=(len(users), len(users)))
        _, component = connected_components(graph, directed=False)
        joined = pl.DataFrame({"actor": users, "component": component})
        return joined.select("actor", person=pl.col("actor").min().over("component"))

    def spans(self) -> pl.DataFrame:
        """Who each actor is, and when.

        Returns:
            ``actor``, ``start`` (inclusive) and ``end`` (exclusive; null means without bound) and ``person``, sorted by
            actor and time. The spans of an actor meet without a gap; an actor that is absent is itself.
        """
        persons = self.persons()
        known = persons.select("actor", start=pl.lit(None, TIME), end=pl.lit(None, TIME), person="person")
        return pl.concat([self._claimed(persons), known]).sort("actor", "start", nulls_last=False)

    def _claimed(self, persons: pl.DataFrame) -> pl.DataFrame:
        """The spans of anonymous actors."""
        same = pl.col("person") == pl.col("person").shift().over("actor")
        claims = (
            self.claims.group_by("actor", "at")
            .agg(pl.col("user").min())
            .join(persons.select(user="actor", person="person"), on="user", how="left")
            .with_columns(person=pl.coalesce("person", "user"))
            .sort("actor", "at")
            .filter(same.fill_null(value=False).not_())
        )
        first = pl.int_range(pl.len()).over("actor") == 0
        return claims.select(
            "actor",
            start=pl.when(~first).then("at"),
            end=pl.col("at").shift(-1).over("actor"),
            person="person",
        )


def resolve(actor: pl.Series, time: pl.Series, spans: pl.DataFrame) -> pl.Series:
    """Who the actors are at these times.

    Args:
        actor: Actors, Categorical or String; null where there is none.
        time: Times (UTC), of the same length.
        spans: As from `Ledger.spans`.

    Returns:
        The person of each row, as Categorical; null where there is no actor.
    """
    shared = spans.filter(pl.col("actor").is_duplicated())
    alone = spans.filter(pl.col("actor").is_duplicated().not_())
    actors = actor.cast(pl.Categorical)
    distinct = pl.DataFrame({"actor": actors.unique().drop_nulls()}).with_columns(key=pl.col("actor").cast(pl.String))
    found = distinct.join(alone.select(key="actor", person="person"), on="key", how="left")
    person = found.select("actor", person=pl.coalesce("person", "key").cast(pl.Categorical))
    rows = pl.DataFrame({"actor": actors, "time": time})
    resolved = rows.join(person, on="actor", how="left", maintain_order="left")["person"]
    if shared.is_empty():
        return resolved
    return _at_times(rows, resolved, shared)


def _at_times(rows: pl.DataFrame, resolved: pl.Series, shared: pl.DataFrame) -> pl.Series:
    """Resolve the rows of actors that were several persons, by the span that their time lies in."""
    known = shared["actor"].unique()
    beginning = pl.lit(0).cast(pl.Int64) - 2**62
    spans = shared.select("actor", "person", at=pl.col("start").to_physical().fill_null(beginning)).sort("at")
    moving = rows.with_row_index("row").with_columns(actor=pl.col("actor").cast(pl.String))
    moving = moving.filter(pl.col("actor").is_in(known.implode())).with_columns(at=pl.col("time").to_physical())
    placed = moving.sort("at").join_asof(spans, on="at", by="actor", strategy="backward", check_sortedness=False)
    return resolved.scatter(placed["row"], placed["person"].cast(pl.Categorical))
