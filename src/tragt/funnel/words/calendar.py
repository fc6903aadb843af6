"""Dates and lengths of time as a language writes them."""

import datetime
from dataclasses import dataclass

from tragt.funnel.words.numbers import Numbers

__all__ = ["Calendar"]

_SIZES = (86_400, 3600, 60, 1)
_LARGEST_AMOUNT = 1000
_ABOUT_LIMITS = ((1, 120), (60, 7200), (3600, 172_800))


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a language writes dates and lengths of time.

    Args:
        months: The twelve months, short, with their full stop where they have one.
        day: Pattern of a day and its month.
        days: One day and several, as the others below.
        hours: One hour and several.
        minutes: One minute and several.
        seconds: One second and several.
        numbers: How the language writes numbers.
    """

    months: tuple[str, ...]
    day: str
    days: tuple[str, str]
    hours: tuple[str, str]
    minutes: tuple[str, str]
    seconds: tuple[str, str]
    numbers: Numbers

    def date(self, day: datetime.date, *, year: bool = True) -> str:
        """A date: ``31 Oct 2026``."""
        written = self.day.format(day=day.day, month=self.months[day.month - 1])
        return f"{written} {day.year}" if year else written

    def span(self, first: datetime.date, last: datetime.date) -> str:
        """A stretch of days, both included: ``1 Aug–31 Oct 2026``."""
        if first == last:
            return self.date(first)
        return f"{self.date(first, year=first.year != last.year)}–{self.date(last)}"

    def moment(self, time: datetime.datetime) -> str:
        """A date, with the time of day where it is not midnight."""
        clock = "" if (time.hour, time.minute) == (0, 0) else f", {time:%H:%M %Z}".rstrip()
        return self.date(time) + clock

    def about(self, seconds: float) -> str:
        """A length of time, rounded for reading: ``45 seconds``, ``3.5 hours``, ``57 days``.

        Args:
            seconds: At least 0.
        """
        size = next((size for size, limit in _ABOUT_LIMITS if seconds < limit), 86_400)
        amount = round(seconds / size, 1) if seconds < 10 * size else round(seconds / size)
        return self._amount(amount, size)

    def exactly(self, length: datetime.timedelta) -> str:
        """A length of time, nothing left out: ``14 days``, ``36 hours``, ``14 days 1 second``."""
        seconds = length.total_seconds()
        for size in _SIZES:
            if seconds % size == 0 and seconds < _LARGEST_AMOUNT * size:
                return self._amount(seconds / size, size)
        parts = []
        for size in _SIZES[:-1]:
            amount, seconds = divmod(seconds, size)
            parts += [self._amount(amount, size)] if amount else []
        return " ".join([*parts, self._amount(seconds, 1)] if seconds else parts)

    def _amount(self, amount: float, size: int) -> str:
        decimals = next(places for places in (0, 1, 2, 3) if places == 3 or amount == round(amount, places))
        one, several = (self.days, self.hours, self.minutes, self.seconds)[_SIZES.index(size)]
        return f"{self.numbers.number(amount, decimals)} {one if amount == 1 else several}"
