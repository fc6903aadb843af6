"""The schema as it is documented, stored, and checked."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from tests.lake.making import events, filled, ids
from tragt.errors import InvalidEvent, TragtError
from tragt.lake import Lake, Marker
from tragt.lake.schema import COLUMNS, EVENTS, ORDER, SCHEMA_VERSION, conformed, in_order

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "lake.md"


def test_page_of_the_schema_lists_the_columns_as_they_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (yes)? ?\| (.+) \|$", PAGE.read_text(), flags=re.MULTILINE)
    wanted = [(column.name, column.stored_as, "yes" if column.needed else "", column.meaning) for column in COLUMNS]
    assert rows[:-1] == wanted
    assert rows[-1][:2] == ("month", "string")
    assert f"This is version {SCHEMA_VERSION} of" in " ".join(PAGE.read_text().split())


def test_table_on_disk_has_the_documented_columns_and_month(tmp_path: Path) -> None:
    filled(tmp_path, [1, 2])
    table = DeltaTable(tmp_path)
    stored = [(field.name, field.type.type) for field in table.schema().fields]
    assert stored == [*((column.name, column.stored_as) for column in COLUMNS), ("month", "string")]
    assert table.metadata().partition_columns == ["month"]
    assert table.metadata().configuration["tragt.schemaVersion"] == str(SCHEMA_VERSION)
    polars = pl.scan_delta(str(tmp_path)).collect()
    assert polars.select(list(EVENTS)).sort("id").equals(Lake.open(tmp_path).read().sort("id"))


@pytest.mark.parametrize("given", ["99", None])
def test_lake_of_newer_schema_or_foreign_table_is_refused_and_kept(tmp_path: Path, given: str | None) -> None:
    if given is None:
        pl.DataFrame({"a": [1]}).write_delta(str(tmp_path))
    else:
        filled(tmp_path, [1])
        DeltaTable(tmp_path).alter.set_table_properties({"tragt.schemaVersion": given}, raise_if_not_exists=False)
    version, lake = DeltaTable(tmp_path).version(), Lake.open(tmp_path)
    acts: list[Callable[[], object]] = [
        lambda: lake.append(events([2]), marker=Marker("a", 1), batch="b"),
        lake.read,
        lake.purge,
        lambda: lake.erase(pl.Series(["u:person1"]), Marker("a", 1)),
    ]
    for act in acts:
        with pytest.raises(TragtError, match="Upgrade Tragt" if given else "Name another folder") as caught:
            act()
        assert caught.value.code == ("lake.newer" if given else "lake.foreign")
    assert DeltaTable(tmp_path).version() == version


def test_open_lake_notices_a_newer_schema(tmp_path: Path) -> None:
    lake = filled(tmp_path, [1])
    assert ids(lake) == ["shop:1"]
    DeltaTable(tmp_path).alter.set_table_properties({"tragt.schemaVersion": "2"}, raise_if_not_exists=False)
    with pytest.raises(TragtError, match="Upgrade Tragt"):
        lake.read()


def test_events_with_unknown_columns_or_without_what_they_need_are_refused(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path)
    for frame in (events([1]).with_columns(colour=pl.lit("red")), events([1]).with_columns(time=pl.lit(None))):
        with pytest.raises(InvalidEvent, match=r"no column colour|needs time"):
            lake.append(frame, marker=Marker("a", 1), batch="b")
    assert lake.read().is_empty()


def test_conformed_fills_in_what_is_known_and_takes_categories() -> None:
    given = events([1]).drop("properties").with_columns(name=pl.col("name").cast(pl.Categorical))
    row = conformed(given, "b").row(0, named=True)
    assert (row["batch"], row["precision"], row["properties"], row["month"]) == ("b", "exact", "{}", "2024-01")
    assert row["company"] is None
    assert row["time"] == datetime(2024, 1, 20, 7, tzinfo=UTC)


def test_order_of_rows_is_that_of_a_sort_by_text() -> None:
    frame = conformed(events(range(500), actors=37), "b").sample(fraction=1, shuffle=True, seed=1)
    frame = frame.with_columns(actor=pl.when(pl.col("time").dt.hour() > 20).then(None).otherwise("actor"))
    assert in_order(frame).select(ORDER).equals(frame.sort(ORDER).select(ORDER))
