"""The fields of the builder filled with a saved funnel."""

from datetime import date, timedelta

from tragt.funnel import Exclude, Funnel, Match, Member, Step
from tragt.funnel.condition import Condition, Operator
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.choices import EVENT, choices_of
from tragt.web.funnels.building.draft import (
    MEMBER,
    TIME_UNITS,
    Draft,
    DraftCondition,
    DraftExclude,
    DraftMatch,
    DraftStep,
)
from tragt.web.funnels.building.lines import Line, lines_of

__all__ = [
    "SEPARATOR",
    "draft_of",
    "drafted_exclude",
    "drafted_line",
    "drafted_match",
    "drafted_step",
    "drafted_where",
    "time_of",
]

SEPARATOR = " | "


def draft_of(funnel: Funnel, name: str, asked: Asked) -> Draft:
    """The fields filled with a saved funnel.

    Args:
        funnel: Its definition.
        name: What it is called.
        asked: What it asks besides.
    """
    amount, scale = "", "none"
    if funnel.window is not None:
        amount, scale = time_of(funnel.window) if isinstance(funnel.window, timedelta) else ("", "session")
    tolerance, tolerance_scale = time_of(funnel.tolerance) if funnel.tolerance else ("", "seconds")
    days = asked.compare_days or (None, None)
    return Draft(
        name=name,
        unit=str(funnel.unit),
        amount=amount,
        scale=scale,
        order=str(funnel.order),
        count=str(funnel.count),
        period=str(asked.period.kind),
        start=_day(asked.period.start),
        end=_day(asked.period.end),
        skips=str(funnel.skips or ""),
        entry=str(funnel.entry),
        tolerance=tolerance,
        tolerance_scale=tolerance_scale,
        compare=str(asked.compare),
        compare_start=_day(days[0]),
        compare_end=_day(days[1]),
        compare_segment=str(asked.compare_segment or ""),
        value=asked.value,
        hold=funnel.hold,
        among=tuple(EVENT + name for name in funnel.among),
        breakdowns=asked.breakdowns,
        lost=tuple(drafted_match(one, place) for place, one in enumerate(funnel.lost)),
        reopen=tuple(drafted_match(one, place) for place, one in enumerate(funnel.reopen)),
        exclude=tuple(drafted_exclude(one, place) for place, one in enumerate(funnel.exclude)),
        where=(drafted_where(funnel.where),),
        steps=tuple(drafted_step(step, place) for place, step in enumerate(funnel.steps)),
    )


def drafted_match(match: Match, origin: int) -> DraftMatch:
    """The fields of a rule that names events."""
    names, rest = choices_of(match)
    lines = lines_of(rest)
    return DraftMatch(names, tuple(map(drafted_line, lines or ())), origin, keeps=lines is None)


def drafted_step(step: Step, origin: int) -> DraftStep:
    """The fields of a step."""
    row = drafted_match(step.match, origin)
    within, scale = time_of(step.within) if step.within else ("", "days")
    return DraftStep(
        row.names,
        row.conditions,
        origin,
        row.keeps,
        optional=step.optional,
        anchored=step.anchored,
        within=within,
        scale=scale,
    )


def drafted_exclude(one: Exclude, origin: int) -> DraftExclude:
    """The fields of an exclusion."""
    row = drafted_match(one.match, origin)
    before = None if one.before is None else one.before - 1
    return DraftExclude(row.names, row.conditions, origin, row.keeps, after=one.after - 1, before=before)


def drafted_where(where: Condition | None) -> DraftMatch:
    """The fields of the condition on the unit."""
    lines = lines_of(where)
    return DraftMatch((), tuple(map(drafted_line, lines or ())), keeps=lines is None)


def time_of(length: timedelta) -> tuple[str, str]:
    """A length of time as a number and its unit.

    Args:
        length: The length.
    """
    fitting = [name for name, size in TIME_UNITS.items() if length % size == timedelta(0) and name != "weeks"]
    scale = fitting[-1] if fitting else "seconds"
    amount = length / TIME_UNITS[scale]
    return f"{amount:g}" if amount < 1e6 else str(int(amount)), scale


def drafted_line(line: Line) -> DraftCondition:
    """The fields of a line of conditions."""
    joint, asked = line
    if isinstance(asked, Member):
        return DraftCondition("", MEMBER, asked.segment, joint)
    return DraftCondition(asked.property, str(Operator(asked.operator)), _written(asked.value), joint)


def _written(value: object) -> str:
    """A value as it stands in a field."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return SEPARATOR.join(map(_written, value))
        case date():
            return value.isoformat()
    return str(value)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
