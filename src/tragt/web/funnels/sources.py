"""What funnels read from the apps below: the log, its names and properties, and how its units are called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from tragt.events import EventLog
from tragt.funnel import AllOf, AnyOf, Compare, Funnel, Match
from tragt.funnel.condition import Condition
from tragt.funnel.definition import Unit
from tragt.web.imports.models import PipelineUnit, State
from tragt.web.log import queries as log_queries
from tragt.web.log.queries import EventName
from tragt.web.people import queries as people_queries
from tragt.web.people.queries import Named, companies_of, persons_of

__all__ = [
    "PropertyFound",
    "event_log",
    "log_names",
    "log_of",
    "log_properties",
    "log_version",
    "matches",
    "names_of",
]

_MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class PropertyFound:
    """A property that events of the log have.

    Attributes:
        name: What it is called.
        kind: ``number``, ``bool`` or ``text``.
        examples: Some of its values.
    """

    name: str
    kind: str
    examples: tuple[str, ...] = ()


def log_version() -> str:
    """A text that changes whenever any figure could."""
    return log_queries.version()


def log_names() -> list[EventName]:
    """The events that the log holds, the most frequent first."""
    return log_queries.names()


def event_log(properties: Sequence[str] = ()) -> EventLog:
    """The whole log with its units resolved, and the units that stand in a stage without a date.

    Args:
        properties: Properties that are asked of the events.
    """
    return with_undated(people_queries.event_log(properties=properties))


def with_undated(log: EventLog) -> EventLog:
    """The log with the units that stand in a stage without a date; they are in the pipeline, not in the flow."""
    rows = list(
        PipelineUnit.objects.filter(origin__state=State.DONE)
        .order_by("pk")
        .values_list("person", "company", "deal", "stage")
    )
    if not rows:
        return log
    schema = {"person": pl.String, "company": pl.String, "deal": pl.String, "name": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col(unit).replace("", None) for unit in ("person", "company", "deal")
    )
    kept = [unit for unit in ("person", "company", "deal") if frame[unit].count()]
    return replace(log, undated=frame.select(*kept, "name"))


def log_properties(names: Sequence[str]) -> list[PropertyFound]:
    """The properties that events of these names have.

    Args:
        names: Names of events; none means all.
    """
    found = log_queries.lake().properties(list(names))
    return [
        PropertyFound(str(row["property"]), str(row["type"]), tuple(map(str, (row["examples"] or [])[:_MOST_VALUES])))
        for row in found.unique("property", keep="first", maintain_order=True).iter_rows(named=True)
    ]


def names_of(unit: Unit, keys: Sequence[str]) -> Sequence[Named]:
    """What units are called, in their order.

    Args:
        unit: What they are.
        keys: Units as the log names them.
    """
    match unit:
        case Unit.PERSON:
            return persons_of(keys)
        case Unit.COMPANY:
            return companies_of(keys)
    return [Named(key, key) for key in keys]


def log_of(funnel: Funnel) -> EventLog:
    """The log with the properties that a funnel asks of its events."""
    asked = {name for match in matches(funnel) for name in _properties(match.where)}
    return event_log(sorted({*asked, *funnel.hold}))


def matches(funnel: Funnel) -> Sequence[Match]:
    """Every kind of event that a definition looks for."""
    steps = [step.match for step in funnel.steps] + [exclude.match for exclude in funnel.exclude]
    return [*steps, *funnel.lost, *funnel.reopen]


def _properties(condition: Condition | None) -> set[str]:
    match condition:
        case Compare(property=name):
            return {name}
        case AllOf(parts) | AnyOf(parts):
            return set().union(*(_properties(part) for part in parts))
    return set()
