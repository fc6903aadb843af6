"""What a file would do, or did, in numbers. The unit of observation is the import."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl

from tragt.events import EventLog
from tragt.web.imports.answers import Answers, Shape, Stage, StageKind

__all__ = ["WHOLE", "Outcome", "Phase", "Report", "outcome_of", "stages_of"]

Report = Callable[[int, int, str], None]
"""Told how much of how much is done, and what is being done (in English)."""

WHOLE = 100
_MOST_NAMES = 40


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the work, as a share of the whole of it.

    Attributes:
        report: Told of the whole, in hundredths.
        start: Where this part begins, in hundredths.
        end: Where it ends.
        text: What is being done.
    """

    report: Report
    start: int
    end: int
    text: str

    def __call__(self, done: int, total: int) -> None:
        """Say how far this part is."""
        part = min(done, total) / total if total > 0 else 0.0
        self.report(self.start + round(part * (self.end - self.start)), WHOLE, self.text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers of an import.

    Attributes:
        events: Events that the file holds.
        added: Those that are new.
        known: Those that the log has already.
        known_in: Of these, how many came with which batch.
        rejected: Rows that cannot be used.
        undated: Rows with a stage and no date.
        unit: For a file whose rows are units: deal, person or company. Empty for a file of events.
        units: Different units of that kind that can be used.
        units_dated: Those that have a date and so an event.
        persons_new: Persons that were not known.
        persons_known: Persons that are known and told of again; after the import, those that it changed.
        companies_new: Companies that were not known.
        names: The most frequent event names with their counts.
        names_more: How many more names there are.
        first: Time of the earliest event; None without any.
        last: Time of the latest.
        target: For a file of records, the code of their kind.
        created: Records that are made.
        changed: Records of which something else is known afterwards.
        same: Records that the file tells nothing new of.
        fields: Titles of the custom fields that are made.
        counted: What other apps counted in the file, by a name of theirs: words and the number of units they stand at.
    """

    events: int = 0
    added: int = 0
    known: int = 0
    known_in: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    undated: int = 0
    unit: str = ""
    units: int = 0
    units_dated: int = 0
    persons_new: int = 0
    persons_known: int = 0
    companies_new: int = 0
    names: tuple[tuple[str, int], ...] = ()
    names_more: int = 0
    first: datetime | None = None
    last: datetime | None = None
    target: str = ""
    created: int = 0
    changed: int = 0
    same: int = 0
    fields: tuple[str, ...] = ()
    counted: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def units_undated(self) -> int:
        """Units that only stand in a stage."""
        return self.units - self.units_dated

    @classmethod
    def of(cls, kept: Any) -> "Outcome":
        """The outcome that `as_json` gave."""
        return msgspec.convert(kept, cls, strict=False)

    def as_json(self) -> Any:
        """Plain values that a database keeps."""
        return msgspec.to_builtins(self)


def outcome_of(log: EventLog, answers: Answers) -> Outcome:
    """What a log holds, before it is compared with what is there.

    Args:
        log: The events of the file.
        answers: What is said about the file.
    """
    names, unit = log.names(), answers.unit if answers.shape is Shape.WIDE else ""
    dated = _units(log.frame, unit)
    shown = names.head(_MOST_NAMES).select("name", "count").rows()
    return Outcome(
        events=len(log),
        rejected=log.rejected.total,
        undated=log.undated.height,
        unit=unit if len(dated) else "",
        units=pl.concat([dated, _units(log.undated, unit)]).n_unique(),
        units_dated=len(dated),
        names=tuple((str(name), int(count)) for name, count in shown),
        names_more=max(0, names.height - _MOST_NAMES),
        first=_utc(log.first_time),
        last=_utc(log.last_time),
    )


def stages_of(log: EventLog, answers: Answers) -> tuple[Stage, ...]:
    """The stages of the pipeline in their order: those that were said, and before them any that were not met then."""
    if log.stage_now is None or "stage" not in log.stage_now.columns:
        return ()
    said = {stage.name for stage in answers.stages}
    found = log.stage_now.select(pl.col("stage").cast(pl.String)).to_series().drop_nulls().unique(maintain_order=True)
    named = [one.name for one in answers.wide if one.name and one.name not in said]
    new = [name for name in dict.fromkeys([*named, *found]) if name not in said]
    return (*(Stage(name, StageKind.OPEN) for name in new), *answers.stages)


def _units(frame: pl.DataFrame, unit: str) -> pl.Series:
    if unit not in frame.columns:
        return pl.Series(dtype=pl.String)
    return frame[unit].drop_nulls().unique().cast(pl.String)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
