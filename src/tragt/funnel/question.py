"""What is asked of a log beside the funnel: which entries, seen from when, split by what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tragt.errors import InvalidDefinition
from tragt.funnel.definition import Funnel, choice

if TYPE_CHECKING:
    from tragt.funnel.value import Value

__all__ = ["At", "Breakdown", "Every", "Period", "Question"]


@dataclass(frozen=True, slots=True, init=False)
class Period:
    """Half-open range of days in the organisation's zone; it cuts entries.

    Args:
        start: First day in the period, such as ``"2026-01-01"``; None is from the beginning.
        end: First day after the period; None is to the end.
        as_of: The moment up to which the log is read; None is that of its last event. Without a zone it is taken
            in the organisation's, and a day is its beginning.

    Raises:
        InvalidDefinition: The period has no day, or a day or a moment cannot be read.
    """

    start: date | None
    end: date | None
    as_of: datetime | None

    def __init__(
        self, start: date | str | None = None, end: date | str | None = None, as_of: date | str | None = None
    ) -> None:
        object.__setattr__(self, "start", _day("start", start))
        object.__setattr__(self, "end", _day("end", end))
        object.__setattr__(self, "as_of", _moment(as_of))
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidDefinition(
                "period.empty",
                f"The period from {self.start} to {self.end} is empty; its end is the first day after it.",
                start=self.start,
                end=self.end,
            )

    @classmethod
    def of(cls, given: "Period | tuple[date | str | None, date | str | None] | None") -> "Period":
        """A period from one, or from its first day and the first day after it; None is all.

        Raises:
            InvalidDefinition: It is none of these.
        """
        if given is None or isinstance(given, Period):
            return given or cls()
        if isinstance(given, tuple) and len(given) == 2:
            return cls(*given)
        raise InvalidDefinition(
            "period.unreadable",
            f"{given!r} is no period; give its first day and the first day after it, such as "
            "('2026-01-01', '2026-04-01').",
            given=given,
        )


def _moment(given: date | str | None) -> datetime | None:
    if given is None or (isinstance(given, datetime) and given == given):  # noqa: PLR0124 - a missing time of pandas
        return given
    try:
        return datetime.fromisoformat(str(given))
    except ValueError:
        raise InvalidDefinition(
            "period.unreadable",
            f"{given!r} is no moment; write a day or a time, such as '2026-03-31' or '2026-03-31T18:00'.",
            given=given,
        ) from None


def _day(which: str, given: date | str | None) -> date | None:
    if given is None or (isinstance(given, date) and not isinstance(given, datetime)):
        return given
    moment = _moment(given)
    if moment is None or moment.time() != time.min:
        raise InvalidDefinition(
            "period.not_a_day",
            f"The {which} of a period is a day, and {given} is a time within one; give '{str(given)[:10]}'.",
            given=given,
        )
    return moment.date()


class At(StrEnum):
    """Where the value of a breakdown is read."""

    ENTRY = "entry"
    UNIT = "unit"
    LAST_TOUCH = "last_touch"
    STEP = "step"
    ANY = "any"


@dataclass(frozen=True, slots=True, init=False)
class Breakdown:
    """Split of a report by the values of a property.

    Args:
        property: The property.
        at: Where its value is read: entry, unit, last_touch, step or any; with *any* the parts overlap.
        step: With *step*, which one, counted from 1 over all steps.
        top: How many values stand alone; the rest are one part, *other*.

    Raises:
        InvalidDefinition: The breakdown cannot mean anything; the message says why.
    """

    property: str
    at: At
    step: int | None
    top: int

    def __init__(self, property: str, at: str = At.ENTRY, step: int | None = None, top: int = 10) -> None:  # noqa: A002
        object.__setattr__(self, "property", property)
        object.__setattr__(self, "at", choice(At, at))
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "top", top)
        if not isinstance(self.property, str) or not self.property:
            raise InvalidDefinition(
                "breakdown.property",
                f"{self.property!r} is no property; give the name of one, such as 'source'.",
                given=self.property,
            )
        for name, given in (("step", 1 if self.step is None else self.step), ("top", self.top)):
            if not isinstance(given, int) or isinstance(given, bool):
                raise InvalidDefinition(
                    "breakdown.whole_number",
                    f"The {name} of a breakdown is a whole number; given {given!r}.",
                    given=given,
                )
        if (self.at is At.STEP) != (self.step is not None):
            raise InvalidDefinition(
                "breakdown.step",
                "A breakdown names a step if and only if it is read at a step; give at='step' and step=2, or neither.",
                step=self.step,
            )
        if self.top < 1:
            raise InvalidDefinition(
                "breakdown.top", f"At least 1 value must stand alone; given {self.top}.", top=self.top
            )

    @classmethod
    def of(cls, given: "Breakdown | str | None") -> "Breakdown | None":
        """A breakdown from one, or from the name of a property read at the entry.

        Raises:
            InvalidDefinition: It is neither.
        """
        if given is None or isinstance(given, Breakdown):
            return given
        if isinstance(given, str):
            return cls(given)
        raise InvalidDefinition(
            "breakdown.unreadable",
            f"{given!r} is no breakdown; give the name of one property, such as 'source', or Breakdown(…).",
            given=given,
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
        value: The money property whose sums are asked for, or None.
    """

    funnel: Funnel
    as_of: int
    period: Period
    zone: ZoneInfo
    by: Breakdown | None = None
    unit_properties: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    value: "Value | None" = None

    def __post_init__(self) -> None:
        steps = len(self.funnel.steps)
        if self.by is not None and self.by.step is not None and not 1 <= self.by.step <= steps:
            raise InvalidDefinition(
                "breakdown.no_such_step",
                f"The breakdown is read at step {self.by.step}; the steps are 1 to {steps}.",
                step=self.by.step,
            )
