"""What compiled code asks of events: which may follow which, and which an attempt may use.

Beside it stands the attempt in the making. Events are meant by their place in `Events`.
"""

from typing import NamedTuple

import numpy as np

from tragt.funnel.engine.compiling import part
from tragt.funnel.engine.rules import (
    FROM_HERE,
    NONE,
    WITHIN,
    Rules,
)
from tragt.funnel.engine.timeline import (
    DAYS,
    HELD,
    IN_SESSION,
    LOCAL,
    Events,
)
from tragt.stats.arrays import IntArray

__all__ = [
    "AFTER",
    "ASSIGNED",
    "CHAINS",
    "DEPTH",
    "ENDED",
    "ENTRY",
    "EVENT",
    "FAR",
    "FILLED",
    "INTERRUPTED",
    "KNOTTY",
    "LATEST",
    "LOSS",
    "MATURES",
    "MOMENT",
    "NAMED",
    "OUTCOME",
    "PLACE",
    "REACH",
    "ROLE",
    "SEEN",
    "TAKEN",
    "TAKEN_BY",
    "UNIT",
    "VOIDED",
    "Scratch",
    "Unit",
    "first_at",
    "from_here",
    "may_chain",
    "may_precede",
    "put_all",
    "reach",
    "same_day",
    "scratch_for",
    "since",
    "unit_of",
    "usable",
    "within",
]

KNOTTY = -2
"""Said of an attempt that is left to the reference."""

FAR = np.iinfo(np.int64).max
CHAINS = 4096

DEPTH, OUTCOME, ENDED, MATURES, LOSS, VOIDED, INTERRUPTED, UNIT, ENTRY, ROLE = range(10)
"""Places in the facts of an attempt."""

MOMENT, EVENT, FILLED, NAMED, LATEST, AFTER = range(6)
"""Columns of its required steps."""

TAKEN, TAKEN_BY = range(2)
"""Columns of its optional steps."""

PLACE, ASSIGNED, SEEN, REACH = range(4)
"""Columns of the room for events; that of `REACH` has a second one behind it."""


class Unit(NamedTuple):
    """The events of a unit that an attempt may see, and which of its entries are asked for.

    Attributes:
        number: Place of the unit among the events' units.
        lo: Place of its first event.
        hi: Place after its last event.
        plain: Whether every time is exact, without a tolerance.
        apart: Whether no event matches two required steps.
        start: Earliest moment of an entry.
        end: First moment after.
        as_of: The moment from which it is looked.
    """

    number: int
    lo: int
    hi: int
    plain: bool
    apart: bool
    start: int
    end: int
    as_of: int


class Scratch(NamedTuple):
    """One attempt in the making, and room for what its making needs. Moments are ms since 1970, `NONE` is not yet.

    Attributes:
        facts: What is known of the attempt as a whole, shape (10,); its places have names.
        step: For each required step, shape (k, 6): `MOMENT` and `EVENT` of reaching it; `FILLED`, whether only a later
            stage did; `NAMED`, with any order, whether a valid assignment includes it; `LATEST`, the latest time at
            which a chain to it can end, and `AFTER` the events of one moment.
        optional: For each optional step, shape (m, 2): `TAKEN` and `TAKEN_BY`.
        member: Shape (longest unit + k, 5): of the events of one moment `PLACE`, `ASSIGNED` and `SEEN`; with any order
            the latter two of steps; by event the moment of chains that end with it, `REACH` and the one before.
        chains: Last event, used events, moment, length of chains, and when each is cut off, shape (CHAINS, 5).
        span: First chain of a length, first chain of the next, number of chains, shape (3,).
        best: Depth of the deepest attempt of the unit, and of the deepest that is mature, shape (2,).
        given: With any order the event of each step, `NONE` is none yet, when a block opens, shape (k + 1, k).
    """

    facts: IntArray
    step: IntArray
    optional: IntArray
    member: IntArray
    chains: IntArray
    span: IntArray
    best: IntArray
    given: IntArray


def scratch_for(rules: Rules, longest: int) -> Scratch:
    """Room for one attempt of a unit with at most so many events."""
    steps = len(rules.step)
    of_steps = (10,), (steps, 6), (len(rules.optional), 2), (longest + steps, 5)
    return Scratch(
        *(np.zeros(shape, dtype=np.int64) for shape in (*of_steps, (CHAINS, 5), (3,), (2,), (steps + 1, steps)))
    )


@part
def put_all(table: IntArray, number: int, column: int, value: int) -> None:
    """Put a value into the first places of a column."""
    for place in range(number):
        table[place, column] = value


@part
def unit_of(ev: Events, rules: Rules, number: int, start: int, end: int, as_of: int) -> Unit:
    """A unit with all its events."""
    lo, hi = ev.start[number], ev.start[number + 1]
    plain, apart = rules.tolerance == 0, True
    for event in range(lo, hi):
        plain &= len(ev.more) == 0 or ev.more[event, DAYS] == 0
        steps = ev.bits[event] & rules.step[0, FROM_HERE]
        apart &= steps & (steps - 1) == 0
    return Unit(number, lo, hi, plain, apart, start, end, as_of)


@part
def since(ev: Events, u: Unit, moment: int) -> Unit:
    """The unit without the events before a moment."""
    lo = u.lo
    while lo < u.hi and ev.time[lo] < moment:
        lo += 1
    return Unit(u.number, lo, u.hi, u.plain, u.apart, u.start, u.end, u.as_of)


@part
def from_here(ev: Events, u: Unit, entry: int) -> Unit:
    """The unit without the events that no attempt from this entry may use."""
    lo = first_at(ev, u, entry) if u.plain else u.lo
    return Unit(u.number, lo, u.hi, u.plain, u.apart, u.start, u.end, u.as_of)


@part
def same_day(ev: Events, a: int, b: int) -> bool:
    """Whether one of two events is known only by its day and both lie on the same one."""
    if len(ev.more) == 0 or (ev.more[a, DAYS] == 0 and ev.more[b, DAYS] == 0):
        return False
    return ev.more[a, LOCAL] == ev.more[b, LOCAL]


@part
def may_precede(ev: Events, rules: Rules, a: int, b: int) -> bool:
    """Whether one event may come before another."""
    return ev.time[a] <= ev.time[b] + rules.tolerance or same_day(ev, a, b)


@part
def may_chain(ev: Events, rules: Rules, entry: int) -> bool:
    """Whether an entry has what it must hold, and the session it must stay in."""
    return not (rules.hold and ev.more[entry, HELD] == 0) and not (rules.session and ev.more[entry, IN_SESSION] == 0)


@part
def usable(ev: Events, rules: Rules, entry: int, event: int) -> bool:
    """Whether a chain from the entry may use an event, whatever its order."""
    if event == entry or (rules.window != NONE and ev.time[event] > ev.time[entry] + rules.window):
        return False
    if rules.session and ev.more[event, IN_SESSION] != ev.more[entry, IN_SESSION]:
        return False
    return not rules.hold or ev.more[event, HELD] == ev.more[entry, HELD]


@part
def first_at(ev: Events, u: Unit, event: int) -> int:
    """The first event of the moment of an event."""
    while event > u.lo and ev.time[event - 1] == ev.time[event]:
        event -= 1
    return event


@part
def within(rules: Rules, position: int, since: int, time: int) -> bool:
    """Whether a step at this position is near enough to the required event before it."""
    return rules.step[position, WITHIN] == NONE or time - since <= rules.step[position, WITHIN]


@part
def reach(s: Scratch, position: int, moment: int, event: int) -> None:
    """Note that the attempt has reached a step."""
    s.step[position, MOMENT] = moment
    s.step[position, EVENT] = event
    s.facts[DEPTH] = position + 1
