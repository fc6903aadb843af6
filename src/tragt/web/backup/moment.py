"""An installation held at one moment while it runs: every database and the event log as they stood then.

Databases and event log hand their data to each other, "write there under a key, then mark here", and no transaction
spans two of them. Copied one after another, in any order, some hand-over would fall between: the outbox gives to the
inbox, but what the inbox settles is learned by the database of the outbox first. So none is copied before the other.
All are held at the same moment, and copied from what was held:

* *SQLite.* For some milliseconds one connection a file holds the lock of its writers. Nobody commits, so a reading
  transaction that begins now sees all that was acknowledged until now, in every file alike; and the newest version of
  the event log is looked up before the locks are given back. The readers stay where they began.
* *PostgreSQL.* One transaction of repeatable reads spans all tables. The version of the event log is looked up before
  and after it began; where they differ, it begins anew. Where they agree, the log stood at this version in between.

What is held is therefore what a power cut at this moment would have left: all that was committed, and one version of
the log. That an installation comes through that with every acknowledged event exactly once is what its hand-overs are
made for, and what the tests of faults play. It is the only thing that a backup relies on.

The files of a version never change. They could be removed by upkeep and erasure, which wait as long as the moment is
held: they write alone, and this is a writer to them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tragt.errors import NotFound
from tragt.lake import Lake
from tragt.lake.table import Snapshot
from tragt.web.backup.held import MAIN, Held, HeldFile

__all__ = ["Moment", "Places", "held"]

INBOX = "inbox"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where an installation keeps what it has.

    Attributes:
        home: Its folder.
        lake: The folder of the event log.
        database: The address of its database.
        inbox: The file of the inbox, where databases are files.
    """

    home: Path
    lake: Path
    database: str
    inbox: str

    @property
    def file(self) -> Path | None:
        """The file of the database; None where a server keeps it."""
        beginning = "sqlite:///"
        return Path(self.database.removeprefix(beginning)) if self.database.startswith(beginning) else None


@dataclass(frozen=True, slots=True)
class Moment:
    """An installation at a moment.

    Attributes:
        lake: The version of the event log.
        databases: Its databases.
    """

    lake: Snapshot
    databases: tuple[Held, ...]


@contextmanager
def held(places: Places) -> Iterator[Moment]:
    """Hold an installation at a moment; it goes on working meanwhile.

    Args:
        places: Where it is.

    Raises:
        NotFound: There is none.
        TragtError: The event log changes all the time, or another process writes to it alone for ten minutes.
    """
    lake = Lake.open(places.lake)
    with ExitStack() as until_end:
        if lake.version >= 0:
            until_end.enter_context(lake.storage.writing())
        if places.file is None:
            from tragt.web.backup.server import held_server  # noqa: PLC0415 - only the extra brings what it needs

            version, database = until_end.enter_context(held_server(places.database, lake))
            yield Moment(version, (database,))
        else:
            yield _held_files([(MAIN, places.file), (INBOX, Path(places.inbox))], lake, until_end)


def _held_files(files: list[tuple[str, Path]], lake: Lake, until_end: ExitStack) -> Moment:
    missing = [str(file) for _, file in files if not file.is_file()]
    if missing:
        raise NotFound(
            "backup.no_home",
            f"There is no installation to back up: {missing[0]} is not there. Name its home with --home or TRAGT_HOME.",
        )
    with ExitStack() as locked:
        # The main database first, as those take them who write to both.
        for _, file in files:
            _connected(file, locked).execute("BEGIN IMMEDIATE")
        readers = []
        for name, file in files:
            reader = _connected(file, until_end)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            readers.append(HeldFile(name, reader))
        return Moment(lake.snapshot(), tuple(readers))


def _connected(file: Path, until_end: ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_PATIENCE_SECONDS, isolation_level=None)
    return until_end.enter_context(closing(connection))
