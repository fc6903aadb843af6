"""A PostgreSQL database into files and out of them. The unit of observation is the table.

Only what connects to such a server imports this.
"""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tragt.errors import InvalidFile, TragtError
from tragt.lake import Lake
from tragt.lake.table import Snapshot
from tragt.web.backup.archive import packed
from tragt.web.backup.held import MAIN, MIGRATIONS

__all__ = ["HeldServer", "fill", "held_server", "is_empty"]

_TRIES = 20
_PIECE = 1 << 20
_COLUMNS = (
    "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
    "USING (table_schema, table_name) WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' "
    "AND c.is_generated = 'NEVER' ORDER BY c.table_name, c.ordinal_position"
)
_SEQUENCES = (
    "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class HeldServer:
    """A PostgreSQL database, read within a transaction of repeatable reads that began at the moment.

    Attributes:
        connection: The connection with the transaction.
        name: What it is called in the archive.
    """

    connection: "psycopg.Connection[tuple[str, ...]]"
    name: str = MAIN

    def migrations(self) -> list[str]:
        """As `Held` says."""
        return [f"{app}.{name}" for app, name in self.connection.execute(MIGRATIONS)]

    def tables(self) -> dict[str, int]:
        """As `Held` says."""
        found = {}
        for table in self._columns():
            row = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            found[table] = int(row[0]) if row else 0
        return found

    def sequences(self) -> dict[str, int]:
        """As `Held` says."""
        return {name: int(last) for name, last in self.connection.execute(_SEQUENCES)}

    def files(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """As `Held` says: the rows of a table as COPY writes them, below a line that names the columns."""
        for table, columns in self._columns().items():
            file = folder / f"{table}.copy"
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), names)
            with file.open("wb") as out, self.connection.cursor().copy(statement) as copy:
                out.write("\t".join(columns).encode() + b"\n")
                for piece in copy:
                    out.write(piece)
            yield f"{table}.copy.gz", packed(file)

    def _columns(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table, column in self.connection.execute(_COLUMNS):
            found.setdefault(table, []).append(column)
        return found


@contextmanager
def held_server(address: str, lake: Lake) -> Iterator[tuple[Snapshot, HeldServer]]:
    """Hold a database and the event log at one moment.

    Args:
        address: Of the database.
        lake: The event log.

    Raises:
        TragtError: The event log changes all the time.
    """
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        for _ in range(_TRIES):
            before = lake.snapshot()
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SELECT count(*) FROM django_migrations").fetchone()
            if lake.snapshot().version == before.version:
                yield before, HeldServer(connection)
                return
            connection.execute("ROLLBACK")
    raise TragtError(
        "backup.restless",
        "The event log changed again and again while the backup began. Nothing was written; try again when no import "
        "runs.",
    )


def is_empty(address: str) -> bool:
    """Whether a database has no table."""
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        return connection.execute(_COLUMNS).fetchone() is None


def fill(address: str, folder: Path, tables: Mapping[str, int], sequences: Mapping[str, int]) -> None:
    """Fill tables from files, all of it or nothing.

    Args:
        address: Of a database in which the tables stand.
        folder: The files, as `HeldServer.files` named them.
        tables: How many rows each table must have then.
        sequences: The last key that each sequence gave out.

    Raises:
        InvalidFile: A table has other rows than were told.
    """
    with closing(psycopg.connect(address)) as connection, connection.transaction():
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        for table, number in tables.items():
            rows = _copied(connection, table, folder / f"{table}.copy.gz")
            if rows != number:
                raise InvalidFile(
                    "backup.rows",
                    f"The table {table} has {rows} rows and not {number}. Nothing was changed; restore another backup.",
                )
        for name, last in sequences.items():
            connection.execute("SELECT setval(quote_ident(%s), %s)", (name, last))


def _copied(connection: "psycopg.Connection[tuple[str, ...]]", table: str, file: Path) -> int:
    with gzip.open(file, "rb") as given, connection.cursor() as cursor:
        columns = given.readline().decode().rstrip("\n").split("\t")
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
            while piece := given.read(_PIECE):
                copy.write(piece)
        return cursor.rowcount
