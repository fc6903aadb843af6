"""Columns of times."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.events.times import Clock, Times, read_times, to_utc

at = datetime.fromisoformat

COPENHAGEN = Clock("Europe/Copenhagen")


def read(values: list[object] | pl.Series, clock: Clock | None = None) -> Times:
    return read_times(values if isinstance(values, pl.Series) else pl.Series(values, strict=False), clock or Clock())


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1_710_325_274, at("2024-03-13 10:21:14")),
        (1_710_325_274_123, at("2024-03-13 10:21:14.123000")),
        (1_710_325_274_123_456, at("2024-03-13 10:21:14.123456")),
        (1_710_325_274_123_456_789, at("2024-03-13 10:21:14.123456")),
        (1_710_325_274.25, at("2024-03-13 10:21:14.250000")),
        (45_631, at("2024-12-05 00:00:00")),
        (45_631.5, at("2024-12-05 12:00:00")),
        (20_240_313, at("2024-03-13 00:00:00")),
        (20_240_313_102_114, at("2024-03-13 10:21:14")),
        (2024, None),
        (20_241_301, None),
        (-5, None),
    ],
)
@pytest.mark.parametrize("kind", ["number", "text"])
def test_read_times_number_is_told_by_its_size(number: float, expected: datetime | None, kind: str) -> None:
    times = read([number if kind == "number" else str(number)])
    assert times.time[0] == (expected and expected.replace(tzinfo=UTC))
    assert (times.reason[0] is None) == (expected is not None)


def test_read_times_excel_serial_of_whole_days_is_a_date_and_else_a_time() -> None:
    assert read([45_631, 45_631.25]).day.to_list() == [True, False]


def test_read_times_mixed_column_decides_each_row() -> None:
    times = read(["2024-03-13", "2024-03-13 10:21:14", "13 Mar 2024", "1710325274", None, " ", "null"])
    assert times.day.to_list() == [True, False, True, False, False, False, False]
    assert times.time.null_count() == 3
    assert times.reason.null_count() == 7


def test_read_times_date_stands_at_the_start_of_its_day_in_the_zone() -> None:
    assert read(["2024-07-01"], COPENHAGEN).time[0] == datetime(2024, 6, 30, 22, tzinfo=UTC)


def test_read_times_text_without_offset_is_on_the_clock_of_the_zone_and_with_offset_is_not() -> None:
    times = read(["2024-07-01 12:00:00", "2024-07-01T12:00:00Z", "2024-07-01T12:00:00-05:00"], COPENHAGEN)
    assert [time.hour for time in times.time] == [10, 12, 17]


def test_read_times_skipped_and_repeated_hours_are_read_as_documented() -> None:
    times = read(["2024-03-31 02:30:00", "2024-10-27 02:30:00"], COPENHAGEN).time.to_list()
    zone = ZoneInfo("Europe/Copenhagen")
    assert times[0].astimezone(zone) == datetime(2024, 3, 31, 3, 30, tzinfo=zone)
    assert times[1] == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_to_utc_day_whose_midnight_is_skipped_starts_with_its_first_hour() -> None:
    start = to_utc(pl.Series([at("2018-11-04 00:00:00")]), "America/Sao_Paulo")
    assert start[0] == datetime(2018, 11, 4, 3, tzinfo=UTC)


@settings(max_examples=40)
@given(
    st.datetimes(at("1990-01-01 00:00:00"), at("2035-01-01 00:00:00")),
    st.sampled_from(["Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_to_utc_agrees_with_the_standard_library(wall: datetime, zone: str) -> None:
    expected = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert to_utc(pl.Series([wall], dtype=pl.Datetime("us")), zone)[0] == expected


def test_read_times_only_midnights_without_offset_are_not_exact() -> None:
    assert not read(["2024-03-13 00:00:00", "2024-03-14T00:00:00"]).exact
    assert read(["2024-03-13 00:00:00", "2024-03-14 00:00:01"]).exact
    assert read(["2024-03-13T00:00:00Z"]).exact
    assert not read(pl.Series([at("2024-03-13 00:00:00")])).exact


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_read_times_typed_columns_keep_their_instants(unit: str) -> None:
    naive = pl.Series([at("2024-07-01 12:00:00")]).cast(pl.Datetime(unit))  # type: ignore[arg-type]
    zoned = naive.dt.replace_time_zone("America/New_York")
    assert read(naive, COPENHAGEN).time[0] == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert read(zoned, COPENHAGEN).time[0] == datetime(2024, 7, 1, 16, tzinfo=UTC)
    assert read(pl.Series([date(2024, 7, 1)]), COPENHAGEN).day[0]


def test_read_times_year_out_of_range_is_refused_also_where_the_form_is_plain() -> None:
    times = read(["2024-03-13 10:21:14", "0024-03-13 10:21:14", "2300-01-01 00:00:00"])
    assert times.time.null_count() == 2
    assert times.reason.to_list()[1:] == ["years from 1900 to 2199 are allowed"] * 2


@settings(max_examples=25)
@given(st.lists(st.datetimes(at("1990-01-01 00:00:00"), at("2035-01-01 00:00:00")), min_size=1, max_size=30))
def test_read_times_order_of_rows_changes_nothing(times: list[datetime]) -> None:
    forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%SZ"]
    texts = [time.strftime(forms[place % 4]) for place, time in enumerate(times)]
    there = dict(zip(texts, read([*texts]).time.to_list(), strict=True))
    back = dict(zip(texts[::-1], read([*texts[::-1]]).time.to_list(), strict=True))
    assert there == back


def test_read_times_offset_of_a_day_away_is_another_date() -> None:
    times = read(["2024-03-13T23:30:00-05:00"])
    assert times.time[0] == datetime(2024, 3, 13, 23, 30, tzinfo=UTC) + timedelta(hours=5)
