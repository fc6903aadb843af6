"""The short way: plain funnels, which ask for nothing but an order and a window, merged over packed keys.

It gives what the walk gives, for most funnels there are. The unit of observation is the attempt.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

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
    wait,
)
from tragt.funnel.engine.rows import COUNTED, EXPECTED, MATURE
from tragt.funnel.postings import Keys, Packing
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Asked", "Merged", "deepest", "entered", "merged", "waits"]

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
class _Passing:
    """The units that pass the first step.

    Attributes:
        deepest: Of each the first event that is reached at the deepest step it reaches.
        depth: How many steps that are, 2 or more.
    """

    deepest: Keys
    depth: IntArray

    def rows(self, kept: BoolArray) -> "_Passing":
        """Some of them."""
        return _Passing(self.deepest[kept], self.depth[kept])

    def entries(self, opened: Keys, limits: Keys) -> IntArray:
        """The place of the entry of each one's deepest attempt, the earliest where equal."""
        shift, window = limits
        entry = np.empty_like(self.depth)
        earliest = np.maximum(self.deepest - np.minimum(window, self.deepest), self.deepest >> shift << shift)
        since(opened, earliest, entry)
        return entry


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


def deepest(
    keys: Sequence[Keys],
    asked: Asked,
    threads: int | None = None,
    *,
    codes: NDArray[np.integer] | None = None,
    values: int = 1,
    without: BoolArray | None = None,
) -> IntArray:
    """How many units reach each number of steps with their deepest attempt, the earliest where equal.

    Args:
        keys: As for `entered`.
        asked: What is asked; its ``best`` and ``as_of`` do not matter.
        threads: How many threads may work; None is two.
        codes: The value of each event of the first step, by which units are told apart at the entry; None is 0.
        values: How many values there are.
        without: Which units are left out, shape (units,); None is none.

    Returns:
        Shape (values, k): for each value the units that reach one step and no more, two, and so on.
    """
    steps = len(keys)

    def part(own: Sequence[Keys], lo: IntArray, room: Keys) -> IntArray:
        units = _units(own, asked.limits, room)
        entry, cell = units.first.copy(), np.zeros(len(units.first), dtype=np.int64)
        entry[units.passing], cell[units.passing] = units.entry, units.depth - 1
        if codes is not None:
            cell += codes[entry + lo[0]].astype(np.int64) * steps
        if without is not None:
            cell = cell[~without[asked.packing.units(own[0][units.first])]]
        return np.bincount(cell, minlength=values * steps)

    total: IntArray = np.sum(_each(part, keys, asked, threads), axis=0)
    return total.reshape(values, steps)


def waits(
    keys: Sequence[Keys], asked: Asked, threads: int | None = None, *, without: BoolArray | None = None
) -> list[IntArray]:
    """How long the deepest attempts took from each step to the next, in ms, an array for each step after the first.

    Args:
        keys: As for `entered`.
        asked: What is asked; its ``best`` and ``as_of`` do not matter.
        threads: How many threads may work; None is two.
        without: Which units are left out, shape (units,); None is none.
    """

    def part(own: Sequence[Keys], _: IntArray, room: Keys) -> list[IntArray]:
        steps = _steps(own, asked.limits, room)
        passing = _passing(steps, asked.limits)
        if without is not None:
            passing = passing.rows(~without[asked.packing.units(passing.deepest)])
        starts = own[0][passing.entries(own[0], asked.limits)]
        sizes = [int(np.count_nonzero(passing.depth > step)) for step in range(1, len(own))]
        times = np.empty(sum(sizes), dtype=np.int64)
        ends = np.cumsum([0, *sizes[:-1]], dtype=np.int64)
        wait(*_addresses([step.keys for step in steps]), starts, passing.depth, ends, times)
        return np.split(times, ends[:-1])

    return [np.concatenate(step) for step in zip(*_each(part, keys, asked, threads), strict=True)]


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


def _firsts(keys: Keys, units: int, limits: Keys) -> IntArray:
    """The place of the first key of each of so many units."""
    first = np.empty(units + 1, dtype=np.int64)
    first_of_units(keys, limits[0], first)
    return first[:units]


def _passing(steps: Sequence[_Step], limits: Keys) -> _Passing:
    place = _firsts(steps[0].keys, steps[0].units, limits)
    deepest, depth = steps[0].keys[place], np.full(len(place), 2, dtype=np.int64)
    for step in steps[1:]:
        deepen(step.keys, limits[0], deepest, depth)
    return _Passing(deepest, depth)


def _units(keys: Sequence[Keys], limits: Keys, room: Keys) -> _Units:
    first = _firsts(keys[0], units_in(keys[0], limits[0]), limits)
    found = _passing(_steps(keys, limits, room), limits)
    passing = np.empty_like(found.depth)
    owners(keys[0][first], found.deepest, limits[0], passing)
    return _Units(first, passing, found.entries(keys[0], limits), found.depth)


def _addresses(keys: Sequence[Keys]) -> tuple[IntArray, IntArray]:
    address = np.array([one.ctypes.data for one in keys], dtype=np.int64)
    return address, np.array([len(one) for one in keys], dtype=np.int64)
