"""Events out of the log, by name and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl
from polars.exceptions import ComputeError

from tragt.lake.json_properties import UNUSUAL, tokens, typed
from tragt.lake.scanning import Span, scan
from tragt.lake.schema import EVENTS
from tragt.lake.table import Snapshot, Table

__all__ = ["PROPERTY", "Without", "at_newest", "events"]

PROPERTY = "properties."
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Without:
    """Events that are left out.

    Attributes:
        batches: Of these batches.
        actors: Of these actors (String); None means nobody.
    """

    batches: Sequence[str] = ()
    actors: pl.Series | None = None

    def of(self, events: pl.LazyFrame) -> pl.LazyFrame:
        """The events that remain.

        Args:
            events: Events with the columns that are asked about.
        """
        if self.batches:
            events = events.filter(~pl.col("batch").is_in(list(self.batches)))
        if self.actors is not None and len(self.actors):
            struck = pl.LazyFrame({"actor": self.actors.cast(pl.String)})
            events = events.join(struck, on="actor", how="anti", maintain_order="left")
        return events


def events(
    table: Table, span: Span, without: Without, columns: Sequence[str] | None, properties: Sequence[str]
) -> pl.DataFrame:
    """Events of the log.

    Args:
        table: The table.
        span: Which names and times.
        without: What is left out.
        columns: Columns of the log; None means all.
        properties: Properties that become columns.
    """
    kept = list(EVENTS) if columns is None else list(columns)
    behind = tokens(properties) if properties else []

    def read(snapshot: Snapshot) -> pl.DataFrame:
        files = span.files(snapshot.files)["path"].to_list()
        return without.of(scan(table.storage, files).filter(span.events())).select(*kept, *behind).collect()

    found = at_newest(table, read)
    columns_of = {
        PROPERTY + name: typed(found[str(place)], found[UNUSUAL], name) for place, name in enumerate(properties)
    }
    return found.select(kept).with_columns(**columns_of)


def at_newest(table: Table, read: Callable[[Snapshot], _Answer]) -> _Answer:
    """Ask the newest version; where its files went meanwhile, the next.

    Args:
        table: The table.
        read: Gives the answer of a version.
    """
    snapshot = table.snapshot()
    while True:
        try:
            return read(snapshot)
        except (OSError, ComputeError):
            newer = table.snapshot()
            if newer.version == snapshot.version:
                raise
            snapshot = newer
