"""The events of one unit up to a moment, and the relation *may come before*."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tragt.events.event import Event
from tragt.funnel.condition import holds
from tragt.funnel.definition import Funnel
from tragt.funnel.durations import milliseconds
from tragt.funnel.steps import Match

__all__ = ["SESSION_ENDS_AFTER", "UnitLog", "day_of"]

SESSION_ENDS_AFTER = milliseconds(timedelta(minutes=30))


def day_of(moment: int, zone: ZoneInfo) -> date:
    """The day a moment (ms since 1970, UTC) lies on in a zone."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=moment)).astimezone(zone).date()


def matches(event: Event, match: Match) -> bool:
    """Whether an event is one that is meant."""
    return event.name in match.names and holds(match.where, event.properties)


@dataclass(frozen=True, slots=True)
class UnitLog:
    """What the definition may look at: one unit's events up to ``as_of``, in order of (time, id).

    Args:
        funnel: The definition.
        events: The unit's events, none later than ``as_of``.
        as_of: The moment up to which the log is read.
        zone: The organisation's zone.
    """

    funnel: Funnel
    events: tuple[Event, ...]
    as_of: int
    zone: ZoneInfo

    @classmethod
    def up_to(cls, funnel: Funnel, events: Iterable[Event], as_of: int, zone: ZoneInfo) -> "UnitLog":
        """Cut a log at a moment and put it in order."""
        seen = sorted((event for event in events if event.time <= as_of), key=lambda event: (event.time, event.id))
        return cls(funnel, tuple(seen), as_of, zone)

    def later(self, moment: int, *, inclusive: bool) -> "UnitLog":
        """The same log without what came before a moment (or at it, unless inclusive)."""
        kept = tuple(event for event in self.events if event.time > moment or (inclusive and event.time == moment))
        return UnitLog(self.funnel, kept, self.as_of, self.zone)

    def same_day(self, a: Event, b: Event) -> bool:
        """Whether one of two events is known only by its day and both lie on the same one."""
        return (a.day or b.day) and day_of(a.time, self.zone) == day_of(b.time, self.zone)

    def may_come_before(self, a: Event, b: Event) -> bool:
        """Whether ``a`` may come before ``b``: not later by more than the tolerance, or on a day-known same day."""
        return a.time <= b.time + milliseconds(self.funnel.tolerance) or self.same_day(a, b)

    def matures(self, entry: Event) -> int | None:
        """The moment an attempt's window ends; None where it has none."""
        if self.funnel.window == "session":
            if entry.session is None:
                return entry.time + SESSION_ENDS_AFTER
            return max(e.time for e in self.events if e.session == entry.session) + SESSION_ENDS_AFTER
        length = self.funnel.length
        return None if length is None else entry.time + milliseconds(length)

    def may_chain(self, entry: Event) -> bool:
        """Whether an entry has the properties it must hold, and the session it must stay in."""
        funnel = self.funnel
        return all(entry.properties.get(name) is not None for name in funnel.hold) and (
            funnel.window != "session" or entry.session is not None
        )

    def within_reach(self, entry: Event) -> list[Event]:
        """The events a chain from this entry may use: in its window or session, and holding what it holds."""
        funnel = self.funnel
        if not self.may_chain(entry):
            return []
        held = {name: entry.properties[name] for name in funnel.hold}
        return [
            event
            for event in self.events
            if event is not entry
            and (not isinstance(funnel.window, timedelta) or event.time <= entry.time + milliseconds(funnel.window))
            and (funnel.window != "session" or event.session == entry.session)
            and all(event.properties.get(name) == value for name, value in held.items())
        ]
