"""Reads the golden cases, and says in their words what an engine's attempts come to.

`golden/README.md` describes the files. A case holds what an engine is given and what must come
out; `counts` and `described` put attempts into the same form.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from tragt.events.event import Event
from tragt.events.log import PRECISION, TIME, EventLog
from tragt.funnel.attempt import Attempt, Outcome
from tragt.funnel.condition import AllOf, AnyOf, Compare, Condition
from tragt.funnel.definition import Funnel
from tragt.funnel.durations import duration
from tragt.funnel.question import Period
from tragt.funnel.steps import Exclude, Step

FOLDER = Path(__file__).parent / "golden"
START = datetime(2024, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Lines = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case.

    Args:
        name: Its name, unique over all files.
        why: The rule it is about, in plain words.
        funnel: The definition.
        logs: Unit to its events.
        as_of: The moment up to which the log is read, in milliseconds since 1970.
        period: Which entries count, or None.
        zone: The organisation's zone.
        lines: What must come out, a count for each required step: entered, passed, lost, excluded, expired, open.
        observed: Of the mature attempts, how many entered each required step; None where the case does not say.
        expect: The case's other expectations as written.
    """

    name: str
    why: str
    funnel: Funnel
    logs: Mapping[str, tuple[Event, ...]]
    as_of: int
    period: Period | None
    zone: ZoneInfo
    lines: Lines
    observed: tuple[int, ...] | None
    expect: Mapping[str, Any]

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """The attempts that must come out, moments in milliseconds; empty where the case does not say."""
        return [
            {**one, "moments": [moment(m, self.zone) for m in one["moments"]]}
            | ({"ended": None if one["ended"] is None else moment(one["ended"], self.zone)} if "ended" in one else {})
            for one in self.expect.get("attempts", [])
        ]


def cases() -> list[Case]:
    """All golden cases, by file and in the order of each."""
    return [_case(row) for path in sorted(FOLDER.glob("*.json")) for row in json.loads(path.read_text("utf-8"))]


def _case(row: Mapping[str, Any]) -> Case:
    zone = ZoneInfo(row.get("zone", "UTC"))
    logs = {unit: tuple(_event(fields, zone) for fields in rows) for unit, rows in row["units"].items()}
    last = max(event.time for log in logs.values() for event in log)
    expect: Mapping[str, Any] = row["expect"]
    entered = expect["entered"]
    lines = {word: tuple(expect.get(word, [0] * len(entered))) for word in ("lost", "excluded", "expired", "open")}
    return Case(
        name=row["name"],
        why=row["why"],
        funnel=_funnel(row["funnel"]),
        logs=logs,
        as_of=moment(row["as_of"], zone) if "as_of" in row else last,
        period=_period(*row["period"]) if "period" in row else None,
        zone=zone,
        lines=lines | {"entered": tuple(entered), "passed": (*entered[1:], entered[-1])},
        observed=tuple(expect["observed"]) if "observed" in expect else None,
        expect=expect,
    )


def moment(written: float | str, zone: tzinfo) -> int:
    """A time as the cases write it, in whole milliseconds since 1970."""
    if isinstance(written, str):
        local = datetime.fromisoformat(written).replace(tzinfo=zone)
        return (local.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)
    return (START - EPOCH) // timedelta(milliseconds=1) + round(written * 60_000)


def _period(start: str | None, end: str | None) -> Period:
    return Period(
        None if start is None else date.fromisoformat(start), None if end is None else date.fromisoformat(end)
    )


def _event(fields: Sequence[Any], zone: tzinfo) -> Event:
    id_, time, name, *rest = fields
    return Event(
        id=id_,
        time=moment(time, zone),
        name=name,
        day=isinstance(time, str) and "T" not in time,
        session=rest[1] if len(rest) > 1 else None,
        properties=rest[0] if rest else {},
    )


def _funnel(written: Mapping[str, Any]) -> Funnel:
    rules = {name: value for name, value in written.items() if name != "steps"}
    if "exclude" in rules and not isinstance(rules["exclude"], str):
        rules["exclude"] = [Exclude(**_read(one)) for one in rules["exclude"]]
    return Funnel.of(*(one if isinstance(one, str) else Step(**_read(one)) for one in written["steps"]), **rules)


def _read(written: Mapping[str, Any]) -> dict[str, Any]:
    readers = {"where": _condition, "within": duration}
    return {name: readers[name](value) if name in readers else value for name, value in written.items()}


def _condition(written: Any) -> Condition:
    if isinstance(written, dict):
        ((word, parts),) = written.items()
        joined = tuple(_condition(part) for part in parts)
        return AllOf(joined) if word == "all" else AnyOf(joined)
    name, operator, *value = written
    given = value[0] if value else None
    return Compare(name, operator, tuple(given) if isinstance(given, list) else given)


def log_of(funnel: Funnel, logs: Mapping[str, Sequence[Event]], zone: ZoneInfo) -> EventLog:
    """Events by unit as a log, for engines that read one."""
    rows = [
        {"id": e.id, "time": EPOCH + timedelta(milliseconds=e.time), "precision": "day" if e.day else "exact"}
        | {"name": e.name, "session": e.session, str(funnel.unit): unit}
        | {f"properties.{key}": value for key, value in e.properties.items()}
        for unit, events in logs.items()
        for e in events
    ]
    types = {"time": TIME, "precision": PRECISION, "name": pl.Categorical(), "session": pl.String()}
    frame = pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)
    return EventLog(frame if frame["session"].count() else frame.drop("session"), zone=zone)


def counts(funnel: Funnel, attempts: Iterable[Attempt]) -> Lines:
    """The counts of each required step that attempts come to."""
    attempts = list(attempts)
    steps = range(len(funnel.required))
    entered = [sum(a.depth > i for a in attempts) for i in steps]
    lines = {"entered": tuple(entered), "passed": (*entered[1:], entered[-1])}
    for outcome in (Outcome.LOST, Outcome.EXCLUDED, Outcome.EXPIRED, Outcome.OPEN):
        lines[str(outcome)] = tuple(sum(a.depth == i + 1 and a.outcome is outcome for a in attempts) for i in steps)
    return lines


def optional_counts(funnel: Funnel, attempts: Iterable[Attempt]) -> list[dict[str, int]]:
    """The line of each optional step, zeros left out but for those who entered."""
    lines: list[Counter[str]] = []
    optional = [i for i, step in enumerate(funnel.steps) if step.optional]
    for k, position in enumerate(optional):
        before = sum(i < position for i in funnel.required)
        took = [a for a in attempts if a.optional[k] is not None]
        became = Counter("passed" if a.depth > before else str(a.outcome) for a in took)
        lines.append(Counter(entered=len(took)) + became)
    return [{"entered": 0, **line} for line in lines]


def described(case: Case, attempt: Attempt) -> dict[str, Any]:
    """An attempt as the cases write it, all fields."""
    return {
        "unit": attempt.unit,
        "entry": attempt.entry.id,
        "moments": list(attempt.moments),
        "outcome": str(attempt.outcome),
        "ended": attempt.ended,
        "events": [] if case.funnel.order == "any" else [event.id for event in attempt.events],
    }
