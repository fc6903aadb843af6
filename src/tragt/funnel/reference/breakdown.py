"""Where the value of a breakdown is read, for single attempts."""

from collections.abc import Mapping, Sequence

from tragt.events.event import Event
from tragt.funnel.attempt import Attempt
from tragt.funnel.definition import Funnel
from tragt.funnel.question import At, Breakdown

__all__ = ["values"]


def values(
    attempt: Attempt,
    by: Breakdown,
    funnel: Funnel,
    log: Sequence[Event],
    unit_properties: Mapping[str, object],
) -> tuple[object, ...]:
    """The values of one attempt: one, or with *any* as many as were seen.

    Args:
        attempt: The attempt.
        by: The property and where it is read.
        funnel: The definition, for the numbers of its steps.
        log: The unit's events.
        unit_properties: The properties of the unit.

    Returns:
        Values; None is absent, also where a step was not reached or there was no touch before.
    """
    match by.at:
        case At.ENTRY:
            return (attempt.entry.properties.get(by.property),)
        case At.UNIT:
            return (unit_properties.get(by.property),)
        case At.LAST_TOUCH:
            return (_property(_last_before(attempt.entry, log), by.property),)
        case At.STEP:
            return (_property(_event_of(attempt, funnel, (by.step or 1) - 1), by.property),)
    seen = [_property(event, by.property) for event in (*attempt.events, *attempt.optional_events)]
    return tuple(dict.fromkeys(value for value in seen if value is not None)) or (None,)


def _property(event: Event | None, name: str) -> object:
    return None if event is None else event.properties.get(name)


def _last_before(entry: Event, log: Sequence[Event]) -> Event | None:
    """The latest event before the entry; of several at that moment the one with the smallest id."""
    earlier = [event for event in log if event.time < entry.time]
    return min(earlier, key=lambda event: (-event.time, event.id), default=None)


def _event_of(attempt: Attempt, funnel: Funnel, number: int) -> Event | None:
    """The event of a step (from 0), optional or not; None where it was not reached."""
    place = sum(required < number for required in funnel.required)
    if funnel.steps[number].optional:
        return attempt.optional_events[number - place]
    return attempt.events[place] if place < attempt.depth else None
