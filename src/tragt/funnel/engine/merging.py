"""The compiled merge: from the attempts that reached one step to those that reach the next, over packed keys.

Keys, attempts and posting stand in the order of unit and time; within a unit the moments at which attempts reached a
step do not fall, so one pass over attempts and posting suffices, whatever the number of steps.
"""

from typing import NamedTuple

import numpy as np

from tragt.funnel.engine.compiling import kept
from tragt.funnel.postings import Keys
from tragt.stats.arrays import IntArray

__all__ = ["Places", "Steps", "advance", "deepest", "enter"]

Places = np.ndarray[tuple[int], np.dtype[np.uint32]]


class Steps(NamedTuple):
    """Keys of the first step, of one that attempts have reached, and of the one after it."""

    entries: Keys
    before: Keys
    following: Keys


@kept
def enter(keys: Keys, shift: np.uint64, start: np.uint64, end: np.uint64, first: Places) -> int:
    """The first entry of each unit between two moments.

    Args:
        keys: Keys of the entries.
        shift: Bits of the moment.
        start: Earliest moment, as keys have it.
        end: Latest moment.
        first: Is filled with places in ``keys``.

    Returns:
        How many units there are.
    """
    mask = (np.uint64(1) << shift) - np.uint64(1)
    units, before = 0, ~np.uint64(0)
    for place in range(len(keys)):
        key = keys[place]
        if key >> shift != before and start <= key & mask <= end:
            before = key >> shift
            first[units] = place
            units += 1
    return units


@kept
def advance(
    steps: Steps, entry: Places, event: Places, limits: Keys, parent: Places, reached: Places
) -> tuple[int, int]:
    """Which attempts reach the next step, and by which event.

    Args:
        steps: Keys of the entries, of the step before and of the next.
        entry: Place of the entry of each attempt; empty where every entry is an attempt that has reached one step.
        event: Place of the event that reached the step before, for each attempt; empty as above.
        limits: Bits of the moment; the window; earliest and latest moment of an entry, as keys have it.
        parent: Is filled with the places of the attempts that reach it.
        reached: Is filled with the places of the events.

    Returns:
        How many attempts reach it, and of how many units.
    """
    entries, keys, following = steps.entries, steps.before, steps.following
    shift, window, start, end = limits[0], limits[1], limits[2], limits[3]
    mask = (np.uint64(1) << shift) - np.uint64(1)
    whole = len(entry) == 0
    found, units, before, place = 0, 0, ~np.uint64(0), 0
    for attempt in range(len(entries) if whole else len(entry)):
        opened = entries[attempt if whole else entry[attempt]]
        moment = opened if whole else keys[event[attempt]]
        while place < len(following) and following[place] < moment:
            place += 1
        if place == len(following):
            break
        key = following[place]
        if (key ^ opened) >> shift == 0 and key - opened <= window and (not whole or start <= opened & mask <= end):
            parent[found] = attempt
            reached[found] = place
            found += 1
            if key >> shift != before:
                before = key >> shift
                units += 1
    return found, units


@kept
def deepest(steps: Steps, first: Places, reached: Places, entry: Places, limits: Keys, chosen: IntArray) -> None:
    """Choose, for each unit with an attempt that reached a step, the first such attempt.

    Args:
        steps: Keys of the entries, and of the step as the following one.
        first: Place of the first entry of each unit.
        reached: Place of the event of each attempt that reached it.
        entry: Place of the entry of each.
        limits: Bits of the moment; the latest moment of an entry that is asked for.
        chosen: Place of the attempt for each unit; is changed, and stays where no attempt of a unit is asked for.
    """
    keys, following = steps.entries, steps.following
    shift, latest = limits[0], limits[1]
    mask = (np.uint64(1) << shift) - np.uint64(1)
    unit, before = 0, ~np.uint64(0)
    for attempt in range(len(reached)):
        owner = following[reached[attempt]] >> shift
        if owner == before or keys[entry[attempt]] & mask > latest:
            continue
        before = owner
        while keys[first[unit]] >> shift != owner:
            unit += 1
        chosen[unit] = attempt
