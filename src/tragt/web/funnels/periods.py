"""Which entries a saved funnel counts: a stretch that ends with the data, all, or fixed days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Period

__all__ = ["Calendar", "Days", "PeriodKind", "SavedPeriod", "read_days"]

_DAYS = {"last_7": 7, "last_30": 30, "last_90": 90}
_MONTHS = {"this_month": (1, 0), "last_month": (1, 1), "this_quarter": (3, 0), "last_quarter": (3, 1)}
_YEARS = {"this_year": (12, 0), "last_year": (12, 1)}


class PeriodKind(models.TextChoices):
    """The periods there are."""

    ALL = "all", _("All time")
    LAST_7 = "last_7", _("Last 7 days")
    LAST_30 = "last_30", _("Last 30 days")
    LAST_90 = "last_90", _("Last 90 days")
    LAST_365 = "last_365", _("Last 12 months")
    THIS_MONTH = "this_month", _("Latest month")
    LAST_MONTH = "last_month", _("Month before the latest")
    THIS_QUARTER = "this_quarter", _("Latest quarter")
    LAST_QUARTER = "last_quarter", _("Quarter before the latest")
    THIS_YEAR = "this_year", _("Latest year")
    LAST_YEAR = "last_year", _("Year before the latest")
    FIXED = "fixed", _("From and to")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The organisation's calendar.

    Attributes:
        today: The day from which stretches are counted back: of the last event where that is known, else today.
        fiscal_year_start: The month in which its years, and so its quarters, begin: 1 to 12.
        zone: The zone of its days.
    """

    today: date
    fiscal_year_start: int = 1
    zone: tzinfo = UTC

    def begin(self, months: int, back: int) -> date:
        """First day of the stretch of so many months that today lies in, or of one further back.

        Args:
            months: 1, 3 or 12.
            back: How many stretches back.
        """
        number = self.today.year * 12 + self.today.month - 1
        number -= (number - (self.fiscal_year_start - 1)) % months
        number -= months * back
        return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class SavedPeriod:
    """A period as it is saved.

    Attributes:
        kind: Which.
        start: With fixed days, the first one; None is from the beginning.
        end: With fixed days, the last one, included; None is to the end.
    """

    kind: PeriodKind = PeriodKind.ALL
    start: date | None = None
    end: date | None = None

    def resolve(self, calendar: Calendar) -> Period:
        """The days that are meant.

        Args:
            calendar: The organisation's calendar.

        Raises:
            InvalidDefinition: The last day comes before the first.
        """
        kind = str(self.kind)
        if kind == PeriodKind.FIXED:
            return Period(self.start, None if self.end is None else self.end + timedelta(days=1))
        if kind in _DAYS:
            after = calendar.today + timedelta(days=1)
            return Period(after - timedelta(days=_DAYS[kind]), after)
        if kind == PeriodKind.LAST_365:
            after = calendar.today + timedelta(days=1)
            return Period(_year_before(after), after)
        stretch = (_MONTHS | _YEARS).get(kind)
        if stretch is None:
            return Period()
        months, back = stretch
        return Period(calendar.begin(months, back), calendar.begin(months, back - 1))


@dataclass(frozen=True, slots=True)
class Days:
    """A first and a last day as somebody wrote them.

    Attributes:
        start: The first; None where none is given, or it cannot be read.
        end: The last, included; None likewise.
        wrong: What is wrong, at ``from`` or ``to``; empty where nothing is.
    """

    start: date | None = None
    end: date | None = None
    wrong: Mapping[str, Promise] = field(default_factory=dict)


def read_days(start: str, end: str) -> Days:
    """The first and the last day of a stretch.

    Args:
        start: The first as it was written; empty is from the beginning.
        end: The last; empty is to the end.
    """
    read = {"from": _read(start), "to": _read(end)}
    wrong = {name: _WRONG[day] for name, day in read.items() if day is not None and day in _WRONG}
    if wrong:
        return Days(wrong=wrong)
    first, last = read["from"], read["to"]
    if first is None and last is None:
        return Days(wrong={"from": _("Give the first day, the last day, or both.")})
    if first and last and last < first:
        return Days(wrong={"to": _("The last day comes before the first.")})
    return Days(first, last)


_UNREADABLE = date.min
_OUTSIDE = date.max
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 12, 31)

_WRONG = {
    _UNREADABLE: _("A day is written like 2026-12-31."),
    _OUTSIDE: _("A day lies in the years 1900 to 2200."),
}


def _read(text: str) -> date | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return _UNREADABLE
    return day if _EARLIEST <= day <= _LATEST else _OUTSIDE


def _year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)
