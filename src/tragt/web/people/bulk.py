"""Writing and reading many rows at once: tens of thousands of persons within one transaction and a second or two."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import msgspec
import polars as pl
from django.db import connection, models

__all__ = ["CHUNK", "Row", "chunks", "frame", "insert", "reserve", "select", "undisturbed", "update"]

CHUNK = 10_000

Row = Sequence[object]
T = TypeVar("T")

_json = msgspec.json.Encoder()


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts that a query may name."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Work on many rows without the collector of cycles: it goes through all that lives, again and again, for nothing.

    It would take a third of the time that learning 50,000 persons takes.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


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


def select(model: type[models.Model], names: Sequence[str], by: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Rows by a field that must be one of many values; one query, however many they are.

    Args:
        model: What they are rows of.
        names: Fields that are wanted.
        by: The field.
        values: Texts or whole numbers.

    Returns:
        The values in the order of the names, as the database has them: JSON as text, another row by its key.
    """
    *wanted, column = _columns(model, [*names, by])
    many = connection.vendor == "postgresql"
    among = "= ANY(%s)" if many else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(wanted)} FROM {_table(model)} WHERE {column} {among}",
            [list(values) if many else _json.encode(values).decode()],
        )
        return list(cursor.fetchall())


def frame(rows: models.QuerySet[Any, Any], schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Rows as a frame, as the database gives them: Django turns no value into another one by one.

    Args:
        rows: Asked for by ``values_list``.
        schema: What the columns are called, and their types; a time is in UTC.
    """
    query, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found = cursor.fetchall()
    times = [name for name, kind in schema.items() if isinstance(kind, pl.Datetime)]
    if connection.vendor == "postgresql":
        return pl.DataFrame(found, schema, orient="row")
    bare = {**schema, **dict.fromkeys(times, pl.Datetime("us"))}
    return pl.DataFrame(found, bare, orient="row").with_columns(pl.col(times).dt.replace_time_zone("UTC"))


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Row]) -> None:
    """Write new rows.

    Args:
        model: What they are rows of.
        names: Fields that are given; the others must have a default in the database or be its key.
        rows: Values in the order of the names, as Python has them.
    """
    into = f"{_table(model)} ({', '.join(_columns(model, names))})"
    places = ", ".join(["%s"] * len(names))
    coming = iter(rows)
    while part := list(islice(coming, CHUNK)):
        with connection.cursor() as cursor:
            if connection.vendor != "postgresql":
                cursor.executemany(f"INSERT INTO {into} VALUES ({places})", _adapted(model, names, part))
                continue
            # The driver's own method: Django does not turn what it raises into its own errors by itself.
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in _adapted(model, names, part):
                    copy.write_row(row)


def update(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Write fields of rows that exist.

    Args:
        model: What they are rows of.
        names: Fields that are given.
        rows: Values in the order of the names, and then the key.
    """
    if not rows:
        return
    given = [*names, "id"]
    columns = _columns(model, given)
    places = ", ".join(f"{column} = %s" for column in columns[:-1])
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {_table(model)} SET {places} WHERE {columns[-1]} = %s", _adapted(model, given, rows)
        )


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001


def _columns(model: type[models.Model], names: Sequence[str]) -> list[str]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]  # noqa: SLF001
    return [connection.ops.quote_name(field.column) for field in fields]


def _adapted(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The rows as the database takes them."""
    fields = [model._meta.get_field(name) for name in names]  # noqa: SLF001
    columns = zip(fields, zip(*rows, strict=True), strict=True)
    return list(zip(*(_values(field, column) for field, column in columns), strict=True))


def _values(field: object, values: Sequence[Any]) -> Iterable[object]:
    """The values of a column as the database takes them; quicker than a field does it one by one."""
    if isinstance(field, models.JSONField):
        return [_json.encode(value).decode() for value in values]
    if isinstance(field, models.DateTimeField):
        adapted = {value: connection.ops.adapt_datetimefield_value(value) for value in set(values)}
        return [adapted[value] for value in values]
    return values
