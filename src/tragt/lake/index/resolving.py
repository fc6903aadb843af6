"""The units of events, by an assignment. The unit of observation is the pair of event and unit."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tragt.lake.index.arrays import I32, I64, Bool
from tragt.lake.index.assignment import Assignment
from tragt.lake.index.numbering import Numbering

__all__ = ["COLUMNS", "NO_ID", "Resolver", "both_named", "columns"]

COLUMNS: Final = ("actor", "deal")
_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
NO_ID: Final = " (no id)"


def columns(assignment: Assignment) -> list[str]:
    """The columns of the log by which events are resolved.

    Args:
        assignment: To which units.
    """
    return list(dict.fromkeys([*COLUMNS, *([assignment.kind.own] if assignment.kind.own else [])]))


def both_named(events: pl.DataFrame, assignment: Assignment) -> pl.DataFrame:
    """The units and the sessions, not cut, of events.

    Args:
        events: Columns of the log.
        assignment: To which units.

    Returns:
        ``unit`` and ``session``, each pair once; either may be missing.
    """
    found = [
        Resolver(each).resolved(events).select("id", unit="unit").rename({"unit": name})
        for name, each in (("unit", assignment), ("session", assignment.of_sessions))
    ]
    return found[0].join(found[1], on="id", how="full", coalesce=True).select("unit", "session").unique()


@dataclass(frozen=True, slots=True)
class _Spans:
    """Spans by the number of their key, in order."""

    first: I64
    count: I64
    start: I64
    end: I64
    unit: I32

    def of(self, keys: I32, times: I64) -> tuple[I64, I32]:
        """The row and unit of each pair of a row and a span in which it lies; a key of −1 has none."""
        known = (keys >= 0) & (keys < len(self.count))
        rows = np.flatnonzero(known)
        count = self.count[keys[rows]]
        rows, count = rows[count > 0], count[count > 0]
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        rows = np.repeat(rows, count)
        spans = self.first[keys[rows]] + within
        inside = (self.start[spans] <= times[rows]) & (times[rows] < self.end[spans])
        return rows[inside], self.unit[spans[inside]]

    def has(self, keys: I32) -> Bool:
        """Which keys have spans at all."""
        known = (keys >= 0) & (keys < len(self.count))
        found = np.zeros(len(keys), np.bool_)
        found[known] = self.count[keys[known]] > 0
        return found


class Resolver:
    """Gives events their units; identifiers and units share one numbering.

    Args:
        assignment: To which units.
        units: Names of units that are numbered first, each once.
    """

    def __init__(self, assignment: Assignment, units: pl.Series | None = None) -> None:
        self.assignment = assignment
        self.names = Numbering(units)
        self._spans = self._read(assignment.spans, "actor")
        self._of_deals = self._read(assignment.of_deals, "deal")
        self._sessions = np.zeros(0, np.int32)

    def numbers(self, events: pl.DataFrame) -> dict[str, I32]:
        """The numbers of the identifiers by which events are resolved.

        Args:
            events: The columns of `columns`.
        """
        return {name: self.names.numbers(self._spelled(events[name])) for name in columns(self.assignment)}

    def units(self, numbers: dict[str, I32], times: I64) -> tuple[I64, I32]:
        """The unit of each event.

        Args:
            numbers: As from `numbers`.
            times: Microseconds since 1970 in UTC.

        Returns:
            Rows, ascending, and the number of the unit of each: a row of several units comes as often, one of none
            does not come.
        """
        kind = self.assignment.kind
        sources = [self._by_deal, self._by_actor] if kind.deal_first else [self._by_actor, self._by_deal]
        left = np.ones(len(times), np.bool_)
        rows, units = [], []
        for source in [self._by_own, *sources]:
            found, of = source(numbers, times, left)
            rows.append(found)
            units.append(of)
            left[found] = False
        together, those = np.concatenate(rows), np.concatenate(units)
        if len(rows[0]) == len(together) or len(rows[1]) == len(together):
            return together, those
        order = np.argsort(together, kind="stable")
        return together[order], those[order]

    def resolved(self, events: pl.DataFrame) -> pl.DataFrame:
        """Events with the ``unit`` they belong to; one of several stands in several rows.

        Args:
            events: The columns of `columns` and ``time``.
        """
        rows, units = self.units(self.numbers(events), events["time"].to_physical().to_numpy())
        return events[rows].with_columns(self.names.texts().gather(units).alias("unit"))

    def _by_own(self, numbers: dict[str, I32], _: I64, left: Bool) -> tuple[I64, I32]:
        own = self.assignment.kind.own
        if own is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        rows = np.flatnonzero(left & (numbers[own] >= 0))
        return rows, numbers[own][rows]

    def _by_deal(self, numbers: dict[str, I32], times: I64, left: Bool) -> tuple[I64, I32]:
        if self.assignment.of_deals.is_empty():
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        return self._of_deals.of(np.where(left, numbers["deal"], np.int32(-1)), times)

    def _by_actor(self, numbers: dict[str, I32], times: I64, left: Bool) -> tuple[I64, I32]:
        actors = np.where(left, numbers["actor"], np.int32(-1))
        if not self.assignment.kind.itself:
            return self._spans.of(actors, times)
        if self.assignment.spans.is_empty():
            rows = np.flatnonzero(actors >= 0)
            return rows, self._whole(actors[rows])
        alone = np.flatnonzero((actors >= 0) & ~self._spans.has(actors))
        rows, units = self._spans.of(actors, times)
        together, those = np.concatenate([alone, rows]), np.concatenate([actors[alone], units])
        order = np.argsort(together, kind="stable")
        return together[order], self._whole(those[order])

    def _whole(self, persons: I32) -> I32:
        """What persons do without a session's id, where sessions are counted."""
        if self.assignment.kind.own is None:
            return persons
        if len(self._sessions) < len(self.names):
            longer = np.full(len(self.names), -1, np.int32)
            longer[: len(self._sessions)] = self._sessions
            self._sessions = longer
        new = np.unique(persons[self._sessions[persons] < 0])
        if len(new):
            self._sessions[new] = self.names.numbers(self.names.texts().gather(new) + NO_ID)
        return self._sessions[persons]

    def _spelled(self, values: pl.Series) -> pl.Series:
        spelled = self.assignment.spelled
        if spelled is None or values.name != self.assignment.kind.own or values.null_count() == len(values):
            return values
        distinct = values.drop_nulls().unique()
        return values.replace_strict(distinct, spelled(distinct), default=None, return_dtype=pl.String)

    def _read(self, frame: pl.DataFrame, key: str) -> _Spans:
        keys, units = self.names.numbers(frame[key]), self.names.numbers(frame["unit"])
        start = frame["start"].to_physical().fill_null(_FIRST).to_numpy()
        end = frame["end"].to_physical().fill_null(_LAST).to_numpy()
        order = np.lexsort((start, keys))
        count = np.bincount(keys, minlength=0)
        return _Spans(np.cumsum(count) - count, count, start[order], end[order], units[order])
