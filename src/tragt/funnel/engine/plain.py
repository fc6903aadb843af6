"""The short way: plain funnels, which ask for nothing but an order and a window, merged over packed keys.

It gives what the walk gives, for most funnels there are. The unit of observation is the attempt.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tragt.funnel.engine.merging import (
    NOT_REACHED,
    Places,
    deepen,
    deepest_until,
    first_of_units,
    owners,
    reached,
    since,
    trace,
    units_in,
)
from tragt.funnel.engine.rows import COUNTED, EXPECTED, MATURE
from tragt.funnel.postings import Keys, Packing
from tragt.stats.arrays import IntArray

__all__ = ["Asked", "Best", "Merged", "Wait", "best", "entered", "merged", "waits"]

_Found = TypeVar("_Found")
_THREADS = 2
_BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the keys.

    Attributes:
        packing: How keys are made.
        window: The longest time from the entry in ms; None is unlimited.
        as_of: The moment to look from, ms since 1970 in UTC; no key is later.
        best: Whether the deepest attempt of a unit counts; else its first.
    """

    packing: Packing
    window: int | None
    as_of: int
    best: bool = True

    @property
    def limits(self) -> Keys:
        """Bits of the moment, and the window."""
        longest = (1 << self.packing.shift) - 1
        window = longest if self.window is None else min(self.window, longest)
        return np.array([self.packing.shift, window], dtype=np.uint64)

    @property
    def unripe(self) -> np.uint64:
        """The first moment, as keys have it, of an entry whose attempt is not mature."""
        beyond = 1 << self.packing.shift
        if self.window is None:
            return np.uint64(beyond)
        return np.uint64(min(max(self.as_of - self.window + 1 - self.packing.origin, 0), beyond))


@dataclass(frozen=True, slots=True)
class Merged:
    """The attempts that are chosen, each once.

    Attributes:
        role: What each is chosen for, shape (n,).
        depth: How many steps it reached, shape (n,).
        places: Place of each of its events in the step's posting, shape (n, k); `NOT_REACHED` beyond its depth.
    """

    role: np.ndarray[tuple[int], np.dtype[np.uint8]]
    depth: IntArray
    places: Places


@dataclass(frozen=True, slots=True)
class _Step:
    """The events that are reached at a step, and of how many units they are."""

    keys: Keys
    units: int


@dataclass(frozen=True, slots=True)
class _Units:
    """The units that enter, and of those that pass the first step the attempt that counts.

    Attributes:
        first: Place of the first entry of each unit that enters.
        passing: Which of them pass, as places in ``first``.
        entry: Of those the place of the entry of their deepest attempt.
        depth: How many steps that reaches, 2 or more.
    """

    first: IntArray
    passing: IntArray
    entry: IntArray
    depth: IntArray


@dataclass(frozen=True, slots=True)
class Best:
    """The deepest attempt of each unit that enters, in their order.

    Attributes:
        entry: Place of its entry in the first posting, shape (units,).
        depth: How many steps it reached, shape (units,).
    """

    entry: IntArray
    depth: IntArray


@dataclass(frozen=True, slots=True)
class Wait:
    """The time from one step to the next of those that reached it.

    Attributes:
        units: Their units, shape (n,).
        times: Milliseconds, shape (n,).
    """

    units: IntArray
    times: IntArray


def entered(keys: Sequence[Keys], asked: Asked, threads: int | None = None) -> tuple[int, ...]:
    """How many units reach each step with their best attempt, and nothing else.

    Args:
        keys: Keys of the events of each step, ascending; steps have no event in common.
        asked: What is asked; its ``best`` and ``as_of`` do not matter.
        threads: How many threads may work; None is two.
    """

    def part(own: Sequence[Keys], _: IntArray, room: Keys) -> tuple[int, ...]:
        steps = _steps(own, asked.limits, room)
        return units_in(own[0], asked.limits[0]), *(step.units for step in steps)

    return tuple(int(total) for total in np.sum(_each(part, keys, asked, threads), axis=0))


def best(keys: Sequence[Keys], asked: Asked, threads: int | None = None) -> Best:
    """The deepest attempt of each unit, the earliest where equal, and nothing else.

    Args:
        keys: As for `entered`.
        asked: What is asked; its ``best`` and ``as_of`` do not matter.
        threads: How many threads may work; None is two.
    """

    def part(own: Sequence[Keys], lo: IntArray, room: Keys) -> tuple[IntArray, IntArray]:
        units = _units(own, asked.limits, room)
        entry, depth = units.first, np.ones(len(units.first), dtype=np.int64)
        entry[units.passing], depth[units.passing] = units.entry, units.depth
        return entry + lo[0], depth

    parts = _each(part, keys, asked, threads)
    return Best(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def waits(keys: Sequence[Keys], asked: Asked, threads: int | None = None) -> list[Wait]:
    """How long the deepest attempts took from each step to the next, a wait for each step after the first.

    Args:
        keys: As for `entered`.
        asked: What is asked; its ``best`` and ``as_of`` do not matter.
        threads: How many threads may work; None is two.
    """

    def part(own: Sequence[Keys], _: IntArray, room: Keys) -> list[Wait]:
        units = _units(own, asked.limits, room)
        begun = own[0][units.entry]
        depth, places = _traced(own, asked.limits, begun)
        found = []
        for step in range(1, len(own)):
            here = depth > step
            times = own[step][places[here, step]] - own[step - 1][places[here, step - 1]]
            found.append(Wait(asked.packing.units(begun[here]), times.astype(np.int64)))
        return found

    parts = _each(part, keys, asked, threads)
    return [
        Wait(np.concatenate([one.units for one in step]), np.concatenate([one.times for one in step]))
        for step in zip(*parts, strict=True)
    ]


def merged(keys: Sequence[Keys], asked: Asked, threads: int | None = None) -> Merged:
    """The attempts of a plain funnel that are chosen.

    Args:
        keys: As for `entered`.
        asked: What is asked.
        threads: How many threads may work; None is two.
    """
    parts = _each(lambda own, lo, room: _chosen(own, lo, asked, room), keys, asked, threads)
    return Merged(*(np.concatenate([getattr(part, name) for part in parts]) for name in Merged.__slots__))


def _each(
    work: Callable[[Sequence[Keys], IntArray, Keys], _Found], keys: Sequence[Keys], asked: Asked, threads: int | None
) -> list[_Found]:
    """Work done for blocks of units by several threads: on their keys, and where these begin in each posting.

    Blocks are small enough for a core's own cache, and each thread uses its room again and again.
    """
    bounds = _bounds(keys, asked.packing, max(len(keys[0]) // _BLOCK, 1))
    sizes = np.diff(bounds, axis=0)
    number = min(threads or _THREADS, len(sizes))

    def some(thread: int) -> list[_Found]:
        room = np.empty((len(keys) - 1, 2, int(sizes[:, 1:].max(initial=0)) + 1), dtype=np.uint64)
        return [
            work([one[a:b] for one, a, b in zip(keys, lo, lo + size, strict=True)], lo, room)
            for lo, size in zip(bounds[thread:-1:number], sizes[thread::number], strict=True)
        ]

    if number == 1:
        return some(0)
    with ThreadPoolExecutor(number) as pool:
        return [found for share in pool.map(some, range(number)) for found in share]


def _bounds(keys: Sequence[Keys], packing: Packing, parts: int) -> IntArray:
    """Where each block begins in each posting, units whole, shape (blocks + 1, k); the last stands for the end."""
    inner = np.linspace(0, len(keys[0]), parts + 1)[1:-1].astype(np.int64)
    units = np.unique(packing.units(keys[0][inner])).astype(np.uint64)
    starts = units << np.uint64(packing.shift)
    found = [np.concatenate([[0], np.searchsorted(one, starts), [len(one)]]) for one in keys]
    return np.column_stack(found).astype(np.int64)


def _steps(keys: Sequence[Keys], limits: Keys, room: Keys) -> list[_Step]:
    """The events that are reached at each step after the first; they stand in the room."""
    found: list[_Step] = []
    before = behind = keys[0]
    for following, (own, entries) in zip(keys[1:], room, strict=True):
        count, units = reached(before, behind, following, limits, own, entries)
        before, behind = own[:count], entries[:count]
        found.append(_Step(before, units))
    return found


def _chosen(keys: Sequence[Keys], lo: IntArray, asked: Asked, room: Keys) -> Merged:
    """The attempts of some units; places count from the beginning of the postings."""
    shift, unripe = asked.limits[0], asked.unripe
    units = _units(keys, asked.limits, room)
    opened = keys[0][units.first]
    ripe = _moments(opened, shift) < unripe
    role = (COUNTED + EXPECTED + MATURE * ripe).astype(np.uint8)
    depth = np.ones(len(opened), dtype=np.int64)
    places = np.full((len(opened), len(keys)), NOT_REACHED, dtype=np.uint32)
    places[:, 0] = units.first
    depth[units.passing], places[units.passing] = _traced(keys, asked.limits, opened[units.passing])
    found = [Merged(role, depth, places)]
    if asked.best:
        other = units.passing[units.entry != units.first[units.passing]]
        begun = keys[0][units.entry[units.entry != units.first[units.passing]]]
        depth, places = _traced(keys, asked.limits, begun)
        aged = _moments(begun, shift) < unripe
        role[other] &= ~np.where(aged, COUNTED | MATURE, COUNTED).astype(np.uint8)
        found.append(Merged((COUNTED + MATURE * aged).astype(np.uint8), depth, places))
        young = other[~aged & ripe[other]]
        if len(young):
            found.append(_ripest(keys, asked, opened[young], found[0], young))
    return _moved(found, lo)


def _ripest(keys: Sequence[Keys], asked: Asked, opened: Keys, first: Merged, units: IntArray) -> Merged:
    """The deepest mature attempts of units whose deepest is not mature, where they are not the first."""
    shift = asked.limits[0]
    start = opened >> shift << shift
    spans = np.stack([opened, start | asked.unripe], axis=1)
    address, length = _addresses(keys)
    depth = np.empty(len(units), dtype=np.int64)
    places = np.empty((len(units), len(keys)), dtype=np.uint32)
    deepest_until(address, length, asked.limits, spans, depth, places)
    other = places[:, 0] != first.places[units, 0]
    first.role[units[other]] &= np.uint8(COUNTED | EXPECTED)
    return Merged(np.full(int(other.sum()), MATURE, dtype=np.uint8), depth[other], places[other])


def _traced(keys: Sequence[Keys], limits: Keys, since: Keys) -> tuple[IntArray, Places]:
    """How far the first attempt of each unit from a key on gets, and the places of its events."""
    address, length = _addresses(keys)
    depth = np.empty(len(since), dtype=np.int64)
    places = np.empty((len(since), len(keys)), dtype=np.uint32)
    trace(address, length, limits, since, depth, places)
    return depth, places


def _moved(parts: Sequence[Merged], lo: IntArray) -> Merged:
    """Several as one, with places that count from the beginning of the postings."""
    places = np.concatenate([part.places for part in parts])
    for step, offset in enumerate(lo.tolist()):
        column = places[:, step]
        if offset:
            column[column != NOT_REACHED] += np.uint32(offset)
    return Merged(np.concatenate([part.role for part in parts]), np.concatenate([part.depth for part in parts]), places)


def _moments(keys: Keys, shift: np.uint64) -> Keys:
    return keys & ((np.uint64(1) << shift) - np.uint64(1))


def _units(keys: Sequence[Keys], limits: Keys, room: Keys) -> _Units:
    shift, window = limits
    first = np.empty(units_in(keys[0], shift), dtype=np.int64)
    first_of_units(keys[0], shift, first)
    steps = _steps(keys, limits, room)
    place = np.empty(steps[0].units, dtype=np.int64)
    first_of_units(steps[0].keys, shift, place)
    deepest, depth = steps[0].keys[place], np.full(len(place), 2, dtype=np.int64)
    for step in steps[1:]:
        deepen(step.keys, shift, deepest, depth)
    passing, entry = np.empty_like(depth), np.empty_like(depth)
    opened = keys[0][first]
    owners(opened, deepest, shift, passing)
    since(keys[0], np.maximum(deepest - np.minimum(window, deepest), opened[passing]), entry)
    return _Units(first, passing, entry, depth)


def _addresses(keys: Sequence[Keys]) -> tuple[IntArray, IntArray]:
    address = np.array([one.ctypes.data for one in keys], dtype=np.int64)
    return address, np.array([len(one) for one in keys], dtype=np.int64)
