"""When each step is reached: the first moment at which a valid chain of distinct events exists."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from tragt.events.event import Event
from tragt.funnel.durations import milliseconds
from tragt.funnel.reference.unit_log import UnitLog, matches

__all__ = ["Chain", "Reached", "filled_steps", "ordered_steps"]

_LONGEST_DAY = milliseconds(timedelta(hours=25))


@dataclass(frozen=True, slots=True)
class Reached:
    """A step that was reached: when, and by which event."""

    moment: int
    event: Event
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The end of a chain: its last event, those of its events that could still matter, and how many steps it has."""

    last: Event
    used: frozenset[Event]
    length: int


def ordered_steps(log: UnitLog, entry: Event) -> tuple[list[Reached], dict[Chain, int]]:
    """The required steps an attempt reaches when they must come in order, adjacent or not.

    Returns:
        The steps reached, the entry first; and every chain with the first moment at which it exists.
    """
    funnel = log.funnel
    steps = [funnel.steps[i] for i in funnel.required]
    usable = log.within_reach(entry)
    reached = [Reached(entry.time, entry)]
    frontier = {Chain(entry, frozenset({entry}), 1): entry.time}
    every = dict(frontier)
    for position, step in enumerate(steps[1:], start=1):
        candidates = [event for event in usable if matches(event, step.match)]
        longer: dict[Chain, int] = {}
        for chain, moment in frontier.items():
            for event in candidates:
                if event in chain.used or not _follows(log, chain.last, event, position):
                    continue
                used = frozenset(_still_matter(log, chain.used | {event}, event, position + 1))
                key, at = Chain(event, used, position + 1), max(moment, event.time)
                longer[key] = min(at, longer.get(key, at))
        if not longer:
            break
        first = min(longer.values())
        event = min((chain.last for chain, moment in longer.items() if moment == first), key=lambda e: (e.time, e.id))
        reached.append(Reached(first, event))
        every |= longer
        frontier = longer
    return reached, every


def _follows(log: UnitLog, last: Event, event: Event, position: int) -> bool:
    """Whether an event may be the next of a chain, at this position among the required steps."""
    within = log.funnel.steps[log.funnel.required[position]].within
    return (
        log.may_come_before(last, event)
        and (within is None or event.time - last.time <= milliseconds(within))
        and (
            log.funnel.order != "adjacent"
            or not any(
                last.time < other.time < event.time
                for other in comes_between(log, position)
                if other not in (last, event)
            )
        )
    )


def comes_between(log: UnitLog, position: int) -> Iterator[Event]:
    """The events that keep two neighbours, the second at this position, from being adjacent."""
    funnel = log.funnel
    optional = funnel.steps[funnel.required[position - 1] + 1 : funnel.required[position]]
    for event in log.events:
        counts = not funnel.among or event.name in funnel.among
        if counts and not any(matches(event, step.match) for step in optional):
            yield event


def _still_matter(log: UnitLog, used: Iterable[Event], last: Event, position: int) -> Iterator[Event]:
    """The used events that a later step could otherwise take once more, or that adjacency must know.

    Forgetting the others keeps the number of chains small; it changes no result.
    """
    funnel = log.funnel
    later = [funnel.steps[i] for i in funnel.required[position:]]
    back = max(milliseconds(funnel.tolerance), _LONGEST_DAY) * len(later)
    for event in used:
        if funnel.order == "adjacent" or (
            event.time >= last.time - back and any(matches(event, step.match) for step in later)
        ):
            yield event


def filled_steps(log: UnitLog, entry: Event) -> list[Reached]:
    """The stages an attempt reaches when entering a later stage reaches all earlier ones at that time."""
    steps = [log.funnel.steps[i] for i in log.funnel.required]
    reached = [Reached(entry.time, entry, filled=not matches(entry, steps[0].match))]
    if not log.may_chain(entry):
        return reached
    usable = [entry, *(event for event in log.within_reach(entry) if log.may_come_before(entry, event))]
    for position in range(1, len(steps)):
        ways = [
            (max(entry.time, event.time), event)
            for event in usable
            if any(matches(event, step.match) for step in steps[position:])
        ]
        if not ways:
            break
        first = min(moment for moment, _ in ways)
        at_first = sorted((event for moment, event in ways if moment == first), key=lambda e: (e.time, e.id))
        own = [event for event in at_first if matches(event, steps[position].match)]
        reached.append(Reached(first, (own or at_first)[0], filled=not own))
    return reached
