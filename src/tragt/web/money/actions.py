"""Keeping rates: of a file, or one by hand."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Organisation
from tragt.web.accounts.queries import ORGANISATION
from tragt.web.money.models import DayRates
from tragt.web.money.rates_file import Given
from tragt.web.shell.acting import Who, acting

__all__ = ["PERMISSION", "keep_rates"]

PERMISSION = "organisation.edit"
_AT_ONCE = 1000


def keep_rates(who: Who, rates: Iterable[Given]) -> int:
    """Keep rates; one that there was of the same currency and day gives way.

    Args:
        who: Who gives them.
        rates: The rates.

    Returns:
        How many were new or are others than before.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: There are none.
    """
    by_day: dict[date, dict[str, str]] = {}
    for rate in rates:
        by_day.setdefault(rate.day, {})[rate.currency] = _written(rate.per_euro)
    if not by_day:
        raise InvalidDefinition("money.no_rates", "There is no rate among them. Give a file that holds some.")
    with acting(who, PERMISSION) as act:
        # A day without a row cannot be locked: two who give its first rates would each write their own alone.
        Organisation.objects.select_for_update().filter(pk=ORGANISATION).first()
        held = {
            row.day: row for row in DayRates.objects.select_for_update().filter(pk__range=(min(by_day), max(by_day)))
        }
        changed, rows, now = 0, [], timezone.now()
        for day, given in by_day.items():
            before = held[day].per_euro if day in held else {}
            others = {code: rate for code, rate in given.items() if before.get(code) != rate}
            if others:
                changed += len(others)
                rows.append(DayRates(day=day, per_euro={**before, **others}, changed=now))
        DayRates.objects.bulk_create(
            rows, _AT_ONCE, update_conflicts=True, update_fields=["per_euro", "changed"], unique_fields=["day"]
        )
        act.verb = "money.edit"
        act.details.update(rates=changed, days=len(rows))
    return changed


def _written(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
