"""The event log of an installation: what may be done with it. The unit of observation is the event."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import polars as pl

from tragt.lake import ageing, reading, rights, upkeep
from tragt.lake.ageing import Aged
from tragt.lake.appending import Appended, append
from tragt.lake.beside import Look, Shown
from tragt.lake.catalogue import Catalogue, Names
from tragt.lake.days import Days
from tragt.lake.failures import explained
from tragt.lake.holdings import batches, by_batch, names, properties, sources
from tragt.lake.reading import Only, Without, at_newest
from tragt.lake.rewriting import Change, Watcher, rewrite
from tragt.lake.sampling import Sample, sample
from tragt.lake.scanning import Span, scan
from tragt.lake.storage import Storage
from tragt.lake.table import Marker, Snapshot, Table

__all__ = ["Lake"]

_Answer = TypeVar("_Answer")


class Lake:
    """One event log: a Delta table, partitioned by month, whose files are sorted by name, actor and time.

    A lake that does not exist is empty; the first append makes it. One object may be shared by threads and is
    kept up to date; several processes may read and write at once. Every write is one commit: after a kill at any
    point it has happened or it has not.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._table = Table(storage)
        self._shown = Shown(self._table)
        self._catalogue = Catalogue(storage)
        self._names = Names(storage)
        self._watchers: list[Watcher] = []

    @classmethod
    def open(cls, folder: Path | str, storage: Mapping[str, str] | None = None) -> "Lake":
        """The lake in a folder or an object store; nothing is read or made yet.

        Args:
            folder: A folder, or an address such as ``s3://bucket/lake``.
            storage: Credentials and settings of an object store, in deltalake's words.
        """
        return cls(Storage(folder, storage))

    @property
    def version(self) -> int:
        """The newest version; -1 where there is no lake. It grows with every write."""
        with explained(self._storage):
            return self._table.snapshot().version

    @property
    def storage(self) -> Storage:
        """Where its files are."""
        return self._storage

    def snapshot(self) -> Snapshot:
        """The newest version and its files."""
        with explained(self._storage):
            return self._table.snapshot()

    def shown(self) -> Snapshot:
        """The newest version as readers see it, with what lies beside it."""
        with explained(self._storage):
            return self._shown.snapshot()

    @property
    def state(self) -> str:
        """Changes with every write, and with what lies beside."""
        now = self.shown()
        return f"{now.version}+{now.beside}" if now.beside else str(now.version)

    def at_newest(self, read: Callable[[Snapshot], _Answer]) -> _Answer:
        """Read files of the newest version; where they went meanwhile, those of the next.

        Args:
            read: Gives the answer of a version as readers see it.
        """
        with explained(self._storage):
            return at_newest(self._shown, read)

    def beside(self, look: Look) -> None:
        """Let readers see what is settled and not in the table yet.

        Args:
            look: Looks at it; for as long as this lake is open.
        """
        self._shown.look = look

    def watch(self, watcher: Watcher) -> None:
        """Tell somebody of events before they leave the log.

        Args:
            watcher: Who must know; for as long as this lake is open.
        """
        self._watchers.append(watcher)

    def append(
        self,
        events: Iterable[pl.DataFrame] | pl.DataFrame,
        *,
        marker: Marker,
        batch: str,
        known_new: bool = False,
    ) -> Appended:
        """Add events in one commit, each id once.

        Args:
            events: Columns of `EVENTS` (``batch`` is set); an iterable is taken piece by piece, so that it may be
                larger than memory.
            marker: Makes it happen once: with a marker that the lake knows nothing is added.
            batch: The batch that the events belong to.
            known_new: Whether the caller knows that the lake holds none of the ids: they are not looked for.

        Returns:
            What was added, and what was left out since the lake or the events themselves hold the id already;
            for a known marker what it did then (where the log of the table no longer tells: the events that the
            batch has now).

        Raises:
            InvalidEvent: Columns that the log does not have, or events without what they need.
            TragtError: The disk is full or read-only, the lake is of a newer Tragt, or events were removed while
                this left out their duplicates (``lake.overtaken``: run it again).
        """
        with explained(self._storage):
            pieces = [events] if isinstance(events, pl.DataFrame) else events
            return append(self._table, pieces, marker, batch, known_new=known_new)

    def read(  # noqa: PLR0913
        self,
        names: Sequence[str] | None = None,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        columns: Sequence[str] | None = None,
        properties: Sequence[str] = (),
        without_batches: Sequence[str] = (),
        without_actors: pl.Series | None = None,
        having: Sequence[str] = (),
        actors: pl.Series | None = None,
        one_in: int = 1,
    ) -> pl.DataFrame:
        """Events, in no particular order.

        Args:
            names: Names of events; None means all.
            start: First moment, with its zone; None means from the beginning.
            end: First moment after; None means to the end.
            columns: Columns of `EVENTS`; None means all.
            properties: Properties that become columns ``properties.<name>``.
            without_batches: Batches that are left out.
            without_actors: Actors that are left out.
            having: Columns of `EVENTS` that must not be empty.
            actors: Actors whose events are asked for; None means anybody's.
            one_in: Only events of one deal or actor in so many, always the same ones.

        Returns:
            The columns, then the properties: numbers, booleans, dates or times where all values among these events
            agree, else text.
        """
        only = Only(Span(names, start, end), Without(without_batches, without_actors), having, actors, one_in)
        with explained(self._storage):
            return reading.events(self._shown, only, columns, properties)

    def made_of_files(
        self,
        make: Callable[[pl.DataFrame], pl.DataFrame],
        columns: Sequence[str],
        *,
        names: Sequence[str] | None = None,
        having: Sequence[str] = (),
        without_batches: Sequence[str] = (),
        without_actors: pl.Series | None = None,
    ) -> pl.DataFrame:
        """What a function makes of the events of each file: for a log that does not fit into memory.

        Args:
            make: Is called with the events of each file, and once with none.
            columns: Columns of `EVENTS` that it needs.
            names: Names of events; None means all.
            having: Columns of `EVENTS` that must not be empty.
            without_batches: Batches that are left out.
            without_actors: Actors that are left out.

        Returns:
            The frames that it made, one below the other.
        """
        only = Only(Span(names), Without(without_batches, without_actors), having)
        with explained(self._storage):
            return reading.made_of_files(self._shown, make, only, columns)

    def names(self, without_batches: Sequence[str] = ()) -> pl.DataFrame:
        """How often each event occurs, and when; counted once a file and kept in memory.

        Args:
            without_batches: Batches that are left out.

        Returns:
            ``name``, ``count``, ``first``, ``last``, the most frequent first and equals by name.
        """
        with explained(self._storage):
            return at_newest(self._shown, lambda base: names(self._catalogue.counts(base), without_batches))

    def names_in(self, files: Callable[[Snapshot], Sequence[str]]) -> list[str]:
        """The names of the events of some files; each is looked through once.

        Args:
            files: Gives the files of a version, as readers see it.
        """
        with explained(self._storage):
            return at_newest(self._shown, lambda base: self._names.of(files(base)))

    def batches(self) -> pl.DataFrame:
        """The batches that the lake holds.

        Returns:
            ``batch``, ``source``, ``events``, ``first``, ``last``, by batch.
        """
        with explained(self._storage):
            return at_newest(self._shown, lambda base: batches(self._catalogue.counts(base)))

    def sources(self, names: Sequence[str], without_batches: Sequence[str] = ()) -> list[str]:
        """The sources that events of some names come from, sorted; from the counts kept in memory.

        Args:
            names: Names of events.
            without_batches: Batches that are left out.
        """
        with explained(self._storage):
            return at_newest(self._shown, lambda base: sources(self._catalogue.counts(base), names, without_batches))

    def properties(
        self,
        names: Sequence[str],
        *,
        without_batches: Sequence[str] = (),
        without_actors: pl.Series | None = None,
    ) -> pl.DataFrame:
        """The properties that events have, from at most 10,000 events of each name, spread over at most 12 files.

        Args:
            names: Names of events.
            without_batches: Batches that are left out.
            without_actors: Actors that are left out.

        Returns:
            ``name``, ``property``, ``type`` (``number``, ``boolean``, ``date``, ``time`` or ``text``), ``examples``
            (a list of the most frequent values as text, five at most), ``count`` (of events that have it; an
            estimate where there are more events or files of the name), the most frequent first.
        """
        without = Without(without_batches, without_actors)
        with explained(self._storage):
            return at_newest(
                self._shown, lambda base: properties(self._storage, self._catalogue.counts(base), names, without)
            )

    def days(self, days: Days, without_batches: Sequence[str] = ()) -> pl.DataFrame:
        """How often each event happened on each day; counted once a file.

        Args:
            days: What is counted already.
            without_batches: Batches that are left out.

        Returns:
            ``name``, ``day``, ``count``, in no particular order; days without events are absent.
        """

        def counted(base: Snapshot) -> pl.DataFrame:
            held = self._catalogue.counts(base).filter(pl.col("batch").is_in(list(without_batches)))
            hidden: dict[str, list[str]] = {}
            for path, batch in held.select("path", "batch").unique().iter_rows():
                hidden.setdefault(path, []).append(batch)
            return days.counts(base.files["path"], lambda path: hidden.get(path, ()))

        with explained(self._storage):
            return at_newest(self._shown, counted)

    def holdings(self, without_batches: Sequence[str] = ()) -> pl.DataFrame:
        """How often each event occurs by batch and source; from the counts kept in memory.

        Args:
            without_batches: Batches that are left out.

        Returns:
            ``name``, ``batch``, ``source``, ``count``, ``first``, ``last``, in no particular order.
        """
        with explained(self._storage):
            return at_newest(self._shown, lambda base: by_batch(self._catalogue.counts(base), without_batches))

    def sample(
        self, name: str, most: int, *, without_batches: Sequence[str] = (), without_actors: pl.Series | None = None
    ) -> Sample:
        """Some events of a name; all of them where they are few.

        Args:
            name: The name.
            most: How many events are looked at, about.
            without_batches: Batches that are left out.
            without_actors: Actors that are left out.
        """
        without = Without(without_batches, without_actors)
        with explained(self._storage):
            return at_newest(
                self._shown, lambda base: sample(self._storage, self._catalogue.counts(base), name, without, most)
            )

    def ids_since(self, received: datetime, batches: str) -> pl.DataFrame:
        """The ids of events that came lately.

        Args:
            received: The earliest moment at which they came, with its zone.
            batches: How their batches begin; only files that hold such are read.

        Returns:
            ``id`` and ``received``.
        """
        came = pl.col("batch").str.starts_with(batches) & (pl.col("received") >= received)

        def found(base: Snapshot) -> pl.DataFrame:
            files = self._catalogue.counts(base).filter(pl.col("batch").str.starts_with(batches))["path"].unique()
            return scan(self._storage, files.to_list()).filter(came).select("id", "received").collect()

        with explained(self._storage):
            return at_newest(self._shown, found)

    def remove_batch(self, batch: str, marker: Marker) -> int:
        """Remove the events of a batch in one commit.

        Args:
            batch: The batch.
            marker: Makes it happen once.

        Returns:
            How many events were removed.
        """
        return self._rewritten(rights.removing(batch, self._catalogue), marker)

    def erase(self, actors: pl.Series | pl.DataFrame, marker: Marker) -> int:
        """Remove the events of actors in one commit; their bytes go with the next `purge`.

        Args:
            actors: The actors, as the column ``actor`` has them; or ``actor``, ``start`` (inclusive) and ``end``
                (exclusive; null means without bound), where an actor was several persons one after another.
            marker: Makes it happen once; it names no person.

        Returns:
            How many events were removed.
        """
        return self._rewritten(rights.erasing(actors, self._storage), marker)

    def retract(self, deals: pl.Series, marker: Marker) -> int:
        """Remove the events of deals in one commit; their bytes go with the next `purge`.

        Args:
            deals: The deals, as the column ``deal`` has them.
            marker: Makes it happen once; it names no deal.

        Returns:
            How many events were removed.
        """
        return self._rewritten(rights.retracting(deals, self._storage), marker)

    def anonymise(self, actors: pl.Series, marker: Marker, secret: bytes) -> int:
        """Make the events of actors nameless in one commit; the bytes before go with the next `purge`.

        Time, precision, name, company, deal, source, batch, human, traffic and received stay. Actor and session
        are replaced, the same by the same, so that every count of events and units stays; the id is replaced by a
        random one; properties and context go.

        Args:
            actors: The actors, as the column ``actor`` has them.
            marker: Makes it happen once; it names no person.
            secret: Key of the replacements. Use one for all actors of a person's request, and forget it.

        Returns:
            How many events were made nameless.
        """
        return self._rewritten(rights.anonymising(actors, self._storage, secret), marker)

    def aged(self, aged: Aged) -> int:
        """How many events are old. What lies beside the table does not count: it came in the last minutes.

        Args:
            aged: Which are meant.
        """
        with explained(self._storage):
            return at_newest(self._shown, lambda base: ageing.count_of(aged, base, self._storage))

    def oldest(self, before: datetime, without: Collection[str], most: int) -> list[str]:
        """The next files to `expire` events from, the oldest first; none once all were gone through.

        Args:
            before: Events before this moment are old.
            without: Files that were gone through already.
            most: Of about so many events together.
        """
        return ageing.oldest(self.snapshot(), before, without, most)

    def expire(self, aged: Aged, files: Collection[str], marker: Marker) -> int:
        """Remove old events from some files in one commit; their bytes go with the next `purge`.

        Args:
            aged: Which events.
            files: The files, as from `oldest`; one that others exchanged meanwhile is left for another time.
            marker: Makes it happen once.

        Returns:
            How many events were removed; where none are, nothing is committed.
        """
        return self._rewritten(ageing.expiring(aged, files, self._storage), marker)

    def upkeep(self, vacuum: bool = True) -> None:
        """Join small files, write a checkpoint, and remove what no version of the last 24 hours holds.

        Args:
            vacuum: Whether to do more than join files.
        """
        with explained(self._storage):
            if self._table.snapshot().version >= 0:
                upkeep.compact(self._table)
                if vacuum:
                    for watcher in self._watchers:
                        watcher.cleaning()
                    upkeep.tidy(self._table)

    def purge(self) -> None:
        """Remove every byte that the newest version does not hold, log entries and leftovers included."""
        with explained(self._storage):
            if self._table.snapshot().version >= 0:
                for watcher in self._watchers:
                    watcher.cleaning()
                upkeep.purge(self._table)
            for watcher in self._watchers:
                watcher.purged()

    def _rewritten(self, change: Change, marker: Marker) -> int:
        with explained(self._storage):
            return rewrite(self._table, change, marker, self._watchers)
