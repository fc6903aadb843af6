"""A definition in the form that compiled code takes: numbers and bits in place of names and conditions.

Every kind of event the definition looks for is one bit; an event that several of them mean has several bits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from tragt.funnel.definition import Count, Entry, Funnel, Order, Skips
from tragt.funnel.durations import milliseconds
from tragt.funnel.steps import Match
from tragt.stats.arrays import IntArray

__all__ = [
    "AFTER_STEP",
    "BEFORE_STEP",
    "BIT",
    "BLOCK",
    "FROM_HERE",
    "MOST_BITS",
    "NONE",
    "SPARES",
    "WITHIN",
    "Compiled",
    "Rules",
    "compiled",
]

NONE = -1
"""No limit, no event, no moment."""

MOST_BITS = 62
"""Bits of a whole number that compiled code may use for sets."""


BIT, FROM_HERE, WITHIN, SPARES, BLOCK = range(5)
"""Columns of steps: its bit, those of it and all later ones, its limit, those that may stand before it, its block."""

AFTER_STEP, BEFORE_STEP = 1, 2
"""Columns of optional steps and exclusions besides: between which required steps they act."""


class Rules(NamedTuple):
    """What the walk over a unit's events must know of a definition.

    Sets of events are bits, times milliseconds, `NONE` is no limit. The tables hold little, and few arrays are quick to
    compile for.

    Attributes:
        step: The required steps, shape (k, 5): `BIT`, `FROM_HERE`, `WITHIN`, `SPARES`, `BLOCK`.
        optional: The optional steps, shape (m, 5): `BIT`, `AFTER_STEP`, `WITHIN`.
        exclude: The exclusions, shape (x, 5): `BIT`, `AFTER_STEP`, `BEFORE_STEP`, `SPARES`.
        opens: What opens an attempt.
        every_step: What is a step.
        among: What may come between neighbours; 0 is everything.
        lost: What loses an attempt.
        reopen: What makes a loss void.
        restage: What makes it void when it comes strictly later.
        window: The longest time from the entry.
        length: The effective window.
        tolerance: By how much two events may be out of order.
        session: Whether the window is the session.
        hold: Whether properties are held constant.
        adjacent: Whether neighbours must be adjacent.
        any_order: Whether steps come in any order.
        fill: Whether a later stage reaches all earlier ones.
        best: Whether the deepest attempt of a unit counts.
        every: Whether every attempt of a unit counts.
        first_ever: Whether only the first attempt at all counts.
    """

    step: IntArray
    optional: IntArray
    exclude: IntArray
    opens: int
    every_step: int
    among: int
    lost: int
    reopen: int
    restage: int
    window: int
    length: int
    tolerance: int
    session: bool
    hold: bool
    adjacent: bool
    any_order: bool
    fill: bool
    best: bool
    every: bool
    first_ever: bool


@dataclass(frozen=True, slots=True)
class Compiled:
    """A definition ready for the walk.

    Attributes:
        rules: The rules.
        matches: What each bit means, in their order.
    """

    rules: Rules
    matches: tuple[Match, ...]


def compiled(funnel: Funnel) -> Compiled | None:
    """The definition as bits and numbers; None where it means more kinds of events than there are bits.

    Args:
        funnel: The definition.
    """
    matches = [step.match for step in funnel.steps]
    bits = [1 << place for place in range(len(matches))]

    def bit_of(match: Match) -> int:
        matches.append(match)
        return 1 << (len(matches) - 1)

    excluded = [bit_of(exclude.match) for exclude in funnel.exclude]
    lost = sum(bit_of(match) for match in funnel.lost)
    reopen = sum(bit_of(match) for match in funnel.reopen)
    among = bit_of(Match(funnel.among)) if funnel.among else 0
    if len(matches) > MOST_BITS:
        return None
    return Compiled(
        Rules(
            step=_steps(funnel, bits),
            optional=_optional(funnel, bits),
            exclude=_exclusions(funnel, bits, excluded),
            opens=sum(bits[place] for place in _opening(funnel)),
            every_step=sum(bits),
            among=among,
            lost=lost,
            reopen=reopen,
            restage=sum(bits) if funnel.skips else 0,
            window=NONE if funnel.window is None or funnel.window == "session" else milliseconds(funnel.window),
            length=NONE if funnel.length is None else milliseconds(funnel.length),
            tolerance=milliseconds(funnel.tolerance),
            session=funnel.window == "session",
            hold=bool(funnel.hold),
            adjacent=funnel.order == Order.ADJACENT,
            any_order=funnel.order == Order.ANY,
            fill=funnel.skips == Skips.FILL,
            best=funnel.count == Count.BEST,
            every=funnel.count == Count.EVERY,
            first_ever=funnel.count == Count.FIRST_EVER,
        ),
        tuple(matches),
    )


def _steps(funnel: Funnel, bits: list[int]) -> IntArray:
    required = funnel.required
    own = [bits[place] for place in required]
    spared = [0, *(sum(bits[before + 1 : place]) for before, place in pairwise(required))]
    block = _blocks(funnel)
    return _table(
        [own[at], sum(own[at:]), _limit(funnel, place), spared[at], block[place]] for at, place in enumerate(required)
    )


def _optional(funnel: Funnel, bits: list[int]) -> IntArray:
    return _table(
        [bits[place], sum(one < place for one in funnel.required) - 1, _limit(funnel, place), 0, 0]
        for place, step in enumerate(funnel.steps)
        if step.optional
    )


def _exclusions(funnel: Funnel, bits: list[int], excluded: list[int]) -> IntArray:
    required = funnel.required
    found = []
    for bit, one in zip(excluded, funnel.exclude, strict=True):
        before = len(funnel.steps) if one.before is None else one.before
        span = [0, len(required) - 1]
        if funnel.order != Order.ANY:
            span = [required.index(one.after - 1), required.index(before - 1)]
        found.append([bit, *span, sum(bits[one.after : before]), 0])
    return _table(found)


def _opening(funnel: Funnel) -> list[int]:
    """The steps that open an attempt: the first, or with any order all of the first block."""
    return [place for place, block in enumerate(_blocks(funnel)) if block == 0]


def _blocks(funnel: Funnel) -> list[int]:
    """The block of each step; blocks come in order, and an anchored step is one of its own."""
    if funnel.order != Order.ANY:
        return list(range(len(funnel.steps)))
    alone = [step.anchored or (place == 0 and funnel.entry == Entry.FIRST) for place, step in enumerate(funnel.steps)]
    return list(accumulate((before or here for before, here in pairwise(alone)), initial=0))


def _limit(funnel: Funnel, place: int) -> int:
    within = funnel.steps[place].within
    return NONE if within is None else milliseconds(within)


def _table(rows: Iterable[list[int]]) -> IntArray:
    return np.array(list(rows), dtype=np.int64).reshape(-1, 5)
