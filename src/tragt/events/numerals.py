"""Numbers as people and programs write them. The unit of observation is the column.

A comma can part thousands or decimals, and so can a point. A column says which it means when all its
values can be read in one way only; a column that can be read both ways (1.234, 5.678) or neither
(1.234,56 beside 1,234.56) stays text. Numbers with leading zeros, with more digits than a float holds, with
signs of currency or units stay text.
"""

from enum import StrEnum

import polars as pl

__all__ = ["Decimal", "Style", "integers", "number_style", "numbers"]

_INTEGER = r"^-?(?:0|[1-9]\d{0,17})$"


class Decimal(StrEnum):
    """The sign that parts whole from fraction."""

    POINT = "."
    COMMA = ","


class Style(StrEnum):
    """How a column of numbers is written."""

    WHOLE = "whole"
    POINT = "point"
    COMMA = "comma"
    EITHER = "either"


def _pattern(decimal: str, thousands: str) -> str:
    whole = rf"(?:0|[1-9]\d{{0,14}}|[1-9]\d{{0,2}}(?:[{thousands}\s']\d{{3}}){{1,4}})"
    return rf"^-?(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d{{1,3}})?$"


_PATTERNS = {Decimal.POINT: _pattern(r"\.", ","), Decimal.COMMA: _pattern(",", ".")}


def number_style(texts: pl.Series) -> Style | None:
    """How the numbers of a column are written.

    Args:
        texts: Texts without blanks, at least one.

    Returns:
        The style that fits every value; None where some are not numbers, or no style fits all.
    """
    if texts.str.contains(_INTEGER).all():
        return Style.WHOLE
    point, comma = (texts.str.contains(_PATTERNS[decimal]).all() for decimal in Decimal)
    if point and comma:
        return Style.EITHER if texts.str.contains("[.,]").any() else Style.POINT
    return Style.POINT if point else Style.COMMA if comma else None


def integers(texts: pl.Series) -> pl.Series:
    """Whole numbers (Int64); missing where the text is not a plain one.

    Args:
        texts: Texts, missing where there is no number.
    """
    return _where(texts, _INTEGER, pl.col("text").cast(pl.Int64, strict=False))


def numbers(texts: pl.Series, decimal: Decimal) -> pl.Series:
    """Numbers (Float64); missing where the text is not one in this style.

    Args:
        texts: Texts, missing where there is no number.
        decimal: The decimal sign; the other one may part thousands.
    """
    grouping = r"[,\s']" if decimal is Decimal.POINT else r"[.\s']"
    plain = pl.col("text")
    if texts.str.contains(grouping).any():
        plain = plain.str.replace_all(grouping, "")
    if decimal is Decimal.COMMA:
        plain = plain.str.replace(",", ".", literal=True)
    return _where(texts, _PATTERNS[decimal], plain.cast(pl.Float64, strict=False))


def _where(texts: pl.Series, pattern: str, value: pl.Expr) -> pl.Series:
    fits = pl.col("text").str.contains(pattern)
    return texts.alias("text").to_frame().select(pl.when(fits).then(value)).to_series()
