"""Reading a file of rates. The unit of observation is the rate: a currency on a day, in units for one euro.

Two forms are known. *Wide*, as the European Central Bank publishes it (``eurofxref-hist.csv``): a column ``Date`` and
one for each currency, ``N/A`` where there was none. *Long*: the columns ``day``, ``currency`` and ``rate``. Where
semicolons part the columns, a comma may stand for the point. It does not tell whether a rate is right.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from babel.numbers import is_currency

from tragt.errors import InvalidFile

__all__ = ["Field", "Given", "Read", "Wrong", "number_of", "read"]

_DAY, _CURRENCY, _RATE = "day", "currency", "rate"
_DATE = "date"
_NONE = frozenset({"", "n/a", "na", "-"})
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,10})?")
_WORDS_OF_DAY = ("%Y-%m-%d", "%d %B %Y", "%d.%m.%Y")
_LENGTH = 3
Field = str


@dataclass(frozen=True, slots=True)
class Given:
    """A rate.

    Attributes:
        day: Of the rate.
        currency: ISO 4217 code.
        per_euro: Units of it for one euro, above 0.
    """

    day: date
    currency: str
    per_euro: Decimal


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that was not taken.

    Attributes:
        line: Where it stands; the first line is 1.
        field: ``day``, ``currency``, ``rate`` or ``twice``.
        given: What stands there.
    """

    line: int
    field: Field
    given: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds.

    Attributes:
        rates: What is taken.
        wrong: What is not.
    """

    rates: tuple[Given, ...]
    wrong: tuple[Wrong, ...]


def read(content: bytes) -> Read:
    """The rates of a file; good ones are taken, whatever is wrong with others.

    Args:
        content: The bytes of the file, UTF-8.

    Raises:
        InvalidFile: It has neither of the two forms.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unknown("It is no text in UTF-8.") from None
    first = next(iter(text.splitlines()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter))
    except csv.Error:
        raise _unknown("A line of it is too long, or a quotation mark is missing.") from None
    head = [name.strip().lower() for name in rows[0]] if rows else []
    if {_DAY, _CURRENCY, _RATE} <= set(head):
        found = _long(rows, head)
    elif head[:1] == [_DATE] and len(head) > 1:
        found = _wide(rows)
    else:
        raise _unknown(f"Its first line is {first.strip()[:80]!r}.")
    return _once(found, comma=delimiter == ";")


def number_of(text: str, *, comma: bool = False) -> Decimal | None:
    """A rate as somebody wrote it; None where it cannot be one.

    Args:
        text: With at most ten decimals, above 0 and below a thousand million.
        comma: Whether a comma may stand for the point.
    """
    written = text.replace(",", ".") if comma else text
    number = Decimal(written) if _NUMBER.fullmatch(written) else None
    return number or None


class _Cell(NamedTuple):
    line: int
    day: str
    currency: str
    rate: str


def _long(rows: Sequence[Sequence[str]], head: Sequence[str]) -> Iterator[_Cell]:
    places = [head.index(name) for name in (_DAY, _CURRENCY, _RATE)]
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            day, currency, rate = (row[place].strip() if place < len(row) else "" for place in places)
            yield _Cell(line, day, currency.upper(), rate)


def _wide(rows: Sequence[Sequence[str]]) -> Iterator[_Cell]:
    currencies = [name.strip().upper() for name in rows[0][1:]]
    for line, row in enumerate(rows[1:], start=2):
        for currency, rate in zip(currencies, row[1:], strict=False):
            if currency and rate.strip().lower() not in _NONE:
                yield _Cell(line, row[0].strip(), currency, rate.strip())


def _once(cells: Iterator[_Cell], *, comma: bool) -> Read:
    rates: dict[tuple[date, str], Given] = {}
    wrong: list[Wrong] = []
    day_of, is_money = cache(_day_of), cache(_is)
    for cell in cells:
        day, money = day_of(cell.day), is_money(cell.currency)
        number = number_of(cell.rate, comma=comma)
        if day is None:
            wrong.append(Wrong(cell.line, _DAY, cell.day))
        elif not money:
            wrong.append(Wrong(cell.line, _CURRENCY, cell.currency))
        elif number is None:
            wrong.append(Wrong(cell.line, _RATE, f"{cell.currency} {cell.rate}"))
        elif (day, cell.currency) in rates:
            wrong.append(Wrong(cell.line, "twice", f"{cell.currency} {cell.day}"))
        else:
            rates[day, cell.currency] = Given(day, cell.currency, number)
    return Read(tuple(rates.values()), tuple(wrong))


def _day_of(text: str) -> date | None:
    for form in _WORDS_OF_DAY:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _is(currency: str) -> bool:
    """Whether it is a currency that can have a rate: the euro itself has none."""
    return len(currency) == _LENGTH and currency.isascii() and currency != "EUR" and is_currency(currency)


def _unknown(why: str) -> InvalidFile:
    return InvalidFile(
        "money.file",
        f"This is no file of rates. {why} Give the European Central Bank's eurofxref-hist.csv, or a CSV file with the "
        "columns day, currency and rate (units for one euro).",
        why=why,
    )
