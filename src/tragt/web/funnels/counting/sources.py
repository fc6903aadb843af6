"""What funnels read from the apps below: the log, its names and properties, and how its units are called."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl
from django.conf import settings

from tragt.events import EventLog
from tragt.funnel import AllOf, AnyOf, Compare, Funnel, Match
from tragt.funnel.condition import Condition
from tragt.funnel.definition import Order, Unit
from tragt.web.crm.queries.deals import deals_of_log
from tragt.web.imports import queries as import_queries
from tragt.web.imports.queries import FoundPipeline
from tragt.web.log import queries as log_queries
from tragt.web.log.queries import EventName
from tragt.web.people import queries as people_queries
from tragt.web.people.queries import Named, companies_of, persons_of

__all__ = [
    "PropertyFound",
    "event_log",
    "event_names",
    "file_pipelines",
    "last_event",
    "log_names",
    "log_of",
    "log_properties",
    "log_version",
    "looked_at",
    "matches",
    "names_of",
    "names_there",
    "property_values",
    "seen_until",
    "undated",
]

_MOST_VALUES = 12

_KINDS = {"number": "number", "boolean": "truth", "date": "date", "time": "time", "text": "text"}
"""What the lake calls the types of properties, and what they are called here."""


@dataclass(frozen=True, slots=True)
class PropertyFound:
    """A property that events of the log have.

    Attributes:
        name: What it is called.
        kind: ``number``, ``truth``, ``date``, ``time`` or ``text``.
        examples: Some of its values.
        names: The events that have it.
        count: How many events have it, about.
        counts: How many events of each of ``names`` have it, about.
    """

    name: str
    kind: str
    examples: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    count: int = 0
    counts: tuple[int, ...] = ()

    def among(self, names: Collection[str]) -> int:
        """How many events of some names have it, about."""
        return sum(count for name, count in zip(self.names, self.counts, strict=True) if name in names)


def log_version() -> str:
    """A text that changes whenever any figure could."""
    return log_queries.version()


def log_names() -> list[EventName]:
    """The events that the log holds, the most frequent first."""
    return log_queries.names()


_lock = threading.Lock()
_last: dict[tuple[Path, str], Mapping[str, datetime]] = {}


def _lasts(version: str) -> Mapping[str, datetime]:
    """When each event happened last, remembered until the log changes."""
    key = settings.TRAGT.lake, version
    with _lock:
        found = _last.get(key)
    if found is None:
        found = {one.name: one.last for one in log_names()}
        with _lock:
            _last.clear()
            _last[key] = found
    return found


def names_there(version: str) -> set[str]:
    """The names of the events that the log holds.

    Args:
        version: Of the log.
    """
    return set(_lasts(version))


def last_event(names: Sequence[str], version: str) -> datetime | None:
    """When the last event of some names happened; None where the log has none of them.

    Args:
        names: Names of events.
        version: Of the log.
    """
    known = _lasts(version)
    return max((known[name] for name in names if name in known), default=None)


def event_names(funnel: Funnel) -> list[str]:
    """The names of all events that a definition looks for."""
    return sorted({name for match in matches(funnel) for name in match.names})


def event_log(properties: Sequence[str] = (), names: Sequence[str] | None = None, one_in: int = 1) -> EventLog:
    """The log with its units resolved, and the units that stand in a stage without a date.

    Args:
        properties: Properties that are asked of the events.
        names: Names of the events; None means all.
        one_in: Only those of one deal or actor in so many.
    """
    return with_undated(people_queries.event_log(names, properties=properties, one_in=one_in))


def with_undated(log: EventLog) -> EventLog:
    """The log with the units that stand in a stage without a date; they are in the pipeline, not in the flow."""
    found = undated()
    return log if found.is_empty() else replace(log, undated=found)


def undated() -> pl.DataFrame:
    """The units that stand in a stage without a date: the columns that say something of any of them."""
    found = import_queries.undated()
    return found.select(name for name in found.columns if found[name].count())


def file_pipelines() -> list[FoundPipeline]:
    """The pipelines that files with a row a deal told of."""
    return [one for one in import_queries.pipelines() if one.unit == Unit.DEAL]


def log_properties(names: Sequence[str]) -> list[PropertyFound]:
    """The properties that events of these names have; those of the same name are one.

    Args:
        names: Names of events.
    """
    found = log_queries.lake().properties(
        names, without_batches=log_queries.hidden_batches(), without_actors=log_queries.struck_actors()
    )
    kinds: dict[str, set[str]] = {}
    examples: dict[str, dict[str, None]] = {}
    having: dict[str, dict[str, int]] = {}
    for row in found.iter_rows(named=True):
        having.setdefault(row["property"], {})[row["name"]] = row["count"]
        kinds.setdefault(row["property"], set()).add(_KINDS[row["type"]])
        examples.setdefault(row["property"], {}).update(dict.fromkeys(map(str, row["examples"] or ())))
    return [
        PropertyFound(
            name,
            kind.pop() if len(kind) == 1 else "text",
            tuple(examples[name])[:_MOST_VALUES],
            tuple(having[name]),
            sum(having[name].values()),
            tuple(having[name].values()),
        )
        for name, kind in sorted(kinds.items())
    ]


def property_values(names: Sequence[str], name: str) -> pl.DataFrame:
    """The values that a property has, the most frequent first.

    Args:
        names: Names of events.
        name: The property.

    Returns:
        ``properties.<name>``, null for the events that do not have it, and ``count``.
    """
    column = f"properties.{name}"
    found = log_queries.events(names, properties=[name], columns=["actor", "time"])
    return found.group_by(column).agg(count=pl.len()).sort("count", column, descending=[True, False])


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
        case Unit.DEAL:
            found = deals_of_log(keys)
            return [Named(key, found[key].name, found[key].pk) if key in found else Named(key, key) for key in keys]
    return [Named(key, key) for key in keys]


def log_of(funnel: Funnel, more: Sequence[str] = ()) -> EventLog:
    """The events that a funnel looks at, with the properties that it asks of them.

    Args:
        funnel: The definition.
        more: Properties besides.
    """
    asked = {name for match in matches(funnel) for name in _properties(match.where)} | set(more)
    sessions = funnel.unit is Unit.SESSION or funnel.window == "session"
    return event_log(sorted({*asked, *funnel.hold}), None if sessions else looked_at(funnel))


def looked_at(funnel: Funnel) -> Sequence[str] | None:
    """The names of the events that a funnel looks at; None is all."""
    if funnel.order is Order.ADJACENT and not funnel.among:
        return None
    return sorted({*event_names(funnel), *funnel.among})


def matches(funnel: Funnel) -> Sequence[Match]:
    """Every kind of event that a definition looks for."""
    steps = [step.match for step in funnel.steps] + [exclude.match for exclude in funnel.exclude]
    return [*steps, *funnel.lost, *funnel.reopen]


def seen_until(funnel: Funnel) -> datetime | None:
    """Up to when the sources of a funnel's events tell what happened; None where the log holds none of them.

    A file knows nothing of what came after its last event, and a later file of another source does not either.

    Args:
        funnel: The definition.
    """
    told = log_queries.sources(event_names(funnel))
    batches = log_queries.lake().batches().filter(pl.col("source").is_in(told))
    last = batches.filter(~pl.col("batch").is_in(list(log_queries.hidden_batches())))["last"].max()
    return last if isinstance(last, datetime) else None


def _properties(condition: Condition | None) -> set[str]:
    match condition:
        case Compare(property=name):
            return {name}
        case AllOf(parts) | AnyOf(parts):
            return set().union(*(_properties(part) for part in parts))
    return set()
