"""Which entries a saved funnel counts: a stretch that moves with the calendar, all, or fixed days."""

from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Period

__all__ = ["Calendar", "PeriodKind", "SavedPeriod"]

_DAYS = {"last_7": 7, "last_30": 30, "last_90": 90, "last_365": 365}
_MONTHS = {"this_month": (1, 0), "last_month": (1, 1), "this_quarter": (3, 0), "last_quarter": (3, 1)}
_YEARS = {"this_year": (12, 0), "last_year": (12, 1)}


class PeriodKind(models.TextChoices):
    """The periods there are."""

    ALL = "all", _("All time")
    LAST_7 = "last_7", _("Last 7 days")
    LAST_30 = "last_30", _("Last 30 days")
    LAST_90 = "last_90", _("Last 90 days")
    LAST_365 = "last_365", _("Last 365 days")
    THIS_MONTH = "this_month", _("This month")
    LAST_MONTH = "last_month", _("Last month")
    THIS_QUARTER = "this_quarter", _("This quarter")
    LAST_QUARTER = "last_quarter", _("Last quarter")
    THIS_YEAR = "this_year", _("This year")
    LAST_YEAR = "last_year", _("Last year")
    FIXED = "fixed", _("From and to")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The organisation's calendar.

    Attributes:
        today: The day it is there.
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
        """The days that are meant today.

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
        stretch = (_MONTHS | _YEARS).get(kind)
        if stretch is None:
            return Period()
        months, back = stretch
        return Period(calendar.begin(months, back), calendar.begin(months, back - 1))
