"""A funnel while someone is building it: what stands in the fields, right or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.http import QueryDict

from tragt.funnel.condition import Operator
from tragt.funnel.definition import Unit
from tragt.web.funnels.building.fields import clean, whole_number

__all__ = [
    "HELD",
    "MEMBER",
    "PARTS",
    "TIME_UNITS",
    "Draft",
    "DraftCondition",
    "DraftExclude",
    "DraftMatch",
    "DraftStep",
    "is_asked",
    "read_draft",
]

TIME_UNITS: Mapping[str, timedelta] = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
MEMBER = "member"
"""How a unit is compared with a segment."""

HELD = 3
"""How many properties can be held constant, and by how many a funnel can be broken down."""

PARTS = ("step", "lost", "reopen", "exclude", "where")
"""What has rows of events and conditions."""

_MOST_READ = 50


@dataclass(frozen=True, slots=True)
class DraftCondition:
    """One line of conditions.

    Attributes:
        property: The property; empty where membership of a segment is asked.
        operator: How it is compared, or `MEMBER`.
        value: What with.
        joint: ``and``, or ``or`` where it or the line before will do.
    """

    property: str = ""
    operator: str = Operator.EQUALS
    value: str = ""
    joint: str = "and"


def is_asked(line: DraftCondition) -> bool:
    """Whether anything stands in a line."""
    return bool(line.property or line.value or line.operator == MEMBER)


@dataclass(frozen=True, slots=True)
class DraftMatch:
    """Events that a rule names.

    Attributes:
        names: Choices, any of which will do; empty where nothing is chosen yet.
        conditions: What the event must fulfil.
        origin: Which rule of the saved funnel it was; None is a new one.
        keeps: Whether it keeps the condition of that rule, where the fields cannot show it.
    """

    names: tuple[str, ...] = ("",)
    conditions: tuple[DraftCondition, ...] = ()
    origin: int | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class DraftStep(DraftMatch):
    """One step.

    Attributes:
        optional: Whether the step may be left out.
        anchored: In any order, whether it keeps its place.
        within: Within how much time of the step before it must come; empty is any.
        scale: In what units that time is.
    """

    optional: bool = False
    anchored: bool = False
    within: str = ""
    scale: str = "days"


@dataclass(frozen=True, slots=True)
class DraftExclude(DraftMatch):
    """What ends an attempt between two steps.

    Attributes:
        after: Place of the step from which on it does, from 0.
        before: Place of the step up to which it does; None is the last.
    """

    after: int = 0
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the fields."""

    name: str = ""
    unit: str = Unit.PERSON
    amount: str = "30"
    scale: str = "days"
    order: str = "ordered"
    count: str = "best"
    period: str = "all"
    start: str = ""
    end: str = ""
    skips: str = ""
    entry: str = "first"
    tolerance: str = ""
    tolerance_scale: str = "seconds"
    compare: str = "nothing"
    compare_start: str = ""
    compare_end: str = ""
    compare_segment: str = ""
    value: str = ""
    hold: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    lost: tuple[DraftMatch, ...] = ()
    reopen: tuple[DraftMatch, ...] = ()
    exclude: tuple[DraftExclude, ...] = ()
    where: tuple[DraftMatch, ...] = (DraftMatch(()),)
    steps: tuple[DraftStep, ...] = (DraftStep(), DraftStep())

    def rows(self, part: str) -> tuple[DraftMatch, ...]:
        """The rows of one of `PARTS`."""
        return {
            "step": self.steps,
            "lost": self.lost,
            "reopen": self.reopen,
            "exclude": self.exclude,
            "where": self.where,
        }[part]

    def with_rows(self, part: str, rows: tuple[DraftMatch, ...]) -> "Draft":
        """With other rows of one of `PARTS`."""
        return replace(self, **{"steps" if part == "step" else part: rows})  # type: ignore[arg-type]

    def with_row(self, part: str, place: int, **fields: object) -> "Draft":
        """With some fields of one row changed."""
        rows = self.rows(part)
        changed = replace(rows[place], **fields)  # type: ignore[arg-type]
        return self.with_rows(part, (*rows[:place], changed, *rows[place + 1 :]))


_TEXTS = (
    *("name", "unit", "amount", "scale", "order", "count", "period", "start", "end", "skips", "tolerance"),
    *("tolerance_scale", "compare", "compare_start", "compare_end", "compare_segment", "value"),
)


def read_draft(given: QueryDict) -> Draft:
    """What was sent with the form; what is missing or cannot be is left empty.

    Args:
        given: The fields of the form.
    """
    steps = range(min(whole_number(given.get("steps", "")) or 0, _MOST_READ))
    return Draft(
        **{field: clean(given.get(field, getattr(_NEW, field) if field in _USUAL else "")) for field in _TEXTS},
        entry="any" if "entry" in given else "first",
        hold=_texts(given, "hold"),
        among=tuple(given.getlist("among")[:_MOST_READ]),
        breakdowns=_texts(given, "breakdowns"),
        lost=tuple(_read_match(given, f"lost-{place}-") for place in _rows(given, "lost")),
        reopen=tuple(_read_match(given, f"reopen-{place}-") for place in _rows(given, "reopen")),
        exclude=tuple(_read_exclude(given, f"exclude-{place}-") for place in _rows(given, "exclude")),
        where=(replace(_read_match(given, "where-0-"), names=()),),
        steps=tuple(_read_step(given, f"step-{place}-") for place in steps),
    )


_NEW = Draft()
_USUAL = ("compare", "tolerance_scale")


def _texts(given: QueryDict, field: str) -> tuple[str, ...]:
    return tuple(filter(None, map(clean, given.getlist(field)[:_MOST_READ])))


def _rows(given: QueryDict, part: str) -> range:
    """The rows of a part that were sent."""
    return range(next((place for place in range(_MOST_READ) if f"{part}-{place}-name" not in given), _MOST_READ))


def _read_match(given: QueryDict, field: str) -> DraftMatch:
    joints = [*given.getlist(f"{field}joint"), *["and"] * _MOST_READ]
    asked = zip(*(given.getlist(field + name) for name in ("property", "operator", "value")), joints, strict=False)
    return DraftMatch(
        names=tuple(given.getlist(f"{field}name")[:_MOST_READ]) or ("",),
        conditions=tuple(
            DraftCondition(clean(name), how, clean(value), "or" if place and joint == "or" else "and")
            for place, (name, how, value, joint) in enumerate(asked)
        )[:_MOST_READ],
        origin=whole_number(given.get(f"{field}origin", "")),
        keeps=f"{field}keeps" in given,
    )


def _read_step(given: QueryDict, field: str) -> DraftStep:
    row = _read_match(given, field)
    return DraftStep(
        row.names,
        row.conditions,
        row.origin,
        row.keeps,
        optional=f"{field}optional" in given,
        anchored=f"{field}anchored" in given,
        within=clean(given.get(f"{field}within", "")),
        scale=clean(given.get(f"{field}scale", "days")),
    )


def _read_exclude(given: QueryDict, field: str) -> DraftExclude:
    row = _read_match(given, field)
    return DraftExclude(
        row.names,
        row.conditions,
        row.origin,
        row.keeps,
        after=whole_number(given.get(f"{field}after", "")) or 0,
        before=whole_number(given.get(f"{field}before", "")),
    )
