"""Events out of the lake itself, of few units: what a generation cannot tell. The unit of observation is the event."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from tragt.lake.index.assignment import Assignment, Change, Kind
from tragt.lake.index.lineage import Lineage, State
from tragt.lake.index.locator import BLOCK, Locator
from tragt.lake.index.resolving import NO_ID
from tragt.lake.index.tokens import behind
from tragt.lake.scanning import Span, scan
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["Identifiers", "Lookup"]

_NONE = pl.Series(dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """By what events are found.

    Attributes:
        actors: Actors.
        deals: Deals.
        own: Names of units as events give them.
        batches: Batches.
    """

    actors: pl.Series = field(default_factory=lambda: _NONE)
    deals: pl.Series = field(default_factory=lambda: _NONE)
    own: pl.Series = field(default_factory=lambda: _NONE)
    batches: frozenset[str] = frozenset()

    @classmethod
    def of_units(cls, units: pl.Series, assignment: Assignment) -> "Identifiers":
        """All by which an event may belong to some units.

        Args:
            units: Their names.
            assignment: Says who belongs to them.
        """
        persons = units
        if assignment.kind is Kind.SESSION:
            persons = units.filter(units.str.ends_with(NO_ID)).str.strip_suffix(NO_ID)
        actors = assignment.spans.filter(pl.col("unit").is_in(persons.implode()))["actor"]
        deals = assignment.of_deals.filter(pl.col("unit").is_in(units.implode()))["deal"]
        return cls(
            pl.concat([actors, persons.rename("actor")]).unique() if assignment.kind.itself else actors.unique(),
            deals.unique(),
            units if assignment.kind.own else _NONE,
        )

    @classmethod
    def of_change(cls, change: Change) -> "Identifiers":
        """All by which an event may be touched by a change.

        Args:
            change: What changed.
        """
        return cls(change.actors, change.deals, batches=change.batches)

    def rows(self, assignment: Assignment) -> pl.Expr:
        """Which events are meant, and perhaps others.

        Args:
            assignment: Says how units are named.
        """
        own = assignment.kind.own
        found = [
            pl.col(name).is_in(values.implode())
            for name, values in (("actor", self.actors), ("deal", self.deals))
            if len(values)
        ]
        if own and len(self.own):
            found.append(pl.col(own).is_not_null() if assignment.spelled else pl.col(own).is_in(self.own.implode()))
        if self.batches:
            found.append(pl.col("batch").is_in(list(self.batches)))
        return pl.any_horizontal(found) if found else pl.lit(value=False)

    @property
    def texts(self) -> pl.Series:
        """Those that a locator knows."""
        return pl.concat([each.rename("text").cast(pl.String) for each in (self.actors, self.deals, self.own)])


@dataclass(frozen=True, slots=True)
class Lookup:
    """Reads events of a version of the lake.

    Attributes:
        storage: The lake.
        snapshot: The version.
        files: What became of its files since the generation.
        assignment: Says which columns are needed.
        names: Names of events that are asked for; None means all.
        properties: Properties that are asked for.
        sessions: Whether sessions are asked for.
    """

    storage: Storage
    snapshot: Snapshot
    files: Lineage
    assignment: Assignment
    names: Sequence[str] | None
    properties: Sequence[str]
    sessions: bool = False

    def all(self, *states: State) -> pl.DataFrame:
        """The events of files in some states.

        Args:
            states: Which.
        """
        return self._asked(scan(self.storage, self._paths(states))).collect()

    def those(self, identifiers: Identifiers, locator: Locator, *states: State) -> pl.DataFrame:
        """The events by some identifiers, and perhaps others.

        Args:
            identifiers: By what they are found.
            locator: Where they stand in the files that are as they were.
            states: In files in these states.
        """
        places = [scan(self.storage, self._paths([state for state in states if state is not State.KEPT]))]
        if State.KEPT in states:
            places += self._located(identifiers, locator, self._paths([State.KEPT]))
        return self._asked(pl.concat(places).filter(identifiers.rows(self.assignment))).collect()

    def paths_of(self, name: str, *states: State) -> list[str]:
        """The files in some states that can hold events of a name.

        Args:
            name: The name.
            states: Which.
        """
        here = self.snapshot.files.filter(pl.col("path").is_in(self.files.of(*states)))
        return Span([name]).files(here)["path"].to_list()

    def _located(self, identifiers: Identifiers, locator: Locator, kept: list[str]) -> list[pl.LazyFrame]:
        """The places that hold such events; whole files where a batch is asked for or most of a file is."""
        if identifiers.batches:
            return [scan(self.storage, kept)]
        blocks = locator.blocks(identifiers.texts).filter(pl.col("path").is_in(kept))
        sizes = dict(locator.files.select("path", "rows").iter_rows())
        found, whole = [], []
        for (path,), own in blocks.group_by("path", maintain_order=True):
            if 4 * own.height * BLOCK >= sizes[str(path)]:
                whole.append(str(path))
                continue
            events = scan(self.storage, [str(path)])
            found += [events.slice(offset, BLOCK) for offset in own["offset"]]
        return [scan(self.storage, whole), *found]

    def _paths(self, states: Sequence[State]) -> list[str]:
        here = self.snapshot.files.filter(pl.col("path").is_in(self.files.of(*states)))
        return Span(self.names).files(here)["path"].to_list()

    def _asked(self, events: pl.LazyFrame) -> pl.LazyFrame:
        """Events of the names that are asked for, with what is needed of them."""
        kept = ["id", "time", "precision", "name", "human", "traffic", "actor", "company", "deal", "session", "batch"]
        return events.filter(Span(self.names).events()).select(*kept, *behind(self.properties))
