"""What is asked of a log beside the funnel: which entries, seen from when, split by what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tragt.errors import InvalidDefinition
from tragt.funnel.definition import Funnel, choice

__all__ = ["At", "Breakdown", "Every", "Period", "Question"]


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open range of days in the organisation's zone; it cuts entries.

    Args:
        start: First day in the period; None is from the beginning.
        end: First day after the period; None is to the end.
        as_of: The moment up to which the log is read; None is that of its last event. Without a zone it is taken
            in the organisation's.
    """

    start: date | None = None
    end: date | None = None
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidDefinition(
                "period.empty",
                f"The period from {self.start} to {self.end} is empty; its end is the first day after it.",
                start=self.start,
                end=self.end,
            )


class At(StrEnum):
    """Where the value of a breakdown is read."""

    ENTRY = "entry"
    UNIT = "unit"
    LAST_TOUCH = "last_touch"
    STEP = "step"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Split of a report by the values of a property.

    Args:
        property: The property.
        at: Where its value is read; with *any* the parts overlap.
        step: With *step*, which one, counted from 1 over all steps.
        top: How many values stand alone; the rest are one part, *other*.
    """

    property: str
    at: At = At.ENTRY
    step: int | None = None
    top: int = 10

    def __post_init__(self) -> None:
        if self.at not in list(At):
            choice(At, self.at)
        object.__setattr__(self, "at", At(self.at))
        if (self.at is At.STEP) != (self.step is not None):
            raise InvalidDefinition(
                "breakdown.step", "A breakdown names a step if and only if it is read at a step.", step=self.step
            )
        if self.top < 1:
            raise InvalidDefinition(
                "breakdown.top", f"At least 1 value must stand alone; given {self.top}.", top=self.top
            )


class Every(StrEnum):
    """Length of the parts of a trend, by day of entry in the organisation's zone."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a log.

    Attributes:
        funnel: The definition.
        as_of: The moment up to which the log is read, ms since 1970 in UTC.
        period: Which entries count.
        zone: The organisation's zone.
        by: A breakdown, or None.
        unit_properties: Properties of units, for a breakdown by one.
    """

    funnel: Funnel
    as_of: int
    period: Period
    zone: ZoneInfo
    by: Breakdown | None = None
    unit_properties: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
