"""What can be said about a source where a guess would be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tragt.errors import InvalidDefinition
from tragt.events.dates import Order
from tragt.events.numerals import Decimal
from tragt.events.rows import Report

__all__ = ["Options", "ReadOptions"]


class ReadOptions(TypedDict, total=False):
    """The options of `read`, by name; `Options` says what each means."""

    person: str | None
    company: str | None
    deal: str | None
    session: str | None
    time: str | None
    event: str | None
    id: str | None
    zone: str
    date_order: str | None
    decimal: str | None
    wide: Sequence[str] | None
    properties: Sequence[str] | None
    sheet: str | int | None
    delimiter: str | None
    encoding: str | None
    format: str | None
    progress: Report | None


@dataclass(frozen=True, slots=True)
class Options:
    """How a source is to be read. What is None is recognised.

    Attributes:
        person: Column of the person; so for `company`, `deal`, `session`, `time`, `event` (its name) and
            `id` (distinguishes events; rows that repeat one are left out).
        zone: Time zone of the organisation: times without an offset are on its clocks, days are its days.
        date_order: ``dmy`` or ``mdy`` for dates such as 03/04/2024; ``ymd`` also reads 24-04-03.
        decimal: ``.`` or ``,`` for numbers that can be read both ways.
        wide: For a file with a row a unit and dates in columns: ``"won_date=Won"`` is an event Won at
            the date in won_date, ``"close_date@stage"`` an event named by the column stage, and
            ``"close_date@stage:Won|Lost"`` the same for these names only.
        properties: Columns to keep as properties; None for all.
        sheet: Name or number (from 0) of the sheet of a workbook; None for the only or first one.
        delimiter: What parts the cells of a delimited file.
        encoding: Encoding of a text file, by its Python name.
        format: ``csv``, ``jsonl``, ``json``, ``excel``, ``parquet`` or ``arrow``, where the name of the
            file says something else.
        progress: Called now and then with how much of how much was read (bytes of a text file, else rows);
            an exception it raises ends the reading.
    """

    person: str | None = None
    company: str | None = None
    deal: str | None = None
    session: str | None = None
    time: str | None = None
    event: str | None = None
    id: str | None = None
    zone: str = "UTC"
    date_order: str | None = None
    decimal: str | None = None
    wide: Sequence[str] | None = None
    properties: Sequence[str] | None = None
    sheet: str | int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    format: str | None = None
    progress: Report | None = None

    def __post_init__(self) -> None:
        _one_of("date_order", self.date_order, [order.value for order in Order])
        _one_of("decimal", self.decimal, [decimal.value for decimal in Decimal])
        _one_of("format", self.format, ["csv", "jsonl", "json", "excel", "parquet", "arrow"])
        if self.delimiter is not None and len(self.delimiter.encode()) != 1:
            raise _not_allowed("delimiter", self.delimiter, "one character, such as , ; | or a tab")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _not_allowed("zone", self.zone, "the name of a time zone, such as Europe/Copenhagen") from None

    @property
    def order(self) -> Order | None:
        """The order of day and month where it was said."""
        return Order(self.date_order) if self.date_order else None

    @property
    def decimal_sign(self) -> Decimal | None:
        """The decimal sign where it was said."""
        return Decimal(self.decimal) if self.decimal else None


def _one_of(option: str, given: str | None, allowed: list[str]) -> None:
    if given is not None and given not in allowed:
        raise _not_allowed(option, given, "one of " + ", ".join(allowed))


def _not_allowed(option: str, given: str, allowed: str) -> InvalidDefinition:
    return InvalidDefinition(
        "events.wrong_option",
        f"{option}={given!r} is not possible; it must be {allowed}.",
        option=option,
        given=given,
        allowed=allowed,
    )
