"""Where events of identifiers may stand in the lake as it is now. The unit of observation is the place: rows of a file.

A generation's locator names the blocks of the files that are as they were; a file that was written since is one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from tragt.lake.index.lineage import Lineage, State
from tragt.lake.index.locator import Locator

__all__ = ["PLACES", "Sought", "places", "whole"]

_TIME = pl.Datetime("us", "UTC")
PLACES: Final = pl.Schema(
    {
        "path": pl.String(),
        "offset": pl.Int64(),
        "rows": pl.Int64(),
        "first": _TIME,
        "last": _TIME,
        "by": pl.List(pl.Int64()),
    }
)
_ANY_TIME = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sought:
    """Identifiers whose events are asked for in a span of time.

    Attributes:
        identifiers: Actors, deals, sessions or companies as the index spells them (String).
        start: First moment; None means from the beginning.
        end: First moment after; None means to the end.
        where: Which rows they lead to, where that is less than the page means; None means as the page says.
    """

    identifiers: pl.Series
    start: datetime | None = None
    end: datetime | None = None
    where: pl.Expr | None = None


def whole(files: pl.DataFrame) -> pl.DataFrame:
    """Files as places.

    Args:
        files: Rows of a snapshot.

    Returns:
        The columns of `PLACES`: ``offset`` and ``by`` are missing of a whole file; ``first`` and ``last`` are those of
        the file, to the millisecond before; a file that does not tell them may hold any time, and of rows as few as 0.
    """
    times = [
        pl.coalesce(name, pl.lit(bound, _TIME)).alias(name)
        for name, bound in zip(("first", "last"), _ANY_TIME, strict=True)
    ]
    rows = pl.col("rows").fill_null(0)
    absent = {name: pl.lit(None, PLACES[name]) for name in ("offset", "by")}
    return files.select("path", rows, *times, **absent).select(*PLACES)


def places(
    files: pl.DataFrame,
    lineage: Lineage,
    locator: Locator,
    sought: Sequence[Sought],
    names: Sequence[str] | None = None,
) -> pl.DataFrame:
    """The places in some files.

    Args:
        files: Rows of a snapshot.
        lineage: What became of the files since the generation.
        locator: That of the generation.
        sought: By what events are found.
        names: Names of events; None means all.

    Returns:
        The columns of `PLACES`, each place once; of a block no event that is sought is newer than ``last``, and ``by``
        says which of those sought led there.
    """
    as_they_were = pl.col("path").is_in(lineage.of(State.KEPT))
    kept, others = files.filter(as_they_were).select("path", "first"), files.filter(~as_they_were)
    found = []
    for number, each in enumerate(sought):
        blocks = locator.grains(each.identifiers, names).join(kept, on="path")
        found.append(_within(blocks.with_columns(by=pl.lit([number], PLACES["by"])).select(*PLACES), each))
    if len(found) > 1:
        same = pl.concat(found).group_by("path", "offset", maintain_order=True)
        found = [
            same.agg(pl.col("rows", "first").first(), pl.col("last").max(), pl.col("by").explode()).select(*PLACES)
        ]
    return pl.concat([whole(others), *found])


def _within(blocks: pl.DataFrame, each: Sought) -> pl.DataFrame:
    """The blocks that can hold events of its time."""
    if each.start is not None:
        blocks = blocks.filter(pl.col("last") >= each.start)
    if each.end is not None:
        blocks = blocks.filter((pl.col("first") < each.end).fill_null(value=True))
    return blocks
