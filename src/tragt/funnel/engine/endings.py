"""What ends an attempt, and the optional steps that it took until then."""

from tragt.funnel.engine.compiling import part
from tragt.funnel.engine.relations import (
    DEPTH,
    ENDED,
    EVENT,
    FAR,
    FILLED,
    INTERRUPTED,
    LOSS,
    MATURES,
    MOMENT,
    OUTCOME,
    TAKEN,
    TAKEN_BY,
    VOIDED,
    Scratch,
    Unit,
    may_chain,
    may_precede,
    same_day,
    usable,
)
from tragt.funnel.engine.rules import (
    AFTER_STEP,
    BEFORE_STEP,
    BIT,
    NONE,
    SPARES,
    WITHIN,
    Rules,
)
from tragt.funnel.engine.timeline import (
    IN_SESSION,
    Events,
)

__all__ = ["EXCLUDED", "settle_ending", "settle_optional"]

CONVERTED, LOST, EXCLUDED, EXPIRED, OPEN = range(5)
"""Places in `OUTCOMES`."""

SESSION_ENDS_AFTER = 1_800_000


@part
def _matures(ev: Events, rules: Rules, u: Unit, entry: int) -> int:
    if not rules.session:
        return NONE if rules.length == NONE else ev.time[entry] + rules.length
    last = ev.time[entry]
    if ev.more[entry, IN_SESSION] != 0:
        for event in range(u.lo, u.hi):
            if ev.more[event, IN_SESSION] == ev.more[entry, IN_SESSION]:
                last = max(last, ev.time[event])
    return last + SESSION_ENDS_AFTER


@part
def _is_loss(ev: Events, rules: Rules, entry: int, event: int) -> bool:
    return ev.bits[event] & rules.lost != 0 and (ev.time[event] >= ev.time[entry] or same_day(ev, event, entry))


@part
def _reopened(ev: Events, rules: Rules, u: Unit, entry: int, loss: int, s: Scratch) -> bool:
    """Whether a later event makes a loss void."""
    at = max(ev.time[loss], ev.time[entry])
    for event in range(u.hi - 1, u.lo - 1, -1):
        if ev.time[event] < at:
            break
        if s.facts[MATURES] != NONE and ev.time[event] > s.facts[MATURES]:
            continue
        if ev.bits[event] & rules.reopen:
            return True
        if ev.bits[event] & rules.restage and ev.time[event] > at and not same_day(ev, event, loss):
            return True
    return False


@part
def _first_excluded(ev: Events, rules: Rules, u: Unit, s: Scratch) -> int:
    """The moment of the first event that excludes; `FAR` where there is none."""
    first = FAR
    depth = s.facts[DEPTH]
    for number in range(len(rules.exclude)):
        after, before = rules.exclude[number, AFTER_STEP], rules.exclude[number, BEFORE_STEP]
        if after >= depth:
            continue
        until = s.step[before, MOMENT] if before < depth else FAR
        for event in range(s.step[after, EVENT] + 1, u.hi):
            if ev.time[event] >= min(until, first):
                break
            if (
                ev.time[event] > s.step[after, MOMENT]
                and ev.bits[event] & rules.exclude[number, BIT]
                and not ev.bits[event] & rules.exclude[number, SPARES]
            ):
                first = ev.time[event]
    return first


@part
def _end(s: Scratch, outcome: int, moment: int) -> bool:
    """Take an ending that comes before the one known; to be offered in the order in which equals count."""
    if moment < s.facts[ENDED]:
        s.facts[OUTCOME], s.facts[ENDED] = outcome, moment
        return True
    return False


@part
def settle_ending(ev: Events, rules: Rules, u: Unit, entry: int, interrupted: int, s: Scratch) -> None:
    """How and when the attempt ended, and which steps it had reached by then."""
    facts = s.facts
    facts[OUTCOME], facts[ENDED], facts[LOSS], facts[VOIDED], facts[INTERRUPTED] = OPEN, FAR, NONE, 0, 0
    facts[MATURES] = _matures(ev, rules, u, entry)
    if facts[DEPTH] == len(rules.step):
        _end(s, CONVERTED, s.step[len(rules.step) - 1, MOMENT])
    loss = _first_loss(ev, rules, u, entry, s) if rules.lost else NONE
    if loss != NONE and _end(s, LOST, max(ev.time[loss], ev.time[entry])):
        facts[LOSS] = loss
    if len(rules.exclude) and _end(s, EXCLUDED, _first_excluded(ev, rules, u, s)):
        facts[LOSS] = NONE
    if interrupted != NONE and _end(s, EXCLUDED, interrupted):
        facts[LOSS], facts[INTERRUPTED] = NONE, 1
    if facts[MATURES] != NONE and facts[MATURES] <= u.as_of and _end(s, EXPIRED, facts[MATURES]):
        facts[LOSS], facts[INTERRUPTED] = NONE, 0
    if rules.lost:
        facts[VOIDED] = _voided(ev, rules, u, entry, s)
    _cut(facts[ENDED], s)
    if facts[ENDED] == FAR:
        facts[ENDED] = NONE


@part
def _first_loss(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> int:
    """The first loss that nothing makes void."""
    for event in range(u.lo, u.hi):
        if _is_loss(ev, rules, entry, event) and not _reopened(ev, rules, u, entry, event, s):
            return event
    return NONE


@part
def _voided(ev: Events, rules: Rules, u: Unit, entry: int, s: Scratch) -> int:
    """How many losses until the attempt's end something made void."""
    voided = 0
    for event in range(u.lo, u.hi):
        if ev.time[event] > s.facts[ENDED]:
            break
        if _is_loss(ev, rules, entry, event):
            voided += _reopened(ev, rules, u, entry, event, s)
    return voided


@part
def _cut(until: int, s: Scratch) -> None:
    """Take back the steps reached after a moment."""
    while s.step[s.facts[DEPTH] - 1, MOMENT] > until:
        s.facts[DEPTH] -= 1
        s.step[s.facts[DEPTH], MOMENT] = s.step[s.facts[DEPTH], EVENT] = NONE
        s.step[s.facts[DEPTH], FILLED] = False


@part
def _is_of_chain(depth: int, event: int, s: Scratch) -> bool:
    found = False
    for position in range(depth):
        found |= s.step[position, EVENT] == event
    return found


@part
def settle_optional(ev: Events, rules: Rules, u: Unit, entry: int, until: int, s: Scratch) -> None:
    """For each optional step the first moment it was taken."""
    depth = s.facts[DEPTH]
    for number in range(len(rules.optional)):
        before = rules.optional[number, AFTER_STEP]
        if before >= depth or not may_chain(ev, rules, entry):
            continue
        since = s.step[before, EVENT]
        for event in range(u.lo, u.hi):
            if ev.time[event] > until:
                break
            moment = max(s.step[before, MOMENT], ev.time[event])
            if not ev.bits[event] & rules.optional[number, BIT] or not usable(ev, rules, entry, event):
                continue
            limit = rules.optional[number, WITHIN]
            if not may_precede(ev, rules, since, event) or (limit != NONE and ev.time[event] - ev.time[since] > limit):
                continue
            if before + 1 < depth and not may_precede(ev, rules, event, s.step[before + 1, EVENT]):
                continue
            if _is_of_chain(depth, event, s):
                continue
            if s.optional[number, TAKEN] == NONE or moment < s.optional[number, TAKEN]:
                s.optional[number, TAKEN], s.optional[number, TAKEN_BY] = moment, event
