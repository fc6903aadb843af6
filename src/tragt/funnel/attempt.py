"""What became of one attempt: the steps it reached, when, and how it stands."""

from dataclasses import dataclass, field
from enum import StrEnum

from tragt.events.event import Event

__all__ = ["Attempt", "Outcome"]


class Outcome(StrEnum):
    """How an attempt stands. At one moment the earlier in this order comes first."""

    CONVERTED = "converted"
    LOST = "lost"
    EXCLUDED = "excluded"
    EXPIRED = "expired"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of one unit. All moments are whole milliseconds since 1970 in UTC.

    Args:
        unit: The unit.
        entry: The event that opened the attempt.
        moments: For each required step reached, in order, the moment it was reached; the first is the entry's time.
            With any order the k-th is the moment k steps were done.
        events: For each required step reached, the step's event.
        outcome: How the attempt stands.
        ended: The moment it ended; None while it is open.
        matures: The moment at which it is, or was, mature; None where it has no window.
        optional: For each optional step, in order, the moment it was taken, or None.
        optional_events: For each optional step, in order, its event, or None.
        filled: For each required step reached, whether only a later stage reached it.
        named: With any order, the required steps (from 0) that some valid assignment includes.
        loss: The event that lost it, where it is lost.
        voided: How many losses a later event made void before it ended.
    """

    unit: str
    entry: Event
    moments: tuple[int, ...]
    events: tuple[Event, ...]
    outcome: Outcome
    ended: int | None
    matures: int | None
    optional: tuple[int | None, ...] = ()
    optional_events: tuple[Event | None, ...] = ()
    filled: tuple[bool, ...] = ()
    named: frozenset[int] = field(default_factory=frozenset)
    loss: Event | None = None
    voided: int = 0

    @property
    def depth(self) -> int:
        """How many required steps it reached, at least 1."""
        return len(self.moments)
