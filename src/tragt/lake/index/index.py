"""The index of a lake for one kind of unit: built now and then, read at each question."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import polars as pl
from polars.exceptions import ComputeError

from tragt.errors import TragtError
from tragt.funnel.postings import Layered
from tragt.lake.failures import explained
from tragt.lake.index.assignment import Assignment, Kind
from tragt.lake.index.building import build
from tragt.lake.index.disk import REMOVED, locked, removed, replaced, synchronise
from tragt.lake.index.fresh import anew
from tragt.lake.index.generation import Generation
from tragt.lake.index.journal import Journal
from tragt.lake.index.layering import layers
from tragt.lake.index.layout import DESCRIPTION
from tragt.lake.index.lineage import Lineage, State, lineage, remember
from tragt.lake.index.places import Sought, places, whole
from tragt.lake.index.rereading import Lookup
from tragt.lake.index.resolving import both_named
from tragt.lake.lake import Lake
from tragt.lake.table import Marker, Snapshot

__all__ = ["GRACE", "Index"]

GRACE = timedelta(minutes=15)

_CURRENT = "CURRENT"
_LOCK = "lock"
_ASIDE = ".building-"
_REPLACED = "replaced"
_MOST_DIRTY = 0.02


class Index:
    """The events of a lake by unit and time, for one kind of unit.

    Without a generation every question reads the lake. Any number of processes may read; one builds at a time. The
    lake tells it of events that leave.

    Args:
        folder: Folder of the indexes; each kind of unit has its own within.
        lake: The lake.
        kind: What is counted.
        zone: The organisation's zone.
    """

    def __init__(self, folder: Path, lake: Lake, kind: Kind, zone: ZoneInfo) -> None:
        self._folder = folder / str(kind)
        self._lake = lake
        self._zone = zone
        self._newest: Generation | None = None
        self._followed: tuple[Generation, int, Lineage] | None = None
        lake.watch(self)

    def build(self, assignment: Assignment) -> None:
        """Make a generation of the lake as it is now, and let readers have it.

        Args:
            assignment: To which units events belong.

        Raises:
            TragtError: Another process is building.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder / _LOCK, wait=False), explained(self._lake.storage):
            self._sweep()
            name = self._built(assignment)
            with replaced(self._folder / _CURRENT) as current:
                current.write_text(name)
            for old in self._old():
                if not (old / _REPLACED).exists():
                    (old / _REPLACED).touch()

    def _built(self, assignment: Assignment) -> str:
        """The name of a new, whole generation; begun again where the lake removes files meanwhile."""
        while True:
            snapshot = self._lake.snapshot()
            name = f"{max(snapshot.version, 0):012}-{uuid4().hex}"
            aside = self._folder / f"{_ASIDE}{name}"
            aside.mkdir()
            try:
                build(self._lake.storage, snapshot, assignment, aside)
                aside.rename(self._folder / name)
                synchronise(self._folder)
            except (OSError, ComputeError):
                if self._lake.snapshot().version == snapshot.version:
                    raise
            else:
                return name
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def read(
        self,
        assignment: Assignment,
        names: Sequence[str] | None = None,
        properties: Sequence[str] = (),
        *,
        sessions: bool = False,
    ) -> Layered:
        """The events as they are now.

        Args:
            assignment: To which units events belong.
            names: Names of events that are asked for; None means all.
            properties: Properties that are asked for.
            sessions: Whether the sessions of events are asked for.

        Returns:
            The generation, the units that must not be read in it, and their events as they are now. Without a
            generation, the events of the lake.
        """
        with explained(self._lake.storage):
            while True:
                generation = self.current()
                lookup = replace(
                    self._lookup(generation, assignment, names, sessions=sessions), properties=tuple(properties)
                )
                try:
                    if generation is None:
                        return Layered(anew(lookup, self._zone))
                    return layers(generation, lookup)
                except (OSError, ComputeError):
                    if self._as_before(generation, lookup):
                        raise

    def places(
        self, snapshot: Snapshot, files: pl.DataFrame, sought: Sequence[Sought], names: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Where events of identifiers may stand.

        Args:
            snapshot: The newest version of the lake.
            files: Rows of it: the files that are asked about.
            sought: Identifiers that the locator knows.
            names: Names of events; None means all.

        Returns:
            The columns of `tragt.lake.index.places.PLACES`; without a generation, all the files.
        """
        generation = self.current()
        if generation is None:
            return whole(files)
        return places(files, self._lineage(generation, snapshot), generation.locator, sought, names)

    def newer(self, snapshot: Snapshot) -> list[str]:
        """The files that hold events which came since the newest generation; without one, all.

        Args:
            snapshot: The newest version of the lake.
        """
        generation = self.current()
        if generation is None:
            return snapshot.files["path"].to_list()
        return self._lineage(generation, snapshot).of(State.NEW, State.MIXED)

    def current(self) -> Generation | None:
        """The newest generation; None where there is none, or another version of Tragt made it."""
        name = self._named()
        known = self._newest
        while name and (known is None or known.folder.name != name):
            try:
                known = Generation(self._folder / name, self._zone)
            except FileNotFoundError:
                name, before = self._named(), name
                if name == before:
                    return None
            except TragtError:
                return None
        self._newest = known if name else None
        return self._newest

    def needs_rebuild(self, assignment: Assignment) -> bool:
        """Whether there is no generation, the newest is of no use, or more than one unit in fifty is dirty or new.

        Args:
            assignment: To which units events belong.
        """
        found = self.read(assignment)
        if not isinstance(found.clean, Generation):
            return True
        dirty = 0 if found.dirty is None else int(found.dirty.sum())
        fresh = 0 if found.fresh is None else found.fresh.units
        return max(dirty, fresh) > _MOST_DIRTY * found.clean.units

    def remove_old(self, grace: timedelta = GRACE) -> int:
        """Remove generations that were replaced a while ago; how many.

        Args:
            grace: How long ago; a reader may still hold one.
        """
        before = time.time_ns() - grace.total_seconds() * 1e9
        gone = 0
        for old in self._old():
            mark = old / _REPLACED
            if not mark.exists():
                mark.touch()
            if mark.stat().st_mtime_ns <= before:
                gone += removed(old)
        return gone

    def leaving(self, marker: Marker, gone: pl.DataFrame, come: pl.DataFrame) -> None:
        """Note which units events leave or come to, before that is committed.

        Args:
            marker: The marker of the commit.
            gone: The events that go.
            come: What stands in their place.
        """
        events = pl.concat([gone, come])
        self._with_newest(lambda one: Journal(one.folder).note(marker, both_named(events, one.assignment)))

    def cleaning(self) -> None:
        """Remember what the log's entries tell of the files, before they are cleaned away."""
        now = self._lake.snapshot()
        self._with_newest(lambda one: remember(one.folder, self._lineage(one, now), now.version))

    def purged(self) -> None:
        """Remove what may hold bytes of events that were removed: all but a newest generation from after that."""
        if not self._folder.exists():
            return
        with locked(self._folder / _LOCK, wait=True):
            self._sweep()
            for old in self._old():
                removed(old)
            generation, newest = self.current(), self._folder / self._named()
            if generation is not None:
                files = self._lineage(generation, self._lake.snapshot())
                if files.known and not files.removals and Journal(generation.folder).empty:
                    return
            if newest != self._folder:
                (self._folder / _CURRENT).unlink(missing_ok=True)
                removed(newest)

    def _with_newest(self, act: Callable[[Generation], None]) -> None:
        """Do something with the newest generation, again where it was removed meanwhile."""
        while (generation := self.current()) is not None:
            try:
                return act(generation)
            except FileNotFoundError:
                if generation.folder.exists():
                    raise
        return None

    def _sweep(self) -> None:
        """Remove what killed processes left; only while nobody builds."""
        for left in (*self._folder.glob(f"{_ASIDE}*"), *self._folder.glob(f"{REMOVED}*")):
            shutil.rmtree(left, ignore_errors=True)

    def _lineage(self, generation: Generation, snapshot: Snapshot) -> Lineage:
        """What became of a generation's files, followed once for a version of the lake; what lies beside is new."""
        known = self._followed
        if known is None or known[0] is not generation or known[1] != snapshot.version:
            covered, since = generation.locator.files["path"].to_list(), generation.description.version
            found = lineage(self._lake.storage, generation.folder, covered, since, snapshot.alone)
            known = self._followed = generation, snapshot.version, found
        return _with_new(known[2], snapshot) if snapshot.beside else known[2]

    def _lookup(
        self, generation: Generation | None, assignment: Assignment, names: Sequence[str] | None, *, sessions: bool
    ) -> Lookup:
        snapshot = self._lake.shown()
        nothing = Lineage({}, (), known=True)
        files = self._lineage(generation, snapshot) if generation else _with_new(nothing, snapshot)
        wanted = None if sessions or assignment.kind is Kind.SESSION else names
        return Lookup(self._lake.storage, snapshot, files, assignment, wanted, (), sessions)

    def _as_before(self, generation: Generation | None, lookup: Lookup) -> bool:
        """Whether generation and lake are still those that were read."""
        newest = generation.folder.name if generation else ""
        return self._named() == newest and self._lake.shown().state == lookup.snapshot.state

    def _named(self) -> str:
        try:
            return (self._folder / _CURRENT).read_text()
        except FileNotFoundError:
            return ""

    def _old(self) -> list[Path]:
        """Generations that are not the newest."""
        newest = self._named()
        return [
            path.parent
            for path in self._folder.glob(f"*/{DESCRIPTION}")
            if path.parent.name not in (newest, "") and not path.parent.name.startswith(".")
        ]


def _with_new(known: Lineage, snapshot: Snapshot) -> Lineage:
    """What became of files, and those that nothing is known of, which are new."""
    new = {path: State.NEW for path in snapshot.files["path"] if path not in known.state}
    return replace(known, state={**known.state, **new})
