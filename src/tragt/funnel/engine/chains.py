"""Chains one by one: adjacent order, and times that are loose, known by the day or with a tolerance.

Where no event matches two steps, a chain is told by its last event alone. Else it carries the set of events that it may
not use again, as bits: counted from the first event of the unit, or of the last event's moment where times are exact.
"""

from tragt.funnel.engine.compiling import part
from tragt.funnel.engine.relations import (
    CHAINS,
    FAR,
    REACH,
    Scratch,
    Unit,
    first_at,
    may_chain,
    may_precede,
    put_all,
    reach,
    usable,
    within,
)
from tragt.funnel.engine.rules import (
    BIT,
    FROM_HERE,
    MOST_BITS,
    NONE,
    SPARES,
    Rules,
)
from tragt.funnel.engine.timeline import (
    Events,
)
from tragt.stats.arrays import IntArray

__all__ = ["chained", "interrupted_at", "loose"]


@part
def loose(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> None:
    """The steps reached where no event matches two of them."""
    now, then = REACH, REACH + 1
    put_all(s.member, u.hi - u.lo, now, FAR)
    s.member[entry - u.lo, now] = ev.time[entry]
    for position in range(1, len(rules.step)):
        put_all(s.member, u.hi - u.lo, then, FAR)
        first, by = FAR, NONE
        for event in range(u.lo, u.hi):
            if not ev.bits[event] & rules.step[position, BIT] or not usable(ev, rules, entry, event):
                continue
            moment = _loosely(ev, rules, u, position, event, s.member[:, now])
            s.member[event - u.lo, then] = moment
            if moment < first:
                first, by = moment, event
        if by == NONE:
            break
        reach(s, position, first, by)
        now, then = then, now


@part
def _loosely(ev: Events, rules: Rules, u: Unit, position: int, event: int, known: IntArray) -> int:
    """The first moment at which a chain to a position that ends with an event exists."""
    first = FAR
    for last in range(u.lo, u.hi):
        if (
            known[last - u.lo] < first
            and within(rules, position, ev.time[last], ev.time[event])
            and may_precede(ev, rules, last, event)
        ):
            first = max(known[last - u.lo], ev.time[event])
            if first == ev.time[event]:
                return first
    return first


@part
def chained(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> bool:
    """The steps reached and every chain to them; False where sets of events would grow too large."""
    if entry - u.lo >= MOST_BITS or (not u.plain and u.hi - u.lo > MOST_BITS):
        return False
    s.span[0], s.span[1], s.span[2] = 0, 0, 0
    _put(s, entry, 1 << (entry - u.lo), ev.time[entry], 1)
    if not may_chain(ev, rules, entry):
        return True
    for position in range(1, len(rules.step)):
        s.span[0], s.span[1] = s.span[1], s.span[2]
        for chain in range(s.span[0], s.span[1]):
            if not _lengthen(ev, rules, u, entry, chain, s):
                return False
        if s.span[2] == s.span[1]:
            break
        first, by = FAR, NONE
        for chain in range(s.span[1], s.span[2]):
            moment, last = s.chains[chain, 2], s.chains[chain, 0]
            if moment < first or (moment == first and last < by):
                first, by = moment, last
        reach(s, position, first, by)
    return True


@part
def _lengthen(ev: Events, rules: Rules, u: Unit, entry: int, chain: int, s: Scratch) -> bool:
    """Lengthen a chain by every event that may follow; False where there is no room."""
    last, position = s.chains[chain, 0], s.chains[chain, 3]
    anchor = first_at(ev, u, last) if u.plain else u.lo
    for event in range(anchor, u.hi):
        if u.plain and _is_past(ev, rules, position, last, event):
            break
        if u.plain and ev.time[event] != ev.time[anchor]:
            anchor = event
        if event - anchor >= MOST_BITS:
            return False
        used = s.chains[chain, 1] if not u.plain or ev.time[event] == ev.time[last] else 0
        bit = 1 << (event - anchor)
        if (
            used & bit
            or not ev.bits[event] & rules.step[position, BIT]
            or not usable(ev, rules, entry, event)
            or not _follows(ev, rules, position, last, event)
        ):
            continue
        used |= bit
        if not rules.adjacent:
            used = _mattering(ev, rules, position + 1, anchor, used)
        if not _put(s, event, used, max(s.chains[chain, 2], ev.time[event]), position + 1):
            return False
    return True


@part
def _is_past(ev: Events, rules: Rules, position: int, last: int, event: int) -> bool:
    """Whether this event and all later ones come too late to follow, where times are exact."""
    if not within(rules, position, ev.time[last], ev.time[event]):
        return True
    if not rules.adjacent or ev.time[event] <= ev.time[last]:
        return False
    before = event - 1
    while ev.time[before] == ev.time[event]:
        before -= 1
    return ev.time[before] > ev.time[last] and _comes_between_at(ev, rules, position, before)


@part
def _comes_between_at(ev: Events, rules: Rules, position: int, event: int) -> bool:
    """Whether any event of the moment of this one, which is the last of its moment, keeps neighbours apart."""
    time = ev.time[event]
    while event >= 0 and ev.time[event] == time:
        if _comes_between(ev, rules, position, event):
            return True
        event -= 1
    return False


@part
def _comes_between(ev: Events, rules: Rules, position: int, event: int) -> bool:
    counts = rules.among == 0 or ev.bits[event] & rules.among != 0
    return counts and not ev.bits[event] & rules.step[position, SPARES]


@part
def _follows(ev: Events, rules: Rules, position: int, last: int, event: int) -> bool:
    if not may_precede(ev, rules, last, event) or not within(rules, position, ev.time[last], ev.time[event]):
        return False
    if rules.adjacent:
        for other in range(last + 1, event):
            if ev.time[last] < ev.time[other] < ev.time[event] and _comes_between(ev, rules, position, other):
                return False
    return True


@part
def _mattering(ev: Events, rules: Rules, position: int, anchor: int, used: int) -> int:
    """Of the used events those that a later step could take once more; to forget the others changes no result."""
    if position >= len(rules.step):
        return 0
    kept = 0
    for place in range(MOST_BITS):
        if used >> place == 0:
            break
        if used >> place & 1 and ev.bits[anchor + place] & rules.step[position, FROM_HERE]:
            kept |= 1 << place
    return kept


@part
def _put(s: Scratch, last: int, used: int, moment: int, length: int) -> bool:
    """Add a chain, or the earlier moment of one that is known; False where there is no room."""
    count = s.span[2]
    for chain in range(s.span[1], count):
        if s.chains[chain, 0] == last and s.chains[chain, 1] == used:
            s.chains[chain, 2] = min(s.chains[chain, 2], moment)
            return True
    if count == CHAINS:
        return False
    s.chains[count, 0], s.chains[count, 1], s.chains[count, 2], s.chains[count, 3] = last, used, moment, length
    s.span[2] = count + 1
    return True


@part
def interrupted_at(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> int:
    """The first moment at which every chain there is has been followed by an event that does not extend it."""
    steps, count = len(rules.step), s.span[2]
    deaths = s.chains[:count, 4]
    moment = FAR
    for chain in range(count):
        deaths[chain] = FAR
        if s.chains[chain, 3] < steps:
            deaths[chain] = _death(ev, rules, u, entry, s.chains[chain])
        moment = min(moment, deaths[chain])
    while moment != FAR:
        alive, later = False, FAR
        for chain in range(count):
            if deaths[chain] > moment:
                later = min(later, deaths[chain])
                alive |= s.chains[chain, 3] < steps and s.chains[chain, 2] <= moment
        if not alive:
            return moment
        moment = later
    return NONE


@part
def _death(ev: Events, rules: Rules, u: Unit, entry: int, chain: IntArray) -> int:
    last, used, length = chain[0], chain[1], chain[3]
    for event in range(last + 1, u.hi):
        again = not u.plain and used >> (event - u.lo) & 1
        if ev.time[event] > ev.time[last] and not again and _comes_between(ev, rules, length, event):
            return max(ev.time[event], ev.time[entry])
    return FAR
