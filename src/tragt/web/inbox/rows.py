"""Rows of the inbox to and from its database, without Django's objects: what is bytes here stays bytes on the way.

Between Django and PostgreSQL bytes go as hexadecimal digits, which takes more time than anything else that is done to
them. So there they go in PostgreSQL's own form.
"""

from collections.abc import Sequence
from typing import TypeVar

from django.conf import settings
from django.db import connections
from django.db.models import Model, QuerySet

__all__ = ["Row", "insert", "select"]

M = TypeVar("M", bound=Model)
Row = Sequence[bool | int | str | bytes | None]

_TYPES = {
    **dict.fromkeys(("id", "received", "sent", "settled"), "int8"),
    **dict.fromkeys(("calls", "call", "rows"), "bytea"),
    "trusted": "bool",
    "number": "int4",
}
"""The types that are no text, as PostgreSQL calls them."""


def insert(model: type[Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Add rows, by one statement where the database is PostgreSQL.

    Args:
        model: Of which table.
        names: Its columns.
        rows: A value a column.

    Raises:
        DatabaseError: The database does not take them, whichever it is.
    """
    connection = connections[settings.INBOX]
    quoted = connection.ops.quote_name
    into = f"{quoted(model._meta.db_table)} ({', '.join(map(quoted, names))})"  # noqa: SLF001 - Django's public name
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor != "postgresql":
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(names))})", rows)
            return
        with cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types([_TYPES.get(name, "text") for name in names])
            for row in rows:
                copy.write_row(row)


def select(asked: QuerySet[M]) -> list[M]:
    """The rows of a query.

    Args:
        asked: The query, of all columns of its table.

    Raises:
        DatabaseError: The database does not answer, whichever it is.
    """
    connection = connections[asked.db]
    if connection.vendor != "postgresql":
        return list(asked)
    from psycopg import Cursor  # noqa: PLC0415 - it is there where the database is PostgreSQL

    connection.ensure_connection()
    names = [field.attname for field in asked.model._meta.concrete_fields]  # noqa: SLF001 - Django's public name
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(*asked.query.sql_with_params(), binary=True)
        return [asked.model.from_db(asked.db, names, row) for row in cursor]
