"""The events a definition looks at, of all names together, unit by unit in order of time and id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from tragt.events.log import PROPERTY
from tragt.funnel.condition import AllOf, AnyOf, Condition, expression
from tragt.funnel.definition import Funnel
from tragt.funnel.engine.rules import MOST_BITS, Compiled
from tragt.funnel.postings import DAY, Codes, Posting, Source, local_days
from tragt.funnel.reading import Counting
from tragt.funnel.steps import Match
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["DAYS", "HELD", "IN_SESSION", "LOCAL", "Events", "Timeline", "meant", "timeline"]


DAYS, LOCAL, IN_SESSION, HELD = range(4)
"""Columns of what is known of events besides."""


class Events(NamedTuple):
    """Events as compiled code takes them; those of unit u are ``start[u]`` to ``start[u + 1]``.

    Attributes:
        start: Shape (units + 1,).
        time: Milliseconds since 1970 in UTC, shape (n,).
        bits: Which kinds of event it is, shape (n,).
        more: Shape (n, 4), or (0, 4) where none of it is asked for: `DAYS`, 1 where it is known only by its day;
            `LOCAL`, its day in the organisation's zone, as days since 1970; `IN_SESSION`, its session as a number, 0
            where it has none; `HELD`, the values it would hold constant as one number, 0 where one is absent.
    """

    start: IntArray
    time: IntArray
    bits: IntArray
    more: IntArray


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events, and which units and which events of the source they are.

    Attributes:
        events: The events.
        units: Number of each unit in the source, shape (units,).
        numbers: Number of each event in the source, shape (n,).
    """

    events: Events
    units: IntArray
    numbers: IntArray


@dataclass(frozen=True, slots=True)
class _Named:
    """The events of one name that count, with their bits."""

    posting: Posting
    rows: BoolArray | None
    bits: IntArray
    session: IntArray
    held: IntArray

    def of(self, values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
        return values if self.rows is None else values[self.rows]


def meant(source: Source, match: Match, name: str) -> BoolArray | None:
    """Which events of a name a match means; None is all of them.

    Args:
        source: The log.
        match: The match.
        name: One of its names.
    """
    return None if match.where is None else _holding(source, name, match.where)


def timeline(funnel: Funnel, compiled: Compiled, source: Source, counting: Counting) -> Timeline:
    """Gather the events that a definition looks at.

    Args:
        funnel: The definition.
        compiled: The same as bits.
        source: The log.
        counting: Which events count.
    """
    rules, matches = compiled.rules, compiled.matches
    found = [_named(funnel, matches, source, name, counting) for name in _looked_at(funnel, compiled, source)]
    numbers = _joined([each.of(np.asarray(each.posting.numbers)) for each in found]).astype(np.int64)
    order = np.argsort(numbers, kind="stable")
    keys = np.concatenate([each.of(each.posting.keys) for each in found] or [np.zeros(0, dtype=np.uint64)])[order]
    flags = _joined(
        [each.of(np.zeros(len(each.posting), np.uint8) if (f := each.posting.flags) is None else f) for each in found]
    )[order]
    unit, time = source.packing.units(keys), source.packing.times(keys)
    first = np.flatnonzero(np.concatenate([[True], unit[1:] != unit[:-1]])) if len(unit) else np.zeros(0, np.int64)
    day = flags & DAY
    more = np.zeros((len(time) if rules.session or rules.hold or day.any() else 0, 4), dtype=np.int64)
    if len(more):
        more[:, DAYS] = day
        more[:, LOCAL] = local_days(time, source.zone) if day.any() else 0
        more[:, IN_SESSION] = _joined([each.of(each.session) for each in found])[order] if rules.session else 0
        more[:, HELD] = _joined([each.of(each.held) for each in found])[order] if rules.hold else 0
    events = Events(
        start=np.append(first, len(unit)).astype(np.int64),
        time=time,
        bits=_joined([each.of(each.bits) for each in found])[order],
        more=more,
    )
    return Timeline(events, unit[first], numbers[order])


def _looked_at(funnel: Funnel, compiled: Compiled, source: Source) -> list[str]:
    """Names of the events that are looked at: all, where it matters what else there was."""
    there = source.names()
    if compiled.rules.session or (compiled.rules.adjacent and not funnel.among):
        return list(there)
    wanted = {name for match in compiled.matches for name in match.names}
    return [name for name in there if name in wanted]


def _named(funnel: Funnel, matches: Sequence[Match], source: Source, name: str, counting: Counting) -> _Named:
    posting = source.posting(name)
    bits = np.zeros(len(posting), dtype=np.int64)
    for place, match in enumerate(matches):
        if name in match.names:
            holding = meant(source, match, name)
            bits |= (1 if holding is None else holding.astype(np.int64)) * np.int64(1 << place)
    return _Named(
        posting,
        counting.rows(source, posting),
        bits,
        source.sessions(name).astype(np.int64) if funnel.window == "session" else np.zeros(0, np.int64),
        _held(source, name, funnel.hold) if funnel.hold else np.zeros(0, np.int64),
    )


def _held(source: Source, name: str, properties: Sequence[str]) -> IntArray:
    """The values of several properties as one number; 0 where one of them is absent."""
    held = np.ones(source.posting(name).keys.shape, dtype=np.int64)
    size = 2
    there = np.ones(held.shape, dtype=np.bool_)
    for one in properties:
        coded = source.codes(name, one)
        there &= coded.codes > 0
        size *= len(coded.values) + 1
        if size.bit_length() > MOST_BITS:
            return _paired(source, name, properties)
        held = held * (len(coded.values) + 1) + coded.codes
    return np.where(there, held, 0)


def _paired(source: Source, name: str, properties: Sequence[str]) -> IntArray:
    """The same by hashing, where the numbers of values do not fit into one number together."""
    columns = [pl.Series(one, source.codes(name, one).codes) for one in properties]
    hashed = pl.DataFrame(columns).hash_rows(seed=0).to_numpy().view(np.int64)
    there = np.logical_and.reduce([column.to_numpy() > 0 for column in columns])
    return np.where(there, np.where(hashed == 0, 1, hashed), 0)


def _holding(source: Source, name: str, condition: Condition) -> BoolArray:
    match condition:
        case AllOf(parts):
            everything = np.ones(len(source.posting(name)), dtype=np.bool_)
            return np.logical_and.reduce([everything, *(_holding(source, name, part) for part in parts)])
        case AnyOf(parts):
            nothing = np.zeros(len(source.posting(name)), dtype=np.bool_)
            return np.logical_or.reduce([nothing, *(_holding(source, name, part) for part in parts)])
    coded = source.codes(name, getattr(condition, "property", ""))
    return _table(condition, coded)[coded.codes]


def _table(condition: Condition, coded: Codes) -> BoolArray:
    """Whether a comparison holds for an absent value and for each value."""
    column = PROPERTY + getattr(condition, "property", "")
    values = pl.concat([pl.Series(column, [None], dtype=coded.values.dtype), coded.values.alias(column)]).to_frame()
    schema = values.schema if len(coded.values) else pl.Schema()
    return values.select(pl.repeat(value=True, n=pl.len()) & expression(condition, schema)).to_series().to_numpy()


def _joined(parts: Sequence[np.ndarray[tuple[int], np.dtype[np.generic]]]) -> IntArray:
    return np.concatenate(parts).astype(np.int64, copy=False) if parts else np.zeros(0, dtype=np.int64)
