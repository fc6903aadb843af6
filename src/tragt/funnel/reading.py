"""What is read of a log besides its postings: values at single events, and whole units for the reference."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.events.event import Event
from tragt.funnel.attempts import MISSING, Membership
from tragt.funnel.postings import DAY, OWN, ROBOT, Posting, Source
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Counting", "last_before", "unit_logs", "values_at"]


@dataclass(frozen=True, slots=True)
class Counting:
    """Which events of a log count.

    Attributes:
        as_of: None after this moment, ms since 1970 in UTC.
        robots: Whether those count that are probably not a human's.
        own: Whether the firm's own and test traffic counts.
        units: Of which units, shape (units,); None is all.
    """

    as_of: int
    robots: bool = False
    own: bool = False
    units: BoolArray | None = None

    def rows(self, source: Source, posting: Posting) -> BoolArray | None:
        """Which events of a posting count; None is all of them."""
        packing = source.packing
        left_out = (0 if self.robots else ROBOT) | (0 if self.own else OWN)
        found: list[BoolArray] = []
        if packing.last is None or self.as_of < packing.last:
            seen = packing.times(posting.keys) <= self.as_of
            if not seen.all():
                found.append(seen)
        if posting.flags is not None and left_out:
            found.append((posting.flags & left_out) == 0)
        if self.units is not None:
            found.append(self.units[packing.units(posting.keys)])
        return np.logical_and.reduce(found) if found else None

    def of(self, source: Source, posting: Posting) -> Posting:
        """The events of a posting that count."""
        rows = self.rows(source, posting)
        if rows is None:
            return posting
        flags = None if posting.flags is None else posting.flags[rows]
        return Posting(posting.keys[rows], posting.numbers[rows], flags)


def values_at(source: Source, names: Collection[str], numbers: IntArray, name: str) -> Membership:
    """The value of a property at single events, a part for each that occurs.

    Args:
        source: The log.
        names: Names that the events can have.
        numbers: Numbers of the events, shape (n,); `MISSING` where there is none, which has no value.
        name: The property.
    """
    codes = np.zeros(len(numbers), dtype=np.int64)
    dictionary = pl.Series([], dtype=pl.Null)
    for event in source.names():
        if event not in names:
            continue
        of_name = source.posting(event).numbers
        coded = source.codes(event, name)
        if len(of_name) == 0 or len(coded.values) == 0:
            continue
        place = np.minimum(of_name.searchsorted(numbers), len(of_name) - 1)
        here = of_name[place] == numbers
        codes[here] = coded.codes[place[here]]
        dictionary = coded.values
    used, places = np.unique(codes, return_inverse=True)
    given = dictionary.gather(used[used > 0] - 1).to_list()
    values = ([None] if len(used) and used[0] == 0 else []) + given
    return Membership(np.arange(len(numbers)), places.reshape(-1).astype(np.int64), tuple(values))


def last_before(source: Source, counting: Counting, units: IntArray, times: IntArray) -> IntArray:
    """Of each unit the latest event before a moment, of several at one moment the one with the smallest id.

    Args:
        source: The log.
        counting: Which events count.
        units: Numbers of the units, shape (n,).
        times: Moments, ms since 1970 in UTC, shape (n,).

    Returns:
        Numbers of the events, shape (n,); `MISSING` where there is none.
    """
    packing = source.packing
    limit = packing.pack(units, times)
    moment = np.full(len(units), np.iinfo(np.int64).min)
    number = np.full(len(units), MISSING, dtype=np.int64)
    for name in source.names():
        posting = counting.of(source, source.posting(name))
        if len(posting) == 0:
            continue
        place = np.searchsorted(posting.keys, limit)
        key = posting.keys[np.maximum(place - 1, 0)]
        found = (place > 0) & (packing.units(key) == units)
        at = np.where(found, packing.times(key), np.iinfo(np.int64).min)
        first = posting.numbers[np.searchsorted(posting.keys, key)].astype(np.int64)
        better = found & ((at > moment) | ((at == moment) & (first < number)))
        moment[better], number[better] = at[better], first[better]
    return number


def unit_logs(
    source: Source,
    counting: Counting,
    names: Collection[str] | None,
    properties: Sequence[str] = (),
    *,
    sessions: bool = False,
) -> dict[int, list[Event]]:
    """The events of units, one by one, for the reference; ids are the numbers of events.

    Args:
        source: The log.
        counting: Which events, and of which units.
        names: Names of the events; None is all.
        properties: Properties to read.
        sessions: Whether to read the sessions of events.
    """
    logs: dict[int, list[Event]] = {}
    for name in source.names():
        if names is None or name in names:
            for unit, event in _events(source, counting, name, properties, sessions=sessions):
                logs.setdefault(unit, []).append(event)
    return logs


def _events(
    source: Source, counting: Counting, name: str, properties: Sequence[str], *, sessions: bool
) -> Iterator[tuple[int, Event]]:
    posting = source.posting(name)
    rows = counting.rows(source, posting)
    places = np.arange(len(posting)) if rows is None else np.flatnonzero(rows)
    keys = posting.keys[places]
    days = np.zeros(len(places), bool) if posting.flags is None else (posting.flags[places] & DAY) > 0
    named = source.sessions(name)[places].tolist() if sessions else [0] * len(places)
    held = [_decoded(source, name, one, places) for one in properties]
    facts = zip(
        source.packing.units(keys).tolist(),
        source.packing.times(keys).tolist(),
        posting.numbers[places].tolist(),
        days.tolist(),
        named,
        strict=True,
    )
    for row, (unit, time, number, day, session) in enumerate(facts):
        given = {one: values[row] for one, values in zip(properties, held, strict=True) if values[row] is not None}
        yield unit, Event(f"{number:020}", time, name, day, str(session) if session else None, given)


def _decoded(source: Source, name: str, one: str, places: IntArray) -> list[object]:
    coded = source.codes(name, one)
    codes = coded.codes[places].astype(np.int64)
    return pl.concat([pl.Series([None], dtype=coded.values.dtype), coded.values.alias("")]).gather(codes).to_list()
