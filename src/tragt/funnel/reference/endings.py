"""What ends an attempt, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tragt.events.event import Event
from tragt.funnel.attempt import Outcome
from tragt.funnel.reference.chains import Chain, Reached, comes_between
from tragt.funnel.reference.unit_log import UnitLog, matches
from tragt.funnel.steps import Exclude

__all__ = ["Ending", "ending", "losses", "reopened"]

_AT_ONE_MOMENT = (Outcome.CONVERTED, Outcome.LOST, Outcome.EXCLUDED, Outcome.EXPIRED)


@dataclass(frozen=True, slots=True)
class Ending:
    """How and when an attempt ended; an attempt that is open has no moment."""

    outcome: Outcome
    moment: int | None = None
    loss: Event | None = None
    by_adjacency: bool = False


def ending(log: UnitLog, entry: Event, reached: Sequence[Reached], chains: Mapping[Chain, int]) -> Ending:
    """The first ending of an attempt; at one moment in the order converted, lost, excluded, expired.

    Args:
        log: The unit's log.
        entry: The event that opened the attempt.
        reached: The required steps it would reach if nothing ended it.
        chains: For adjacent order, every chain with the moment at which it exists.
    """
    found: list[Ending] = []
    if len(reached) == len(log.funnel.required):
        found.append(Ending(Outcome.CONVERTED, reached[-1].moment))
    valid = [loss for loss in losses(log, entry) if not reopened(log, entry, loss)]
    if valid:
        first = min(valid, key=lambda loss: (max(loss.time, entry.time), loss.time, loss.id))
        found.append(Ending(Outcome.LOST, max(first.time, entry.time), first))
    for exclude in log.funnel.exclude:
        moment = _excluded(log, exclude, reached)
        if moment is not None:
            found.append(Ending(Outcome.EXCLUDED, moment))
    if log.funnel.order == "adjacent":
        moment = _interrupted(log, entry, chains)
        if moment is not None:
            found.append(Ending(Outcome.EXCLUDED, moment, by_adjacency=True))
    matures = log.matures(entry)
    if matures is not None and matures <= log.as_of:
        found.append(Ending(Outcome.EXPIRED, matures))
    if not found:
        return Ending(Outcome.OPEN)
    return min(found, key=lambda end: (end.moment or 0, _AT_ONE_MOMENT.index(end.outcome), end.by_adjacency))


def losses(log: UnitLog, entry: Event) -> list[Event]:
    """The events of loss from the entry's time on, or on its day where one of them is known only by its day."""
    return [
        event
        for event in log.events
        if any(matches(event, loss) for loss in log.funnel.lost)
        and (event.time >= entry.time or log.same_day(event, entry))
    ]


def reopened(log: UnitLog, entry: Event, loss: Event) -> bool:
    """Whether a later event makes a loss void: re-opening at the same moment or later, within the window.

    In a funnel over stages a stage entered strictly after the loss re-opens, too; on a later day where one of the
    two is known only by its day, for which came first is not known then.
    """
    funnel = log.funnel
    end = log.matures(entry)
    lost_at = max(loss.time, entry.time)
    for event in log.events:
        if end is not None and event.time > end:
            continue
        if event.time >= lost_at and any(matches(event, reopen) for reopen in funnel.reopen):
            return True
        entered_later = event.time > lost_at and not log.same_day(event, loss)
        if funnel.skips and entered_later and any(matches(event, step.match) for step in funnel.steps):
            return True
    return False


def _excluded(log: UnitLog, exclude: Exclude, reached: Sequence[Reached]) -> int | None:
    """The moment of the first event that falls after step a is reached while b is not."""
    funnel = log.funnel
    before = len(funnel.steps) if exclude.before is None else exclude.before
    if funnel.order == "any":
        start, end = 0, len(funnel.required) - 1
    else:
        start, end = funnel.required.index(exclude.after - 1), funnel.required.index(before - 1)
    if start >= len(reached):
        return None
    between = funnel.steps[exclude.after : before]
    for event in log.events:
        if (
            event.time > reached[start].moment
            and not (end < len(reached) and reached[end].moment <= event.time)
            and matches(event, exclude.match)
            and not any(matches(event, step.match) for step in between)
        ):
            return event.time
    return None


def _interrupted(log: UnitLog, entry: Event, chains: Mapping[Chain, int]) -> int | None:
    """The first moment at which every chain there is has been followed by an event that does not extend it.

    No attempt is interrupted before it begins, also where day-known events let a chain run back before the entry.
    """
    steps = len(log.funnel.required)
    deaths = {chain: _death(log, entry, chain) for chain in chains if chain.length < steps}
    for moment in sorted({death for death in deaths.values() if death is not None}):
        if all(death is not None and death <= moment for chain, death in deaths.items() if chains[chain] <= moment):
            return moment
    return None


def _death(log: UnitLog, entry: Event, chain: Chain) -> int | None:
    later = [
        max(event.time, entry.time)
        for event in comes_between(log, chain.length)
        if event.time > chain.last.time and event not in chain.used
    ]
    return min(later, default=None)
