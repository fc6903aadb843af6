"""Events out of the log, by name and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl
from polars.exceptions import ComputeError

from tragt.lake.beside import Shown
from tragt.lake.json_properties import UNUSUAL, tokens, typed
from tragt.lake.scanning import Span, scan
from tragt.lake.schema import EVENTS
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["PROPERTY", "Only", "Without", "at_newest", "events", "made_of_files"]

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


@dataclass(frozen=True, slots=True)
class Only:
    """Which of the events are asked for.

    Attributes:
        span: Of these names and times.
        without: What is left out.
        having: Columns that must not be empty.
        actors: Of these actors (String); None means anybody's.
        one_in: Of one deal or actor in so many.
    """

    span: Span = field(default_factory=Span)
    without: Without = field(default_factory=Without)
    having: Sequence[str] = ()
    actors: pl.Series | None = None
    one_in: int = 1

    def of(self, storage: Storage, files: Sequence[str]) -> pl.LazyFrame:
        """Those events of some files.

        Args:
            storage: The lake.
            files: The files.
        """
        found = scan(storage, files).filter(self.span.events(), *(pl.col(name).is_not_null() for name in self.having))
        if self.actors is not None:
            found = found.filter(pl.col("actor").is_in(self.actors.cast(pl.String).implode()))
        if self.one_in > 1:
            found = found.filter(pl.coalesce("deal", "actor", "id").hash(0) % self.one_in == 0)
        return self.without.of(found)


def events(table: Shown, only: Only, columns: Sequence[str] | None, properties: Sequence[str]) -> pl.DataFrame:
    """Events of the log.

    Args:
        table: The table as readers see it.
        only: Which of them.
        columns: Columns of the log; None means all.
        properties: Properties that become columns.
    """
    kept = list(EVENTS) if columns is None else list(columns)
    behind = tokens(properties) if properties else []

    def read(snapshot: Snapshot) -> pl.DataFrame:
        files = only.span.files(snapshot.files)["path"].to_list()
        return only.of(table.storage, files).select(*kept, *behind).collect()

    found = at_newest(table, read)
    columns_of = {
        PROPERTY + name: typed(found[str(place)], found[UNUSUAL], name) for place, name in enumerate(properties)
    }
    return found.select(kept).with_columns(**columns_of)


def made_of_files(
    table: Shown, make: Callable[[pl.DataFrame], pl.DataFrame], only: Only, columns: Sequence[str]
) -> pl.DataFrame:
    """What is made of the events of each file, one below the other; no more than a file is in memory at once.

    Args:
        table: The table as readers see it.
        make: Makes it of the events of a file.
        only: Which of the events.
        columns: Columns of the log.
    """

    def read(snapshot: Snapshot) -> pl.DataFrame:
        files = only.span.files(snapshot.files)["path"].to_list()
        each = (only.of(table.storage, [file]).select(columns).collect() for file in files)
        return pl.concat([make(EVENTS.to_frame().select(columns)), *map(make, each)])

    return at_newest(table, read)


def at_newest(table: Shown, read: Callable[[Snapshot], _Answer]) -> _Answer:
    """Ask the newest version; where its files went meanwhile, the next.

    Args:
        table: The table as readers see it.
        read: Gives the answer of a version.
    """
    snapshot = table.snapshot()
    while True:
        try:
            return read(snapshot)
        except (OSError, ComputeError):
            newer = table.snapshot()
            if newer.state == snapshot.state:
                raise
            snapshot = newer
