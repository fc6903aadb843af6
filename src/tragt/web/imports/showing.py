"""What the pages of an import show, ready for the templates. The unit of observation is the import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import polars as pl
from django.utils.functional import Promise

from tragt.errors import TragtError
from tragt.events import EventLog, Options
from tragt.web.imports import files, queries
from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.exports import titled
from tragt.web.imports.forms import MappingForm, initial
from tragt.web.imports.lacking import Lacking, lacking
from tragt.web.imports.models import Import, State
from tragt.web.imports.outline import Head, recognised
from tragt.web.imports.reading import preview
from tragt.web.imports.sentences import Fault, fault_of, reason
from tragt.web.imports.targets import Target, target_of, targets
from tragt.web.imports.trial import Outcome
from tragt.web.imports.understanding import understood
from tragt.web.jobs.models import Job

__all__ = ["Preview", "Shown", "asked", "previewed", "shown"]

_ROWS = 12
_PROPERTIES = 5
_UNITS = ("person", "company", "deal", "session")


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An event as it will be.

    Attributes:
        time: Its time; a date where only the day is known.
        is_day: Whether it is a date.
        name: What happened.
        cells: Its units and properties, as text.
    """

    time: datetime | date
    is_day: bool
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as events.

    Attributes:
        units: Kinds of unit that the events have.
        properties: Names of the properties shown.
        more: How many properties are not shown.
        rows: The events.
        rejected: How many of the first rows cannot be used.
        why: Why the first of them cannot.
        trouble: Why nothing can be shown.
        lacking: The fields that must be filled in and that no column fills.
    """

    units: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    more: int = 0
    rows: tuple[PreviewRow, ...] = ()
    rejected: int = 0
    why: str = ""
    trouble: str = ""
    lacking: tuple[Lacking, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """An import as its page shows it.

    Attributes:
        one: Its row.
        outcome: What it would do or did; None before that is known.
        before: The imports that brought rows of the file before it, with how many.
        within: How many events repeat others of the same file.
        rejected: The first rows that could not be read.
        rejected_kept: Whether the list of them is still there.
        same: The first import of exactly this file; None where this is the first.
        skipped_later: The imports of which rows were skipped because this one had brought them.
        fault: What went wrong; None where nothing did.
        by_command: Whether a process works on it without a job: the command line.
        stalled: Whether it was cut short and nobody works on it.
        export: The known export that the file is.
    """

    one: Import
    outcome: Outcome | None = None
    before: Sequence[queries.Overlap] = ()
    within: int = 0
    rejected: Sequence[queries.RejectedRow] = ()
    rejected_kept: bool = False
    same: Import | None = None
    skipped_later: Sequence[queries.Overlap] = ()
    fault: Fault | None = None
    by_command: bool = False
    stalled: bool = False
    export: Promise | str = ""

    @property
    def target(self) -> Target | None:
        """What a row of the file is; None for a file of events."""
        return target_of(self.outcome.target) if self.outcome is not None and self.outcome.target else None

    @property
    def lacking(self) -> tuple[Lacking, ...]:
        """The fields that must be filled in and that what is new comes without."""
        return () if self.nothing_new else lacking(Answers.of(self.one.answers))

    @property
    def nothing_new(self) -> bool:
        """Whether everything in the file is there already."""
        if self.outcome is not None and self.outcome.target:
            return not (self.outcome.created or self.outcome.changed or self.outcome.fields or self.outcome.rejected)
        return self.outcome is not None and self.outcome.events > 0 and not self.outcome.added


def shown(one: Import, job: Job | None) -> Shown:
    """An import for its page.

    Args:
        one: The import.
        job: The job that works on it.
    """
    kept = one.result if one.state in (State.DONE, State.UNDOING, State.UNDONE) else one.trial
    outcome = Outcome.of(kept) if kept else None
    known_in = outcome.known_in if outcome else {}
    before = queries.batches_named(one, known_in) if known_in else ()
    elsewhere = sum(rows for batch, rows in known_in.items() if batch != one.batch)
    by_command = job is None and one.state == State.COMMITTING and files.is_worked_on(one.pk)
    return Shown(
        one=one,
        outcome=outcome,
        before=before,
        within=outcome.known - elsewhere if outcome else 0,
        rejected=queries.first_rejected(one) if outcome and outcome.rejected else (),
        rejected_kept=files.rejected_of(one.pk).is_file(),
        same=queries.earlier_same(one) if one.is_open else None,
        skipped_later=queries.later_skips(one) if one.state == State.DONE else (),
        fault=kept_fault(one),
        by_command=by_command,
        stalled=job is None and not by_command and one.state in (State.COMMITTING, State.UNDOING),
        export=titled(one.known_export),
    )


def asked(one: Import, head: Head, answers: Answers, form: MappingForm | None = None) -> dict[str, Any]:
    """What the page of the columns needs.

    Args:
        one: The import.
        head: The file at first sight.
        answers: What is known so far.
        form: The form as it was sent; None to make one of the answers.
    """
    seen = Preview()
    if form is None:
        seen, faults = _seen(head, answers)
        trouble = kept_fault(one)
        faults = [*faults, *([trouble] if trouble else [])]
        form = _with_faults(head, answers, faults)
    return {
        "one": one,
        "form": form,
        "preview": seen,
        "understood": understood(head, answers),
        "export": titled(one.known_export),
        "wide": answers.shape is Shape.WIDE,
        "targets": targets(),
        "target": None,
        "memory": queries.remembered(one.fingerprint),
        "same": queries.earlier_same(one),
    }


def previewed(head: Head, answers: Answers) -> Preview:
    """The first rows as events.

    Args:
        head: The file at first sight.
        answers: What is said about it.

    Raises:
        InvalidFile: They cannot be read so.
    """
    log = preview(head, answers)
    properties = log.property_names[:_PROPERTIES]
    units = tuple(unit for unit in _UNITS if unit in log.units)
    first = next(iter(log.rejected.first), None)
    return Preview(
        units=units,
        properties=properties,
        more=len(log.property_names) - len(properties),
        rows=tuple(_row(values, log, units, properties) for values in _mixed(log).iter_rows(named=True)),
        rejected=log.rejected.total,
        why=f"{first.field}: {reason(first.reason)}" if first else "",
        lacking=lacking(answers),
    )


def kept_fault(one: Import) -> Fault | None:
    """What went wrong with an import."""
    return msgspec.convert(one.error, Fault) if one.error else None


def _mixed(log: EventLog) -> pl.DataFrame:
    """A few events, of each name in turn: those of a wide file stand one date column after the other."""
    if not log.mapping or not log.mapping.wide:
        return log.frame.head(_ROWS)
    turn = pl.int_range(pl.len()).over("name")
    return log.frame.sort(turn, maintain_order=True).head(_ROWS)


def _row(values: dict[str, Any], log: EventLog, units: Sequence[str], properties: Sequence[str]) -> PreviewRow:
    is_day = values["precision"] == "day"
    moment: datetime = values["time"].astimezone(ZoneInfo(str(log.zone)))
    cells = [values[unit] for unit in units] + [values[f"properties.{name}"] for name in properties]
    texts = tuple("" if cell is None else str(cell) for cell in cells)
    return PreviewRow(moment.date() if is_day else moment, is_day, str(values["name"]), texts)


def _seen(head: Head, answers: Answers) -> tuple[Preview, list[Fault]]:
    """The preview of what was recognised, and what has to be asked first."""
    options = Options(zone=answers.zone)
    _found, questions = recognised(head, options)
    missing = [
        fault_of(error)
        for role, error in questions.items()
        if not answers.columns.get(role) and not (role == "person" and _has_unit(answers))
    ]
    if missing and answers.shape is Shape.LONG:
        return Preview(), missing
    try:
        return previewed(head, answers), []
    except TragtError as error:
        fault = fault_of(error)
        return Preview(trouble=str(fault)), [fault]


def _has_unit(answers: Answers) -> bool:
    return any(answers.columns.get(unit) for unit in _UNITS)


def _with_faults(head: Head, answers: Answers, faults: Sequence[Fault]) -> MappingForm:
    if not faults:
        return MappingForm(head, answers)
    form = MappingForm(head, answers, initial(head, answers))
    form.is_valid()
    for fault in faults:
        form.refuse(fault)
    return form
