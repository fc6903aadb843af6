"""Reading imports: the list, one of them, what it touched, and the pipelines that files told of."""

import csv
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl
from django.db.models import QuerySet

from tragt.errors import NotFound
from tragt.events import EventLog
from tragt.web.imports import files
from tragt.web.imports.models import Import, MappingMemory, PipelineUnit, State
from tragt.web.imports.outline import Head
from tragt.web.imports.sentences import reason
from tragt.web.imports.trial import Outcome
from tragt.web.jobs.models import UNFINISHED, Job
from tragt.web.jobs.queries import job_of
from tragt.web.log.queries import hidden_batches, lake
from tragt.web.people.models import Company, Identifier
from tragt.web.people.normal import company_keys

__all__ = [
    "OLD_FILES",
    "FoundPipeline",
    "Overlap",
    "batches_named",
    "earlier_same",
    "first_rejected",
    "found",
    "head",
    "imports",
    "is_under_way",
    "job_under_way",
    "last_done",
    "later_skips",
    "pipelines",
    "remembered",
    "tried",
    "undated",
    "with_old_files",
]

OLD_FILES = "imports.files"
"""What the files of imports are called among the kinds of data that grow old."""

_CHUNK = 10_000
_SHOWN_REJECTED = 10


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rows that two imports share.

    Attributes:
        key: Of the other import.
        file_name: Its file.
        day: When it was imported.
        rows: How many rows they share.
        undone: Whether the other one was undone since.
    """

    key: int
    file_name: str
    day: datetime | None
    rows: int
    undone: bool


@dataclass(frozen=True, slots=True)
class FoundPipeline:
    """A pipeline that files told of, with what `tragt.funnel.stock` asks for.

    Attributes:
        source: Where the files come from.
        unit: What moves through it: deal, person or company.
        stages: Names of the open stages in their order; events of these names enter them.
        won: Names of the stages that end it well.
        lost: Names of the stages that end it badly.
        undated: Units that stand in a stage without a date: the unit columns and ``name``, the stage.
        keys: Keys of the imports, the latest first.
    """

    source: str
    unit: str
    stages: tuple[str, ...]
    won: tuple[str, ...]
    lost: tuple[str, ...]
    undated: pl.DataFrame
    keys: tuple[int, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        """The stages that end it, won ones first."""
        return (*self.won, *self.lost)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be read, as its list has it."""

    row: str
    field: str
    given: str
    reason: str


def imports() -> QuerySet[Import]:
    """All imports, the latest first."""
    return Import.objects.select_related("created_by").defer("outline", "answers", "trial")


def found(key: int) -> Import:
    """An import.

    Raises:
        NotFound: There is none of this key.
    """
    one = Import.objects.select_related("created_by").filter(pk=key).first()
    if one is None:
        raise NotFound("imports.not_found", "This import does not exist, or it was removed.", key=key)
    return one


def head(one: Import) -> Head:
    """The first rows of an import's file.

    Raises:
        InvalidFile: The file is no longer kept.
    """
    return Head.kept(one.outline, files.head_of(one.pk), one.file_name)


def remembered(fingerprint: str) -> MappingMemory | None:
    """How files with this header were understood the last time."""
    return MappingMemory.objects.filter(fingerprint=fingerprint).first()


def earlier_same(one: Import) -> Import | None:
    """The first import of exactly the same file; None where it is the first."""
    same = Import.objects.filter(sha256=one.sha256, state=State.DONE).exclude(pk=one.pk)
    return same.order_by("finished").first()


def last_done() -> Import | None:
    """The import that was finished last."""
    return Import.objects.filter(state=State.DONE).order_by("-finished").first()


def job_under_way(one: Import) -> Job | None:
    """The job that works on an import or waits to; None where none does."""
    job = job_of(one.subject)
    return job if job is not None and job.state in UNFINISHED else None


def is_under_way(one: Import) -> bool:
    """Whether somebody works on an import: a job that runs or waits, or a process that does without."""
    return job_under_way(one) is not None or files.is_worked_on(one.pk)


def batches_named(one: Import, counts: dict[str, int]) -> list[Overlap]:
    """The other imports that brought rows of a file before it, those with most rows first.

    Args:
        one: The import of the file.
        counts: Rows by batch.
    """
    others = {batch: rows for batch, rows in counts.items() if batch.startswith("import:") and batch != one.batch}
    keys = {int(batch.partition(":")[2]): rows for batch, rows in others.items()}
    rows = Import.objects.filter(pk__in=keys).only("file_name", "finished", "state")
    overlaps = [Overlap(o.pk, o.file_name, o.finished, keys[o.pk], o.state == State.UNDONE) for o in rows]
    return sorted(overlaps, key=lambda one: (-one.rows, one.key))


def later_skips(one: Import) -> list[Overlap]:
    """The imports of which rows were skipped because this one had brought them before."""
    later = Import.objects.filter(state=State.DONE, duplicates__has_key=one.batch).exclude(pk=one.pk)
    rows = later.order_by("finished").only("file_name", "finished", "duplicates")
    return [Overlap(o.pk, o.file_name, o.finished, int(o.duplicates[one.batch]), undone=False) for o in rows]


def tried(log: EventLog, rows: Sequence[pl.DataFrame], persons: pl.DataFrame, outcome: Outcome) -> Outcome:
    """The outcome with what is there already set against it.

    Args:
        log: The events of the file.
        rows: The same as rows of the lake; at least ``id``.
        persons: What the file tells of persons, as the people take it.
        outcome: What the file holds.
    """
    ids = pl.concat([frame.select("id") for frame in rows]) if rows else pl.DataFrame(schema={"id": pl.String})
    there = _known_batches(ids, log)
    within = ids.height - ids["id"].n_unique()
    known_in = dict(there)
    known = sum(known_in.values()) + within
    actors = persons["actor"].drop_nulls().unique()
    known_persons = sum(
        Identifier.objects.filter(actor__in=actors.slice(start, _CHUNK).to_list()).count()
        for start in range(0, len(actors), _CHUNK)
    )
    keys = company_keys(persons["company"].drop_nulls().unique()).drop_nulls().unique()
    known_companies = sum(
        Company.objects.filter(key__in=keys.slice(start, _CHUNK).to_list()).count()
        for start in range(0, len(keys), _CHUNK)
    )
    return replace(
        outcome,
        added=outcome.events - known,
        known=known,
        known_in=known_in,
        persons_new=len(actors) - known_persons,
        persons_known=known_persons,
        companies_new=len(keys) - known_companies,
    )


def first_rejected(one: Import) -> list[RejectedRow]:
    """The first of the rows that could not be read; none where their list is no longer kept."""
    try:
        with files.rejected_of(one.pk).open(encoding="utf-8-sig", newline="") as file:
            rows = itertools.islice(csv.reader(file), 1, _SHOWN_REJECTED + 1)
            return [RejectedRow(row[0], row[1], row[2], reason(row[3])) for row in rows]
    except FileNotFoundError:
        return []


def pipelines() -> list[FoundPipeline]:
    """The pipelines that files told of, one for each source and unit; the latest file says the order of stages."""
    groups: dict[tuple[str, str], list[Import]] = {}
    rows = Import.objects.filter(state=State.DONE).exclude(stages={}).order_by("-finished").only("stages", "answers")
    for one in rows:
        groups.setdefault((one.answers.get("source", ""), one.stages["unit"]), []).append(one)
    units = _units_without_date({one.pk for group in groups.values() for one in group})
    return [
        FoundPipeline(
            source=source,
            unit=unit,
            stages=tuple(group[0].stages["open"]),
            won=tuple(group[0].stages["won"]),
            lost=tuple(group[0].stages["lost"]),
            undated=_latest(units, [one.pk for one in group], unit),
            keys=tuple(one.pk for one in group),
        )
        for (source, unit), group in groups.items()
    ]


def undated() -> pl.DataFrame:
    """All units that stand in a stage without a date, as `EventLog.undated` holds them."""
    frames = [pipeline.undated for pipeline in pipelines()]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(_UNDATED, pl.String))


_UNDATED = ("person", "company", "deal", "name")


def _units_without_date(keys: set[int]) -> pl.DataFrame:
    fields = ("origin_id", "person", "company", "deal", "stage")
    rows = list(PipelineUnit.objects.filter(origin__in=keys).values_list(*fields)) if keys else []
    schema = {"origin": pl.Int64, **dict.fromkeys(_UNDATED, pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(*_UNDATED).replace("", None))


def _latest(units: pl.DataFrame, keys: Sequence[int], unit: str) -> pl.DataFrame:
    """The units of some imports; of one that stands in several, what the latest said."""
    place = pl.DataFrame(
        {"origin": list(keys), "place": range(len(keys))}, schema={"origin": pl.Int64, "place": pl.Int64}
    )
    own = units.join(place, on="origin").sort("place").drop_nulls(unit)
    return own.unique(unit, keep="first", maintain_order=True).select(_UNDATED)


def _known_batches(ids: pl.DataFrame, log: EventLog) -> list[tuple[str, int]]:
    first, last = log.first_time, log.last_time
    if first is None or last is None:
        return []
    asked = ids.unique()
    shared = lake().made_of_files(
        lambda events: events.join(asked, on="id", how="semi"), ["id", "batch"], without_batches=hidden_batches()
    )
    return [(str(batch), int(rows)) for batch, rows in shared.group_by("batch").len().iter_rows()]


def with_old_files(before: datetime) -> QuerySet[Import]:
    """Imports whose files are still here, and that ended long ago, or came long ago where nobody went on with them.

    Args:
        before: What is meant by that.
    """
    return Import.objects.filter(created__lt=before, file_removed=None).exclude(finished__gte=before).order_by("pk")
