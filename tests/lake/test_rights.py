"""Undo, erasure and namelessness: what goes, what stays, and that no byte remains."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.lake.making import events, filled, ids, ids_of
from tragt import Funnel, run
from tragt.lake import Lake, Marker
from tragt.lake.parts import written
from tragt.lake.rows import log_of
from tragt.lake.schema import conformed

NAMED = "Ann-Christine Ødegård"
ACTOR = "u:ann.christine@example.org"
TRACES = (NAMED, ACTOR, "order-of-ann", "session-of-ann", "context-of-ann")
FIRST = datetime(2023, 12, 24, 18, 30, 0, 123456, UTC)


def of_person(rows: int) -> pl.DataFrame:
    """Events of one person in two sessions at once, each with traces in every column that can hold one."""
    number = pl.int_range(pl.len())
    return events(range(1000, 1000 + rows)).with_columns(
        id=pl.lit("order-of-ann:") + number.cast(pl.String),
        time=pl.lit(FIRST) + pl.duration(minutes=5) * number,
        actor=pl.lit(ACTOR),
        session=pl.lit("session-of-ann") + (number % 2).cast(pl.String),
        properties=pl.lit(json.dumps({"name": NAMED, "amount": 7}, ensure_ascii=False, separators=(",", ":"))),
        context=pl.lit('{"page":"context-of-ann"}'),
    )


def decoded(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of a lake as text: raw, and Parquet decompressed with its metadata and statistics."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        yield name, path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".parquet":
            yield name, repr(pq.read_metadata(path).to_dict())
            yield name, repr(pq.ParquetFile(path).read().to_pydict())


def holding(folder: Path) -> dict[str, set[str]]:
    """The files that hold each trace."""
    texts = list(decoded(folder))
    return {trace: {name for name, text in texts if trace in text} for trace in TRACES}


def lake_with_person(folder: Path) -> Lake:
    """A lake that holds a person in old, new, removed, unfinished and orphaned files."""
    lake = filled(folder, range(40), range(40, 60))
    lake.append(pl.concat([of_person(30), events(range(60, 90))], how="diagonal"), marker=Marker("a", 1), batch="mixed")
    lake.upkeep(vacuum=False)
    lake.append(of_person(40), marker=Marker("a", 2), batch="own")
    unfinished = written(conformed(of_person(5), "killed"), folder / "_scratch" / "killed")
    unfinished[0].file.rename(folder / "month=2024-01" / "orphan.parquet")
    written(conformed(of_person(5), "killed"), folder / "_scratch" / "killed")
    return lake


def test_erasure_leaves_no_byte_of_the_person_and_all_other_events(tmp_path: Path) -> None:
    lake = lake_with_person(tmp_path)
    for trace, before in holding(tmp_path).items():
        assert len(before) >= 4, trace
        assert any(name.startswith("_scratch") for name in before), trace
        assert any(name.endswith("orphan.parquet") for name in before), trace
    others = lake.read().filter(pl.col("actor") != ACTOR).sort("id")
    version, total = lake.version, lake.read().height
    assert lake.erase(pl.Series([ACTOR, "u:nobody"]), Marker("erase:1", 1)) == 40
    assert lake.version == version + 1
    assert total - lake.read().height == 40
    assert all(holding(tmp_path).values())
    lake.purge()
    assert not any(holding(tmp_path).values())
    assert lake.read().sort("id").equals(others)
    assert Lake.open(tmp_path).read().sort("id").equals(others)
    assert lake.erase(pl.Series([ACTOR]), Marker("erase:1", 1)) in (0, 40)
    assert lake.read().height == total - 40


def test_table_log_keeps_statistics_of_name_and_time_only(tmp_path: Path) -> None:
    lake = lake_with_person(tmp_path)
    for path in (tmp_path / "_delta_log").glob("*.json"):
        for line in path.read_text().splitlines():
            if '"add"' in line:
                stats = json.loads(json.loads(line)["add"]["stats"])
                assert all(stats[kind].keys() == {"name", "time"} for kind in ("minValues", "maxValues", "nullCount"))
    lake.erase(pl.Series([ACTOR]), Marker("erase:1", 1))
    holders = [name for names in holding(tmp_path).values() for name in names]
    assert holders
    assert not any(name.startswith("_delta_log") for name in holders)


def test_files_keep_statistics_of_name_and_time_only(tmp_path: Path) -> None:
    lake_with_person(tmp_path)
    files = list(tmp_path.glob("month=*/*.parquet"))
    assert files
    for path in files:
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            columns = [metadata.row_group(group).column(place) for place in range(metadata.num_columns)]
            kept = {column.path_in_schema for column in columns if column.is_stats_set}
            assert kept == {"name", "time"}
            assert not any(column.has_column_index for column in columns)
            assert not any("bloom" in key and value for column in columns for key, value in column.to_dict().items())


def counts(lake: Lake) -> list[tuple[int, ...]]:
    """What funnels of persons and of sessions count."""
    log = log_of(lake.read())
    reports = [
        run(Funnel.of("Visit", "Cart", "Purchase", unit=unit, window=None), log) for unit in ("person", "session")
    ]
    return [(line.entered, line.passed, line.open) for report in reports for line in report.steps]


def test_making_nameless_leaves_every_count_and_no_trace(tmp_path: Path) -> None:
    lake = lake_with_person(tmp_path)
    kept = ["time", "precision", "name", "company", "deal", "source", "batch", "human", "traffic", "received"]
    before, total = lake.read(), counts(lake)
    assert lake.anonymise(pl.Series([ACTOR]), Marker("anonymise:1", 1), b"secret") == 40
    lake.purge()
    after = lake.read()
    assert after.select(kept).sort(kept).equals(before.select(kept).sort(kept))
    assert counts(lake) == total
    theirs = after.filter(pl.col("actor").str.starts_with("u:x:"))
    assert theirs.height == 40
    assert (theirs["actor"].n_unique(), theirs["session"].n_unique()) == (1, 2)
    assert set(theirs["properties"]) == set(theirs["context"]) == {"{}"}
    assert after["id"].is_unique().all()
    assert not any(holding(tmp_path).values())
    others = pl.col("actor") == "u:person1"
    assert after.filter(others).sort("id").equals(before.filter(others).sort("id"))


def test_stand_ins_differ_by_secret_and_actor_and_keep_the_kind(tmp_path: Path) -> None:
    actors = []
    for place, secret in enumerate([b"one", b"one", b"two"]):
        lake = Lake.open(tmp_path / str(place))
        frame = events([1, 2, 3]).with_columns(actor=pl.Series(["u:ann", "a:ann", "u:bo"]))
        lake.append(frame, marker=Marker("a", 1), batch="b")
        lake.anonymise(pl.Series(["u:ann", "a:ann", "u:bo"]), Marker("n", 1), secret)
        actors.append(lake.read(columns=["actor", "time"]).sort("time")["actor"].to_list())
    assert actors[0] == actors[1]
    assert len({*actors[0], *actors[2]}) == 6
    assert [actor[:4] for actor in actors[0]] == ["u:x:", "a:x:", "u:x:"]


@pytest.mark.parametrize("compacted", [False, True])
def test_undo_of_an_import_removes_its_events_once(tmp_path: Path, compacted: bool) -> None:
    lake = filled(tmp_path, range(30), range(30, 50), range(20, 70))
    if compacted:
        lake.upkeep()
    assert lake.remove_batch("b1", Marker("import:1", 2)) == 20
    version = lake.version
    assert lake.remove_batch("b1", Marker("import:1", 2)) == 20
    assert lake.version == version
    assert ids(lake) == ids_of([*range(30), *range(50, 70)])
    assert lake.append(events(range(30, 50)), marker=Marker("import:1", 3), batch="b1").added == 20
