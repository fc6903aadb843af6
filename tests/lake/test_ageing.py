"""Old events go, by their time and the kind of their actor: exactly those, from every byte, and no index is fooled."""

import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.lake.test_rights import decoded
from tragt.events.units import Links
from tragt.lake import Lake, Marker
from tragt.lake.ageing import Aged
from tragt.lake.index import Index, Kind
from tragt.lake.index.assigning import persons
from tragt.lake.index.assignment import SPANS
from tragt.lake.index.journal import Journal
from tragt.lake.index.lineage import lineage
from tragt.lake.schema import EVENTS

START = datetime(2024, 1, 1, tzinfo=UTC)
ACTORS = ("u:1", "u:2", "a:1", "a:2", "a:3", None)
LOGS = st.lists(st.lists(st.tuples(st.sampled_from(ACTORS), st.integers(0, 120)), max_size=12), min_size=1, max_size=4)
CLAIMED = st.sets(st.sampled_from(("a:1", "a:2", "a:3", "a:nobody")))
NUMBERS = itertools.count(1)
CUTS = st.integers(-1, 121)


def log(rows: list[tuple[str | None, int]], prefix: str = "e") -> pl.DataFrame:
    """Events by their actors and days."""
    return pl.DataFrame(
        {
            "id": [f"{prefix}{number}" for number in range(len(rows))],
            "time": [START + timedelta(days=day) for _, day in rows],
            "name": "Visited",
            "actor": pl.Series([actor for actor, _ in rows], dtype=pl.String),
            "source": "site",
            "received": START,
            "properties": [f'{{"said":"{prefix}{number} of day {day}."}}' for number, (_, day) in enumerate(rows)],
        },
        schema_overrides={"time": EVENTS["time"], "received": EVENTS["received"], "id": pl.String},
    )


def filled(folder: Path, batches: list[list[tuple[str | None, int]]]) -> Lake:
    lake = Lake.open(folder)
    for place, rows in enumerate(batches):
        if rows:
            lake.append(log(rows, f"b{place}-"), marker=Marker(f"import:{place}", 1), batch=f"b{place}")
    return lake


def expire(lake: Lake, aged: Aged, most: int = 5) -> int:
    """Everything that is old, in pieces."""
    done: set[str] = set()
    gone = 0
    while files := lake.oldest(aged.before, done, most):
        done.update(files)
        gone += lake.expire(aged, files, Marker("retention", next(NUMBERS)))
    return gone


@settings(max_examples=max(ROUNDS // 4, 1))
@given(LOGS, CLAIMED, CUTS, st.booleans(), st.integers(1, 20))
def test_expire_a_random_log_leaves_what_a_filter_leaves(
    batches: list[list[tuple[str | None, int]]], claimed: set[str], cut: int, known: bool, most: int
) -> None:
    before = START + timedelta(days=cut)

    def goes(actor: str | None, day: int) -> bool:
        if actor is None or day >= cut:
            return False
        return known == (actor.startswith("u:") or actor in claimed)

    rows = [(f"b{b}-{n}", *row) for b, batch in enumerate(batches) for n, row in enumerate(batch)]
    kept = sorted(key for key, actor, day in rows if not goes(actor, day))
    aged = Aged(before, known, pl.Series(sorted(claimed), dtype=pl.String))
    with tempfile.TemporaryDirectory() as folder:
        lake = filled(Path(folder), batches)
        assert lake.aged(aged) == len(rows) - len(kept)
        assert expire(lake, aged, most) == len(rows) - len(kept)
        assert lake.read(columns=["id"])["id"].sort().to_list() == kept
        assert lake.aged(aged) == 0
        again = lake.version
        assert expire(lake, aged, most) == 0
        assert lake.version == again, "nothing was old, yet something was committed"


def test_expire_old_visitors_leaves_no_byte_of_them_and_drops_whole_months(tmp_path: Path) -> None:
    rows: list[tuple[str | None, int]] = [
        (actor, day) for day in range(100) for actor in ("a:gone-visitor", "a:known-visitor", "u:1")
    ]
    only: list[tuple[str | None, int]] = [("a:gone-visitor", day) for day in range(-40, -10)]
    lake = filled(tmp_path, [rows, only])
    lake.upkeep(vacuum=False)
    before = START + timedelta(days=60)
    old = {"gone-visitor", "b1-3 of", "of day -12.", "of day -40."}
    first = {word for word in old for _, text in decoded(tmp_path) if word in text}
    assert first == old, "the positive control"
    aged = Aged(before, known=False, claimed=pl.Series(["a:known-visitor"]))
    assert expire(lake, aged) == 60 + 30
    lake.purge()
    texts = list(decoded(tmp_path))
    assert not [name for name, text in texts if "of day -" in text or "b0-0 of day 0." in text]
    held = "".join(text for name, text in texts if "_delta_log" in name)
    assert "visitor" not in held, "the log of the table names somebody"
    assert not list(tmp_path.glob("month=2023-1*/*.parquet")), "whole months are dropped"
    left = lake.read()
    assert left.filter(actor="a:gone-visitor")["time"].min() == before
    assert left.filter(pl.col("actor") != "a:gone-visitor").height == 200


def test_expire_files_that_others_exchanged_are_left_for_another_time(tmp_path: Path) -> None:
    lake = filled(tmp_path, [[("a:1", 1)], [("a:1", 2)]])
    aged = Aged(START + timedelta(days=9), known=False)
    files = lake.oldest(aged.before, (), 100)
    assert len(files) == 2
    lake.upkeep(vacuum=False)
    assert lake.expire(aged, files, Marker("retention", 1)) == 0
    assert expire(lake, aged) == 2


@pytest.mark.parametrize("most", [1, 2, 1000])
def test_oldest_files_come_in_the_order_of_their_time_and_no_more_than_asked(tmp_path: Path, most: int) -> None:
    lake = filled(tmp_path, [[("a:1", day)] for day in (70, 3, 40, 90)])
    found = lake.oldest(START + timedelta(days=80), (), most)
    assert [lake.snapshot().files.filter(path=path)["first"].item() for path in found] == [
        START + timedelta(days=day) for day in (3, 40, 70)
    ][:most]


def test_expire_with_an_index_lets_it_say_whose_events_went(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", [[("u:1", 1), ("u:2", 1)], [("u:2", 50)]])
    index = Index(tmp_path / "index", lake, Kind.PERSON, ZoneInfo("UTC"))
    index.build(persons(pl.DataFrame(schema=dict(SPANS)).rename({"unit": "person"}), Links()))
    assert expire(lake, Aged(START + timedelta(days=9), known=True)) == 2
    generation = index.current()
    assert generation is not None
    covered = generation.locator.files["path"].to_list()
    files = lineage(lake.storage, generation.folder, covered, generation.description.version, lake.snapshot())
    assert files.known
    touched = Journal(generation.folder).touched(files.removals)
    assert touched is not None
    assert sorted(touched["unit"]) == ["u:1", "u:2"]
