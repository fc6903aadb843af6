"""Where events of identifiers may stand in the lake as it is now. The unit of observation is the place: rows of a file.

A generation's locator names the blocks of the files that are as they were; a file that was written since is one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
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
    identifiers = pl.concat([pl.Series(dtype=pl.String), *(each.identifiers for each in sought)])
    by = np.repeat(np.arange(len(sought)), [len(each.identifiers) for each in sought])
    found = locator.grains(identifiers, names).join(kept, on="path", maintain_order="left")
    blocks = _within(found.with_columns(by=pl.Series(by, dtype=pl.Int64).gather(found["which"])), sought)
    together = pl.col("rows", "first").first(), pl.col("last").max(), pl.col("by").unique()
    once = blocks.group_by("path", "offset", maintain_order=True).agg(*together)
    return pl.concat([whole(others), once.select(*PLACES)])


def _within(blocks: pl.DataFrame, sought: Sequence[Sought]) -> pl.DataFrame:
    """The blocks that can hold events of the time of those who led there."""
    if not any(each.start or each.end for each in sought):
        return blocks
    times = pl.DataFrame([(each.start, each.end) for each in sought], {"start": _TIME, "end": _TIME}, orient="row")
    before, after = pl.col("last") < pl.col("start"), pl.col("first") >= pl.col("end")
    with_times = blocks.join(times.with_row_index("by").cast({"by": pl.Int64}), on="by", maintain_order="left")
    return with_times.filter(~before.fill_null(value=False), ~after.fill_null(value=False))
