"""Steps that need no order of their own: skipped stages that are filled, and steps in any order."""

from tragt.funnel.engine.compiling import compiled
from tragt.funnel.engine.relations import (
    ASSIGNED,
    DEPTH,
    EVENT,
    FAR,
    FILLED,
    MOMENT,
    NAMED,
    SEEN,
    Scratch,
    Unit,
    may_chain,
    may_precede,
    put_all,
    reach,
    usable,
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

__all__ = ["any_order", "fill", "name_steps"]


@compiled
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


@compiled
def any_order(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> None:
    """For k = 1, 2, … the first moment at which k steps are done, by as many assignments as steps the entry can be."""
    if not may_chain(ev, rules, entry):
        return
    steps = len(rules.step)
    for start in range(steps if rules.any_entry else 1):
        if not ev.bits[entry] & rules.step[start, BIT]:
            continue
        put_all(s.member, steps, ASSIGNED, NONE)
        s.member[start, ASSIGNED] = entry
        done = 1
        for event in range(u.lo, u.hi):
            if not ev.bits[event] & rules.every_step or not usable(ev, rules, entry, event):
                continue
            if not may_precede(ev, rules, entry, event):
                continue
            put_all(s.member, steps, SEEN, 0)
            s.member[start, SEEN] = 1
            if _take_in(ev, rules, event, s):
                moment = max(ev.time[entry], ev.time[event])
                if s.step[done, MOMENT] == NONE or moment < s.step[done, MOMENT]:
                    s.step[done, MOMENT] = moment
                done += 1
        s.facts[DEPTH] = max(s.facts[DEPTH], done)
    for k in range(1, s.facts[DEPTH]):
        s.step[k, EVENT] = (
            entry if s.step[k, MOMENT] == ev.time[entry] else _at_moment(ev, rules, u, entry, s.step[k, MOMENT])
        )


@compiled
def _take_in(ev: Events, rules: Rules, event: int, s: Scratch) -> bool:
    """Give an event a step of its own, moving others by an augmenting path."""
    for step in range(len(rules.step)):
        if s.member[step, SEEN] or not ev.bits[event] & rules.step[step, BIT]:
            continue
        s.member[step, SEEN] = 1
        if s.member[step, ASSIGNED] == NONE or _take_in(ev, rules, s.member[step, ASSIGNED], s):
            s.member[step, ASSIGNED] = event
            return True
    return False


@compiled
def _at_moment(ev: Events, rules: Rules, u: Unit, entry: int, moment: int) -> int:
    """The smallest usable event of a moment that is a step; at the entry's moment the entry."""
    if moment == ev.time[entry]:
        return entry
    for event in range(u.lo, u.hi):
        if ev.time[event] == moment and ev.bits[event] & rules.every_step and usable(ev, rules, entry, event):
            return event
    return entry


@compiled
def name_steps(ev: Events, rules: Rules, u: Unit, entry: int, until: int, s: Scratch) -> None:
    """With any order: the steps that some valid assignment includes, over the events up to a moment."""
    steps = len(rules.step)
    for start in range(steps if rules.any_entry else 1):
        if not ev.bits[entry] & rules.step[start, BIT]:
            continue
        s.step[start, NAMED] = True
        if not may_chain(ev, rules, entry):
            continue
        for event in range(u.lo, u.hi):
            if ev.time[event] > until:
                break
            if usable(ev, rules, entry, event) and may_precede(ev, rules, entry, event):
                for step in range(steps):
                    s.step[step, NAMED] |= step != start and ev.bits[event] & rules.step[step, BIT] != 0
