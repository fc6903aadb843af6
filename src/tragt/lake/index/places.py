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
from tragt.lake.scanning import Span

__all__ = ["PLACES", "Sought", "places", "whole"]

_TIME = pl.Datetime("us", "UTC")
PLACES: Final = pl.Schema(
    {"path": pl.String(), "offset": pl.Int64(), "rows": pl.Int64(), "first": _TIME, "last": _TIME}
)
_ANY_TIME = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sought:
    """Identifiers whose events are asked for in a span of time.

    Attributes:
        identifiers: Actors, deals, sessions or companies as the index spells them (String).
        start: First moment; None means from the beginning.
        end: First moment after; None means to the end.
    """

    identifiers: pl.Series
    start: datetime | None = None
    end: datetime | None = None


def whole(files: pl.DataFrame) -> pl.DataFrame:
    """Files as places.

    Args:
        files: Rows of a snapshot.

    Returns:
        The columns of `PLACES`: ``offset`` is missing of a whole file; ``first`` and ``last`` are those of the file,
        to the millisecond before; a file that does not tell them may hold any time, and of rows as few as 0.
    """
    times = [
        pl.coalesce(name, pl.lit(bound, _TIME)).alias(name)
        for name, bound in zip(("first", "last"), _ANY_TIME, strict=True)
    ]
    rows = pl.col("rows").fill_null(0)
    return files.select("path", rows, *times, offset=pl.lit(None, pl.Int64)).select(*PLACES)


def places(files: pl.DataFrame, lineage: Lineage, locator: Locator, sought: Sequence[Sought]) -> pl.DataFrame:
    """The places in some files.

    Args:
        files: Rows of a snapshot.
        lineage: What became of the files since the generation.
        locator: That of the generation.
        sought: By what events are found.

    Returns:
        The columns of `PLACES`, each place once.
    """
    as_they_were = pl.col("path").is_in(lineage.of(State.KEPT))
    kept, others = whole(files.filter(as_they_were)), files.filter(~as_they_were)
    found = [whole(others)]
    for each in sought:
        here = Span(None, each.start, each.end).files(kept).drop("offset", "rows")
        blocks = locator.grains(each.identifiers).with_columns(pl.col("rows", "offset").cast(pl.Int64))
        found.append(blocks.join(here, on="path").select(*PLACES))
    return pl.concat(found).unique(["path", "offset"], maintain_order=True)
