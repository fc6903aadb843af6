"""Values that bodies and queries of the CRM hold: only what is described is taken. The unit is the value."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from babel.core import get_global
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tragt.web.api.schemas import LARGEST_KEY, Body, Currency
from tragt.web.crm.actions.deals import LARGEST

__all__ = [
    "Amount",
    "Day",
    "Exact",
    "Flag",
    "Key",
    "KnownCurrency",
    "Moment",
    "Named",
    "Percent",
    "Quantity",
    "Text",
    "Title",
    "unsent",
]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_FIRST, _LAST = 1900, 2200


class Exact(Body):
    """What is sent, each value of the type that is described: no text stands for a number."""

    model_config = ConfigDict(strict=True)


def unsent() -> Any:
    """What stands for a value that was not sent, in bodies that change only what is sent."""
    return None


def _day(given: object) -> object:
    if isinstance(given, date):
        return given
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        raise ValueError("A day is written as 2026-03-31.")
    return _within(date.fromisoformat(given))


def _moment(given: object) -> object:
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        raise ValueError("A moment is written with its zone, as 2026-03-31T09:30:00+02:00.")
    return _within(datetime.fromisoformat(given.upper()))


def _within(day: date) -> date:
    if not _FIRST <= day.year <= _LAST:
        raise ValueError(f"Days are from {_FIRST} to {_LAST}.")
    return day


def _flag(given: object) -> object:
    if given not in ("true", "false", True, False):
        raise ValueError("It is true or false.")
    return given in ("true", True)


def _decimal(places: int) -> Callable[[object], object]:
    def read(given: object) -> object:
        if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
            raise ValueError("It is a number.")
        number = Decimal(str(given))
        if number.is_finite() and abs(number) < LARGEST and number != round(number, places):
            raise ValueError(f"It has at most {places} decimals.")
        return number

    return read


def _known(currency: str) -> str:
    if currency not in get_global("all_currencies"):
        raise ValueError("There is no such currency.")
    return currency


Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-03-31"])]
"""A day."""

Moment = Annotated[datetime, BeforeValidator(_moment), Field(examples=["2026-03-31T09:30:00+02:00"])]
"""A moment, with its zone."""

Flag = Annotated[bool, BeforeValidator(_flag)]
"""Yes or no in a query."""

Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]
"""The key of a record."""

KnownCurrency = Annotated[Currency, AfterValidator(_known)]
"""A currency that there is."""

Amount = Annotated[int, Field(ge=0, lt=LARGEST)]
"""An amount of money in minor units."""

Named = Annotated[str, Field(min_length=1, max_length=300)]
"""What a record is called."""

Title = Annotated[str, Field(max_length=300)]
"""A line that may be empty."""

Text = Annotated[str, Field(max_length=20_000)]
"""A text that may be empty."""

_QUANTITY: dict[str, Any] = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 10**11}
_PERCENT: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 100}

Quantity = Annotated[
    Decimal, BeforeValidator(_decimal(3)), Field(gt=0, lt=Decimal(10) ** 11), WithJsonSchema(_QUANTITY)
]
"""How many, with at most three decimals."""

Percent = Annotated[Decimal, BeforeValidator(_decimal(2)), Field(ge=0, le=100), WithJsonSchema(_PERCENT)]
"""Per cent, with at most two decimals."""
