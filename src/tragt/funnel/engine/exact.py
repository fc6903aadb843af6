"""Ordered steps where every time is exact: one pass over the events after an entry, moment by moment."""

import numpy as np

from tragt.funnel.engine.compiling import part
from tragt.funnel.engine.relations import (
    AFTER,
    ASSIGNED,
    DEPTH,
    EVENT,
    LATEST,
    MOMENT,
    PLACE,
    SEEN,
    Scratch,
    Unit,
    put_all,
    reach,
    usable,
    within,
)
from tragt.funnel.engine.rules import (
    BIT,
    FROM_HERE,
    NONE,
    Rules,
)
from tragt.funnel.engine.timeline import (
    Events,
)

__all__ = ["scan"]

NEVER = np.iinfo(np.int64).min


@part
def scan(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> None:
    """The steps reached; the unit begins at the moment of the entry."""
    last = len(rules.step) - 1
    start = ev.time[entry]
    put_all(s.step, last + 1, LATEST, NEVER)
    s.step[0, LATEST] = start
    here = u.lo
    while here < u.hi and s.step[last, MOMENT] == NONE:
        time = ev.time[here]
        if rules.window != NONE and time > start + rules.window:
            break
        beyond = here
        count = 0
        while beyond < u.hi and ev.time[beyond] == time:
            if ev.bits[beyond] & rules.step[0, FROM_HERE] and usable(ev, rules, entry, beyond):
                s.member[count, PLACE] = beyond
                count += 1
            beyond += 1
        if count == 1:
            _scan_one(ev, rules, s.member[0, PLACE], s)
        elif count > 1:
            _scan_moment(ev, rules, count, s)
        here = beyond


@part
def _scan_one(ev: Events, rules: Rules, event: int, s: Scratch) -> None:
    """The steps that one event can reach; the deepest first, since it can be used for one only."""
    time = ev.time[event]
    for position in range(min(s.facts[DEPTH], len(rules.step) - 1), 0, -1):
        if (
            ev.bits[event] & rules.step[position, BIT]
            and s.step[position - 1, LATEST] != NEVER
            and within(rules, position, s.step[position - 1, LATEST], time)
        ):
            s.step[position, LATEST] = time
            if s.step[position, MOMENT] == NONE:
                reach(s, position, time, event)


@part
def _scan_moment(ev: Events, rules: Rules, count: int, s: Scratch) -> None:
    """The steps that several events of one moment can reach, each event used once."""
    time = ev.time[s.member[0, PLACE]]
    depth = s.facts[DEPTH]
    for position in range(len(rules.step)):
        s.step[position, AFTER] = s.step[position, LATEST]
    for before in range(depth):
        put_all(s.member, count, ASSIGNED, NONE)
        for position in range(before + 1, len(rules.step)):
            if not _starts(rules, s, before, time):
                break
            put_all(s.member, count, SEEN, 0)
            if not _assign(ev, rules, position, count, s):
                break
            s.step[position, AFTER] = time
            if s.step[position, MOMENT] == NONE:
                reach(s, position, time, NONE)
    for position in range(1, len(rules.step)):
        if s.step[position, MOMENT] == time and s.step[position, EVENT] == NONE:
            s.step[position, EVENT] = _smallest(ev, rules, position, count, s)
    for position in range(len(rules.step)):
        s.step[position, LATEST] = s.step[position, AFTER]


@part
def _starts(rules: Rules, s: Scratch, before: int, time: int) -> bool:
    """Whether a chain that ended earlier at one position can go on now."""
    return s.step[before, LATEST] != NEVER and within(rules, before + 1, s.step[before, LATEST], time)


@part
def _assign(ev: Events, rules: Rules, position: int, count: int, s: Scratch) -> bool:
    """Give a step an event of its own, moving others by an augmenting path."""
    for place in range(count):
        if s.member[place, SEEN] or not ev.bits[s.member[place, PLACE]] & rules.step[position, BIT]:
            continue
        s.member[place, SEEN] = 1
        if s.member[place, ASSIGNED] == NONE or _assign(ev, rules, s.member[place, ASSIGNED], count, s):
            s.member[place, ASSIGNED] = position
            return True
    return False


@part
def _smallest(ev: Events, rules: Rules, position: int, count: int, s: Scratch) -> int:
    """The smallest of the events that can end a chain to a position at this moment."""
    time = ev.time[s.member[0, PLACE]]
    for place in range(count):
        if not ev.bits[s.member[place, PLACE]] & rules.step[position, BIT]:
            continue
        for before in range(position):
            if not _starts(rules, s, before, time):
                continue
            put_all(s.member, count, ASSIGNED, NONE)
            fits = True
            for between in range(before + 1, position):
                put_all(s.member, count, SEEN, 0)
                s.member[place, SEEN] = 1
                fits = fits and _assign(ev, rules, between, count, s)
            if fits:
                return s.member[place, PLACE]
    return NONE
