"""Times as sources give them, read as instants. The unit of observation is the cell.

A cell is a date (known by its day) or a time (exact). Text with an offset is an instant; text without
one is wall-clock time in the organisation's zone. Where clocks go forward, a time that the day skips is
read with the offset before the gap (02:30 becomes 03:30); where they go back, a time that occurs twice is
the earlier one. Plain numbers are told apart by size: spreadsheet days since 1899-12-30 (from 1950 on),
dates written YYYYMMDD, and seconds, milliseconds, microseconds or nanoseconds since 1970 (from 1973 on).
Digits beyond the microsecond are cut off.
"""

import re
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from tragt.events.dates import FIRST_YEAR, LAST_YEAR, NOT_UNDERSTOOD, WRONG_YEAR, Evidence, Order, parse_dates

__all__ = ["BLANKS", "Clock", "Times", "read_times", "to_utc"]

BLANKS = ("", "null", "NULL", "Null", "\\N", "None", "none", "NaN", "nan", "NaT", "#N/A")

_NAIVE = pl.Datetime("us")
_UTC = pl.Datetime("us", "UTC")
_DAY = 86_400_000_000
_UNIX_SERIAL = 25_569
_ISO_TIMES = tuple(
    (rf"\d{{4}}-\d\d-\d\d{between}\d\d:\d\d:\d\d{fraction}{offset}", f"%Y-%m-%d{between}%H:%M:%S{part}{end}")
    for fraction, part in (("", ""), (r"\.\d+", "%.f"))
    for offset, end in (("", ""), ("Z", "Z"), (r"[+-]\d\d:?\d\d", "%z"))
    for between in " T"
)
_ISO_DATE = (r"\d{4}-\d\d-\d\d", "%Y-%m-%d")
_CLOCKS = ((r" \d\d:\d\d:\d\d", " %H:%M:%S"), (r" \d\d:\d\d", " %H:%M"), ("", ""))
_DAY_AND_MONTH = {Order.DMY: "%d{0}%m{0}%Y", Order.MDY: "%m{0}%d{0}%Y"}


@cache
def _forms(order: Order | None) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Forms that are read at once where a column begins with them, as patterns and formats."""
    known = {".": order if order in _DAY_AND_MONTH else Order.DMY, "/": order, "-": order}
    local = [
        (rf"\d\d?{re.escape(sign)}\d\d?{re.escape(sign)}\d{{4}}{clock}", _DAY_AND_MONTH[by].format(sign) + form)
        for sign, by in known.items()
        if by in _DAY_AND_MONTH
        for clock, form in _CLOCKS
    ]
    iso = [*_ISO_TIMES, (_ISO_DATE[0] + _CLOCKS[1][0], _ISO_DATE[1] + _CLOCKS[1][1]), _ISO_DATE]
    return tuple((re.compile(pattern), form) for pattern, form in (*iso, *local))


@dataclass(frozen=True, slots=True)
class Clock:
    """How times are to be understood.

    Attributes:
        zone: Name of the organisation's time zone.
        order: What D/M and M/D dates are; None where it is not known.
    """

    zone: str = "UTC"
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times.

    Attributes:
        time: Datetime in microseconds, UTC; missing where the cell is blank or could not be read.
        day: Whether the cell is known only by its day.
        reason: Why a cell could not be read; missing where it was, or is blank.
        exact: Whether some cell is certainly a time and not a date. Where none is, times at midnight
            are dates that a program wrote out.
        evidence: What the dates say about the order of day and month, those apart that were read quickly
            by an order that was known.
    """

    time: pl.Series
    day: pl.Series
    reason: pl.Series
    exact: bool
    evidence: Evidence = field(default_factory=Evidence)


def read_times(values: pl.Series, clock: Clock) -> Times:
    """Read a column of any type as times.

    Args:
        values: Text, numbers, dates or datetimes; missing where there is no time.
        clock: Zone and order of dates.
    """
    if values.dtype in (pl.Date, pl.Datetime):
        return _resolved(_datetimes(values), clock)
    if values.dtype.is_numeric():
        return _resolved(_numbers(values), clock)
    return _from_text(values.cast(pl.String), clock)


def to_utc(local: pl.Series, zone: str) -> pl.Series:
    """Wall-clock times as instants.

    Args:
        local: Datetime in microseconds, without zone.
        zone: Name of the zone whose clock shows them.

    Returns:
        Datetime in microseconds, UTC; missing where `local` is. Gaps and overlaps as the module says.
    """
    if zone == "UTC":
        return local.dt.replace_time_zone("UTC")

    def placed(wall: pl.Expr) -> pl.Expr:
        return wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")

    wall, span = pl.col("wall"), pl.duration(hours=25)
    frame = local.alias("wall").to_frame()
    times = frame.select(placed(wall)).to_series()
    if times.null_count() > local.null_count():
        times = frame.select(pl.coalesce(placed(wall), placed(wall - span) + span)).to_series()
    return times


def _from_text(values: pl.Series, clock: Clock) -> Times:
    fast = _resolved(_common(values, clock.order), clock)
    left = fast.time.is_null() & values.is_not_null()
    if not left.any():
        return fast
    texts = values.filter(left).str.strip_chars().alias("text").to_frame()
    unique = texts["text"].unique()
    unique = unique.filter(~unique.is_in(BLANKS))
    numeric = unique.str.contains(r"^\d+(?:\.\d+)?$")
    written, evidence = parse_dates(unique.filter(~numeric), clock.order)
    table = pl.concat([written, _written_numbers(unique.filter(numeric))])
    slow = _resolved(texts.join(table, on="text", how="left", maintain_order="left"), clock)
    where = left.arg_true()
    return Times(
        fast.time.scatter(where, slow.time),
        fast.day.scatter(where, slow.day),
        fast.reason.scatter(where, slow.reason),
        fast.exact or slow.exact,
        evidence,
    )


def _resolved(table: pl.DataFrame, clock: Clock) -> Times:
    """Times from wall-clock times, instants, whether they are days, and reasons why there is neither."""
    wall, instant, reason = table["wall"], table["instant"], table["reason"]
    zoned = instant.null_count() < len(instant)
    time = to_utc(wall, clock.zone)
    if zoned:
        time = instant.zip_with(instant.is_not_null(), time)
    wrong = (~time.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).fill_null(value=False)
    if wrong.any():
        time, reason = time.set(wrong, None), reason.set(wrong, WRONG_YEAR)
    exact = zoned or bool((wall.to_physical() % _DAY != 0).any())
    return Times(time, table["day"].fill_null(value=False), reason, exact)


def _table(read: pl.DataFrame) -> pl.DataFrame:
    """The four columns that `_resolved` needs, those not read left empty."""
    empty = {"wall": pl.lit(None, _NAIVE), "instant": pl.lit(None, _UTC), "day": pl.lit(value=False)}
    empty["reason"] = pl.lit(None, pl.String)
    return read.select(**{name: pl.col(name) if name in read.columns else blank for name, blank in empty.items()})


def _datetimes(values: pl.Series) -> pl.DataFrame:
    if getattr(values.dtype, "time_zone", None) is not None:
        return _table(pl.DataFrame({"instant": values.dt.convert_time_zone("UTC").cast(_UTC)}))
    wall = values.cast(_NAIVE).alias("wall")
    return _table(wall.to_frame().with_columns(day=pl.lit(values.dtype == pl.Date)))


def _common(values: pl.Series, order: Order | None) -> pl.DataFrame:
    """Read quickly the common forms that the column begins with; other texts stay missing."""
    table = _table(pl.DataFrame({"wall": pl.repeat(None, len(values), dtype=_NAIVE, eager=True)}))
    rest = values
    for _ in range(3):
        if rest.null_count() == len(rest):
            break
        first = rest[int(rest.is_not_null().arg_max() or 0)]
        form = next((form for pattern, form in _forms(order) if pattern.fullmatch(first)), None)
        if form is None:
            break
        read = rest.str.to_datetime(form, strict=False, time_unit="us", cache="%H" not in form)
        found = read.dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False)
        column = "wall" if read.dtype == _NAIVE and not form.endswith("Z") else "instant"
        read = read.dt.replace_time_zone("UTC") if form.endswith("Z") else read
        table = table.with_columns(
            table[column].zip_with(~found, read).alias(column),
            day=table["day"] | (found if "%H" not in form else False),
        )
        rest = rest.zip_with(~found, pl.Series([None], dtype=pl.String))
    return table


def _written_numbers(texts: pl.Series) -> pl.DataFrame:
    whole = texts.cast(pl.Int64, strict=False)
    tables = [_numbers(whole.drop_nulls()), _numbers(texts.filter(whole.is_null()).cast(pl.Float64))]
    names = [texts.filter(whole.is_not_null()), texts.filter(whole.is_null())]
    named = [table.select(name.alias("text"), pl.all()) for table, name in zip(tables, names, strict=True)]
    return pl.concat(named)


def _numbers(values: pl.Series) -> pl.DataFrame:
    """Read numbers; see the module for what each size means."""
    number = pl.col("n")
    since_1970 = (
        pl.when(number.is_between(1e8, 7.3e9))
        .then(number * 1_000_000)
        .when(number.is_between(1e11, 7.3e12))
        .then(number * 1_000)
        .when(number.is_between(1e14, 7.3e15))
        .then(number)
        .when(number.is_between(1e17, 7.3e18))
        .then(number // 1_000)
    )
    written = number.is_between(19000101, 21991231)
    stamped = number.is_between(19000101_000000, 21991231_235959)
    serial = number.is_between(18264, 109574)
    since_1899 = ((number - _UNIX_SERIAL) * 86_400_000).round().cast(pl.Int64) * 1_000
    digits = number.cast(pl.Int64, strict=False).cast(pl.String)
    wall = (
        pl.when(serial)
        .then(since_1899.cast(_NAIVE))
        .when(written)
        .then(digits.str.to_date("%Y%m%d", strict=False).cast(_NAIVE))
        .when(stamped)
        .then(digits.str.to_datetime("%Y%m%d%H%M%S", strict=False, time_unit="us"))
    )
    read = (
        values.alias("n")
        .to_frame()
        .select(
            wall=wall,
            instant=pl.when(~stamped).then(since_1970.cast(pl.Int64, strict=False).cast(_UTC)),
            day=written | (serial & (number % 1 == 0)),
            given=number.is_not_null(),
        )
    )
    unread = pl.col("given") & pl.col("wall").is_null() & pl.col("instant").is_null()
    return _table(read.with_columns(reason=pl.when(unread).then(pl.lit(NOT_UNDERSTOOD))))
