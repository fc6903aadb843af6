"""Frames of any library, Parquet and Arrow files."""

import io
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from tragt.errors import InvalidFile
from tragt.events import EventLog, frames, read

TIMES = [datetime(2024, 3, day, 10, 21, 14, tzinfo=UTC) for day in (13, 14, 15)]
COLUMNS = {
    "user_id": ["a", "b", None],
    "event": ["Visit", "Cart", "Visit"],
    "time": TIMES,
    "amount": [1.5, None, 2.0],
    "count": [1, 2, 3],
}
FRAME = pl.DataFrame(COLUMNS)


def parquet() -> bytes:
    file = io.BytesIO()
    FRAME.write_parquet(file)
    return file.getvalue()


def arrow() -> bytes:
    file = io.BytesIO()
    FRAME.write_ipc(file)
    return file.getvalue()


class Capsule:
    """Anything that speaks Arrow."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return FRAME.__arrow_c_stream__(requested_schema)


SOURCES: dict[str, Callable[[], object]] = {
    "polars": lambda: FRAME,
    "lazy": FRAME.lazy,
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas with nullable types": lambda: pd.DataFrame(COLUMNS).convert_dtypes(),
    "arrow table": FRAME.to_arrow,
    "arrow capsule": Capsule,
    "columns": lambda: COLUMNS,
    "records": FRAME.to_dicts,
    "parquet": parquet,
    "arrow file": arrow,
}


@pytest.mark.parametrize("source", SOURCES)
def test_read_frame_of_any_library_gives_the_same_log(source: str) -> None:
    log = read(SOURCES[source]())
    assert log.frame["time"].to_list() == TIMES[:2]
    assert log.frame["person"].to_list() == ["a", "b"]
    assert log.frame["properties.amount"].to_list() == [1.5, None]
    assert log.frame["properties.count"].to_list() == [1, 2]
    assert [(row.row, row.field) for row in log.rejected.first] == [(3, "user_id")]
    assert log.frame["id"].to_list() == read(FRAME).frame["id"].to_list()


def test_read_pandas_needs_no_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame(
        {**COLUMNS, "when": pd.to_datetime(["2024-03-13"] * 3), "kind": pd.Categorical(["x", "y", "x"])}
    )
    for module in [name for name in sys.modules if name.split(".")[0] == "pyarrow"]:
        monkeypatch.setitem(sys.modules, module, None)
    log = read(frame)
    assert log.frame["properties.kind"].to_list() == ["x", "y"]
    assert log.frame["properties.when"][0] == datetime(2024, 3, 13, tzinfo=UTC)


def test_read_pandas_times_without_zone_are_on_the_clock_of_the_zone() -> None:
    frame = pd.DataFrame({"user": ["a"], "event": ["Visit"], "time": pd.to_datetime(["2024-07-01 12:00:00.000001"])})
    assert read(frame, zone="Europe/Copenhagen").frame["time"][0] == datetime(2024, 7, 1, 10, 0, 0, 1, tzinfo=UTC)
    frame["time"] = frame["time"].dt.tz_localize("America/New_York")
    assert read(frame, zone="Europe/Copenhagen").frame["time"][0] == datetime(2024, 7, 1, 16, 0, 0, 1, tzinfo=UTC)


def test_read_frame_of_dates_knows_the_day_only() -> None:
    log = read(FRAME.with_columns(time=pl.lit(date(2024, 3, 13))))
    assert set(log.frame["precision"]) == {"day"}


def test_read_float_identifiers_of_pandas_are_whole_numbers() -> None:
    frame = pd.DataFrame({"user_id": [1.0, 2.0, None], "event": ["a", "b", "c"], "time": [1_710_325_274] * 3})
    assert read(frame).frame["person"].to_list() == ["1", "2"]


def test_read_structs_become_properties() -> None:
    nested = FRAME.with_columns(properties=pl.struct(x=pl.lit(1), y=pl.struct(z=pl.lit("q"))))
    assert {"x", "y.z"} <= set(read(nested).property_names)


def test_read_frame_in_many_batches_gives_the_same_log(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(FRAME)
    monkeypatch.setattr(frames, "_BATCH", 1)
    parts = read(FRAME)
    assert parts.frame.equals(whole.frame)
    assert parts.rejected.first == whole.rejected.first


def test_read_log_that_was_written_comes_back(tmp_path: Path) -> None:
    extra = FRAME.with_columns(
        human=pl.lit(0.25), traffic=pl.lit("own"), precision=pl.Series(["exact", "day", "exact"])
    )
    log = read(extra)
    path = tmp_path / "log.parquet"
    log.frame.write_parquet(path)
    back: EventLog = read(path)
    assert back.frame.select(log.frame.columns).equals(log.frame)
    assert back.frame["human"].to_list() == [0.25, 0.25]
    assert back.frame["precision"].to_list() == ["exact", "day"]


def test_read_damaged_parquet_is_refused() -> None:
    for data in (parquet()[:-50] + b"PAR1", b"PAR1" + b"x" * 50):
        with pytest.raises(InvalidFile) as caught:
            read(data)
        assert caught.value.code == "events.broken_table"


@pytest.mark.parametrize("source", [5, None, object(), {1, 2}])
def test_read_of_what_is_no_table_is_refused(source: object) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(source)
    assert caught.value.code == "events.unknown_source"
