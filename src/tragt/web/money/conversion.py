"""Amounts in another currency, by the rates of their days. The unit of observation is the currency on a day.

The rate of a day is that day's, else the latest of the seven days before, for there are none on weekends and holidays.
Where there is none, there is no amount, and a reason: nothing is ever taken for another currency's.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum

from babel.numbers import get_currency_precision

__all__ = ["PATIENCE_DAYS", "Part", "Rate", "Reason", "Total", "Unconverted", "added_up", "factors"]

PATIENCE_DAYS = 7
_BASE = "EUR"
_EXACT = Context(prec=40)

Rate = tuple[str, date, str]
"""A currency, a day, and how much of it a euro was worth on that day, as that was given."""

_Days = tuple[list[date], list[str]]


class Reason(StrEnum):
    """Why an amount has no value in another currency."""

    NO_CURRENCY = "no currency"
    NO_RATE = "no rate"


@dataclass(frozen=True, slots=True)
class Part:
    """Amounts of one currency on one day, added up.

    Attributes:
        minor: In minor units of the currency (ISO 4217: a yen has none, a Kuwaiti dinar a thousand).
        currency: ISO 4217 code.
        day: Whose rate counts.
        number: How many amounts it is.
    """

    minor: int
    currency: str
    day: date
    number: int = 1


@dataclass(frozen=True, slots=True)
class Unconverted:
    """Amounts of one currency that a total leaves out.

    Attributes:
        currency: Their currency.
        minor: Their sum, in minor units of it.
        number: How many they are.
        reason: Why they are left out.
    """

    currency: str
    minor: int
    number: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over several currencies.

    Attributes:
        minor: In minor units of `currency`; None where nothing could be converted, though there was something.
        currency: What it is in.
        number: How many amounts are in it.
        by_currency: The sums of each currency as they are, in minor units, by code.
        left_out: What is not in it.
    """

    minor: int | None
    currency: str
    number: int
    by_currency: tuple[tuple[str, int], ...]
    left_out: tuple[Unconverted, ...]


def factors(
    asked: Iterable[tuple[str, date]], into: str, rates: Iterable[Rate]
) -> dict[tuple[str, date], Decimal | None]:
    """How many minor units of a currency one minor unit of another is worth.

    Args:
        asked: Currencies, each on a day; equal ones count once.
        into: The currency of the result.
        rates: Those of the days asked for and of the seven before, in any order.

    Returns:
        By currency and day; None where there is no rate. A currency is worth itself, whatever the day.
    """
    known = _by_currency(rates)
    return {
        (currency, day): _factor(currency, _latest(known, currency, day), into, _latest(known, into, day))
        for currency, day in set(asked)
    }


def added_up(sums: Iterable[Iterable[Part]], into: str, rates: Iterable[Rate]) -> list[Total]:
    """Sums over several currencies, each part by its own day's rate; what a currency is worth is found once for all.

    Args:
        sums: The parts of each.
        into: The currency of the totals.
        rates: As for `factors`.
    """
    given = [list(parts) for parts in sums]
    known = factors(((part.currency.upper(), part.day) for parts in given for part in parts), into, rates)
    return [_added_up(parts, into, known) for parts in given]


def _added_up(given: Sequence[Part], into: str, known: Mapping[tuple[str, date], Decimal | None]) -> Total:
    total, number, left_out = Decimal(0), 0, dict[str, Unconverted]()
    sums = dict[str, int]()
    for part in given:
        code = part.currency.upper()
        sums[code] = sums.get(code, 0) + part.minor
        factor = known[code, part.day]
        if factor is None:
            before = left_out.get(code, Unconverted(code, 0, 0, reason_of(code)))
            left_out[code] = Unconverted(code, before.minor + part.minor, before.number + part.number, before.reason)
        else:
            total, number = _EXACT.add(total, _EXACT.multiply(Decimal(part.minor), factor)), number + part.number
    whole = int(total.quantize(Decimal(1), rounding=ROUND_HALF_EVEN, context=_EXACT))
    nothing = bool(given) and len(left_out) == len(sums) and not number
    by_currency = tuple(sorted(sums.items()))
    return Total(
        None if nothing else whole, into, number, by_currency, tuple(left_out[one] for one in sorted(left_out))
    )


def reason_of(currency: str | None) -> Reason:
    """Why an amount of a currency that has no factor has none."""
    return Reason.NO_RATE if currency else Reason.NO_CURRENCY


def _by_currency(rates: Iterable[Rate]) -> Mapping[str, _Days]:
    """The days of each currency in their order, and the rates of these days."""
    found: dict[str, _Days] = defaultdict(lambda: ([], []))
    for currency, day, per_euro in sorted(rates, key=lambda one: one[1]):
        days, its = found[currency]
        days.append(day)
        its.append(per_euro)
    return found


def _latest(known: Mapping[str, _Days], currency: str, day: date) -> str | None:
    """The rate of a day, or of the latest day before that has one."""
    if currency == _BASE:
        return "1"
    days, its = known.get(currency, ([], []))
    number = bisect_right(days, day) - 1
    if number < 0 or day - days[number] > timedelta(days=PATIENCE_DAYS):
        return None
    return its[number]


def _factor(currency: str, own: str | None, into: str, other: str | None) -> Decimal | None:
    if not currency:
        return None
    if currency == into:
        return Decimal(1)
    if own is None or other is None:
        return None
    places = get_currency_precision(into) - get_currency_precision(currency)
    return _EXACT.divide(Decimal(other), Decimal(own)).scaleb(places, _EXACT)
