"""How values of records are compared, sorted and found in an index, on each database. The unit is the expression.

An index serves a question only where the question is written as the index is, so both are made of these.
"""

import json
from collections.abc import Sequence
from itertools import product
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Expression, F, Func, TextField, Value
from django.db.models.expressions import Combinable, OrderBy, RawSQL
from django.db.models.functions import NullIf
from django.db.models.lookups import GreaterThan, LessThan, Lookup

__all__ = [
    "Aside",
    "ByLetters",
    "Folded",
    "Holds",
    "StartsWith",
    "after",
    "before",
    "following",
    "listed",
    "sql",
    "variants",
]

_MOST_VARIED = 4


class Folded(Func):
    """A text in small letters, in the order of its letters' numbers: after Z stand Æ, Ø and Å.

    SQLite makes only the letters A to Z small, see `variants`.
    """

    function = "LOWER"
    arity = 1

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """The same order as SQLite's, so that an index serves the beginnings of texts as well."""
        return self.as_sql(compiler, connection, template='%(function)s(%(expressions)s) COLLATE "C"', **context)


class Aside(NullIf):
    """A value that no index is asked for: the database looks at it in the rows that it has found otherwise."""

    def __init__(self, value: Expression | Combinable, output_field: "models.Field[Any, Any] | None" = None) -> None:
        super().__init__(value, Value(None), output_field=output_field)

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **_context: Any) -> Any:  # noqa: ARG002 - Django calls it so
        """PostgreSQL sees through a comparison with nothing, and would ask the index."""
        value, given = compiler.compile(self.source_expressions[0])
        return f"COALESCE({value}, {value})", [*given, *given]


class ByLetters(OrderBy):
    """The order of a field's letters' numbers, which the index serves that finds beginnings of texts."""

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """Its index for patterns is in this order, whatever the order of the language is."""
        # Django looks for a direction, which PostgreSQL takes from the operator alone.
        return self.as_sql(compiler, connection, template="%(expression)s USING ~<~ /* ASC */")


class _Row(Func):
    """Two values that are compared as one."""

    template = "(%(expressions)s)"
    arity = 2


class _RowAfter(GreaterThan):
    lookup_name = "gt"

    def process_lhs(self, compiler: Any, _connection: Any, lhs: Any = None) -> Any:
        return compiler.compile(lhs or self.lhs)


class _RowBefore(LessThan):
    lookup_name = "lt"

    def process_lhs(self, compiler: Any, _connection: Any, lhs: Any = None) -> Any:
        return compiler.compile(lhs or self.lhs)


def after(order: Sequence[Any], place: Sequence[Any]) -> "Lookup[Any]":
    """The condition that a row stands after a place of an order of two expressions."""
    return _RowAfter(_row(order), _row(place))


def before(order: Sequence[Any], place: Sequence[Any]) -> "Lookup[Any]":
    """The condition that a row stands before a place of an order of two expressions."""
    return _RowBefore(_row(order), _row(place))


def _row(values: Sequence[Any]) -> _Row:
    return _Row(*values, output_field=TextField())


@CharField.register_lookup
@TextField.register_lookup
class StartsWith(Lookup):
    """Whether a text begins with another one, letter by letter, served by an index."""

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """A stretch of the index."""
        text, given = self.process_lhs(compiler, connection)
        return f"({text} >= %s AND {text} < %s)", [*given, self.rhs, *given, following(str(self.rhs))]

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """A pattern, which an index in the order of letters serves."""
        text, given = self.process_lhs(compiler, connection)
        return f"{text} LIKE %s", [*given, connection.ops.prep_for_like_query(self.rhs) + "%"]


@CharField.register_lookup
@TextField.register_lookup
class Holds(Lookup):
    """Whether a text contains another one, whatever its capitals; on SQLite those beyond A to Z matter."""

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """By a pattern."""
        text, given = self.process_lhs(compiler, connection)
        like = "ILIKE %s" if connection.vendor == "postgresql" else "LIKE %s ESCAPE '\\'"
        return f"{text} {like}", [*given, f"%{connection.ops.prep_for_like_query(self.rhs)}%"]


def listed(keys: Sequence[int]) -> RawSQL:
    """Keys that rows are found by, as one value: to name thousands one by one takes longer than to find their rows."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(keys))])


def following(text: str) -> str:
    """The least text that is after all that begin with this one.

    Args:
        text: Of one letter or more.
    """
    last = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last) if last < 0x110000 else text + chr(0x10FFFF)


def variants(text: str) -> list[str]:
    """A text as `Folded` may have written it: SQLite leaves letters beyond A to Z as large or small as they were.

    Args:
        text: What was typed. Where it has more than four such letters, only all small and as typed are tried.

    Returns:
        One text, where all letters are of A to Z.
    """
    small = text.lower()
    letters = [sorted({letter, letter.upper()}) if _varies(letter) else [letter] for letter in small]
    if sum(len(one) > 1 for one in letters) > _MOST_VARIED:
        return list(dict.fromkeys((small, "".join(one.lower() if one.isascii() else one for one in text))))
    return ["".join(chosen) for chosen in product(*letters)]


def _varies(letter: str) -> bool:
    return not letter.isascii() and len(letter.upper()) == 1


def sql(expression: Expression | F, model: type[models.Model], connection: BaseDatabaseWrapper) -> str:
    """An expression over a table as SQL without parameters, for an index.

    Args:
        expression: Of fields of the table.
        model: Whose table it is.
        connection: To the database.
    """
    query = models.sql.Query(model, alias_cols=False)
    compiler = query.get_compiler(connection=connection)
    text, given = compiler.compile(expression.resolve_expression(query))
    quoted = tuple(connection.schema_editor(collect_sql=True).quote_value(one) for one in given)
    return str(text % quoted if quoted else text.replace("%%", "%"))
