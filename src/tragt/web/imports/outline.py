"""A file at first sight: its columns, their first values, its shape. The unit of observation is the column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import fastexcel
import msgspec
import polars as pl

from tragt.errors import InvalidFile, TragtError
from tragt.events import Mapping, Options
from tragt.events.files import FileKind, open_file
from tragt.events.frames import FrameRows
from tragt.events.headers import KNOWN, STAGE, entered_stage, is_dated, plain
from tragt.events.numerals import Decimal
from tragt.events.reading import open_table
from tragt.events.recognition import recognise_columns
from tragt.events.rows import ROW, Table
from tragt.events.times import BLANKS, Clock, read_times
from tragt.web.imports.answers import PERSONAL_ROLES, ROLES, Answers, Shape, Stage, StageKind, usual_source
from tragt.web.imports.exports import recognise_export
from tragt.web.imports.record_columns import target_for, uses_for
from tragt.web.imports.targets import Target

__all__ = ["Head", "Outline", "look_at", "of_records", "recognised", "stages_in", "with_all_stages"]

_HEAD_ROWS = 2_000
_MOST_STAGES = 40
_GONE_THROUGH = 64 << 20
_MOSTLY = 0.9
_SAMPLES = 3
_LONGEST_SAMPLE = 40
_WON = ("won", "vundet", "vunnen", "vunnet", "closedwon", "purchase", "paid")
_LOST = ("lost", "tabt", "förlorad", "tapt", "disqualif", "abandon", "churn", "cancel")
_PERSONAL = {
    "email": ("email", "emailaddress", "mail", "epost", "personemail", "personemailwork", "contactemail"),
    "name": ("fullname", "personname", "contactname", "firstname", "name", "navn", "namn", "fornavn", "förnamn"),
    "last_name": ("lastname", "surname", "familyname", "efternavn", "efternamn", "etternavn"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "telefon", "mobil", "personphone", "telefonnummer"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outline:
    """What is kept of a file's look beside its first rows; it holds no cell.

    Attributes:
        columns: Names of its columns.
        kind: What the file is, such as ``csv``.
        sheets: Names of the sheets of a workbook.
        decimal: Decimal sign, where the format settles it.
        rows: How many rows it has; None where it is too large to be gone through for that.
    """

    columns: tuple[str, ...]
    kind: str
    sheets: tuple[str, ...] = ()
    decimal: Decimal | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Head:
    """The first rows of a file.

    Attributes:
        outline: What is kept of its look.
        rows: Its first rows, at most 2,000.
        name: What to call the file in messages.
    """

    outline: Outline
    rows: pl.DataFrame
    name: str

    @classmethod
    def kept(cls, outline: object, path: Path, name: str) -> "Head":
        """The head as it was kept beside the file.

        Raises:
            InvalidFile: The file was removed meanwhile.
        """
        try:
            rows = pl.read_ipc(path)
        except FileNotFoundError:
            raise InvalidFile(
                "imports.file_removed", f"{name} is no longer kept here. Upload it again.", file=name
            ) from None
        return cls(msgspec.convert(outline, Outline, strict=False), rows, name)

    def table(self) -> FrameRows:
        """The rows as the library reads them."""
        table = FrameRows(self.rows.lazy(), self.name)
        table.decimal = self.outline.decimal
        return table

    def samples(self, column: str) -> tuple[str, ...]:
        """A few different values of a column, cut to a length that can be shown."""
        values = self.rows[column].drop_nulls().head(200)
        texts = values.cast(pl.String, strict=False).drop_nulls() if not values.dtype.is_nested() else pl.Series([""])
        texts = texts.filter(~texts.is_in(BLANKS)).unique(maintain_order=True).head(_SAMPLES)
        return tuple(text if len(text) <= _LONGEST_SAMPLE else f"{text[:_LONGEST_SAMPLE]}…" for text in texts)

    @cached_property
    def date_columns(self) -> tuple[str, ...]:
        """The columns that hold dates or times; looking for them takes longest of all that a page does."""
        return tuple(column for column in self.outline.columns if _holds_dates(self.rows[column], column))

    def stage_columns(self) -> tuple[str, ...]:
        """The columns whose names say that they hold a stage."""
        return tuple(column for column in self.outline.columns if plain(column) in STAGE)


def stages_in(rows: pl.DataFrame, column: str, dated: Sequence[str]) -> tuple[Stage, ...]:
    """The stages that a column names, in the order of how many dates the rows in them have; ends come last.

    Args:
        rows: Rows of the file.
        column: Column with the stage of each unit.
        dated: The date columns that tell of events.
    """
    if column not in rows.columns:
        return ()
    # By the columns themselves: pl.col would take one called * or ^x$ for several.
    filled = [rows[name].is_not_null().cast(pl.Int32) for name in dated if name in rows.columns]
    names = (
        rows.select(name=rows[column].cast(pl.String), filled=pl.sum_horizontal([pl.lit(0), *filled]))
        .drop_nulls("name")
        .group_by("name", maintain_order=True)
        .agg(pl.col("filled").mean())
        .sort("filled", maintain_order=True)["name"]
        .head(_MOST_STAGES)
    )
    kinds = list(StageKind)
    return tuple(sorted((Stage(name, _kind(name)) for name in names), key=lambda one: kinds.index(one.kind)))


def with_all_stages(answers: Answers, path: Path) -> Answers:
    """The answers with the stages that the whole file names; a very large one is not gone through for that."""
    if not answers.stage or path.stat().st_size > _GONE_THROUGH:
        return answers
    dated = [one.column for one in answers.wide]
    batches = open_table(path, answers.options()).batches([answers.stage, *dated], lambda _done, _total: None)
    rows = pl.concat([batch.frame for batch in batches], how="diagonal_relaxed")
    return replace(answers, stages=stages_in(rows, answers.stage, dated))


def look_at(path: Path, name: str, options: Options) -> Head:
    """Read the beginning of a file.

    Args:
        path: Where it lies.
        name: What to call it.
        options: Sheet, delimiter and encoding, where they were said.

    Raises:
        InvalidFile: It cannot be read as a table.
    """
    file = open_file(path, None)
    table = open_table(path, options)
    sample = table.sample.drop(ROW, strict=False).head(_HEAD_ROWS)
    if sample.is_empty():
        if not any(batch.broken or batch.frame.height for batch in table.batches(None, lambda _done, _total: None)):
            raise InvalidFile("events.no_rows", f"{name} has a header and no rows.", file=name)
        sample = pl.DataFrame(schema=dict.fromkeys(table.columns, pl.String))
    rows = sample.select([_storable(sample[column]) for column in table.columns])
    sheets = _sheets(path, file.kind)
    return Head(
        Outline(tuple(table.columns), file.kind.value, sheets, table.decimal, _counted(path, table)), rows, name
    )


def _counted(path: Path, table: Table) -> int | None:
    if path.stat().st_size > _GONE_THROUGH:
        return None
    try:
        batches = table.batches(table.columns[:1], lambda _done, _total: None)
        return sum(batch.frame.height + len(batch.broken) for batch in batches)
    except TragtError:
        # What is wrong with the file further on is told by the dry run.
        return None


def recognised(head: Head, options: Options, *, records: bool = True) -> tuple[Answers, dict[str, TragtError]]:
    """How a file is understood without anybody saying anything, and what has to be asked.

    Args:
        head: The file at first sight.
        options: What was said about the file; its zone at least is that of the organisation.
        records: Whether it may be a file of records, which has no times.

    Returns:
        The answers as far as they are known, and for each role that is not the reason why.
    """
    mapping, questions = _mapped(head, options)
    without_times = records and "time" in questions and not mapping.wide
    target = target_for(head.outline.columns) if without_times else None
    if target is not None and not head.date_columns:
        return of_records(head, target, options), {}
    columns = {role: column for role in ROLES if (column := getattr(mapping, role)) and role not in questions}
    known = recognise_export(head.outline.columns)
    answers = Answers(
        shape=Shape.WIDE if mapping.wide else Shape.LONG,
        columns=columns | _personal(head, columns),
        wide=mapping.wide,
        stage=mapping.stage or "",
        source=known.key if known else usual_source(head.name),
        zone=options.zone,
        date_order=options.date_order or "",
        decimal=options.decimal or "",
        sheet=str(options.sheet or ""),
        delimiter=options.delimiter or "",
        encoding=options.encoding or "",
    )
    stages = stages_in(head.rows, answers.stage, [one.column for one in answers.wide])
    return replace(answers, stages=stages), questions


def of_records(head: Head, target: Target, options: Options) -> Answers:
    """How a file is understood as one of records.

    Args:
        head: The file at first sight.
        target: What a row is.
        options: What was said about the file.
    """
    known = recognise_export(head.outline.columns)
    return Answers(
        shape=Shape.RECORDS,
        source=known.key if known else usual_source(head.name),
        zone=options.zone,
        decimal=options.decimal or "",
        sheet=str(options.sheet or ""),
        delimiter=options.delimiter or "",
        encoding=options.encoding or "",
        target=target.code,
        uses=uses_for(target, head.rows, head.outline.columns, make=True),
    )


def _mapped(head: Head, options: Options) -> tuple[Mapping, dict[str, TragtError]]:
    """The library's understanding; where it refuses to guess a role, that is put aside and the rest looked for."""
    questions: dict[str, TragtError] = {}
    said: dict[str, str] = {}
    for _ in range(len(ROLES)):
        try:
            return recognise_columns(head.table(), replace(options, **said)), questions  # type: ignore[arg-type]
        except TragtError as error:
            option = str(error.fields.get("option", ""))
            if option not in ROLES or option in questions:
                questions.setdefault(option or "time", error)
                break
            questions[option] = error
            said[option] = _any_column(error, head)
    return Mapping(), questions


def _any_column(error: TragtError, head: Head) -> str:
    """A column to put up with for the moment, so that the other roles can be looked for."""
    found = error.fields.get("found")
    if isinstance(found, tuple) and found:
        return str(found[0])
    known = {name for names in KNOWN.values() for name in names}
    known |= {plain(column) for column in head.date_columns}
    return next((column for column in head.outline.columns if plain(column) not in known), head.outline.columns[-1])


def _personal(head: Head, taken: dict[str, str]) -> dict[str, str]:
    """Columns that describe the person, where the file has persons."""
    person = taken.get("person")
    if person is None:
        return {}
    found: dict[str, str] = {}
    free = {plain(c.removeprefix("Person - ")): c for c in reversed(head.outline.columns) if c not in taken.values()}
    for role in PERSONAL_ROLES:
        names = _PERSONAL[role] if role != "name" or "deal" not in taken else _PERSONAL[role][:4]
        column = next((free[name] for name in names if name in free), None)
        if column is not None:
            found[role] = column
    if "email" not in found and _holds_addresses(head.rows[person]):
        found["email"] = person
    return found


def _holds_addresses(values: pl.Series) -> bool:
    given = values.cast(pl.String, strict=False).drop_nulls().head(200)
    return bool(len(given)) and float(given.str.contains(r"^[^@\s]+@[^@\s]+\.\w+$").mean() or 0) >= 0.8  # type: ignore[arg-type]


def _holds_dates(values: pl.Series, column: str) -> bool:
    given = values.drop_nulls().head(500)
    if values.dtype == pl.String:
        given = given.filter(~given.is_in(BLANKS))
    if given.is_empty():
        return bool(is_dated(column) or entered_stage(column))
    if given.dtype == pl.Boolean or given.dtype.is_nested():
        return False
    if given.dtype == pl.String and float(given.str.contains(r"\d").mean() or 0) < _MOSTLY:  # type: ignore[arg-type]
        return False
    numeric = given.dtype.is_numeric() or (given.dtype == pl.String and bool(given.str.contains(r"^[\d.,]*$").all()))
    if numeric and not is_dated(column):
        return False
    read = read_times(given, Clock())
    fine = read.time.is_not_null() | read.reason.str.starts_with("day and month").fill_null(value=False)
    return int(fine.sum()) >= _MOSTLY * len(given)


def _kind(stage: str) -> StageKind:
    name = plain(stage)
    if any(word in name for word in _LOST):
        return StageKind.LOST
    return StageKind.WON if any(word in name for word in _WON) else StageKind.OPEN


def _storable(values: pl.Series) -> pl.Series:
    """A column as it can be kept in a file: nested and foreign values as text."""
    if values.dtype.is_nested() or values.dtype == pl.Object:
        return pl.Series(values.name, [None if v is None else str(v) for v in values.to_list()], dtype=pl.String)
    return values


def _sheets(path: Path, kind: FileKind) -> tuple[str, ...]:
    if kind is not FileKind.EXCEL:
        return ()
    try:
        return tuple(fastexcel.read_excel(path).sheet_names)
    except fastexcel.FastExcelError:
        return ()
