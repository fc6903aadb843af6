"""The compiled walk over units: every attempt that is chosen, for the whole of the semantics.

The unit of observation is the attempt. A unit that would need sets of more than `MOST_BITS` events is *knotty*, and
is left to the reference.
"""

from typing import NamedTuple

from tragt.funnel.engine.assignments import any_order, fill, name_steps
from tragt.funnel.engine.chains import chained, interrupted_at, loose
from tragt.funnel.engine.compiling import kept, part
from tragt.funnel.engine.endings import EXCLUDED, settle_ending, settle_optional
from tragt.funnel.engine.exact import scan
from tragt.funnel.engine.relations import (
    DEPTH,
    ENDED,
    EVENT,
    FILLED,
    INTERRUPTED,
    KNOTTY,
    MATURES,
    MOMENT,
    NAMED,
    OUTCOME,
    TAKEN,
    TAKEN_BY,
    Scratch,
    Unit,
    from_here,
    may_chain,
    reach,
    since,
    unit_of,
)
from tragt.funnel.engine.rows import (
    COUNTED,
    EXPECTED,
    MATURE,
    merged,
    write,
)
from tragt.funnel.engine.rules import (
    MOST_BITS,
    NONE,
    Rules,
)
from tragt.funnel.engine.timeline import (
    Events,
)
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Asked", "backward_moves", "walk"]


class Asked(NamedTuple):
    """What is asked; moments are ms since 1970 in UTC.

    Attributes:
        first_unit: The first of the units.
        last_unit: The first unit after them.
        start: Earliest moment of an entry.
        end: First moment after.
        as_of: The moment from which it is looked.
    """

    first_unit: int
    last_unit: int
    start: int
    end: int
    as_of: int


@part
def attempt(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> bool:
    """Settle one attempt from its entry to its ending; False where it is knotty."""
    _clear(s)
    reach(s, 0, ev.time[entry], entry)
    seen = from_here(ev, u, entry)
    interrupted = NONE
    if rules.any_order:
        if not any_order(ev, rules, seen, entry, s):
            return False
    elif rules.fill:
        fill(ev, rules, seen, entry, s)
    elif rules.adjacent or not (u.plain or u.apart):
        if not chained(ev, rules, seen, entry, s):
            return False
        if rules.adjacent:
            interrupted = interrupted_at(ev, rules, seen, entry, s)
    elif may_chain(ev, rules, entry):
        if u.plain:
            scan(ev, rules, seen, entry, s)
        else:
            loose(ev, rules, seen, entry, s)
    settle_ending(ev, rules, seen, entry, interrupted, s)
    until = u.as_of if s.facts[ENDED] == NONE else s.facts[ENDED]
    settle_optional(ev, rules, seen, entry, until, s)
    if rules.any_order:
        name_steps(s, until)
    return True


@part
def _clear(s: Scratch) -> None:
    for position in range(len(s.step)):
        s.step[position, MOMENT] = s.step[position, EVENT] = NONE
        s.step[position, FILLED] = s.step[position, NAMED] = 0
    for number in range(len(s.optional)):
        s.optional[number, TAKEN] = s.optional[number, TAKEN_BY] = NONE


@part
def next_entry(ev: Events, rules: Rules, u: Unit, since: int) -> int:
    """The next event from a place on that opens an attempt; the place after the unit where there is none."""
    if rules.fill and since == u.lo:
        return _first_stage(ev, rules, u)
    for event in range(since, u.hi):
        if ev.bits[event] & rules.opens:
            return event
    return u.hi


@part
def _first_stage(ev: Events, rules: Rules, u: Unit) -> int:
    """The first event of a stage; of several at that moment one of the first stage."""
    first = u.lo
    while first < u.hi and not ev.bits[first] & rules.every_step:
        first += 1
    event = first
    while event < u.hi and ev.time[event] == ev.time[first]:
        if ev.bits[event] & rules.opens:
            return event
        event += 1
    return first


@part
def _is_ripe(u: Unit, s: Scratch) -> bool:
    return s.facts[MATURES] == NONE or s.facts[MATURES] <= u.as_of


@part
def _free_from(s: Scratch) -> int:
    """The first moment of an entry after this attempt where every one counts; `NONE` while no other may open."""
    if s.facts[ENDED] == NONE:
        return NONE
    if s.facts[INTERRUPTED]:
        return s.facts[ENDED]
    if s.facts[OUTCOME] != EXCLUDED:
        return s.facts[ENDED] + 1
    return NONE if s.facts[MATURES] == NONE else s.facts[MATURES] + 1


@part
def _first_entry(ev: Events, rules: Rules, u: Unit) -> int:
    """The first entry that is asked for; where each attempt waits for the one before, the first at all."""
    entry = next_entry(ev, rules, u, u.lo)
    while not (rules.every or rules.first_ever) and entry < u.hi and ev.time[entry] < u.start:
        entry = next_entry(ev, rules, u, entry + 1)
    return u.hi if entry < u.hi and rules.first_ever and ev.time[entry] < u.start else entry


@part
def _keep(u: Unit, row: int, entry: int, rows: IntArray, s: Scratch) -> int:
    """Write an attempt if its entry is asked for; the row after it."""
    if not u.start <= s.step[0, MOMENT] < u.end:
        return row
    write(rows, row, u.number, entry, COUNTED | EXPECTED | (MATURE if _is_ripe(u, s) else 0), s)
    return row + 1


@part
def _keep_best(u: Unit, row: int, entry: int, rows: IntArray, s: Scratch) -> None:
    """Keep the first attempt, the deepest, and the deepest that is mature in three rows."""
    if s.best[0] == 0:
        write(rows, row, u.number, entry, EXPECTED, s)
    if s.facts[DEPTH] > s.best[0]:
        s.best[0] = s.facts[DEPTH]
        write(rows, row + 1, u.number, entry, COUNTED, s)
    if _is_ripe(u, s) and s.facts[DEPTH] > s.best[1]:
        s.best[1] = s.facts[DEPTH]
        write(rows, row + 2, u.number, entry, MATURE, s)


@part
def _choose(ev: Events, rules: Rules, u: Unit, row: int, rows: IntArray, s: Scratch) -> int:
    """Write the attempts of a unit that are chosen; the row after them, or `KNOTTY`."""
    seen, after = u, row
    s.best[0] = s.best[1] = 0
    entry = _first_entry(ev, rules, u)
    while entry < u.hi and (ev.time[entry] < u.end or rules.every):
        if not attempt(ev, rules, seen, entry, s):
            return KNOTTY
        if rules.best:
            _keep_best(u, row, entry, rows, s)
            if s.facts[DEPTH] == len(rules.step) and (_is_ripe(u, s) or not rules.session):
                break
            entry = next_entry(ev, rules, u, entry + 1)
            continue
        after = _keep(u, after, entry, rows, s)
        moment = _free_from(s) if rules.every else NONE
        if moment == NONE:
            break
        seen = since(ev, seen, moment)
        entry = next_entry(ev, rules, u, seen.lo)
    return merged(rows, row, 2 * (s.best[0] > 0) + (s.best[1] > 0)) if rules.best else after


@kept
def walk(ev: Events, rules: Rules, question: Asked, rows: IntArray, s: Scratch, knotty: BoolArray) -> int:
    """Write the attempts that are chosen of some units.

    Args:
        ev: The events.
        rules: The definition.
        question: Which units and entries, and as of when.
        rows: Room for what is chosen.
        s: Room for one attempt.
        knotty: Is set for the units that are left to the reference, shape (units,).

    Returns:
        How many rows were written.
    """
    row = 0
    for number in range(question.first_unit, question.last_unit):
        u = unit_of(ev, rules, number, question.start, question.end, question.as_of)
        after = _choose(ev, rules, u, row, rows, s)
        if after == KNOTTY:
            knotty[number] = True
        else:
            row = after
    return row


@kept
def backward_moves(ev: Events, rules: Rules, units: IntArray) -> int:
    """How often some units, each named once, entered an earlier stage than the one they were in."""
    moves = 0
    for unit in units:
        stage = NONE
        for event in range(ev.start[unit], ev.start[unit + 1]):
            for step in range(MOST_BITS):
                if rules.every_step >> step == 0:
                    break
                if ev.bits[event] & rules.every_step & (1 << step):
                    moves += step < stage
                    stage = step
    return moves
