"""Taking events out of the log because they are old. The unit of observation is the event.

What goes is told by the time and by the kind of the actor alone: those of users, with the visitors who became known as
one, or those of visitors who never did. An event that names no actor never goes this way.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from tragt.lake.rewriting import Change
from tragt.lake.scanning import Span, scan
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["EXPIRE", "Aged", "count_of", "expiring", "oldest"]

EXPIRE = "expire"
"""What the log of the table calls it."""

_USER, _VISITOR = "u:", "a:"


@dataclass(frozen=True, slots=True)
class Aged:
    """Old events of one kind of actor.

    Attributes:
        before: Events before this moment (UTC) are old.
        known: Those of users, and of visitors who became known; else those of visitors who never did.
        claimed: The visitors who became known, as the column ``actor`` has them.
    """

    before: datetime
    known: bool
    claimed: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))

    @property
    def span(self) -> Span:
        """When they happened."""
        return Span(end=self.before)

    def of(self, events: pl.LazyFrame) -> pl.LazyFrame:
        """Those of some events that are meant.

        Args:
            events: Events with ``actor`` and ``time``.
        """
        actor = pl.col("actor").cast(pl.String)
        old = events.filter(self.span.events(), actor.str.starts_with(_USER) | actor.str.starts_with(_VISITOR))
        claimed = self.claimed.cast(pl.String).unique().alias("claimed").to_frame().lazy()
        user = old.filter(actor.str.starts_with(_USER))
        visitor = old.filter(actor.str.starts_with(_VISITOR))
        if self.known:
            return pl.concat([user, visitor.join(claimed, left_on=actor, right_on="claimed", how="semi")])
        return visitor.join(claimed, left_on=actor, right_on="claimed", how="anti")


def oldest(base: Snapshot, before: datetime, without: Collection[str], most: int) -> list[str]:
    """The files that are gone through next: the oldest of those that may hold old events.

    Args:
        base: A version.
        before: Events before this moment are old.
        without: Files that were gone through already.
        most: Of about so many events together; one file is given whatever it holds.
    """
    old = Span(end=before).files(base.alone.files).filter(~pl.col("path").is_in(list(without)))
    ordered = old.sort("first", "path", nulls_last=False)
    before_it = ordered["rows"].fill_null(0).cum_sum().shift(1, fill_value=0)
    return ordered.filter(before_it < most)["path"].to_list()


def count_of(aged: Aged, base: Snapshot, storage: Storage) -> int:
    """How many events are meant.

    Args:
        aged: Which.
        base: A version; what lies beside it is not old.
        storage: The lake.
    """
    files = aged.span.files(base.alone.files)["path"].to_list()
    counted = aged.of(scan(storage, files).select("actor", "time")).select(pl.len()).collect(engine="streaming")
    return int(counted.item())


def expiring(aged: Aged, paths: Collection[str], storage: Storage) -> Change:
    """Remove old events from some files.

    Args:
        aged: Which events.
        paths: The files; those that were exchanged meanwhile are left for another time.
        storage: The lake.
    """

    def files(base: Snapshot) -> pl.DataFrame:
        asked = base.files.filter(pl.col("path").is_in(list(paths)))
        held = scan(storage, asked["path"].to_list(), path="path").select("path", "actor", "time")
        counts = aged.of(held).group_by("path").agg(hit=pl.len()).collect(engine="streaming")
        return asked.join(counts, on="path")

    def events(found: pl.DataFrame) -> pl.DataFrame:
        return found.join(aged.of(found.lazy()).select("id").collect(), on="id", how="anti", maintain_order="left")

    return Change(EXPIRE, files, events, for_its_marker=False)
