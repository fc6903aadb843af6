"""Upkeep: fewer files, sorted, nothing lost; readers of older versions go on."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.lake.making import events, filled, ids, ids_of
from tragt.lake import Lake, Marker
from tragt.lake.table import Table


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("month=*/*.parquet"))


def test_upkeep_joins_small_files_and_keeps_every_event_in_order(tmp_path: Path) -> None:
    lake = filled(tmp_path, *(range(n * 20, n * 20 + 20) for n in range(8)))
    before, everything = Table(lake._storage).snapshot(), lake.read().sort("id")
    lake.upkeep()
    after = Table(lake._storage).snapshot()
    assert after.files["month"].is_unique().all()
    assert after.files.height < before.files.height
    assert lake.read().sort("id").equals(everything)
    for path in after.files["path"]:
        file = pl.read_parquet(tmp_path / path, hive_partitioning=False)
        assert file.equals(file.sort("name", "actor", "time"))
    version = lake.version
    lake.upkeep()
    assert lake.version == version


def test_upkeep_keeps_files_that_readers_may_hold_and_purge_does_not(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(10), range(10, 20))
    old = Table(lake._storage).snapshot().files["path"].to_list()
    lake.upkeep()
    assert all((tmp_path / path).exists() for path in old)
    lake.purge()
    assert not any((tmp_path / path).exists() for path in old)
    assert ids(lake) == ids_of(range(20))


def test_purge_leaves_one_checkpoint_and_no_older_log_entries(tmp_path: Path) -> None:
    lake = filled(tmp_path, *([n] for n in range(12)))
    lake.purge()
    log = sorted(path.name for path in (tmp_path / "_delta_log").iterdir())
    assert log == [f"{lake.version:020}.checkpoint.parquet", f"{lake.version:020}.json", "_last_checkpoint"]
    assert len(files_of(tmp_path)) == 12
    other = Lake.open(tmp_path)
    assert ids(other) == ids_of(range(12))
    assert other.append(events([3, 12]), marker=Marker("import:99", 1), batch="b").added == 1
    assert other.append(events([20]), marker=Marker("import:3", 1), batch="b").added == 1
    assert ids(lake) == ids_of(range(13))


def test_reader_finds_the_newest_version_while_the_entries_between_are_cleaned_away(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(3))
    reader, seen = Table(lake._storage), tmp_path / "_delta_log" / f"{lake.version:020}.json"
    assert reader.snapshot().version == lake.version
    lake.append(events([10]), marker=Marker("import:9", 1), batch="b")
    lake.append(events([11]), marker=Marker("import:9", 2), batch="b")
    entry = seen.read_bytes()
    lake.purge()
    assert not seen.exists()
    seen.write_bytes(entry)  # the one that the reader saw goes last
    assert reader.snapshot().version == lake.version


def test_upkeep_of_many_commits_opens_quickly_again(tmp_path: Path) -> None:
    lake = filled(tmp_path, *([n] for n in range(30)))
    lake.upkeep()
    assert len(list((tmp_path / "_delta_log").glob("*.json"))) <= 2
    assert lake.read().height == 30


def test_purge_waits_for_writers(tmp_path: Path) -> None:
    lake, other = filled(tmp_path, range(10)), Lake.open(tmp_path)
    order: list[str] = []

    def purge() -> None:
        other.purge()
        order.append("purged")

    thread = threading.Thread(target=purge)

    def slowly() -> Iterator[pl.DataFrame]:
        yield events(range(10, 15))
        thread.start()
        time.sleep(0.2)
        order.append("written")
        yield events(range(15, 20))

    lake.append(slowly(), marker=Marker("import:1", 1), batch="b1")
    thread.join()
    assert order == ["written", "purged"]
    assert ids(lake) == ids_of(range(20))
