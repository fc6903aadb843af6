"""Who an actor is at a time: pure functions over the edges of the ledger. The unit of observation is the edge.

An anonymous actor belongs, at a time, to the user of its latest claim at or before that time; before its first claim
to the user of that first one; without a claim to itself. Of two claims of one moment the smaller user counts. Users
joined by merges are one person, a connected component of users only, called by its smallest user. The order in which
edges arrived matters to nothing.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tragt.stats.arrays import IntArray

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
        from scipy.sparse import coo_array  # noqa: PLC0415 - it takes long to load, and few processes need it
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

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
        claims = (
            self.claims.group_by("actor", "at")
            .agg(pl.col("user").min())
            .join(persons.select(user="actor", person="person"), on="user", how="left")
            .with_columns(person=pl.coalesce("person", "user"))
            .sort("actor", "at")
        )
        going_on = (pl.col("actor") == pl.col("actor").shift()).fill_null(value=False)
        claims = claims.filter(~(going_on & (pl.col("person") == pl.col("person").shift())))
        return claims.select(
            "actor",
            start=pl.when(going_on).then("at"),
            end=pl.when(pl.col("actor") == pl.col("actor").shift(-1)).then(pl.col("at").shift(-1)),
            person="person",
        )


def resolve(actor: pl.Series, time: pl.Series, spans: pl.DataFrame) -> pl.Series:
    """Who the actors are at these times.

    Args:
        actor: Actors, Categorical or String; null where there is none.
        time: Times (UTC), of the same length.
        spans: As from `Ledger.spans`: those of an actor stand together, in the order of time.

    Returns:
        The person of each row, as Categorical; null where there is no actor.
    """
    actors = actor.cast(pl.Categorical)
    if spans.is_empty():
        return actors
    known = spans.select(pl.col("actor", "person").cast(pl.Categorical).to_physical(), pl.col("start").to_physical())
    codes = actors.to_physical().fill_null(0).to_numpy()
    places = _places(codes, time.to_physical().to_numpy(), known)
    found = np.where(places < 0, codes, known["person"].to_numpy()[places])
    person = pl.DataFrame({"actor": actors, "found": found}).select(
        pl.when(pl.col("actor").is_not_null()).then("found")
    )
    return person.select(pl.col("found").cast(pl.UInt32).cat.to(pl.Categorical)).to_series()


def _places(codes: IntArray, time: IntArray, known: pl.DataFrame) -> IntArray:
    """The row of the span that each event lies in, by bisection over its actor's spans; −1 where there is none."""
    actors, first, number = np.unique(known["actor"].to_numpy(), return_index=True, return_counts=True)
    size = int(max(codes.max(initial=0), actors.max(initial=0))) + 1
    low_of, high_of = np.full(size, -1), np.full(size, -1)
    low_of[actors], high_of[actors] = first, first + number - 1
    low = low_of[codes]
    start = known["start"].fill_null(np.iinfo(np.int64).min).to_numpy()
    rows = np.flatnonzero(high_of[codes] > low)
    high = high_of[codes[rows]]
    while len(rows):
        middle = (low[rows] + high + 1) // 2
        begun = start[middle] <= time[rows]
        low[rows] = np.where(begun, middle, low[rows])
        high = np.where(begun, high, middle - 1)
        open_still = low[rows] < high
        rows, high = rows[open_still], high[open_still]
    return low
