"""From an uploaded file and what is said about it to an event log. The unit of observation is the file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from tragt.errors import InvalidFile
from tragt.events import EventLog
from tragt.events.passes import Lesson, Pass
from tragt.events.reading import open_table
from tragt.events.rows import Table
from tragt.web.imports.answers import PERSONAL_ROLES, Answers
from tragt.web.imports.outline import Head

__all__ = ["persons_in", "preview", "read_file", "slices"]

Report = Callable[[int, int], None]

_PASSES = 4
_SLICE = 250_000
_SHOWN = 12


def read_file(path: Path, answers: Answers, progress: Report) -> EventLog:
    """The events of a file.

    Args:
        path: The file.
        answers: What is said about it; nothing is guessed beyond that.
        progress: Told how much of how much was read.

    Raises:
        InvalidFile: It cannot be read so.
    """
    table = open_table(path, answers.options())
    return _stable(_read(table, answers, progress), answers)


def preview(head: Head, answers: Answers) -> EventLog:
    """The first rows as the events they will be.

    Args:
        head: The file at first sight.
        answers: What is said about it.

    Raises:
        InvalidFile: The first rows cannot be read so.
    """
    few = Head(head.outline, head.rows.head(_SHOWN * 20), head.name)
    return _read(few.table(), answers, lambda _done, _total: None)


def slices(log: EventLog) -> Iterator[EventLog]:
    """A log in pieces, so that only one of them is turned into rows of the lake at a time."""
    for start in range(0, max(len(log), 1), _SLICE):
        yield EventLog(log.frame.slice(start, _SLICE), log.zone, mapping=log.mapping)


def persons_in(path: Path, answers: Answers, log: EventLog) -> pl.DataFrame:
    """What a file says of the persons and companies in it.

    Args:
        path: The file.
        answers: What is said about it.
        log: Its events: persons of rows that were left out are not learned.

    Returns:
        Columns ``person``, ``email``, ``name``, ``phone`` and ``company`` (String), a row a person; companies
        without a person have a row of their own.
    """
    person = answers.columns.get("person")
    company = answers.columns.get("company")
    described = [column for role in PERSONAL_ROLES if (column := answers.columns.get(role))]
    frames = []
    if person and described:
        frames.append(_described(path, answers).join(_known(log, "person"), on="person", how="semi"))
    elif person:
        frames.append(_known(log, "person"))
    if person and company:
        pairs = _known(log, "person", "company").group_by("person").agg(pl.col("company").last())
        frames = [frame.join(pairs, on="person", how="left") for frame in frames]
    elif company:
        frames.append(_known(log, "company"))
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(_PERSON_COLUMNS, pl.String))
    found = frames[0]
    missing = [pl.lit(None, pl.String).alias(name) for name in _PERSON_COLUMNS if name not in found.columns]
    return found.with_columns(missing).select(_PERSON_COLUMNS)


_PERSON_COLUMNS = ("person", "email", "name", "phone", "company")


def _read(table: Table, answers: Answers, progress: Report) -> EventLog:
    if table.sample.is_empty() and not any(True for _ in table.batches(None, lambda _done, _total: None)):
        raise InvalidFile("events.no_rows", f"{table.name} has a header and no rows.", file=table.name)
    _there(table, answers)
    mapping, options = answers.mapping(table.columns), answers.options(progress)
    lesson = Lesson(options.order)
    for _ in range(_PASSES):
        reading = Pass(table, options, mapping, lesson)
        learned = reading.run()
        if learned == lesson:
            break
        lesson = learned
    return reading.log()


def _there(table: Table, answers: Answers) -> None:
    """Refuse columns that the file has no longer, such as after another sheet was chosen."""
    wanted = [(role, column) for role, column in answers.columns.items() if column]
    wanted += [("wide", one.column) for one in answers.wide]
    for role, column in wanted:
        if column not in table.columns:
            raise InvalidFile(
                "events.no_such_column",
                f"{table.name} has no column {column!r}. Its columns are {', '.join(table.columns)}.",
                option=role,
                given=column,
                columns=table.columns,
            )


def _stable(log: EventLog, answers: Answers) -> EventLog:
    """The log of a wide file with identifiers made of its row key, what happened and when.

    Without that they would come from the whole row, and the next export of the same deals, in which an owner or an
    amount has changed, would bring all of their events a second time.
    """
    key = next((unit for unit in ("deal", "person", "company") if answers.columns.get(unit)), None)
    if not answers.wide or key is None or answers.columns.get("id") != answers.columns[key]:
        return log
    parts = [pl.col(key).cast(pl.String), pl.col("name").cast(pl.String), pl.col("time").dt.timestamp("us")]
    frame = log.frame.with_columns(id=pl.concat_str(parts, separator="|", ignore_nulls=True))
    return EventLog(frame, log.zone, log.undated, log.stages, log.stage_now, rejected=log.rejected, mapping=log.mapping)


def _known(log: EventLog, *units: str) -> pl.DataFrame:
    """The different units of the events, and of rows without a date."""
    frames = [
        frame.select(units).drop_nulls().unique(maintain_order=True).select(pl.col(units).cast(pl.String))
        for frame in (log.frame, log.undated)
        if all(unit in frame.columns for unit in units)
    ]
    return (
        pl.concat(frames).unique(maintain_order=True)
        if frames
        else pl.DataFrame(schema=dict.fromkeys(units, pl.String))
    )


def _described(path: Path, answers: Answers) -> pl.DataFrame:
    """The persons with what their rows say of them; of several values the last that is there."""
    chosen = {role: answers.columns[role] for role in PERSONAL_ROLES if answers.columns.get(role)}
    person, other = answers.columns["person"], answers.columns.get("person_else")
    wanted = tuple(dict.fromkeys([person, *([other] if other else []), *chosen.values()]))
    found: list[pl.DataFrame] = []
    for batch in open_table(path, answers.options()).batches(wanted, lambda _done, _total: None):
        there = {
            name: batch.frame[name].cast(pl.String, strict=False).str.strip_chars()
            for name in wanted
            if name in batch.frame.columns
        }
        if person not in there:
            continue
        who = (
            there[person]
            if not other or other not in there
            else there[person].zip_with(there[person].is_not_null(), there[other])
        )
        columns = [who.alias("person")] + [
            there[column].alias(role) for role, column in chosen.items() if column in there
        ]
        found.append(_last_known(pl.DataFrame(columns)))
    roles = ["person", *chosen]
    frame = (
        _last_known(pl.concat(found, how="diagonal")) if found else pl.DataFrame(schema=dict.fromkeys(roles, pl.String))
    )
    if "last_name" not in frame.columns:
        return frame
    first = [pl.col("name")] if "name" in frame.columns else []
    return frame.with_columns(name=pl.concat_str([*first, pl.col("last_name")], separator=" ", ignore_nulls=True)).drop(
        "last_name"
    )


def _last_known(frame: pl.DataFrame) -> pl.DataFrame:
    rest = [pl.col(name).replace("", None).drop_nulls().last() for name in frame.columns if name != "person"]
    return frame.drop_nulls("person").unique(maintain_order=True).group_by("person", maintain_order=True).agg(rest)
