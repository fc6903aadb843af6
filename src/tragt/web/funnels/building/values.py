"""How many events fulfil a condition of the builder, and what a value was probably meant to be."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import polars as pl
from django.conf import settings

from tragt.funnel import Compare
from tragt.funnel.condition import Operator, expression
from tragt.web.funnels.counting.sources import log_names, property_values

__all__ = ["Held", "held", "near", "values_held"]

_MOST_EVENTS = 200_000
_MOST_VALUES = 5_000
_NEAR = 3
_REMEMBERED = 64

_lock = threading.Lock()
_known: OrderedDict[tuple[Path, str, tuple[str, ...], str], pl.DataFrame] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Held:
    """What the events of some names hold of a condition.

    Attributes:
        count: How many of them fulfil it.
        events: How many there are.
        known: Whether any of them has the property.
        missing: Values of the condition that none of them has.
        near: Values that they have, like the first of the missing ones.
    """

    count: int
    events: int
    known: bool
    missing: tuple[str, ...]
    near: tuple[str, ...]


def held(names: Sequence[str], asked: Compare, version: str) -> Held | None:
    """How the events of some names answer a condition; None where that takes long to count, or there are none.

    Args:
        names: Names of events.
        asked: The condition.
        version: Of the log.
    """
    if not _is_quick(names):
        return None
    if isinstance(asked.value, datetime):
        asked = replace(asked, value=asked.value.astimezone(UTC))
    values = _values(tuple(sorted(names)), asked.property, version)
    column = f"properties.{asked.property}"
    given = asked.value if isinstance(asked.value, tuple) else (asked.value,)
    missing: tuple[str, ...] = ()
    if asked.operator in (Operator.EQUALS, Operator.NOT_EQUALS, Operator.IN):
        absent = (one for one in given if not _count(values, Compare(asked.property, Operator.EQUALS, one)))
        missing = tuple(map(str, absent))
    elif asked.operator == Operator.CONTAINS and not _count(values, asked):
        missing = (str(asked.value),)
    there = values[column].drop_nulls()
    texts = there.head(_MOST_VALUES).cast(pl.String).to_list() if missing else []
    like = near(missing[0], texts) if missing else ()
    return Held(_count(values, asked), int(values["count"].sum()), len(there) > 0, missing, like)


def values_held(names: Sequence[str], name: str, version: str) -> pl.DataFrame | None:
    """The values of a property and how often they occur, as of `property_values`; None where that takes long to count.

    Args:
        names: Names of events.
        name: The property.
        version: Of the log.
    """
    return _values(tuple(sorted(names)), name, version) if _is_quick(names) else None


def near(text: str, among: Sequence[str]) -> tuple[str, ...]:
    """The texts that come nearest to one, at most three: those that hold it, then those spelled alike.

    Args:
        text: What was written.
        among: What there is.
    """
    wanted = text.casefold()
    plain = {one.casefold(): one for one in reversed(among)}
    holding = [one for one in plain if wanted in one or one in wanted][:_NEAR] if wanted else []
    found = dict.fromkeys([*sorted(holding, key=len), *get_close_matches(wanted, plain, _NEAR)])
    return tuple(plain[one] for one in found)[:_NEAR]


def _is_quick(names: Sequence[str]) -> bool:
    """Whether there are any events of some names, and few enough to be looked through."""
    counts = {one.name: one.count for one in log_names()}
    return 0 < sum(counts.get(name, 0) for name in names) <= _MOST_EVENTS


def _count(values: pl.DataFrame, asked: Compare) -> int:
    return int(values.filter(expression(asked, values.schema))["count"].sum())


def _values(names: tuple[str, ...], name: str, version: str) -> pl.DataFrame:
    """The values of a property and how often they occur; they may be personal, so they are kept in memory only."""
    key = settings.TRAGT.lake, version, names, name
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    found = property_values(names, name)
    with _lock:
        for other in [one for one in _known if one[:2] != key[:2]]:
            del _known[other]
        _known[key] = found
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return found
