"""Between a log that was read and the lake and the people: rows, actors, units without a date."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from tragt.events import EventLog
from tragt.lake.rows import events_of
from tragt.web.imports.answers import Stage, StageKind
from tragt.web.imports.models import Import, PipelineUnit
from tragt.web.imports.reading import slices
from tragt.web.imports.trial import Phase

__all__ = ["lake_rows", "stages_kept", "tellings", "units_without_date"]


def lake_rows(log: EventLog, one: Import, source: str, received: datetime, phase: Phase) -> Iterator[pl.DataFrame]:
    """The events of a log as rows of the lake, piece by piece.

    Args:
        log: The events.
        one: The import that brings them.
        source: Where they come from.
        received: When they came.
        phase: Told how far it is.
    """
    done = 0
    for piece in slices(log):
        phase(done, len(log))
        yield events_of(piece, batch=one.batch, source=source, received=received)
        done += len(piece)


def tellings(persons: pl.DataFrame) -> pl.DataFrame:
    """What a file tells of persons, as the people take it.

    Args:
        persons: As `persons_in` gives them.
    """
    return persons.select(pl.format("u:{}", "person").alias("actor"), "email", "name", "phone", "company")


def units_without_date(log: EventLog, one: Import) -> Iterator[PipelineUnit]:
    """The rows of a wide file that have a stage and no date.

    Args:
        log: The events of the file.
        one: The import that brings them.
    """
    if log.undated.is_empty():
        return
    names = [name for name in ("person", "company", "deal") if name in log.undated.columns]
    rows = log.undated.select([pl.col(name).cast(pl.String).fill_null("") for name in (*names, "name")])
    for (*units, stage), told in zip(rows.iter_rows(), _properties(log.undated), strict=True):
        yield PipelineUnit(origin=one, stage=stage, told=told, **dict(zip(names, units, strict=True)))


def _properties(frame: pl.DataFrame) -> Iterator[dict[str, object]]:
    """What rows say besides their units and their stage; days and times as text."""
    named = {column: column.removeprefix("properties.") for column in frame.columns if column.startswith("properties.")}
    plain = frame.select(
        pl.col(column).cast(pl.String) if _is_text(frame[column].dtype) else pl.col(column) for column in named
    )
    if not named:
        yield from ({} for _ in range(frame.height))
    for values in plain.iter_rows():
        yield {name: value for name, value in zip(named.values(), values, strict=True) if value is not None}


def _is_text(kind: pl.DataType) -> bool:
    return not (kind.is_numeric() or kind == pl.Boolean)


def stages_kept(stages: tuple[Stage, ...], unit: str) -> dict[str, object]:
    """The stages of a pipeline as an import keeps them; empty where there are none.

    Args:
        stages: In their order.
        unit: What moves through them.
    """
    if not stages:
        return {}
    of = {kind: [stage.name for stage in stages if stage.kind is kind] for kind in StageKind}
    return {"unit": unit, "open": of[StageKind.OPEN], "won": of[StageKind.WON], "lost": of[StageKind.LOST]}
