"""Steps in any order: how many can be done, by assigning distinct events to distinct steps."""

from collections.abc import Iterable
from dataclasses import dataclass

from tragt.events.event import Event
from tragt.funnel.reference.chains import Reached
from tragt.funnel.reference.unit_log import UnitLog, matches

__all__ = ["blocks", "named_steps", "steps_done"]


def blocks(log: UnitLog) -> list[list[int]]:
    """The steps (numbers from 0) in blocks that come in order; anchored steps stand alone."""
    funnel = log.funnel
    found: list[list[int]] = []
    for number, step in enumerate(funnel.steps):
        after_entry = number == 1 and funnel.entry == "first"
        if not found or step.anchored or funnel.steps[number - 1].anchored or after_entry:
            found.append([number])
        else:
            found[-1].append(number)
    return found


@dataclass(frozen=True, slots=True)
class _State:
    """Blocks done so far: the events used, and the latest of the last block, which later events must follow.

    An event that may follow the latest of a block may follow each of them, for *may come before*
    holds for every earlier event too.
    """

    used: frozenset[Event]
    latest: Event


def steps_done(log: UnitLog, entry: Event) -> list[Reached]:
    """For k = 1, 2, … the first moment at which k steps are done.

    The k-th step's event is the smallest by id of the usable events at that moment, or the entry
    where the moment is the entry's.
    """
    usable = log.within_reach(entry)
    moments = sorted({max(entry.time, event.time) for event in usable} | {entry.time})
    reached: list[Reached] = []
    for moment in moments:
        available = [event for event in usable if event.time <= moment]
        done = max(done for done, _ in _ways(log, entry, available))
        at_moment = [event for event in available if event.time == moment and _is_step(log, event)]
        event = entry if moment == entry.time or not at_moment else min(at_moment, key=lambda e: e.id)
        reached.extend(Reached(moment, event) for _ in range(done - len(reached)))
    return reached


def named_steps(log: UnitLog, entry: Event, until: int) -> frozenset[int]:
    """The steps (numbers from 0) that some valid assignment includes, over the events up to a moment."""
    usable = [event for event in log.within_reach(entry) if event.time <= until]
    return frozenset().union(*(named for _, named in _ways(log, entry, usable)))


def _is_step(log: UnitLog, event: Event) -> bool:
    return any(matches(event, step.match) for step in log.funnel.steps)


def _ways(log: UnitLog, entry: Event, available: list[Event]) -> Iterable[tuple[int, frozenset[int]]]:
    """Each way as far as it goes: how many steps it does at most, and which steps it can include."""
    first_block, *later_blocks = blocks(log)
    for start in (number for number in first_block if matches(entry, log.funnel.steps[number].match)):
        states, included = {_State(frozenset({entry}), entry)}, frozenset({start})
        begun: Event | None = entry
        for block in ([number for number in first_block if number != start], *later_blocks):
            for state in states:
                most, possible = _partly(log, block, available, state)
                yield len(included) + most, included | possible
            states = {after for state in states for after in _wholly(log, block, available, state, begun)}
            included, begun = included | frozenset(block), None


def _fits(log: UnitLog, number: int, event: Event, state: _State) -> bool:
    return (
        event not in state.used
        and matches(event, log.funnel.steps[number].match)
        and log.may_come_before(state.latest, event)
    )


def _partly(log: UnitLog, block: list[int], available: list[Event], state: _State) -> tuple[int, set[int]]:
    """The most steps of a block that distinct events can be assigned to (by augmenting paths), and those possible."""
    taken: dict[Event, int] = {}

    def place(number: int, tried: set[Event]) -> bool:
        for event in available:
            if event in tried or not _fits(log, number, event, state):
                continue
            tried.add(event)
            if event not in taken or place(taken[event], tried):
                taken[event] = number
                return True
        return False

    most = sum(place(number, set()) for number in block)
    return most, {number for number in block if any(_fits(log, number, event, state) for event in available)}


def _wholly(
    log: UnitLog, block: list[int], available: list[Event], state: _State, begun: Event | None
) -> Iterable[_State]:
    """Every way to do a whole block that differs in what later blocks may use or must follow.

    The entry belongs to the first block: what comes after must follow it, too.
    """
    ways: set[tuple[frozenset[Event], Event | None]] = {(state.used, begun)}
    for number in block:
        ways = {
            (used | {event}, event if latest is None else max(latest, event, key=lambda e: (e.time, e.id)))
            for used, latest in ways
            for event in available
            if event not in used and _fits(log, number, event, state)
        }
    return {_State(used, latest or state.latest) for used, latest in ways}
