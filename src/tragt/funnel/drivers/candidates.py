"""What is looked at: the properties and events of a log that have something to compare.

The unit of observation is the attempt that reached the step before. Whether a candidate matters is not answered here.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import PROPERTY
from tragt.funnel.drivers.choices import Among
from tragt.funnel.drivers.factors import Factor, Kind, factor_of
from tragt.funnel.drivers.landing import Landing, Scene
from tragt.funnel.drivers.landmark import events_by
from tragt.funnel.drivers.results import Absence
from tragt.stats.arrays import BoolArray

__all__ = ["check", "events_of", "properties_of", "too_few"]

FEWEST_EACH = 30
"""How many must have passed, and how many not, before anything is said."""


def check(seen: Scene, asked: Among) -> None:
    """Refuse properties and events that the log does not have."""
    unit = {name for held in seen.context.properties.values() for name in held}
    _refuse_unknown("property", asked.properties, {*seen.log.property_names, *unit})
    _refuse_unknown("event", asked.events, set(seen.frame["name"].cast(pl.String).unique()))


def _refuse_unknown(what: str, asked: tuple[str, ...] | None, known: set[str]) -> None:
    unknown = [name for name in asked or () if name not in known]
    if unknown:
        raise InvalidDefinition(
            f"drivers.unknown_{what}",
            f"The log has no {what} {unknown[0]!r}; it has {', '.join(sorted(known)) or 'none'}.",
            name=unknown[0],
        )


def properties_of(seen: Scene, landing: Landing, asked: Among) -> list[Factor]:
    """The properties that have something to compare."""
    found = [factor_of(kind, name, column, asked.top) for kind, name, column in _columns(seen, landing, asked)]
    return [factor for factor in found if factor is not None]


def _columns(seen: Scene, landing: Landing, asked: Among) -> Iterator[tuple[Kind, str, pl.Series]]:
    entries = seen.at_entry(landing)
    for name in seen.log.property_names:
        column = entries[f"{PROPERTY}{name}"]
        if (asked.properties is None or name in asked.properties) and _comparable(column):
            yield Kind.ENTRY, name, column
    held = [seen.context.properties.get(unit, {}) for unit in landing.unit]
    for name in sorted({name for properties in held for name in properties}):
        if asked.properties is None or name in asked.properties:
            yield Kind.UNIT, name, pl.Series(name, [properties.get(name) for properties in held], strict=False)


def _comparable(column: pl.Series) -> bool:
    """Dates and times differ from attempt to attempt; they are no values to compare by."""
    return not column.dtype.is_temporal() and not column.dtype.is_nested()


def events_of(seen: Scene, there: Landing, landmark: int | None, asked: Among) -> list[Factor]:
    """The events that some had before the landmark and some had not."""
    if not landmark or asked.events == () or too_few(there.passed):
        return []
    return list(events_by(there, seen.frame, seen.funnel, landmark, asked.events))


def too_few(passed: BoolArray) -> Absence | None:
    """Why these attempts tell nothing; None where they do."""
    if len(passed) == 0:
        return Absence.NOBODY
    if passed.sum() < FEWEST_EACH:
        return Absence.TOO_FEW_PASSED
    return Absence.TOO_FEW_STAYED if np.sum(~passed) < FEWEST_EACH else None
