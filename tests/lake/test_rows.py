"""An event log as rows of the lake, and back."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.test_json_properties import KINDS, TEXT
from tragt import read
from tragt.errors import InvalidEvent
from tragt.events import PRECISION, TIME, EventLog
from tragt.lake import Lake, Marker
from tragt.lake.rows import events_of, log_of
from tragt.lake.schema import EVENTS

FEW = settings(max_examples=max(settings().max_examples // 10, 1))
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
DTYPES: dict[str, Any] = {
    "person": pl.Categorical,
    "company": pl.Categorical,
    "deal": pl.Categorical,
    "session": pl.Categorical,
    "human": pl.Float64,
    "traffic": pl.String,
}


@st.composite
def logs(draw: st.DrawFn) -> EventLog:
    """Logs with any of the columns that a log can have."""
    rows = draw(st.integers(1, 12))

    def column(values: st.SearchStrategy[Any], dtype: Any) -> pl.Series:
        return pl.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype)

    moments = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    ids = draw(st.sampled_from([pl.String, pl.UInt64]))
    columns = {
        "id": pl.Series(range(7, rows + 7)).cast(ids),
        "time": column(moments, TIME),
        "precision": column(st.sampled_from(["exact", "day"]), PRECISION),
        "name": column(LABEL, pl.Categorical),
    }
    units = draw(st.lists(st.sampled_from(["person", "company", "deal", "session"]), unique=True, min_size=1))
    columns |= {unit: column(st.none() | LABEL, DTYPES[unit]) for unit in units}
    if draw(st.booleans()):
        columns["human"] = column(st.none() | st.floats(0, 1), pl.Float64)
        columns["traffic"] = column(st.none() | st.sampled_from(["outside", "own", "test"]), pl.String)
    for name in draw(st.lists(TEXT.filter(bool), unique=True, max_size=3)):
        kind = draw(st.sampled_from(list(KINDS)))
        columns[f"properties.{name}"] = column(st.none() | KINDS[kind], pl.Categorical if kind is pl.String else kind)
    return EventLog(pl.DataFrame(columns), zone=ZoneInfo("Europe/Copenhagen"))


def same(log: EventLog, back: EventLog, source: str) -> None:
    prefix = "#" if log.frame.schema["id"] == pl.UInt64 else f"{source}:"
    wanted = log.frame.with_columns(id=pl.lit(prefix) + pl.col("id").cast(pl.String)).sort("id")
    empty = [values.name for values in wanted if values.null_count() == len(values)]
    wanted = wanted.drop(name for name in empty if not name.startswith("properties."))
    got = back.frame.sort("id")
    assert set(got.columns) == set(wanted.columns)
    for name in wanted.columns:
        assert got[name].to_list() == wanted[name].to_list(), name
        assert got.schema[name] == wanted.schema[name] or name in empty, name


@FEW
@given(logs())
def test_log_through_the_lake_is_the_same_up_to_order(log: EventLog) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(folder)
        rows = events_of(log, batch="import:1", source="file", received=NOW)
        assert rows.schema == EVENTS
        assert lake.append(rows, marker=Marker("import:1", 1), batch="import:1").added == len(log)
        same(log, log_of(lake.read(properties=log.property_names), log.zone), "file")


def test_frame_read_twice_gives_the_same_events() -> None:
    frame = pl.DataFrame(
        {
            "person": ["ann", "ann", "bo", None],
            "company": [None, None, None, "Acme"],
            "event": ["Signed Up", "Paid", "Signed Up", "Paid"],
            "time": ["2024-03-31 10:00", "2024-03-31 11:00", "2024-04-01 09:30", "2024-04-02 08:00"],
            "due": ["2024-06-01", None, "2024-07-01", None],
            "amount.net": [None, 12.5, None, 99.0],
        }
    )
    first, second = (
        events_of(read(given_), batch=b, source="s", received=NOW) for given_, b in ((frame, "1"), (frame[::-1], "2"))
    )
    assert set(first["id"]) == set(second["id"])
    assert first["actor"].to_list() == ["u:ann", "u:ann", "u:bo", None]
    back = log_of(first.with_columns(person=pl.lit("somebody")))
    assert back.units == ("person", "company")
    assert set(back.frame["person"].to_list()) == {"somebody"}


def test_day_and_date_stay_what_they_are(tmp_path: Any) -> None:
    frame = pl.DataFrame(
        {
            "person": ["a", "b"],
            "event": ["x", "y"],
            "time": ["2024-03-31", "2024-04-01"],
            "due": ["2024-06-01", "2024-06-02"],
        }
    )
    log = read(frame, zone="Europe/Oslo")
    lake = Lake.open(tmp_path)
    lake.append(events_of(log, batch="b", source="s", received=NOW), marker=Marker("a", 1), batch="b")
    back = log_of(lake.read(properties=["due"]), ZoneInfo("Europe/Oslo")).frame.sort("time")
    assert back["precision"].to_list() == ["day", "day"]
    assert back["time"][0] == datetime(2024, 3, 31, tzinfo=UTC) - timedelta(hours=1)
    assert back["properties.due"].to_list() == [date(2024, 6, 1), date(2024, 6, 2)]


def test_source_that_looks_like_a_hash_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="may not start with #"):
        events_of(EventLog(pl.DataFrame()), batch="b", source="#1", received=NOW)
