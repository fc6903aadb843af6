"""Making a database forget the bytes of rows that were deleted."""

from django.apps import apps
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tragt.errors import TragtError

__all__ = ["forget_deleted"]


def forget_deleted() -> None:
    """Let nothing of deleted rows stay in the files of the database. Must stand outside a transaction.

    SQLite overwrites what is deleted (``secure_delete``), but leaves copies where it moved rows between pages, and
    older pages in the write-ahead log: the file is written anew and the log truncated. PostgreSQL frees dead rows.

    Raises:
        TragtError: Others use the database for so long that it cannot be done now, or the disk is full.
    """
    for alias in connections:
        _forget(connections[alias])


def _forget(connection: BaseDatabaseWrapper) -> None:
    if connection.in_atomic_block:
        return
    tables = [connection.ops.quote_name(model._meta.db_table) for model in apps.get_models()]  # noqa: SLF001
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"VACUUM {', '.join(tables)}")
                return
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = bool(cursor.fetchone()[0])
    except OperationalError as problem:
        raise _in_use(str(problem)) from problem
    if busy:
        raise _in_use("somebody is reading")


def _in_use(said: str) -> TragtError:
    return TragtError(
        "people.database_busy",
        f"The last bytes of what was erased could not be removed from the database ({said}). It is tried again; "
        "see that the disk has as much space free as the database takes.",
        said=said,
    )
