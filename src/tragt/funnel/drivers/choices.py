"""What may be chosen when drivers are asked for: what is looked at, and which periods are compared.

Nothing is computed here.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from tragt.errors import InvalidDefinition
from tragt.funnel.question import Period

__all__ = ["Among", "Change"]

EARLIER = timedelta(days=28)
"""The earlier period is as long as the later one, at least this long."""


@dataclass(frozen=True, slots=True)
class Among:
    """What is looked at, and how.

    Args:
        properties: Properties of the entry and of the unit to look at; None is all.
        events: Events between the two steps to look at; None is all, empty is none.
        landmark: The time after the step before in which events are looked for; None is the time after which a
            quarter of those who pass have passed.
        top: How many values of a property stand alone at most.
        times: Whether to compare also how fast those with each value of a driver pass.
    """

    properties: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    landmark: timedelta | None = None
    top: int = 8
    times: bool = False

    def __post_init__(self) -> None:
        if self.top < 1:
            raise InvalidDefinition("drivers.top", f"At least 1 value must stand alone; given {self.top}.")
        if self.landmark is not None and self.landmark <= timedelta(0):
            raise InvalidDefinition(
                "drivers.landmark", f"The landmark lies {self.landmark} after the step; it must lie later than it."
            )


@dataclass(frozen=True, slots=True)
class Change:
    """Two periods, of which the later is to be explained.

    Args:
        now: The later period; it needs a first day.
        before: The earlier one; None is the time just before, as long as the later one, but at least four weeks.
    """

    now: Period
    before: Period | None = None

    def earlier(self, today: date) -> Period:
        """The earlier period.

        Args:
            today: The last day of a later period without an end.

        Raises:
            InvalidDefinition: None is given, and the later period has no first day.
        """
        if self.before is not None:
            return self.before
        if self.now.start is None:
            raise InvalidDefinition(
                "drivers.no_earlier_period",
                "The later period begins with the data, so nothing lies before it; give it a first day, "
                "or name the earlier period: Change(now, before).",
            )
        end = self.now.end or today + timedelta(days=1)
        return replace(self.now, start=self.now.start - max(end - self.now.start, EARLIER), end=self.now.start)
