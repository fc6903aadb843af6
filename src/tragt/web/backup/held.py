"""A database as it was at one moment, whatever is written to it meanwhile. The unit of observation is the table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tragt.web.backup.archive import packed

__all__ = ["MAIN", "MIGRATIONS", "Held", "HeldFile", "counted"]

MAIN = "tragt"
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"  # a search index without content cannot be counted
)


class Held(Protocol):
    """A database, held at a moment."""

    @property
    def name(self) -> str:
        """What it is called in the archive."""

    def migrations(self) -> list[str]:
        """The migrations that it has had, as ``app.name``."""

    def tables(self) -> dict[str, int]:
        """How many rows each table has."""

    def sequences(self) -> dict[str, int]:
        """The last key that each sequence gave out; none where the file of the database knows."""

    def files(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """Its content as files, one at a time, each with its name; the caller removes it."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """An SQLite file, read within a transaction that began at the moment.

    Attributes:
        name: What it is called in the archive.
        connection: The connection with the transaction.
    """

    name: str
    connection: sqlite3.Connection

    def migrations(self) -> list[str]:
        """As `Held` says."""
        return [f"{app}.{name}" for app, name in self.connection.execute(MIGRATIONS)]

    def tables(self) -> dict[str, int]:
        """As `Held` says."""
        return counted(self.connection)

    def sequences(self) -> dict[str, int]:
        """As `Held` says."""
        return {}

    def files(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """As `Held` says."""
        copy = folder / f"{self.name}.sqlite3"
        with closing(sqlite3.connect(copy)) as target:
            self.connection.backup(target)
        yield f"{self.name}.sqlite3.gz", packed(copy)


def counted(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table of an SQLite database has."""
    tables = [str(name) for (name,) in connection.execute(_TABLES)]
    return {table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]) for table in tables}
