"""A funnel as the few lines of Python that reproduce its report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from inspect import signature

from tragt.funnel import AllOf, AnyOf, Compare, Exclude, Funnel, Match, Member, Period, Step
from tragt.funnel.definition import Unit

__all__ = ["Shown", "definition_as_python", "report_as_python"]

_NAMES = ("AllOf", "AnyOf", "Compare", "Exclude", "Match", "Member", "Step")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a funnel, for the lines that reproduce it.

    Attributes:
        funnel: The definition, as it is asked of the file of its events.
        period: The days of entry.
        zone: The organisation's zone.
        as_of: The moment that was looked from.
        file: Name of the file that holds the events behind it.
        targets: What share of those at the step before should come to a step, by its place from 0.
        compared: The days of entry that the figures stand beside; None where they stand alone.
    """

    funnel: Funnel
    period: Period
    zone: str
    as_of: datetime
    file: str = "events.parquet"
    targets: Mapping[int, float] = field(default_factory=dict)
    compared: Period | None = None


def report_as_python(asked: Shown) -> str:
    """The lines that give the figures of a funnel.

    Args:
        asked: What the page shows.
    """
    definition = definition_as_python(asked.funnel)
    names = {"Funnel", "Period", "draw", "run"}
    used = sorted(names | {name for name in _NAMES if f"{name}(" in definition})
    body = [
        f"log = EventLog(pl.read_parquet({asked.file!r}), zone=ZoneInfo({asked.zone!r}))  # the events behind it",
        f"funnel = {definition}",
        f"as_of = datetime.fromisoformat({asked.as_of.isoformat()!r})",
        f"report = run(funnel, log, period={_period(asked.period)})",
        *_printed(asked),
    ]
    if asked.compared is not None:
        body += [
            f"before = run(funnel, log, period={_period(asked.compared)})",
            "for step in before.steps:",
            '    print("before:", step.name, step.entered, step.from_previous)',
        ]
    body.append('Path("funnel.svg").write_text(draw(report), encoding="utf-8")')
    text = "\n".join(body)
    times = sorted({"datetime"} | {name for name in ("date", "timedelta") if f"{name}(" in text})
    heads = [
        f"from datetime import {', '.join(times)}",
        "from pathlib import Path",
        "from zoneinfo import ZoneInfo",
        "import polars as pl",
        f"from tragt import {', '.join(used)}",
        "from tragt.events import EventLog",
    ]
    return "\n".join([*heads, text, ""])


def _period(period: Period) -> str:
    days = [f"{name}={_day(getattr(period, name))}" for name in ("start", "end") if getattr(period, name)]
    return f"Period({', '.join([*days, 'as_of=as_of'])})"


def _printed(asked: Shown) -> list[str]:
    """The lines that print the figures, beside their targets where there are any."""
    if not asked.targets:
        return ["for step in report.steps:", "    print(step.name, step.entered, step.from_previous)"]
    targets = ", ".join(f"{place}: {share!r}" for place, share in asked.targets.items())
    return [
        f"targets = {{{targets}}}  # by the place of the step, from 0",
        "for place, step in enumerate(report.steps):",
        "    print(step.name, step.entered, step.from_previous, targets.get(place))",
    ]


def definition_as_python(funnel: Funnel) -> str:
    """The expression that gives a definition.

    Args:
        funnel: The definition.
    """
    steps = [_step(step) for step in funnel.steps]
    rules = [f"window={_window(funnel)}"] if _window(funnel) != "'default'" else []
    if funnel.unit is not Unit.PERSON:
        rules.insert(0, f"unit={str(funnel.unit)!r}")
    for name, default in _defaults(Funnel).items():
        if name not in ("steps", "unit", "window") and getattr(funnel, name) != default:
            rules.append(f"{name}={_value(getattr(funnel, name))}")
    parts = [*steps, *rules]
    line = f"Funnel.of({', '.join(parts)})"
    if len(line) <= 100:
        return line
    return "Funnel.of(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _window(funnel: Funnel) -> str:
    if isinstance(funnel.window, timedelta):
        days = funnel.window / timedelta(days=1)
        return repr(f"{days:.0f}d") if days == int(days) and days < 10_000 else _value(funnel.window)
    return repr(funnel.window)


def _step(step: Step) -> str:
    plain = Step(step.names)
    written = "|".join(step.names)
    if step == plain and tuple(part.strip() for part in written.split("|")) == step.names:
        return repr(written)
    return _value(step)


def _value(value: object) -> str:
    """A value as an expression; fields of definitions that have their default are left out."""
    match value:
        case StrEnum():
            return repr(str(value))
        case timedelta():
            return (
                f"timedelta(microseconds={value // timedelta(microseconds=1)})"
                if value.microseconds
                else _length(value)
            )
        case datetime():
            return f"datetime.fromisoformat({value.isoformat()!r})"
        case date():
            return _day(value)
        case float() if value in (float("inf"), float("-inf")):
            return f"float({str(value)!r})"
        case tuple():
            inside = ", ".join(map(_value, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case Step() | Exclude() | Match() | Compare() | AllOf() | AnyOf() | Member():
            return _definition(value)
    return repr(value)


def _definition(value: Step | Exclude | Match | Compare | AllOf | AnyOf | Member) -> str:
    parts: list[str] = []
    for place, (name, default) in enumerate(_defaults(type(value)).items()):
        held = getattr(value, name)
        usual = " or ".join(value.names) if isinstance(value, Step) and name == "label" else default
        if held != usual or type(held) is not type(usual):
            parts.append(f"{name}={_value(held)}" if parts or place else _value(held))
    return f"{type(value).__name__}({', '.join(parts)})"


def _defaults(kind: type) -> dict[str, object]:
    """What each argument of a definition is where it is left out."""
    return {name: one.default for name, one in signature(kind).parameters.items()}


def _length(value: timedelta) -> str:
    if value.seconds == 0:
        return f"timedelta(days={value.days})"
    return f"timedelta(seconds={value.days * 86_400 + value.seconds})"


def _day(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"
