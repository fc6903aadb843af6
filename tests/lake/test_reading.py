"""Reading by name and time; names, batches, properties."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.making import START, STEP, events, filled, ids
from tragt.lake import Lake, Marker
from tragt.lake.scanning import Span
from tragt.lake.schema import EVENTS
from tragt.lake.table import Table

FEW = settings(max_examples=max(settings().max_examples // 15, 1))
MOMENT = st.none() | st.integers(-5, 700).map(lambda n: START + STEP * n / 2)


def test_absent_lake_is_empty_everywhere(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "none")
    assert lake.version == -1
    assert lake.read().schema == EVENTS
    assert lake.read(properties=["a"], columns=["id"]).columns == ["id", "properties.a"]
    assert lake.names().columns == ["name", "count", "first", "last"]
    assert lake.batches().columns == ["batch", "source", "events", "first", "last"]
    assert lake.properties(["Visit"]).columns == ["name", "property", "type", "examples", "count"]
    assert lake.erase(pl.Series(["u:a"]), Marker("e", 1)) == 0
    assert lake.remove_batch("b", Marker("e", 2)) == 0
    lake.upkeep()
    lake.purge()
    assert not (tmp_path / "none").exists()


@FEW
@given(
    st.lists(st.lists(st.integers(0, 300), max_size=20, unique=True), max_size=4),
    st.none() | st.lists(st.sampled_from(["Visit", "Cart", "Purchase", "Nothing"]), max_size=3),
    MOMENT,
    MOMENT,
    st.lists(st.sampled_from(["b0", "b1"]), max_size=2),
    st.none() | st.lists(st.sampled_from([f"u:person{n}" for n in range(5)]), max_size=3),
)
def test_reading_gives_what_filtering_all_events_gives(
    batches: list[list[int]],
    names: list[str] | None,
    start: pl.Expr | None,
    end: pl.Expr | None,
    hidden: list[str],
    struck: list[str] | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = filled(Path(folder), *batches)
        found = lake.read(
            names,
            start=start,  # type: ignore[arg-type]
            end=end,  # type: ignore[arg-type]
            without_batches=hidden,
            without_actors=None if struck is None else pl.Series(struck, dtype=pl.String),
        )
        everything = lake.read()
    asked = [
        *([] if names is None else [pl.col("name").is_in(names)]),
        *([] if start is None else [pl.col("time") >= start]),
        *([] if end is None else [pl.col("time") < end]),
        ~pl.col("batch").is_in(hidden),
        ~pl.col("actor").is_in(struck or []),
    ]
    assert found.schema == EVENTS
    assert found.sort("id").equals(everything.filter(*asked).sort("id"))
    assert everything["id"].n_unique() == everything.height == len({n for batch in batches for n in batch})


def test_files_of_other_months_and_names_are_not_opened(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(300))
    lake.append(events(range(300, 310)).with_columns(name=pl.lit("Zoo")), marker=Marker("z", 1), batch="z")
    files = Table(lake._storage).snapshot().files
    zoo = Span(["Zoo"]).files(files)
    assert set(zoo["month"]) < set(files["month"])
    february = Span(start=START + timedelta(days=12), end=START + timedelta(days=41)).files(files)
    assert set(february["month"]) == {"2024-02"}
    for path in set(files["path"]) - set(zoo["path"]):
        (tmp_path / path).unlink()
    assert lake.read(["Zoo"]).height == 10


def test_events_without_an_actor_stay_when_actors_are_left_out(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path)
    frame = events(range(10)).with_columns(actor=pl.when(pl.col("id") != "shop:3").then("actor"))
    lake.append(frame, marker=Marker("a", 1), batch="b")
    assert lake.read(without_actors=pl.Series(["u:person1"])).height == 8
    assert lake.erase(pl.Series(["u:person1"]), Marker("e", 1)) == 2
    assert "shop:3" in ids(lake)


def test_properties_become_typed_columns(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(6))
    found = lake.read(["Visit"], columns=["id"], properties=["note", "amount", "other"]).sort("id")
    assert found.to_dict(as_series=False) == {
        "id": ["shop:0", "shop:3"],
        "properties.note": ["of person0", "of person3"],
        "properties.amount": [0, 3],
        "properties.other": [None, None],
    }


def test_names_and_batches_count_and_follow_every_change(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(9), range(9, 12))
    assert lake.names().rows() == [
        ("Cart", 4, START + STEP, START + 10 * STEP),
        ("Purchase", 4, START + 2 * STEP, START + 11 * STEP),
        ("Visit", 4, START, START + 9 * STEP),
    ]
    assert lake.names(without_batches=["b0"])["count"].to_list() == [1, 1, 1]
    assert lake.batches().rows()[1] == ("b1", "shop", 3, START + 9 * STEP, START + 11 * STEP)
    lake.remove_batch("b0", Marker("u", 1))
    assert lake.names()["count"].to_list() == [1, 1, 1]
    assert lake.batches()["batch"].to_list() == ["b1"]
    lake.upkeep()
    assert lake.names()["count"].to_list() == [1, 1, 1]


def test_properties_of_names_are_described(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(30))
    described = lake.properties(["Cart"])
    assert described.select("name", "property", "type", "count").rows() == [
        ("Cart", "amount", "number", 10),
        ("Cart", "note", "text", 10),
    ]
    assert set(described["examples"][1]) == {f"of person{n}" for n in range(5)}
    without = lake.properties(["Cart"], without_actors=pl.Series(["u:person1"]))
    assert "of person1" not in without["examples"][1]


def test_reader_whose_files_go_meanwhile_reads_the_newest_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, other = filled(tmp_path, range(10), range(10, 20)), Lake.open(tmp_path)
    snapshot = Table.snapshot
    assert ids(lake)

    def late(table: Table) -> object:
        found = snapshot(table)
        monkeypatch.setattr(Table, "snapshot", snapshot)
        other.erase(pl.Series(["u:person0"]), Marker("e", 1))
        other.purge()
        return found

    monkeypatch.setattr(Table, "snapshot", late)
    assert lake.read().height == 16


def test_lake_that_is_removed_is_empty_and_one_made_anew_is_read(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", range(10), range(10, 20))
    assert lake.read().height == 20
    shutil.rmtree(tmp_path / "lake")
    assert (lake.version, lake.read().height, lake.names().height) == (-1, 0, 0)
    filled(tmp_path / "lake", range(5))
    assert lake.read().height == lake.names()["count"].sum() == 5
    shutil.rmtree(tmp_path / "lake")
    assert lake.append(events([1]), marker=Marker("import:0", 1), batch="b").added == 1


@pytest.mark.parametrize("end", ["b", "\U0010ffff", "ø" * 50])
def test_names_longer_than_statistics_are_found(tmp_path: Path, end: str) -> None:
    lake, names = Lake.open(tmp_path), ["x" * 90 + "a", "x" * 90 + end, "\U0010ffff" * 80]
    for place, name in enumerate(names):
        frame = events([place]).with_columns(name=pl.lit(name))
        lake.append(frame, marker=Marker(f"a:{place}", 1), batch="b")
        assert lake.read([name]).height == 1
    lake.upkeep()
    assert [lake.read([name]).height for name in names] == [1, 1, 1]
    assert lake.read(["x"]).is_empty()
