"""One event, as the definition of the funnel sees it.

Frames hold many events; this is a single one in plain Python, for the reference
implementation, for tests and for small logs written by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a unit.

    Args:
        id: Distinguishes events; where one of several equal ones must be named, the smallest is taken.
        time: Whole milliseconds since 1970 in UTC. An event known only by its day stands at the
            start of that day in the organisation's zone.
        name: What happened.
        day: Whether the time is known only by its day.
        session: The session, or None where there is none.
        properties: Name to value; a missing name and None are both absent.
    """

    id: str
    time: int
    name: str
    day: bool = False
    session: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict, hash=False)
