"""Finding out what a file without times holds, and what its columns are. The unit of observation is the column."""

import re
from collections.abc import Sequence

import polars as pl

from tragt.events.headers import plain
from tragt.events.numerals import Style, number_style
from tragt.events.times import BLANKS, Clock, read_times
from tragt.web.imports.answers import ColumnUse
from tragt.web.imports.targets import Target, targets
from tragt.web.records.models import Field, FieldType

__all__ = ["TRAITS", "code_for", "suggested_type", "target_for", "title_for", "uses_for"]

TRAITS = "traits."
"""How custom fields and traits are called beside the fields of a record: ``traits.<code>``."""

_PERSONS = frozenset({"email", "emailaddress", "firstname", "lastname", "fullname", "epost", "fornavn", "efternavn"})
_MARKS = re.compile(r"[\"'\\%{}\x00-\x1f]")
_LONGEST_CODE, _LONGEST_TITLE = 60, 100


def target_for(columns: Sequence[str]) -> Target | None:
    """The kind of record that a file without times holds, as its header says; None where it does not.

    Args:
        columns: Names of the columns.
    """
    there = {plain(column) for column in columns}
    return next((target for target in reversed(targets()) if _fits(target, there)), None)


def uses_for(target: Target, rows: pl.DataFrame, columns: Sequence[str], *, make: bool) -> tuple[ColumnUse, ...]:
    """What the columns of a file are: fields of the record, else custom fields or traits where it has them.

    Args:
        target: What a row is.
        rows: Rows of the file.
        columns: All columns.
        make: Whether custom fields are proposed for what has none; otherwise these are kept as traits.
    """
    free = {plain(column): column for column in reversed(columns)}
    taken: dict[str, str] = {}
    for one in target.fields:
        column = next((free[name] for name in one.headers if name in free and free[name] not in taken), None)
        if column is not None:
            taken[column] = one.code
    known = set(Field.objects.filter(kind=target.kind).values_list("code", flat=True)) if target.kind else set()
    found = []
    for column in columns:
        to = taken.get(column) or (f"{TRAITS}{code_for(column)}" if target.kind else "")
        new = make and to.startswith(TRAITS) and to.removeprefix(TRAITS) not in known
        found.append(ColumnUse(column, to, suggested_type(rows[column]) if new and column in rows.columns else ""))
    return tuple(found)


def code_for(column: str) -> str:
    """The code of the custom field that a column becomes: its name, without signs that a code cannot have."""
    return " ".join(_MARKS.sub(" ", column).split())[:_LONGEST_CODE] or "column"


def title_for(column: str) -> str:
    """What the custom field of a column is called: ``year_established`` becomes “Year established”."""
    words = " ".join(column.replace("_", " ").split())[:_LONGEST_TITLE]
    return words[:1].upper() + words[1:]


def suggested_type(values: pl.Series) -> str:
    """The type of custom field that fits the values of a column."""
    given = values.drop_nulls()
    if given.dtype == pl.Boolean:
        return FieldType.BOOLEAN
    if given.dtype.is_numeric():
        return FieldType.NUMBER
    if given.dtype.is_temporal():
        return FieldType.DATE
    texts = given.cast(pl.String, strict=False).drop_nulls().str.strip_chars()
    texts = texts.filter(~texts.is_in(BLANKS))
    if texts.is_empty():
        return FieldType.TEXT
    if number_style(texts) in (Style.WHOLE, Style.POINT, Style.COMMA):
        return FieldType.NUMBER
    if texts.str.contains(r"^https?://\S+$").all():
        return FieldType.LINK
    if texts.str.contains(r"^\d{4}-\d\d-\d\d$").all() and int(read_times(texts, Clock()).time.is_not_null().sum()):
        return FieldType.DATE
    return FieldType.TEXT


def _fits(target: Target, there: set[str]) -> bool:
    first, *others = target.fields
    if not there & set(first.telling) or (target.kind and there & _PERSONS):
        return False
    beside = [one for one in others if one.code in target.beside]
    return not beside or any(there & set(one.headers) for one in beside)
