"""From a file of records to rows of values. The unit of observation is the row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tragt.errors import InvalidDefinition, InvalidFile
from tragt.events import Rejections
from tragt.events.numerals import Decimal, Style, integers, number_style, numbers
from tragt.events.reading import open_table
from tragt.events.rejections import Collector, Faults
from tragt.events.rows import ROW, Table
from tragt.events.times import BLANKS
from tragt.web.imports.answers import Answers, ColumnUse
from tragt.web.imports.record_columns import TRAITS
from tragt.web.imports.targets import Row, Target, TargetField, target_of
from tragt.web.records.models import Field, FieldType
from tragt.web.records.values import checked

__all__ = ["RowsRead", "read_rows", "rows_of"]

_TWO_WAYS = "the number could be read in two ways; say which sign stands before decimals"
_NUMBER = "a number of zero or more is needed, such as 1250 or 1250.50"
_TWICE = "an earlier row is of the same record"
_LONGEST_TRAIT = 2_000
_LARGEST = 10**12


@dataclass(slots=True)
class RowsRead:
    """The rows of a file.

    Attributes:
        target: What a row is.
        rows: Those that can be used, as far as the file alone tells.
        frame: All rows as the source has them, with ``ROW``.
        faults: What is wrong with the others.
        collector: What is wrong with rows that have not the shape of the source.
    """

    target: Target
    rows: list[Row]
    frame: pl.DataFrame
    faults: Faults
    collector: Collector

    def refuse(self, reasons: dict[int, str]) -> None:
        """Leave rows out.

        Args:
            reasons: Why, by the numbers of the rows.
        """
        field = self.target.fields[0].code
        why = self.frame[ROW].cast(pl.Int64).replace_strict(reasons, default=None, return_dtype=pl.String)
        self.faults.add(why.is_not_null(), field, why.fill_null(""), why.fill_null(""))
        self.rows = [row for row in self.rows if row.number not in reasons]

    def rejections(self) -> Rejections:
        """The rows that were left out."""
        self.collector.add(self.faults.rejected(self.frame))
        return self.collector.rejections()


def read_rows(path: Path, answers: Answers) -> RowsRead:
    """The records of a file.

    Args:
        path: The file.
        answers: What is said about it.

    Raises:
        InvalidFile: It cannot be read so.
    """
    table = open_table(path, answers.options())
    batches = list(table.batches(None, lambda _done, _total: None))
    if not batches:
        raise InvalidFile("events.no_rows", f"{table.name} has a header and no rows.", file=table.name)
    collector = Collector(table.columns)
    for batch in batches:
        collector.add_broken(batch.broken)
    frame = pl.concat([batch.frame for batch in batches], how="diagonal_relaxed")
    return rows_of(frame, answers, table, collector)


def rows_of(frame: pl.DataFrame, answers: Answers, table: Table, collector: Collector | None = None) -> RowsRead:
    """The records of some rows.

    Args:
        frame: Columns of the source and ``ROW``.
        answers: What is said about the file.
        table: The file.
        collector: Of rows that have not the shape of the source.

    Raises:
        InvalidFile: A column is not there, or none fills the field that names the record.
    """
    target = target_of(answers.target)
    uses = [use for use in answers.uses if use.to]
    _there(target, uses, table)
    faults = Faults(frame.height)
    made = _types(target, uses)
    columns: dict[str, list[object | None]] = {}
    for use in uses:
        texts = _texts(frame, use.column)
        known = target.by_code.get(use.to)
        columns[use.to] = (
            _of_field(texts, known, use.column, answers, faults)
            if known is not None
            else _of_trait(texts, frame, use.column, made.get(use.to, ""), answers)
        )
    rows = list(_rows(frame, columns, target, faults, uses))
    return RowsRead(target, rows, frame, faults, collector or Collector(table.columns))


def _there(target: Target, uses: Sequence[ColumnUse], table: Table) -> None:
    for use in uses:
        if use.column not in table.columns:
            raise InvalidFile(
                "events.no_such_column",
                f"{table.name} has no column {use.column!r}. Its columns are {', '.join(table.columns)}.",
                given=use.column,
                columns=table.columns,
            )
    named = {use.to for use in uses}
    for one in target.fields:
        if one.required and one.code not in named:
            raise InvalidFile(
                "imports.no_name_column", f"Choose the column that fills '{one.title}'.", field=str(one.title)
            )


def _types(target: Target, uses: Sequence[ColumnUse]) -> dict[str, str]:
    """Of each trait the type of its custom field; those that exist before those that are made."""
    known = {f"{TRAITS}{one.code}": one.type for one in Field.objects.filter(kind=target.kind)} if target.kind else {}
    return {use.to: known.get(use.to, use.make) for use in uses if use.to.startswith(TRAITS)}


def _texts(frame: pl.DataFrame, column: str) -> pl.Series:
    values = frame[column]
    if values.dtype.is_nested() or values.dtype == pl.Object:
        values = pl.Series(column, [None if one is None else str(one) for one in values.to_list()], dtype=pl.String)
    if values.dtype.is_float() and bool((values.drop_nulls() % 1 == 0).all()):
        values = values.cast(pl.Int64, strict=False)
    texts = values.cast(pl.String, strict=False).str.replace_all("\0", "", literal=True).str.strip_chars()
    return texts.set(texts.is_in(BLANKS).fill_null(value=False), None)


def _of_field(
    texts: pl.Series, field: TargetField, column: str, answers: Answers, faults: Faults
) -> list[object | None]:
    if field.required:
        faults.add(texts.is_null(), column, texts, f"the field '{field.code}' is needed")
    if field.numeric:
        read, two_ways = _numbers(texts, answers.decimal)
        faults.add(two_ways, column, texts, _TWO_WAYS)
        wrong = texts.is_not_null() & (read.is_null() | (read < 0) | (read >= _LARGEST))
        faults.add(wrong, column, texts, _NUMBER)
        return read.to_list()
    too_long = texts.str.len_chars() > field.longest
    faults.add(too_long, column, texts, f"at most {field.longest} letters are allowed")
    if field.read is None:
        return [" ".join(text.split()) if text is not None else None for text in texts.to_list()]
    values = [field.read(text) if text is not None else None for text in texts.to_list()]
    wrong = pl.Series([value is None for value in values], dtype=pl.Boolean) & texts.is_not_null()
    faults.add(wrong, column, texts, field.allowed)
    return values


def _of_trait(texts: pl.Series, frame: pl.DataFrame, column: str, kind: str, answers: Answers) -> list[object | None]:
    """The values of a custom field or a trait; what is no value of its type stays as it came."""
    given = texts.str.slice(0, _LONGEST_TRAIT).to_list()
    if frame[column].dtype == pl.Boolean:
        return list(frame[column].to_list())
    if kind in (FieldType.BOOLEAN, FieldType.DATE):
        return [_as_checked(Field(type=kind, title=column), one) for one in given]
    if kind not in ("", FieldType.NUMBER):
        return list(given)
    style = number_style(texts.drop_nulls()) if texts.drop_nulls().len() else None
    if kind == "" and style in (None, Style.EITHER):
        return list(given)
    read, two_ways = _numbers(texts, answers.decimal)
    return [
        given[place] if value is None or twice else value
        for place, (value, twice) in enumerate(zip(read.to_list(), two_ways.to_list(), strict=True))
    ]


def _as_checked(field: Field, given: str | None) -> object | None:
    try:
        return checked(field, given)
    except InvalidDefinition:
        return given


def _numbers(texts: pl.Series, decimal: str) -> tuple[pl.Series, pl.Series]:
    """The numbers of a column, and which of its texts can be read in two ways."""
    given = texts.drop_nulls()
    style = number_style(given) if len(given) else None
    never = pl.repeat(False, len(texts), eager=True)
    if style is Style.WHOLE:
        return integers(texts), never
    if style is Style.EITHER and not decimal:
        return pl.repeat(None, len(texts), dtype=pl.Float64, eager=True), texts.is_not_null()
    sign = Decimal(decimal) if decimal else Decimal.COMMA if style is Style.COMMA else Decimal.POINT
    return numbers(texts, sign), never


def _rows(
    frame: pl.DataFrame,
    columns: dict[str, list[object | None]],
    target: Target,
    faults: Faults,
    uses: Sequence[ColumnUse],
) -> Iterator[Row]:
    """The rows without a fault, each record once."""
    seen: set[str] = set()
    twice = [False] * frame.height
    found: list[Row] = []
    bad = faults.bad.to_list()
    for place, number in enumerate(frame[ROW].to_list()):
        if bad[place]:
            continue
        values = {code: column[place] for code, column in columns.items() if column[place] is not None}
        key = target.key(values)
        if key in seen:
            twice[place] = True
            continue
        seen.add(key)
        found.append(Row(int(number), values))
    first = next(use.column for use in uses if use.to == target.fields[0].code)
    faults.add(pl.Series(twice, dtype=pl.Boolean), first, _texts(frame, first), _TWICE)
    yield from found
