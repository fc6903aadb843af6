"""The options that commands share: how a file is to be read."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from tragt.events import EventLog, read, recognise
from tragt.funnel.selection import REASON

__all__ = ["Reading", "errors", "load", "note"]

COLUMNS = "Columns of the file"
FORMAT = "How the file is written"

File = Annotated[
    Path,
    typer.Argument(help="CSV, JSON lines, Excel or Parquet: a row an event, or a row a deal with dates in columns."),
]
Person = Annotated[str | None, typer.Option(metavar="COLUMN", help="Who acted.", rich_help_panel=COLUMNS)]
Company = Annotated[str | None, typer.Option(metavar="COLUMN", help="The company.", rich_help_panel=COLUMNS)]
Deal = Annotated[str | None, typer.Option(metavar="COLUMN", help="The deal.", rich_help_panel=COLUMNS)]
Session = Annotated[str | None, typer.Option(metavar="COLUMN", help="The session.", rich_help_panel=COLUMNS)]
Time = Annotated[str | None, typer.Option(metavar="COLUMN", help="When it happened.", rich_help_panel=COLUMNS)]
EventName = Annotated[
    str | None, typer.Option("--event", metavar="COLUMN", help="What happened.", rich_help_panel=COLUMNS)
]
Identifier = Annotated[
    str | None, typer.Option("--id", metavar="COLUMN", help="What tells events apart.", rich_help_panel=COLUMNS)
]
Wide = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SPEC ...",
        help="A row a deal: [b]engage_date=Engaging[/b] (an event at that date) or "
        "[b]close_date@deal_stage[/b] (an event named by another column).",
        rich_help_panel=COLUMNS,
    ),
]
Zone = Annotated[
    str, typer.Option(metavar="NAME", help="Time zone of times without one, and of days.", rich_help_panel=FORMAT)
]
Dates = Annotated[
    str | None,
    typer.Option(
        metavar="dmy|mdy|ymd", help="Order of day and month, where 03/04/2024 leaves it open.", rich_help_panel=FORMAT
    ),
]
Delimiter = Annotated[
    str | None, typer.Option(metavar="CHAR", help="What separates the fields.", rich_help_panel=FORMAT)
]
Encoding = Annotated[str | None, typer.Option(metavar="NAME", help="How the text is encoded.", rich_help_panel=FORMAT)]
Sheet = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which sheet of an Excel file.", rich_help_panel=FORMAT)
]
Rejected = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the rows that could not be read to a CSV file.", rich_help_panel=FORMAT),
]

SHOWN_REASONS = 5

errors = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file is to be read; None leaves it to the reader to find out."""

    person: str | None = None
    company: str | None = None
    deal: str | None = None
    session: str | None = None
    time: str | None = None
    event: str | None = None
    id: str | None = None
    wide: tuple[str, ...] | None = None
    zone: str = "UTC"
    date_order: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    properties: tuple[str, ...] | None = None


def note(text: str) -> None:
    """Say something beside the result, on standard error."""
    errors.print(text, style="dim", highlight=False, soft_wrap=True, markup=False)


def load(file: Path, reading: Reading, rejected: Path | None = None, *, with_reasons: bool = False) -> EventLog:
    """Read a file with progress, and say what was left out.

    Args:
        file: The file.
        reading: How to read it.
        rejected: Where to write the rows that were left out, with all their columns; these are then all read.
        with_reasons: Whether to keep the reasons of loss, where the file has them.
    """
    given = {name: value for name in Reading.__slots__ if (value := getattr(reading, name)) is not None}
    if rejected is not None:
        given.pop("properties", None)
    elif with_reasons:
        known_columns = recognise(file, **{name: value for name, value in given.items() if name != "properties"})
        given["properties"] = (*given.get("properties", ()), *{REASON}.intersection(known_columns.properties))
    with Progress(
        TextColumn("Reading {task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as bar:
        task = bar.add_task(file.name, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        log = read(file, progress=advance, **given)
    _tell_columns(log)
    _tell_rejections(log, rejected)
    return log


def _tell_columns(log: EventLog) -> None:
    """How the columns were understood, so that a wrong guess is seen."""
    if log.mapping is None:
        return
    roles = ("event", "time", "person", "company", "deal", "session", "id")
    named = [f"{role} = {column}" for role in roles if (column := getattr(log.mapping, role, None))]
    wide = [str(column) for column in log.mapping.wide]
    note("Columns: " + ", ".join([*named, *wide]) + ". Name others with --time, --event and so on.")


def _tell_rejections(log: EventLog, file: Path | None) -> None:
    if file is not None and log.rejected:
        log.rejected.write_csv(file)
    if not log.rejected:
        return
    rows = "1 row was" if len(log.rejected) == 1 else f"{len(log.rejected):,} rows were"
    note(f"{rows} left out:")
    reasons = Counter((rejection.field, rejection.reason) for rejection in log.rejected.first)
    examples = {(rejection.field, rejection.reason): rejection for rejection in reversed(log.rejected.first)}
    for kind, count in reasons.most_common(SHOWN_REASONS):
        note(f"  {count:,} × {examples[kind]}" if count > 1 else f"  {examples[kind]}")
    where = f"All of them are in {file}." if file else "Write them all to a file with --rejected FILE."
    note(f"  {where}")


OPTIONS = {"properties": "--by or --hold", "date_order": "--dates", "event": "--event", "time": "--time"}


def as_options(message: str) -> str:
    """A message of the library in the words of the command line: ``date_order='dmy'`` becomes ``--dates dmy``."""
    names = "|".join(("properties", "date_order", *Reading.__slots__))
    return re.sub(
        rf"\b({names})=(?:'([^']*)')?",
        lambda found: f"{OPTIONS.get(found[1], '--' + found[1])} {found[2] or ''}".rstrip(),
        message,
    )


def known(names: Sequence[str]) -> str:
    """Names for a message: the first dozen, and how many more there are."""
    shown = ", ".join(names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown
