"""Steps that need no order of their own: skipped stages that are filled, and steps in any order.

Steps in any order stand in blocks that come one after the other. What a block may use is said by two limits: its events
are no later than the last one of its own, and may follow the last one of the block before. With all limits known, each
step is given an event of its own by augmenting paths through all blocks that are open. The earliest limit at which a
block can be done is the best one, but where times are loose and an event matches two steps: there a later limit may
spare an event that a later block needs, so all that can matter are tried.
"""

from tragt.funnel.engine.compiling import part
from tragt.funnel.engine.relations import (
    AFTER,
    CHAINS,
    DEPTH,
    ENTRY,
    EVENT,
    FAR,
    FILLED,
    LATEST,
    MOMENT,
    NAMED,
    SEEN,
    Scratch,
    Unit,
    first_at,
    may_chain,
    may_precede,
    reach,
    usable,
)
from tragt.funnel.engine.rules import (
    BIT,
    BLOCK,
    FROM_HERE,
    NONE,
    Rules,
)
from tragt.funnel.engine.timeline import (
    Events,
)

__all__ = ["any_order", "fill", "name_steps"]

LONGEST_DAY = 25 * 3_600_000


@part
def fill(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> None:
    """The stages reached where entering a later one reaches all earlier ones."""
    s.step[0, FILLED] = not ev.bits[entry] & rules.step[0, BIT]
    if not may_chain(ev, rules, entry):
        return
    for position in range(1, len(rules.step)):
        first, by, own = FAR, NONE, False
        for event in range(u.lo, u.hi):
            if not ev.bits[event] & rules.step[position, FROM_HERE]:
                continue
            if event != entry and not (usable(ev, rules, entry, event) and may_precede(ev, rules, entry, event)):
                continue
            moment = max(ev.time[entry], ev.time[event])
            exactly = ev.bits[event] & rules.step[position, BIT] != 0
            if moment < first or (moment == first and exactly and not own):
                first, by, own = moment, event, exactly
        if by == NONE:
            break
        reach(s, position, first, by)
        s.step[position, FILLED] = not own


@part
def any_order(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> bool:
    """For k = 1, 2, … the first moment at which k steps are done, and that at which each step is among them.

    Every step of the first block that the entry can be begins a way of its own. False where there are too many ways.
    """
    s.facts[ENTRY], s.span[0] = entry, 0
    for start in range(len(rules.step)):
        s.step[start, NAMED] = NONE
    for start in range(len(rules.step)):
        if rules.step[start, BLOCK] or not ev.bits[entry] & rules.step[start, BIT]:
            continue
        _name(s, start, ev.time[entry])
        if not may_chain(ev, rules, entry):
            continue
        for step in range(len(rules.step)):
            s.given[0, step] = entry if step == start else NONE
        s.step[0, AFTER] = ev.time[entry]
        if not _go_on(ev, rules, u, 0, s):
            return False
    for k in range(1, s.facts[DEPTH]):
        s.step[k, EVENT] = _at_moment(ev, rules, u, entry, s.step[k, MOMENT])
    return True


@part
def _go_on(ev: Events, rules: Rules, u: Unit, block: int, s: Scratch) -> bool:
    """Do what can be done of a block and of those behind it; False where there are too many ways."""
    s.span[0] += 1
    if s.span[0] > CHAINS:
        return False
    s.step[block, LATEST] = FAR
    _name_all(ev, rules, u, block, s)
    full = _do(ev, rules, u, block, NONE, s)
    if full == NONE or rules.step[len(rules.step) - 1, BLOCK] == block:
        return True
    while _limit(ev, rules, u, block, full, s):
        if _do(ev, rules, u, block, NONE, s) != NONE:
            s.step[block + 1, AFTER] = max(s.step[block, AFTER], ev.time[s.step[block, LATEST]])
            if not _go_on(ev, rules, u, block + 1, s):
                return False
    return True


@part
def _limit(ev: Events, rules: Rules, u: Unit, block: int, full: int, s: Scratch) -> bool:
    """Set the next limit of a block that can be done with an event, from none on; False where no other can matter.

    A limit so late that later blocks cannot reach back to what the block uses spares nothing.
    """
    earliest = s.facts[ENTRY] if block == 0 else u.lo
    begins = s.step[block, LATEST] == FAR
    at_once = u.plain or u.apart or full == s.facts[ENTRY]
    if at_once:
        s.step[block, LATEST] = _last_at(ev, u, max(full, earliest))
        return begins
    until = max(s.step[block, AFTER], ev.time[full]) + len(rules.step) * max(rules.tolerance, LONGEST_DAY)
    for event in range(u.lo if begins else s.step[block, LATEST] + 1, u.hi):
        if ev.time[event] > until:
            break
        if _is_of(ev, rules, block, event):
            s.step[block, LATEST] = _last_at(ev, u, max(event, earliest))
            return True
    return False


@part
def _name_all(ev: Events, rules: Rules, u: Unit, block: int, s: Scratch) -> None:
    """Note from when on each step of an open block can be done beside all of the blocks before."""
    for step in range(len(rules.step)):
        if rules.step[step, BLOCK] == block and s.given[block, step] == NONE:
            by = _do(ev, rules, u, block, step, s)
            if by != NONE:
                _name(s, step, max(s.step[block, AFTER], ev.time[by]))


@part
def _name(s: Scratch, step: int, moment: int) -> None:
    """Note that some way includes a step from a moment on."""
    if s.step[step, NAMED] == NONE or moment < s.step[step, NAMED]:
        s.step[step, NAMED] = moment


@part
def _is_of(ev: Events, rules: Rules, block: int, event: int) -> bool:
    """Whether an event is a step of a block."""
    for step in range(len(rules.step)):
        if rules.step[step, BLOCK] == block and ev.bits[event] & rules.step[step, BIT]:
            return True
    return False


@part
def _last_at(ev: Events, u: Unit, event: int) -> int:
    """The last event of the moment of an event."""
    while event + 1 < u.hi and ev.time[event + 1] == ev.time[event]:
        event += 1
    return event


@part
def _do(ev: Events, rules: Rules, u: Unit, block: int, only: int, s: Scratch) -> int:
    """Do as many steps of an open block as can be, or only one of them, beside all of the blocks before.

    The event with which the last one was done, the entry where there was nothing to do; `NONE` where some are left.
    """
    entry = s.facts[ENTRY]
    done = wanted = 0
    for step in range(len(rules.step)):
        s.given[block + 1, step] = s.given[block, step]
        done += s.given[block, step] != NONE
        wanted += rules.step[step, BLOCK] <= block
    goal = wanted if only == NONE else done + 1
    if done == goal:
        return entry
    for event in range(first_at(ev, u, s.step[block - 1, LATEST]) if u.plain and block else u.lo, u.hi):
        if rules.window != NONE and ev.time[event] > ev.time[entry] + rules.window:
            break
        if not ev.bits[event] & rules.every_step or not usable(ev, rules, entry, event):
            continue
        if _is_new(rules, block, only, event, s) and _take_in(ev, rules, block, event, s):
            if only == NONE and s.step[block, LATEST] == FAR:
                _count(s, done, max(s.step[block, AFTER], ev.time[event]))
            done += 1
            if done == goal:
                return event
    return NONE


@part
def _count(s: Scratch, done: int, moment: int) -> None:
    """Note that one step more than so many is done."""
    if s.step[done, MOMENT] == NONE or moment < s.step[done, MOMENT]:
        s.step[done, MOMENT] = moment
    s.facts[DEPTH] = max(s.facts[DEPTH], done + 1)


@part
def _is_new(rules: Rules, block: int, only: int, event: int, s: Scratch) -> bool:
    """Whether no step has been given an event; marks the steps that it may be given."""
    for step in range(len(rules.step)):
        if s.given[block + 1, step] == event:
            return False
        is_other = rules.step[step, BLOCK] == block and step != only
        s.member[step, SEEN] = is_other and only != NONE
    return True


@part
def _take_in(ev: Events, rules: Rules, block: int, event: int, s: Scratch) -> bool:
    """Give an event a step of its own in an open block or one before, moving others by an augmenting path."""
    for step in range(len(rules.step)):
        if rules.step[step, BLOCK] > block:
            break
        given = s.given[block + 1, step]
        if s.member[step, SEEN] or given == s.facts[ENTRY] or not _fits(ev, rules, step, event, s):
            continue
        s.member[step, SEEN] = 1
        if given == NONE or _take_in(ev, rules, block, given, s):
            s.given[block + 1, step] = event
            return True
    return False


@part
def _fits(ev: Events, rules: Rules, step: int, event: int, s: Scratch) -> bool:
    """Whether an event is a step and lies between the limits of its block."""
    block = rules.step[step, BLOCK]
    if not ev.bits[event] & rules.step[step, BIT] or event > s.step[block, LATEST]:
        return False
    return may_precede(ev, rules, s.step[block - 1, LATEST] if block else s.facts[ENTRY], event)


@part
def _at_moment(ev: Events, rules: Rules, u: Unit, entry: int, moment: int) -> int:
    """The smallest usable event of a moment that is a step; at the entry's moment the entry."""
    if moment == ev.time[entry]:
        return entry
    for event in range(u.lo, u.hi):
        if ev.time[event] == moment and ev.bits[event] & rules.every_step and usable(ev, rules, entry, event):
            return event
    return entry


@part
def name_steps(s: Scratch, until: int) -> None:
    """With any order: the steps that some way includes up to a moment, in place of the moments since they do."""
    for step in range(len(s.step)):
        s.step[step, NAMED] = s.step[step, NAMED] != NONE and s.step[step, NAMED] <= until
