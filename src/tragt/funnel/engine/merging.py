"""The compiled merge: plain attempts of every unit from the packed keys of all steps, step by step.

An event reaches its step if the latest event of the step before that is not later belongs to the same unit, and if the
latest entry behind that one lies in its window: a later entry never fails where an earlier one holds. So one pass over
two steps' keys says which events are reached. The deepest attempt of a unit, the earliest where equal, begins with the
first entry in the window before the first event reached at the unit's deepest step.

Keys of all steps together come as addresses: whatever their number, one compiled form serves, and nothing is copied.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from tragt.funnel.engine.compiling import compiled, kept
from tragt.funnel.postings import Keys
from tragt.stats.arrays import IntArray

__all__ = [
    "NOT_REACHED",
    "Places",
    "deepen",
    "deepest_until",
    "first_of_units",
    "owners",
    "reached",
    "since",
    "trace",
    "units_in",
    "wait",
]

Places = np.ndarray[tuple[int, int], np.dtype[np.uint32]]

NOT_REACHED = np.uint32(0xFFFFFFFF)

_EIGHT = 8


@kept
def units_in(keys: Keys, shift: np.uint64) -> int:
    """How many units have a key."""
    units = min(len(keys), 1)
    for place in range(1, len(keys)):
        units += (keys[place] ^ keys[place - 1]) >> shift != np.uint64(0)
    return units


@kept
def first_of_units(keys: Keys, shift: np.uint64, first: IntArray) -> None:
    """The place of the first key of each unit, into an array with room for one more than there are."""
    unit, before = 0, ~np.uint64(0)
    for place in range(len(keys)):
        first[unit] = place
        unit += keys[place] >> shift != before
        before = keys[place] >> shift


@intrinsic
def _smaller(_context: Any, keys: Any, place: Any, key: Any) -> Any:
    """How many of eight keys, from a place on, are smaller than a key: one comparison where the processor has it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given, start, bound = arguments
        eight = ir.VectorType(ir.IntType(64), _EIGHT)
        data = context.make_array(signature.args[0])(context, builder, given).data
        held = builder.load(builder.bitcast(builder.gep(data, [start]), eight.as_pointer()), align=8)
        nothing = ir.Constant(eight, ir.Undefined)
        first = builder.insert_element(nothing, bound, ir.Constant(ir.IntType(32), 0))
        everywhere = builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(ir.IntType(32), _EIGHT), None))
        smaller = builder.bitcast(builder.icmp_unsigned("<", held, everywhere), ir.IntType(_EIGHT))
        return builder.zext(builder.ctpop(smaller), ir.IntType(64))

    return (types.int64(keys, place, key), generate) if keys.layout == "C" else None


@compiled
def _first_from(keys: Keys, place: int, key: np.uint64) -> int:
    """The first place, from a place on, whose key is not smaller; eight at a time, without a branch to guess."""
    last = len(keys) - _EIGHT
    while place <= last:
        smaller: int = _smaller(keys, place, key)  # type: ignore[call-arg]
        place += smaller
        if smaller < _EIGHT:
            return place
    while place < len(keys) and keys[place] < key:
        place += 1
    return place


@kept
def reached(before: Keys, behind: Keys, following: Keys, limits: Keys, keys: Keys, entries: Keys) -> tuple[int, int]:
    """Which events of a step are reached.

    Args:
        before: Keys of the events reached at the step before.
        behind: The key of the latest entry behind each.
        following: Keys of the step's events.
        limits: Bits of the moment, and the window.
        keys: Is filled with the keys of those reached; it has room for one more than the step has.
        entries: Is filled with the key of the latest entry behind each.

    Returns:
        How many events are reached, and of how many units.
    """
    shift, window = limits[0], limits[1]
    count, units, last = 0, 0, ~np.uint64(0)
    place = 0
    for key in following:
        place = _first_from(before, place, key + np.uint64(1))
        entry = behind[place - 1] if place else ~key
        holds = ((key ^ entry) >> shift == 0) & (key - entry <= window)
        keys[count], entries[count] = key, entry
        count += holds
        units += holds & (key >> shift != last)
        last = key >> shift if holds else last
    return count, units


@kept
def deepen(keys: Keys, shift: np.uint64, deepest: Keys, depth: IntArray) -> None:
    """Put the first event of each unit that is reached at a step in the place of the one of the step before.

    Args:
        keys: Keys of the events reached at the step.
        shift: Bits of the moment.
        deepest: For each unit that passes at all the first event reached at its deepest step so far; is changed.
        depth: How many steps it reached so far; is changed.
    """
    unit, last = 0, ~np.uint64(0)
    for key in keys:
        if key >> shift != last:
            last = key >> shift
            while deepest[unit] >> shift != last:
                unit += 1
            deepest[unit] = key
            depth[unit] += 1


@kept
def since(entries: Keys, keys: Keys, place: IntArray) -> None:
    """The place of the first entry that is not before each key; keys ascend, and none is after all entries."""
    first = 0
    for number in range(len(keys)):
        first = _first_from(entries, first, keys[number])
        place[number] = first


@kept
def owners(first: Keys, keys: Keys, shift: np.uint64, place: IntArray) -> None:
    """The place of each key's unit among the first keys of all units; every key's unit is among them."""
    unit = 0
    for number in range(len(keys)):
        while first[unit] >> shift != keys[number] >> shift:
            unit += 1
        place[number] = unit


@intrinsic
def _pointer(_context: Any, address: Any) -> Any:
    """The address of keys as a pointer to them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.uint64)(address), generate  # type: ignore[no-untyped-call]


@compiled
def _keys(address: IntArray, length: IntArray, step: int) -> Keys:
    """The keys of a step."""
    keys: Keys = carray(_pointer(address[step]), length[step])  # type: ignore[call-arg]
    return keys


@compiled
def _follow(address: IntArray, length: IntArray, limit: np.uint64, at: IntArray) -> int:
    """How many steps the attempt of the entry at hand reaches; ``at`` moves on to the events that reach them."""
    moment = _keys(address, length, 0)[at[0]]
    for step in range(1, len(address)):
        keys = _keys(address, length, step)
        place = at[step]
        while place < len(keys) and keys[place] < moment:
            place += 1
        at[step] = place
        if place == len(keys) or keys[place] > limit:
            return step
        moment = keys[place]
    return len(address)


@compiled
def _limit(key: np.uint64, limits: Keys) -> np.uint64:
    """The last key in the window of an entry, within its unit."""
    end = key | ((np.uint64(1) << limits[0]) - np.uint64(1))
    return end if end - key < limits[1] else key + limits[1]


@kept
def trace(address: IntArray, length: IntArray, limits: Keys, start: Keys, depth: IntArray, places: Places) -> None:
    """The events of one attempt of each of some units.

    Args:
        address: Where the keys of each step lie, shape (k,).
        length: How many there are, shape (k,).
        limits: Bits of the moment, and the window.
        start: For each unit, ascending, a key: the attempt is that of the first entry from there on.
        depth: Is filled with how many steps it reaches.
        places: Is filled with the places of its events among the keys of their steps, shape (units, k).
    """
    entries = _keys(address, length, 0)
    at = np.zeros(len(address), dtype=np.int64)
    for unit in range(len(start)):
        while entries[at[0]] < start[unit]:
            at[0] += 1
        depth[unit] = _follow(address, length, _limit(entries[at[0]], limits), at)
        for step in range(len(address)):
            places[unit, step] = at[step] if step < depth[unit] else NOT_REACHED


@kept
def wait(address: IntArray, length: IntArray, start: Keys, depth: IntArray, ends: IntArray, times: IntArray) -> None:
    """The time from each event of an attempt to the next, of one attempt of each of some units.

    Args:
        address: Where the keys of the events that are reached at each step after the first lie, shape (k - 1,).
        length: How many there are, shape (k - 1,).
        start: The key of each attempt's entry, ascending.
        depth: How many steps each reaches.
        ends: Where the times to each step after the first begin in `times`; is moved to their ends, shape (k - 1,).
        times: Is filled with the times, ms.
    """
    at = np.zeros(len(address), dtype=np.int64)
    for unit in range(len(start)):
        moment = start[unit]
        for step in range(depth[unit] - 1):
            keys = _keys(address, length, step)
            place = _first_from(keys, at[step], moment)
            at[step] = place
            times[ends[step]] = keys[place] - moment
            ends[step] += 1
            moment = keys[place]


@kept
def deepest_until(
    address: IntArray, length: IntArray, limits: Keys, spans: Keys, depth: IntArray, places: Places
) -> None:
    """The deepest attempt of each of some units among those with an entry in a span, the earliest where equal.

    Args:
        address: Where the keys of each step lie, shape (k,).
        length: How many there are, shape (k,).
        limits: Bits of the moment, and the window.
        spans: For each unit, ascending, the first key of an entry, and the first key after, shape (units, 2).
        depth: Is filled with how many steps it reaches; 0 where there is no such entry.
        places: Is filled as by `trace`.
    """
    entries = _keys(address, length, 0)
    at = np.zeros(len(address), dtype=np.int64)
    for unit in range(len(spans)):
        depth[unit] = 0
        while at[0] < len(entries) and entries[at[0]] < spans[unit, 0]:
            at[0] += 1
        while at[0] < len(entries) and entries[at[0]] < spans[unit, 1]:
            count = _follow(address, length, _limit(entries[at[0]], limits), at)
            if count > depth[unit]:
                depth[unit] = count
                for step in range(len(address)):
                    places[unit, step] = at[step] if step < count else NOT_REACHED
            at[0] += 1
