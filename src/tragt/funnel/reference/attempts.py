"""The attempts of a unit, and which of them count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tragt.events.event import Event
from tragt.funnel.attempt import Attempt, Outcome
from tragt.funnel.definition import Funnel
from tragt.funnel.durations import milliseconds
from tragt.funnel.question import Period
from tragt.funnel.reference.any_order import blocks, named_steps, steps_done
from tragt.funnel.reference.chains import Chain, Reached, filled_steps, ordered_steps
from tragt.funnel.reference.endings import Ending, ending, losses, reopened
from tragt.funnel.reference.unit_log import UnitLog, day_of, matches

__all__ = ["Selection", "attempts"]

_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Selection:
    """The attempts a report rests on.

    Args:
        counted: Those the counts are of.
        mature: Those the observed rates rest on; without a window all that count.
        expected: Those the expected rates and the times rest on.
    """

    counted: tuple[Attempt, ...]
    mature: tuple[Attempt, ...]
    expected: tuple[Attempt, ...]


def attempts(
    funnel: Funnel,
    logs: Mapping[str, Sequence[Event]],
    as_of: int,
    period: Period | None = None,
    zone: ZoneInfo = _ZONE,
) -> Selection:
    """Which attempts count, straight from the definition.

    Args:
        funnel: The definition.
        logs: Each unit's events. Conditions on the unit, robots and own traffic are applied before.
        as_of: The moment up to which the logs are read, ms since 1970 in UTC.
        period: Which entries count; None is all.
        zone: The organisation's zone, for days.

    Returns:
        The attempts that count, those that are mature, and those the expected rates rest on; by unit, then entry.
    """
    counted: list[Attempt] = []
    mature: list[Attempt] = []
    expected: list[Attempt] = []
    whole = period or Period()
    for unit in sorted(logs):
        log = UnitLog.up_to(funnel, logs[unit], as_of, zone)
        if funnel.count == "every":
            ours = [attempt for attempt in _one_after_another(unit, log) if _inside(attempt.entry, whole, zone)]
        else:
            ours = [_attempt(unit, log, entry)[0] for entry in _entries(log) if _inside(entry, whole, zone)]
        ripe = [attempt for attempt in ours if attempt.matures is None or attempt.matures <= as_of]
        match funnel.count:
            case "every":
                counted, mature, expected = counted + ours, mature + ripe, expected + ours
            case "best":
                counted, mature, expected = counted + _best(ours), mature + _best(ripe), expected + ours[:1]
            case "first" | "first_ever":
                chosen = ours[:1]
                if funnel.count == "first_ever" and not _inside(next(iter(_entries(log)), None), whole, zone):
                    chosen = []
                counted, expected = counted + chosen, expected + chosen
                mature += [attempt for attempt in chosen if attempt in ripe]
    return Selection(tuple(counted), tuple(mature), tuple(expected))


def _inside(entry: Event | None, period: Period, zone: ZoneInfo) -> bool:
    if entry is None:
        return False
    day = day_of(entry.time, zone)
    return (period.start is None or period.start <= day) and (period.end is None or day < period.end)


def _best(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The deepest, the earliest where equal, then the smallest id: the first of the deepest, for they are in order."""
    return [max(attempts, key=lambda attempt: attempt.depth)] if attempts else []


def _entries(log: UnitLog) -> Iterator[Event]:
    """The events that open an attempt, in order of (time, id)."""
    funnel = log.funnel
    opening = [funnel.steps[0]]
    if funnel.order == "any" and funnel.entry == "any":
        opening = [funnel.steps[number] for number in blocks(log)[0]]
    found = [event for event in log.events if any(matches(event, step.match) for step in opening)]
    if funnel.skips == "fill":
        first = next((e for e in log.events if any(matches(e, step.match) for step in funnel.steps)), None)
        if first is not None and not any(event.time <= first.time for event in found):
            found.insert(0, first)
    yield from found


def _one_after_another(unit: str, log: UnitLog) -> Iterator[Attempt]:
    """Attempts of a unit of which each begins after the one before has ended."""
    entries = list(_entries(log))
    rest: UnitLog | None = log
    while rest is not None:
        entry = next((event for event in entries if event in rest.events), None)
        if entry is None:
            return
        attempt, end = _attempt(unit, rest, entry)
        yield attempt
        rest = _rest(log, attempt, end)


def _rest(log: UnitLog, attempt: Attempt, end: Ending) -> UnitLog | None:
    """What the next attempt may see; None while no other may open."""
    if end.moment is None:
        return None
    if end.outcome is not Outcome.EXCLUDED:
        return log.later(end.moment, inclusive=False)
    if end.by_adjacency:
        return log.later(end.moment, inclusive=True)
    return None if attempt.matures is None else log.later(attempt.matures, inclusive=False)


def _attempt(unit: str, log: UnitLog, entry: Event) -> tuple[Attempt, Ending]:
    """One attempt, from its entry to its ending or to the end of the log."""
    funnel = log.funnel
    chains: dict[Chain, int] = {}
    if funnel.order == "any":
        possible = steps_done(log, entry)
    elif funnel.skips == "fill":
        possible = filled_steps(log, entry)
    else:
        possible, chains = ordered_steps(log, entry)
    end = ending(log, entry, possible, chains)
    reached = [step for step in possible if end.moment is None or step.moment <= end.moment]
    until = log.as_of if end.moment is None else end.moment
    taken = list(_optional_steps(log, entry, reached, until))
    attempt = Attempt(
        unit=unit,
        entry=entry,
        moments=tuple(step.moment for step in reached),
        events=tuple(step.event for step in reached),
        outcome=end.outcome,
        ended=end.moment,
        matures=log.matures(entry),
        optional=tuple(None if step is None else step.moment for step in taken),
        optional_events=tuple(None if step is None else step.event for step in taken),
        filled=tuple(step.filled for step in reached),
        named=named_steps(log, entry, until) if funnel.order == "any" else frozenset(),
        loss=end.loss,
        voided=sum(loss.time <= until and reopened(log, entry, loss) for loss in losses(log, entry)),
    )
    return attempt, end


def _optional_steps(log: UnitLog, entry: Event, reached: Sequence[Reached], until: int) -> Iterator[Reached | None]:
    """For each optional step the first moment it was taken, or None."""
    funnel = log.funnel
    chain = {step.event for step in reached}
    usable = [event for event in log.within_reach(entry) if event not in chain]
    for number, step in enumerate(funnel.steps):
        if not step.optional:
            continue
        previous = sum(required < number for required in funnel.required) - 1
        if previous >= len(reached):
            yield None
            continue
        before = reached[previous]
        after = reached[previous + 1] if previous + 1 < len(reached) else None
        ways = [
            Reached(max(before.moment, event.time), event)
            for event in usable
            if matches(event, step.match)
            and log.may_come_before(before.event, event)
            and (after is None or log.may_come_before(event, after.event))
            and (step.within is None or event.time - before.event.time <= milliseconds(step.within))
            and max(before.moment, event.time) <= until
        ]
        yield min(ways, key=lambda way: (way.moment, way.event.time, way.event.id), default=None)
