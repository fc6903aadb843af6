"""Dates and times in text."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.events.dates import AMBIGUOUS, Order, parse_dates

at = datetime.fromisoformat


def parsed(text: str, order: Order | None = None) -> object:
    """The one thing a text is read as: wall-clock time, instant, date, or the reason why it is not."""
    table, _ = parse_dates(pl.Series([text]), order)
    row = table.row(0, named=True)
    if row["reason"] is not None:
        return row["reason"]
    if row["day"]:
        return row["wall"].date()
    return row["instant"] or row["wall"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-13T10:21:14", at("2024-03-13 10:21:14")),
        ("2024-03-13 10:21:14.5", at("2024-03-13 10:21:14.500000")),
        ("2024-03-13 10:21:14,123456789", at("2024-03-13 10:21:14.123456")),
        ("2024-03-13 10:21", at("2024-03-13 10:21:00")),
        ("20240313T102114Z", datetime(2024, 3, 13, 10, 21, 14, tzinfo=UTC)),
        ("2024-03-13T10:21:14+02:00", datetime(2024, 3, 13, 8, 21, 14, tzinfo=UTC)),
        ("2024-03-13 10:21:14 -0330", datetime(2024, 3, 13, 13, 51, 14, tzinfo=UTC)),
        ("2026-03-05T14:15:33+01:00[Europe/Copenhagen]", datetime(2026, 3, 5, 13, 15, 33, tzinfo=UTC)),
        (
            "Wed Mar 13 2024 10:21:14 GMT+0100 (Central European Standard Time)",
            datetime(2024, 3, 13, 9, 21, 14, tzinfo=UTC),
        ),
        ("Thu, 05 Mar 2026 14:15:33 +0100", datetime(2026, 3, 5, 13, 15, 33, tzinfo=UTC)),
        ("07/15/2009 02:14:45+0800", datetime(2009, 7, 14, 18, 14, 45, tzinfo=UTC)),
        ("07/15/2009T02:14:45+0800", datetime(2009, 7, 14, 18, 14, 45, tzinfo=UTC)),
        ("2024-03-13", date(2024, 3, 13)),
        ("2024/3/4", date(2024, 3, 4)),
        ("13/03/2024", date(2024, 3, 13)),
        ("03/13/2024", date(2024, 3, 13)),
        ("03/03/2024", date(2024, 3, 3)),
        ("03.04.2024", date(2024, 4, 3)),
        ("03.04.24 kl. 10.21", at("2024-04-03 10:21:00")),
        ("05-Mar-2026", date(2026, 3, 5)),
        ("5. marts 2026", date(2026, 3, 5)),
        ("March 5th, 2026", date(2026, 3, 5)),
        ("Mar 5, 2026, 12:15 AM", at("2026-03-05 00:15:00")),
        ("Mar 5, 2026, 2:15:09 p.m.", at("2026-03-05 14:15:09")),
        ("29/02/2024", date(2024, 2, 29)),
    ],
)
def test_parse_dates_form_that_people_write_is_read(text: str, expected: object) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2024", "there is no such day"),
        ("29/02/2023", "there is no such day"),
        ("2024-13-01", "there is no month 13; months run from 1 to 12"),
        ("0001-01-01", "years from 1900 to 2199 are allowed"),
        ("9999-12-31 23:59:59", "years from 1900 to 2199 are allowed"),
        ("2024-03-13 25:00", "there is no such time of day"),
        ("2024-03-13 10:61", "there is no such time of day"),
        ("2024-03-13 13:00 PM", "there is no such time of day"),
        ("2024-03-13 10", "there is no such time of day"),
        ("2024-03-13 10:21 +15:00", "there is no such offset from UTC"),
        ("2009\\7\\14 22:14:45+0800", "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"),
        ("2009-07/14 02:14:45-0800", "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"),
        ("2010-10-14T12:00:00.000Z-0300", "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"),
        ("1st of May", "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"),
        ("TBD", "a date or a time is needed, such as 2024-03-13 or 2024-03-13 10:21:14"),
        ("03/04/2024", AMBIGUOUS),
        ("03-04-24", AMBIGUOUS),
    ],
)
def test_parse_dates_impossible_text_says_why(text: str, reason: str) -> None:
    assert parsed(text) == reason


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        (Order.DMY, "03/04/2024", date(2024, 4, 3)),
        (Order.MDY, "03/04/2024", date(2024, 3, 4)),
        (Order.DMY, "03/04/24", date(2024, 4, 3)),
        (Order.MDY, "03/04/69", date(2069, 3, 4)),
        (Order.MDY, "03/04/70", date(1970, 3, 4)),
        (Order.YMD, "24-04-03", date(2024, 4, 3)),
        (Order.YMD, "13/04/2024", date(2024, 4, 13)),
        (Order.YMD, "03/04/2024", AMBIGUOUS),
        (Order.DMY, "2024/03/04", date(2024, 3, 4)),
        (Order.DMY, "03/13/2024", "there is no month 13; months run from 1 to 12"),
    ],
)
def test_parse_dates_with_order_reads_by_it(order: Order, text: str, expected: object) -> None:
    assert parsed(text, order) == expected


def test_parse_dates_evidence_names_what_settles_the_order() -> None:
    texts = ["13/04/2024", "03/04/2024", "04/04/2024", "31/02/2024", "1.2.2024", "2024-03-04", "03/04/24"]
    _, evidence = parse_dates(pl.Series(texts), None)
    assert (evidence.dmy, evidence.mdy) == (("13/04/2024",), ())
    assert (evidence.either, evidence.short) == (("03/04/2024",), ("03/04/24",))
    assert evidence.order is Order.DMY


def test_evidence_of_both_orders_contradicts_and_settles_nothing() -> None:
    _, first = parse_dates(pl.Series(["13/04/2024"]), None)
    _, second = parse_dates(pl.Series(["04/13/2024"]), None)
    assert (first + second).contradicts
    assert (first + second).order is None


FORMS = [
    ("%Y-%m-%d %H:%M:%S", None),
    ("%Y-%m-%dT%H:%M:%S", None),
    ("%Y/%m/%d %H:%M:%S", None),
    ("%d.%m.%Y %H:%M:%S", None),
    ("%d/%m/%Y %H:%M:%S", Order.DMY),
    ("%d-%m-%Y %H.%M.%S", Order.DMY),
    ("%m/%d/%Y, %I:%M:%S %p", Order.MDY),
    ("%d %B %Y %H:%M:%S", None),
    ("%b %d, %Y %I:%M:%S %p", None),
    ("%a, %d %b %Y %H:%M:%S", None),
    ("%Y%m%dT%H%M%S", None),
]


@settings(max_examples=40)
@given(
    st.lists(st.datetimes(at("1900-01-01 00:00:00"), at("2199-12-31 00:00:00")), min_size=1, max_size=20),
    st.sampled_from(FORMS),
)
def test_parse_dates_written_in_any_form_comes_back(times: list[datetime], form: tuple[str, Order | None]) -> None:
    pattern, order = form
    times = [time.replace(microsecond=0) for time in times]
    texts = pl.Series([time.strftime(pattern) for time in times])
    table, _ = parse_dates(texts, order)
    assert table["reason"].null_count() == len(texts)
    assert table["wall"].to_list() == times
