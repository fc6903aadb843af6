"""Properties of events as typed columns. The unit of observation is the column.

Text columns are typed by what they hold when they are first met; a later value that does not fit is
reported, so that the reader can take the column as text from the start.
"""

import json
from enum import StrEnum

import polars as pl

from tragt.events.numerals import Decimal, Style, integers, number_style, numbers
from tragt.events.times import BLANKS, Clock, read_times

__all__ = ["Kind", "convert", "kind_of", "wider"]

_DATE = r"^\d{4}-\d\d-\d\d$"
_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d"
_SAMPLE = 100
_UNSETTLED = Style.EITHER


class Kind(StrEnum):
    """What a property is."""

    WHOLE = "whole number"
    POINT = "number with a decimal point"
    COMMA = "number with a decimal comma"
    BOOLEAN = "yes or no"
    DATE = "date"
    TIME = "time"
    CATEGORY = "category"
    TEXT = "text"


_NUMBERS = {Style.WHOLE: Kind.WHOLE, Style.POINT: Kind.POINT, Style.COMMA: Kind.COMMA}


def kind_of(values: pl.Series, decimal: Decimal | None, *, throughout: bool = False) -> Kind | None:
    """What a column of texts holds.

    Args:
        values: Texts, missing where there is none.
        decimal: The decimal sign where it is known; it settles numbers that can be read both ways.
        throughout: Whether to look at every value; else the first hundred decide where they can.

    Returns:
        The kind; None where all values are missing.
    """
    given = values.drop_nulls()
    if given.is_empty():
        return None
    given = given.filter(~given.is_in(BLANKS))
    kind = _narrow_kind(given if throughout else given.head(_SAMPLE), decimal)
    if kind is _UNSETTLED:
        kind = _narrow_kind(given, decimal)
    if isinstance(kind, Kind):
        return kind
    return Kind.TEXT if len(values) > 1000 and values.n_unique() > len(values) / 2 else Kind.CATEGORY


def _narrow_kind(given: pl.Series, decimal: Decimal | None) -> Kind | Style | None:
    """The kind other than text; `_UNSETTLED` for numbers that can be read both ways."""
    if given.is_empty():
        return None
    style = number_style(given)
    if style is _UNSETTLED and decimal is not None:
        return Kind.POINT if decimal is Decimal.POINT else Kind.COMMA
    if style is not None:
        return _NUMBERS.get(style, style)
    if given.str.to_lowercase().is_in(["true", "false"]).all():
        return Kind.BOOLEAN
    if given.str.contains(_DATE).all():
        return Kind.DATE
    return Kind.TIME if given.str.contains(_TIME).all() else None


def wider(kind: Kind, found: Kind | None) -> Kind:
    """The kind that holds what both hold: a whole number is also a number, all else is text."""
    numeric = (Kind.POINT, Kind.COMMA)
    if found is None or kind is found:
        return kind
    if kind is Kind.WHOLE and found in numeric:
        return found
    return kind if found is Kind.WHOLE and kind in numeric else Kind.TEXT


def convert(values: pl.Series, kind: Kind | None, clock: Clock) -> tuple[pl.Series, bool]:
    """A property column as its type.

    Args:
        values: Text of a kind, or a column of another type, which keeps it as far as the log has it.
        kind: What the texts are.
        clock: Zone and order of dates.

    Returns:
        The typed column, and whether every value that is there could be read.
    """
    if values.dtype != pl.String:
        return _typed(values, clock), True
    if kind is None:
        return values.clear().cast(pl.Null).extend_constant(None, len(values)), True
    if kind is Kind.CATEGORY:
        return values.cast(pl.Categorical), True
    if kind is Kind.TEXT:
        return values, True
    typed = _read(values, kind, clock)
    unread = typed.is_null() & values.is_not_null()
    return typed, not unread.any() or values.filter(unread).is_in(BLANKS).all()


def _read(values: pl.Series, kind: Kind, clock: Clock) -> pl.Series:
    match kind:
        case Kind.WHOLE:
            return integers(values)
        case Kind.POINT:
            return numbers(values, Decimal.POINT)
        case Kind.COMMA:
            return numbers(values, Decimal.COMMA)
        case Kind.BOOLEAN:
            return values.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
        case Kind.DATE:
            return values.str.to_date("%Y-%m-%d", strict=False)
        case _:
            return read_times(values, clock).time


def _typed(values: pl.Series, clock: Clock) -> pl.Series:
    dtype = values.dtype
    if dtype.is_integer():
        return values.cast(pl.Int64 if dtype != pl.UInt64 else pl.Float64)
    if dtype.is_numeric():
        return values.cast(pl.Float64).fill_nan(None)
    if isinstance(dtype, pl.Datetime):
        return read_times(values, clock).time
    if dtype in (pl.Boolean, pl.Date, pl.Null):
        return values
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        return pl.Series(values.name, [_as_text(value) for value in values.to_list()], dtype=pl.String)
    return values.cast(pl.String).cast(pl.Categorical)


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else json.dumps(value, default=str, ensure_ascii=False)
