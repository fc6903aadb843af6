"""The short way: funnels whose steps are apart, merged step by step over packed keys.

It gives what the walk gives, for definitions that ask for nothing but an order and a window; these are most. The unit
of observation is the attempt.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, NO_END, OUTCOMES, Attempts
from tragt.funnel.definition import Count, Funnel
from tragt.funnel.engine.merging import Places, Steps, advance, deepest, enter
from tragt.funnel.engine.settled import Settled
from tragt.funnel.postings import Keys, Packing, Posting
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Asked", "Level", "Levels", "levels", "settled"]

_THREADS = 2
_FEWEST_KEYS = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the keys; moments are ms since 1970 in UTC.

    Attributes:
        packing: How keys are made.
        window: The longest time from the entry in ms; None is unlimited.
        start: Earliest moment of an entry.
        end: First moment after.
    """

    packing: Packing
    window: int | None
    start: int
    end: int

    def limits(self) -> Keys:
        """Bits of the moment, the window, and the first and last moment of an entry as keys have it."""
        latest = (1 << self.packing.shift) - 1
        window = latest if self.window is None else min(self.window, latest)
        start = min(max(self.start - self.packing.origin, 0), latest)
        end = min(max(self.end - 1 - self.packing.origin, -1), latest)
        if end < start:
            start, end = latest, 0
        return np.array([self.packing.shift, window, start, end], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Level:
    """The attempts that reached a step after the first, in the order of unit and entry.

    Attributes:
        parent: Place of each among the attempts of the step before; at the second step, of its entry.
        entry: Place of its entry in the first posting.
        event: Place of the event that reached the step, in the step's posting.
        units: Of how many units they are.
    """

    parent: Places
    entry: Places
    event: Places
    units: int


@dataclass(frozen=True)
class Levels:
    """Every attempt of a funnel, step by step.

    Attributes:
        keys: Keys of each step.
        first: Place of the first entry of each unit that has one.
        steps: The attempts that reached each step after the first.
        asked: What was asked.
    """

    keys: tuple[Keys, ...]
    first: Places
    steps: tuple[Level, ...]
    asked: Asked

    @property
    def entered(self) -> tuple[int, ...]:
        """How many units reached each step with their best attempt."""
        return (len(self.first), *(level.units for level in self.steps))

    def best(self) -> "Chains":
        """The deepest attempt of each unit, the earliest where equal."""
        return self._chains(np.ones(len(self.first), dtype=np.bool_), self.heads)

    def ripe(self, latest: int) -> "Chains":
        """The deepest attempt of each unit among those with an entry until a moment; depth 0 where there is none.

        Args:
            latest: The moment, ms since 1970 in UTC.
        """
        limit = latest - self.asked.packing.origin
        ripe = self._times(self.first) <= limit
        return self._chains(ripe, [self._heads(number, max(limit, 0)) for number in range(len(self.steps))])

    def of_first(self) -> "Chains":
        """The first attempt of each unit."""
        heads = []
        for level, head in zip(self.steps, self.heads, strict=True):
            same = head != MISSING
            same[same] = level.entry[head[same]] == self.first[same]
            heads.append(np.where(same, head, MISSING))
        return self._chains(np.ones(len(self.first), dtype=np.bool_), heads)

    @cached_property
    def heads(self) -> list[IntArray]:
        """For each step after the first the place of each unit's first attempt that reached it."""
        return [self._heads(number, (1 << self.asked.packing.shift) - 1) for number in range(len(self.steps))]

    def _heads(self, number: int, latest: int) -> IntArray:
        level = self.steps[number]
        head = np.full(len(self.first), MISSING, dtype=np.int64)
        limits = np.array([self.asked.packing.shift, latest], dtype=np.uint64)
        steps = Steps(self.keys[0], self.keys[number], self.keys[number + 1])
        deepest(steps, self.first, level.event, level.entry, limits, head)
        return head

    def _chains(self, there: BoolArray, heads: Sequence[IntArray]) -> "Chains":
        depth = there.astype(np.int64)
        for number, head in enumerate(heads):
            depth[there & (head != MISSING)] = number + 2
        return self._traced(depth, heads)

    def _traced(self, depth: IntArray, heads: Sequence[IntArray]) -> "Chains":
        """The events of attempts, from the deepest step each reached back to the entry."""
        places = np.full((len(depth), len(self.keys)), MISSING, dtype=np.int64)
        places[:, 0] = self.first
        known = np.full(len(depth), MISSING, dtype=np.int64)
        for number in reversed(range(len(self.steps))):
            level = self.steps[number]
            here = np.flatnonzero(depth >= number + 2)
            fresh = here[depth[here] == number + 2]
            known[fresh] = heads[number][fresh]
            places[here, number + 1] = level.event[known[here]]
            known[here] = level.parent[known[here]]
        deep = depth > 1
        places[deep, 0] = known[deep]
        return Chains(depth, places)

    def _times(self, places: Places) -> IntArray:
        mask = np.uint64((1 << self.asked.packing.shift) - 1)
        return (self.keys[0][places] & mask).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Chains:
    """One attempt of each unit.

    Attributes:
        depth: How many steps it reached, shape (units,); 0 where there is none.
        places: Place of the event of each step in the step's posting, shape (units, k); `MISSING` where not reached.
    """

    depth: IntArray
    places: IntArray


def levels(keys: Sequence[Keys], asked: Asked, threads: int | None = None) -> Levels:
    """Merge the postings of a funnel, step by step.

    Args:
        keys: Keys of the events of each step, ascending; steps have no event in common.
        asked: What is asked.
        threads: How many threads may work.
    """
    limits = asked.limits()
    bounds = _bounds(keys, asked.packing, min(threads or _THREADS, max(len(keys[0]) // _FEWEST_KEYS, 1)))
    with ThreadPoolExecutor(len(bounds) - 1) as pool:
        parts = list(pool.map(lambda lo, hi: _part(keys, lo, hi, limits), bounds[:-1], bounds[1:]))
    first = np.concatenate([part[0] for part in parts])
    steps: list[Level] = []
    for number in range(len(keys) - 1):
        before = [len(part[1][number - 1].entry) if number else 0 for part in parts]
        steps.append(_joined([part[1][number] for part in parts], np.cumsum([0, *before[:-1]])))
    return Levels(tuple(keys), first, tuple(steps), asked)


def settled(funnel: Funnel, postings: Sequence[Posting], asked: Asked, as_of: int) -> Settled:
    """The attempts of a funnel, with what they are chosen for.

    Args:
        funnel: The definition, a short one.
        postings: The events of each step, none later than ``as_of``.
        asked: What is asked.
        as_of: The moment to look from, ms since 1970 in UTC.
    """
    merged = levels([posting.keys for posting in postings], asked)
    first = merged.of_first()
    latest = as_of if asked.window is None else as_of - asked.window
    best = merged.best() if funnel.count == Count.BEST else first
    ripe = merged.ripe(latest)
    if funnel.count == Count.FIRST:
        ripe = Chains(np.where(ripe.depth > 0, first.depth, 0), first.places)
    chains, roles = _distinct([best, ripe, first])
    attempts = _attempts(postings, asked, chains, as_of)
    return Settled(attempts, roles[0], roles[1], roles[2], reopened=0, backwards=0)


def _distinct(chosen: Sequence["Chains"]) -> tuple["Chains", BoolArray]:
    """Attempts each once, and which of the choices it is, shape (choices, n)."""
    depth, places, roles = [], [], []
    for number, one in enumerate(chosen):
        there = one.depth > 0
        same = [there & (other.depth > 0) & (other.places[:, 0] == one.places[:, 0]) for other in chosen]
        new = there & ~np.logical_or.reduce([*same[:number], np.zeros(len(there), np.bool_)])
        depth.append(one.depth[new])
        places.append(one.places[new])
        roles.append(np.stack([each[new] for each in same]))
    return Chains(np.concatenate(depth), np.concatenate(places)), np.concatenate(roles, axis=1)


def _attempts(postings: Sequence[Posting], asked: Asked, chains: "Chains", as_of: int) -> Attempts:
    """Places in postings as ages and the source's numbers."""
    places, size = chains.places, chains.places.shape
    ages = np.full(size, MISSING, dtype=np.int64)
    event = np.full(size, MISSING, dtype=np.int64)
    entry_keys = postings[0].keys[places[:, 0]]
    entry = asked.packing.times(entry_keys)
    for number, posting in enumerate(postings):
        here = np.flatnonzero(chains.depth > number)
        found = places[here, number]
        ages[here, number] = (posting.keys[found] - entry_keys[here]).astype(np.int64)
        event[here, number] = posting.numbers[found]
    window = NO_END if asked.window is None else asked.window
    watched = as_of - entry
    converted = chains.depth == len(postings)
    expired = ~converted & (watched >= window)
    outcome = np.select([converted, expired], [_CONVERTED, _EXPIRED], _OPEN)
    n = len(entry)
    return Attempts(
        unit=asked.packing.units(entry_keys),
        entry=entry,
        ages=ages,
        outcome=outcome,
        ended=np.where(converted, ages[:, -1], np.where(expired, window, MISSING)),
        matures=np.full(n, window, dtype=np.int64),
        watched=watched,
        taken=np.zeros((n, 0), dtype=np.int64),
        filled=np.zeros(size, dtype=np.bool_),
        named=np.zeros((n, 0), dtype=np.bool_),
        event=event,
        taken_event=np.zeros((n, 0), dtype=np.int64),
        loss=np.full(n, MISSING, dtype=np.int64),
    )


_CONVERTED, _EXPIRED, _OPEN = (
    OUTCOMES.index(outcome) for outcome in (Outcome.CONVERTED, Outcome.EXPIRED, Outcome.OPEN)
)


def _bounds(keys: Sequence[Keys], packing: Packing, parts: int) -> list[IntArray]:
    """Where each part begins in each posting, units whole; the last stands for the end."""
    inner = [int(place) for place in np.linspace(0, len(keys[0]), parts + 1)[1:-1]]
    units = np.unique(packing.units(keys[0][inner])).astype(np.uint64)
    starts = units << np.uint64(packing.shift)
    found = [np.concatenate([[0], np.searchsorted(one, starts), [len(one)]]) for one in keys]
    return [np.array(row, dtype=np.int64) for row in np.transpose(found)]


def _part(keys: Sequence[Keys], lo: IntArray, hi: IntArray, limits: Keys) -> tuple[Places, list[Level]]:
    """The merge of some units; places count from the beginning of the postings, parents from that of the part."""
    own = [one[a:b] for one, a, b in zip(keys, lo, hi, strict=True)]
    first = np.empty(len(own[0]), dtype=np.uint32)
    first = first[: enter(own[0], limits[0], limits[2], limits[3], first)].copy()
    found: list[Level] = []
    entry = event = np.zeros(0, dtype=np.uint32)
    for number in range(1, len(own)):
        size = len(own[0]) if number == 1 else len(entry)
        parent, reached = np.empty(size, dtype=np.uint32), np.empty(size, dtype=np.uint32)
        if number > 1 and size == 0:
            count, units = 0, 0
        else:
            count, units = advance(Steps(own[0], own[number - 1], own[number]), entry, event, limits, parent, reached)
        parent, event = parent[:count].copy(), reached[:count].copy()
        entry = parent if number == 1 else entry[parent]
        base = np.uint32(lo[0])
        found.append(
            Level(parent + base if number == 1 else parent, entry + base, event + np.uint32(lo[number]), units)
        )
    return first + np.uint32(lo[0]), found


def _joined(parts: Sequence[Level], offsets: IntArray) -> Level:
    """The attempts of several parts, one after the other."""
    return Level(
        np.concatenate([level.parent + np.uint32(offset) for level, offset in zip(parts, offsets, strict=True)]),
        np.concatenate([level.entry for level in parts]),
        np.concatenate([level.event for level in parts]),
        sum(level.units for level in parts),
    )
