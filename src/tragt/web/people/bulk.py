"""Writing and reading many rows at once: tens of thousands of persons within one transaction and a second or two."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from django.db import connection, models

__all__ = ["CHUNK", "Row", "chunks", "insert", "reserve", "update"]

CHUNK = 10_000

Row = Sequence[object]
T = TypeVar("T")

_json = msgspec.json.Encoder()


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts that a query may name."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def reserve(model: type[models.Model], number: int) -> list[int]:
    """Keys for new rows of a model. On SQLite the transaction must hold the right to write."""
    table = model._meta.db_table  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [connection.ops.quote_name(table), number])
            return [int(key) for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
    first = (int(last[0]) if last else 0) + 1
    return list(range(first, first + number))


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Write new rows.

    Args:
        model: What they are rows of.
        names: Fields that are given; the others must have a default in the database or be its key.
        rows: Values in the order of the names, as Python has them.
    """
    if not rows:
        return
    columns, given = _columns(model, names, rows)
    into = f"{_table(model)} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in given:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO {into} VALUES ({places})", given)


def update(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Write fields of rows that exist.

    Args:
        model: What they are rows of.
        names: Fields that are given.
        rows: Values in the order of the names, and then the key.
    """
    if not rows:
        return
    columns, given = _columns(model, [*names, "id"], rows)
    places = ", ".join(f"{column} = %s" for column in columns[:-1])
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {_table(model)} SET {places} WHERE {columns[-1]} = %s", given)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001


def _columns(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> tuple[list[str], list[Any]]:
    """The columns of the fields, and the rows as the database takes them."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]  # noqa: SLF001
    columns = [connection.ops.quote_name(field.column) for field in fields]
    values = [_adapted(field, column) for field, column in zip(fields, zip(*rows, strict=True), strict=True)]
    return columns, list(zip(*values, strict=True))


def _adapted(field: object, values: Sequence[Any]) -> Iterable[object]:
    """The values of a column as the database takes them; quicker than a field does it one by one."""
    if isinstance(field, models.JSONField):
        return [_json.encode(value).decode() for value in values]
    if isinstance(field, models.DateTimeField):
        adapted = {value: connection.ops.adapt_datetimefield_value(value) for value in set(values)}
        return [adapted[value] for value in values]
    return values
