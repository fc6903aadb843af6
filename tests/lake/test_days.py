"""Counts by name and day are those of the events themselves, whatever was written, hidden and kept."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from tests.lake.making import events, filled
from tragt.lake import Lake, Marker
from tragt.lake.days import Days

ZONE = "America/St_Johns"


class Shelf:
    """Keeps counts, and knows how often it was asked for some that it had."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.found = 0

    def take(self, key: str) -> bytes | None:
        self.found += key in self.held
        return self.held.get(key)

    def put(self, key: str, held: bytes) -> None:
        self.held[key] = held


def by_day(frame: pl.DataFrame, without: Sequence[str] = ()) -> set[tuple[object, ...]]:
    """What an independent count of all rows says."""
    left = frame.filter(~pl.col("batch").is_in(list(without)))
    day = pl.col("time").dt.convert_time_zone(ZONE).dt.date()
    return set(left.group_by("name", day).agg(pl.len()).iter_rows())


def counted(lake: Lake, days: Days, without: Sequence[str] = ()) -> set[tuple[object, ...]]:
    return set(lake.days(days, without).select("name", "day", "count").iter_rows())


def test_days_are_those_of_the_events_after_every_write(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(40), range(20, 90))
    days = Days(lake.storage, ZONE, Shelf())
    for act in (
        lambda: None,
        lambda: lake.append(events(range(100, 130)), marker=Marker("more", 1), batch="b2"),
        lake.upkeep,
        lambda: lake.remove_batch("b0", Marker("undo", 1)),
    ):
        act()
        for without in ((), ("b1",), ("b1", "b2"), ()):
            assert counted(lake, days, without) == by_day(lake.read(), without)


@pytest.mark.parametrize("zone", ["Africa/Monrovia", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Copenhagen"])
def test_days_begin_at_midnight_of_any_zone_in_any_age(tmp_path: Path, zone: str) -> None:
    years = (1900, 1971, 1973, 2024)
    times = [datetime(year, 1, 7, tzinfo=UTC) + timedelta(minutes=7 * n) for year in years for n in range(300)]
    lake = Lake.open(tmp_path)
    lake.append(
        events(range(len(times))).with_columns(time=pl.Series(times, dtype=pl.Datetime("us", "UTC"))),
        marker=Marker("import:1", 1),
        batch="b",
    )
    found = lake.days(Days(lake.storage, zone, Shelf())).group_by("day").agg(pl.col("count").sum())
    expected = Counter(moment.astimezone(ZoneInfo(zone)).date() for moment in times)
    assert dict(found.iter_rows()) == expected


def test_days_of_an_empty_lake_are_none(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path)
    assert lake.days(Days(lake.storage, ZONE, Shelf())).is_empty()


def test_days_of_a_file_are_counted_once_and_kept_for_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tragt.lake.days._LEAST_KEPT", 10)
    lake, shelf = filled(tmp_path, range(40)), Shelf()
    first = counted(lake, Days(lake.storage, ZONE, shelf))
    monkeypatch.setattr(Days, "_read", lambda *_: pytest.fail("a file was counted again"))
    days = Days(lake.storage, ZONE, shelf)
    assert counted(lake, days) == first
    files = lake.snapshot().files
    assert (files["rows"] >= 10).all()
    assert (len(shelf.held), shelf.found) == (files.height, files.height)
    counted(lake, days)
    assert shelf.found == files.height
