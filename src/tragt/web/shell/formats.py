"""Numbers, money, dates and lengths of time as the reader's language writes them.

An absent value is a dash, never a zero. The words and the numbers are those of pictures and tables of the library.
"""

import datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils import timezone, translation

from tragt.funnel.words import Words, words
from tragt.web.shell import organisation
from tragt.web.shell.language import LANGUAGES, spoken

__all__ = ["ABSENT", "day", "duration", "file_size", "moment", "money", "number", "share"]

ABSENT = "–"
GAP = "\N{NO-BREAK SPACE}"
_SIZES = ("B", "kB", "MB", "GB", "TB")


def number(value: float | None, decimals: int = 0) -> str:
    """A number with its digits in groups of three: ``1.234`` in Danish."""
    return ABSENT if value is None else _words().numbers.number(value, decimals)


def share(value: float | None) -> str:
    """A share of 1 as per cent: ``12.3 %``."""
    return ABSENT if value is None else _words().numbers.percent(value)


def money(minor: int | None, currency: str = "", *, whole: bool = False) -> str:
    """An amount of money: ``1.234,56 kr.`` in Danish.

    Args:
        minor: The amount in minor units (cents, øre).
        currency: ISO 4217 code; empty means the organisation's.
        whole: Whether the minor units are left out.
    """
    if minor is None:
        return ABSENT
    code = (currency or organisation.current().currency).upper()
    places = get_currency_precision(code)
    amount = Decimal(minor).scaleb(-places)
    written = _words().numbers.number(float(abs(amount)), 0 if whole else places)
    sign = "−" if minor < 0 and any(digit in written for digit in "123456789") else ""
    return sign + _with_symbol(written, code)


def moment(time: datetime.datetime | None) -> str:
    """A date and a time of day in the organisation's zone: ``31 Oct 2026, 14:02``."""
    if time is None:
        return ABSENT
    local = _local(time)
    return f"{_words().calendar.date(local)}, {local:%H:%M}"


def day(date: datetime.date | None) -> str:
    """A date: ``31 Oct 2026``; of a moment, the date in the organisation's zone."""
    if date is None:
        return ABSENT
    return _words().calendar.date(_local(date) if isinstance(date, datetime.datetime) else date)


def duration(length: datetime.timedelta | float | None) -> str:
    """A length of time, rounded for reading: ``3.5 hours``; a number counts as seconds."""
    if length is None:
        return ABSENT
    seconds = length.total_seconds() if isinstance(length, datetime.timedelta) else length
    return _words().calendar.about(max(seconds, 0))


def file_size(size: int | None) -> str:
    """The size of a file: ``1.2 MB``."""
    if size is None:
        return ABSENT
    amount, power = float(size), 0
    while round(amount, 1) >= 1000 and power < len(_SIZES) - 1:
        amount, power = amount / 1000, power + 1
    return f"{number(amount, 1 if power and amount < 100 else 0)}{GAP}{_SIZES[power]}"


def zone() -> datetime.tzinfo:
    """The zone in which the organisation's days begin."""
    return ZoneInfo(organisation.current().time_zone)


def _words() -> Words:
    return words(_language())


def _language() -> str:
    return spoken(translation.get_language() or "") or LANGUAGES[0].code


def _local(time: datetime.datetime) -> datetime.datetime:
    return timezone.localtime(time, zone()) if timezone.is_aware(time) else time


def _with_symbol(written: str, currency: str) -> str:
    language = _language()
    symbol = _symbol(currency, language)
    if language != "en":
        return f"{written}{GAP}{symbol}"
    return f"{symbol}{GAP}{written}" if symbol[-1:].isalpha() else f"{symbol}{written}"


@cache
def _symbol(currency: str, language: str) -> str:
    """The symbol of a currency; the board asks for hundreds, and a language has few."""
    return get_currency_symbol(currency, locale=language)
