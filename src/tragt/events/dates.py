"""Dates and times as people and programs write them. The unit of observation is the text of one cell.

Read are ISO 8601 and its looser kin, D/M/Y, M/D/Y, Y/M/D and D.M.Y, names of months (English and
Scandinavian), 12-hour clocks and offsets. A date whose day and month could change places is not read
until the order is known; the module counts what speaks for either.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

__all__ = ["AMBIGUOUS", "FIRST_YEAR", "LAST_YEAR", "NOT_UNDERSTOOD", "WRONG_YEAR", "Evidence", "Order", "parse_dates"]

FIRST_YEAR, LAST_YEAR = 1900, 2199
NOT_UNDERSTOOD = "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"
WRONG_YEAR = f"years from {FIRST_YEAR} to {LAST_YEAR} are allowed"
AMBIGUOUS = "day and month could change places; say which comes first"
_NO_DAY = "there is no such day"
_NO_TIME = "there is no such time of day"
_NO_OFFSET = "there is no such offset from UTC"

_SECOND = 1_000_000
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "maj": 5, "mai": 5, "jun": 6, "jul": 7,
    "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "des": 12,
}  # fmt: skip

_DATE = (
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
    r"(?:(?P<p1>\d{1,4})(?P<s1>[-/.])(?P<p2>\d{1,2})(?P<s2>[-/.])(?P<p3>\d{1,4})"
    r"|(?P<d1>\d{1,2})(?:st|nd|rd|th)?[-.,\s]+(?P<m1>[a-z]{3,9})[-.,\s]+(?P<y1>\d{4})"
    r"|(?P<m2>[a-z]{3,9})[.\s]+(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y2>\d{4})"
    r"|(?P<y3>\d{4})(?P<m3>\d{2})(?P<d3>\d{2}))"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.]?(?P<minute>\d{2})(?:[:.]?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
_OFFSET = r"(?:\s*(?P<offset>Z|(?:UTC|GMT)?[+-]\d{2}:?(?:\d{2})?|UTC|GMT)(?:\[[^\]]*\]|\s*\([^)]*\))?)?"
_PATTERN = rf"(?i)^{_DATE}(?:(?:T|,?\s+(?:kl\.?\s*|at\s+)?){_CLOCK}{_OFFSET})?$"


class Order(StrEnum):
    """Which part of a date comes first: day, month or year."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the dates of a source say about the order of day and month, a few examples of each.

    Attributes:
        dmy: Dates that can only be day first.
        mdy: Dates that can only be month first.
        either: Dates that can be both.
        short: Dates with a year of two digits, which could stand in any place.
    """

    dmy: tuple[str, ...] = ()
    mdy: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            (self.dmy + other.dmy)[:3],
            (self.mdy + other.mdy)[:3],
            (self.either + other.either)[:3],
            (self.short + other.short)[:3],
        )

    @property
    def order(self) -> Order | None:
        """The order that the dates settle among themselves; None where they do not."""
        if bool(self.dmy) == bool(self.mdy):
            return None
        return Order.DMY if self.dmy else Order.MDY

    @property
    def contradicts(self) -> bool:
        """Whether some dates can only be day first and others only month first."""
        return bool(self.dmy) and bool(self.mdy)


def parse_dates(texts: pl.Series, order: Order | None) -> tuple[pl.DataFrame, Evidence]:
    """Read dates and times from text.

    Args:
        texts: Distinct trimmed texts, none missing.
        order: What D/M and M/D dates are; None where it is not known: those that could be both are
            then not read.

    Returns:
        A row a text: ``text``; ``wall`` (Datetime in microseconds, on the clock of the organisation;
        missing where the text has an offset); ``instant`` (Datetime in microseconds, UTC; missing where
        it has none); ``day`` (whether only the day is known); ``reason`` (why it could not be read;
        missing where it was). With it, what the dates say about their order.
    """
    parts = texts.alias("text").to_frame().with_columns(texts.str.extract_groups(_PATTERN).struct.unnest())
    parts = parts.with_columns(_kind()).with_columns(pl.col("p1", "p2", "p3").cast(pl.Int32))
    evidence = _evidence(parts)
    parts = parts.with_columns(_order(order)).with_columns(_year(), _month(), _day())
    parts = parts.with_columns(_date(), _time_of_day(), _shift()).with_columns(_reason())
    shown = pl.when(pl.col("reason").is_null()).then(
        pl.col("date").cast(pl.Datetime("us")) + pl.duration(microseconds=pl.col("clock").fill_null(0))
    )
    instant = (shown - pl.duration(microseconds=pl.col("shift"))).dt.replace_time_zone("UTC")
    table = parts.select(
        "text",
        wall=pl.when(pl.col("shift").is_null()).then(shown),
        instant=pl.when(pl.col("shift").is_not_null()).then(instant),
        day=pl.col("hour").is_null(),
        reason="reason",
    )
    return table, evidence


def _kind() -> pl.Expr:
    """How the parts of an all-digit date stand: year first, year last, short year, or none of these."""
    first, last = pl.col("p1").str.len_chars(), pl.col("p3").str.len_chars()
    return (
        pl.when(pl.col("p1").is_null())
        .then(pl.lit("named"))
        .when(pl.col("s1") != pl.col("s2"))
        .then(pl.lit("broken"))
        .when((first == 4) & (last <= 2))
        .then(pl.lit("first"))
        .when((first <= 2) & (last == 4))
        .then(pl.lit("last"))
        .when((first <= 2) & (last == 2))
        .then(pl.lit("short"))
        .otherwise(pl.lit("broken"))
        .alias("kind")
    )


def _evidence(parts: pl.DataFrame) -> Evidence:
    asked = parts.filter(pl.col("kind").is_in(["last", "short"]) & (pl.col("s1") != "."))
    if asked.is_empty():
        return Evidence()
    last = pl.col("kind") == "last"
    dmy, mdy = _exists("p3", "p2", "p1"), _exists("p3", "p1", "p2")

    def examples(condition: pl.Expr) -> tuple[str, ...]:
        return tuple(asked.filter(condition)["text"].sort().head(3))

    return Evidence(
        dmy=examples(last & dmy & ~mdy),
        mdy=examples(last & mdy & ~dmy),
        either=examples(last & dmy & mdy & (pl.col("p1") != pl.col("p2"))),
        short=examples(~last),
    )


def _exists(year: str, month: str, day: str) -> pl.Expr:
    return pl.format("{}-{}-{}", year, month, day).str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _order(order: Order | None) -> pl.Expr:
    """The order each text is read by: its own where that is certain, else the given one."""
    kind, one, two = pl.col("kind"), pl.col("p1"), pl.col("p2")
    last, short, dotted = kind == "last", kind == "short", pl.col("s1") == "."
    certain = (
        pl.when(((last & ((one > 12) | (one == two))) | ((last | short) & dotted)).fill_null(value=False))
        .then(pl.lit(Order.DMY.value))
        .when(last & (two > 12))
        .then(pl.lit(Order.MDY.value))
    )
    read: pl.Expr = certain
    if order is Order.YMD:
        read = pl.when(short).then(pl.lit(order.value)).otherwise(certain)
    elif order is not None:
        read = pl.when(last | short).then(pl.lit(order.value))
    return pl.when(kind == "first").then(pl.lit(Order.YMD.value)).otherwise(read).alias("order")


def _year() -> pl.Expr:
    digits = pl.when(pl.col("order") == "ymd").then("p1").otherwise("p3")
    century = pl.when(pl.col("kind") != "short").then(0).when(digits < 70).then(2000).otherwise(1900)
    named = pl.coalesce("y1", "y2", "y3").cast(pl.Int32)
    return pl.when(pl.col("kind") == "named").then(named).otherwise(digits + century).alias("year")


def _month() -> pl.Expr:
    word = pl.coalesce("m1", "m2").str.to_lowercase().str.head(3)
    named = pl.coalesce(word.replace_strict(_MONTHS, default=None, return_dtype=pl.Int32), pl.col("m3").cast(pl.Int32))
    digits = pl.when(pl.col("order") == "mdy").then("p1").otherwise("p2")
    return pl.when(pl.col("kind") == "named").then(named).otherwise(digits).alias("month")


def _day() -> pl.Expr:
    named = pl.coalesce("d1", "d2", "d3").cast(pl.Int32)
    digits = pl.when(pl.col("order") == "dmy").then("p1").when(pl.col("order") == "mdy").then("p2").otherwise("p3")
    return pl.when(pl.col("kind") == "named").then(named).otherwise(digits).alias("dayn")


def _date() -> pl.Expr:
    return pl.format("{}-{}-{}", "year", "month", "dayn").str.to_date("%Y-%m-%d", strict=False).alias("date")


def _time_of_day() -> pl.Expr:
    """Microseconds since the start of the day; missing where there is no such time or none is given."""
    hour, half = pl.col("hour").cast(pl.Int64), pl.col("half").str.to_lowercase()
    hour = (
        pl.when(half.is_null())
        .then(pl.when(pl.col("minute").is_not_null() & (hour < 24)).then(hour))
        .when(hour.is_between(1, 12))
        .then(hour % 12 + pl.when(half == "p").then(12).otherwise(0))
    )
    minute = pl.col("minute").cast(pl.Int64).fill_null(0)
    second = pl.col("second").cast(pl.Int64).fill_null(0)
    fraction = pl.col("fraction").fill_null("0").str.pad_end(9, "0").cast(pl.Int64) // 1000
    whole = pl.when((minute < 60) & (second <= 60)).then((hour * 60 + minute) * 60 + second)
    return (whole * _SECOND + fraction).alias("clock")


def _shift() -> pl.Expr:
    digits = pl.col("offset").str.extract(r"([+-]\d{2}:?(?:\d{2})?)$").str.replace(":", "").str.pad_end(5, "0")
    minutes = digits.str.slice(1, 2).cast(pl.Int64) * 60 + digits.str.slice(3, 2).cast(pl.Int64)
    sign = pl.when(digits.str.head(1) == "-").then(-1).otherwise(1)
    return (
        pl.when(digits.is_not_null())
        .then(sign * minutes * 60 * _SECOND)
        .when(pl.col("offset").is_not_null())
        .then(pl.lit(0, pl.Int64))
        .alias("shift")
    )


def _reason() -> pl.Expr:
    matched = pl.coalesce("p1", "d1", "d2", "d3").is_not_null()
    no_month = pl.format("there is no month {}; months run from 1 to 12", "month")
    return (
        pl.when(~matched | (pl.col("kind") == "broken"))
        .then(pl.lit(NOT_UNDERSTOOD))
        .when(pl.col("kind").is_in(["last", "short"]) & pl.col("order").is_null())
        .then(pl.lit(AMBIGUOUS))
        .when(pl.col("month").is_null())
        .then(pl.lit(NOT_UNDERSTOOD))
        .when(~pl.col("month").is_between(1, 12))
        .then(no_month)
        .when(~pl.col("year").is_between(FIRST_YEAR, LAST_YEAR))
        .then(pl.lit(WRONG_YEAR))
        .when(pl.col("date").is_null())
        .then(pl.lit(_NO_DAY))
        .when(pl.col("hour").is_not_null() & pl.col("clock").is_null())
        .then(pl.lit(_NO_TIME))
        .when(pl.col("shift").abs() > 14 * 3600 * _SECOND)
        .then(pl.lit(_NO_OFFSET))
        .alias("reason")
    )
