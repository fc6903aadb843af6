"""Making a database forget the bytes of rows that were deleted."""

from django.apps import apps
from django.db import connection

from tragt.errors import TragtError

__all__ = ["forget_deleted"]


def forget_deleted() -> None:
    """Let nothing of deleted rows stay in the files of the database. Must stand outside a transaction.

    SQLite overwrites what is deleted (``secure_delete``), but the write-ahead log holds older pages until it is
    truncated. PostgreSQL frees dead rows by vacuum.

    Raises:
        TragtError: Someone reads for so long that the write-ahead log cannot be truncated.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = [model._meta.db_table for model in apps.get_models()]  # noqa: SLF001
            cursor.execute(f"VACUUM {', '.join(map(connection.ops.quote_name, tables))}")
            return
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchone()[0]
    if busy:
        raise TragtError(
            "people.database_busy",
            "The database is being read, so that the last bytes of what was erased could not be removed. "
            "It is tried again.",
        )
