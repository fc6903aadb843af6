"""Appending: each id once, all or none, whoever else writes."""

import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.making import START, STEP, events, filled, ids, ids_of
from tragt.errors import TragtError
from tragt.lake import Appended, Lake, Marker, appending, parts
from tragt.lake.schema import ORDER
from tragt.lake.table import Table

FEW = settings(max_examples=max(settings().max_examples // 15, 1))


def test_append_skips_what_the_lake_holds_and_says_which_batch_holds_it(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(10), range(8, 20))
    done = lake.append(events([*range(5, 15), 30, 30]), marker=Marker("import:9", 1), batch="b9")
    assert done == Appended(1, 11, {"b0": 5, "b1": 5, "b9": 1}, lake.version)
    assert ids(lake) == ids_of([*range(20), 30])
    assert lake.batches().select("batch", "events").rows() == [("b0", 10), ("b1", 10), ("b9", 1)]


def test_known_marker_adds_nothing_and_tells_what_was_done(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(10), range(5, 20))
    again = lake.append(events(range(100)), marker=Marker("import:1", 1), batch="b1")
    assert again == Appended(10, 5, {"b0": 5}, lake.version)
    assert ids(lake) == ids_of(range(20))
    lake.purge()
    later = Lake.open(tmp_path).append(events(range(100)), marker=Marker("import:1", 1), batch="b1")
    assert (later.added, later.version) == (10, lake.version)
    assert ids(lake) == ids_of(range(20))


def test_same_id_at_another_time_or_of_a_month_far_away_is_a_duplicate(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(10))
    moved = events(range(12)).with_columns(time=pl.lit(START + timedelta(days=4000)))
    assert lake.append(moved, marker=Marker("import:1", 1), batch="b1").added == 2


def test_pieces_are_one_commit_and_their_repeated_ids_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "_CHUNK", 40)
    lake = filled(tmp_path, range(10))
    before = lake.version
    pieces = (events(range(start, start + 30)) for start in range(0, 300, 15))
    done = lake.append(pieces, marker=Marker("import:1", 1), batch="b1")
    assert (done.added, done.duplicates) == (305, 295)
    assert lake.version == before + 1
    assert ids(lake) == ids_of(range(315))


@pytest.mark.parametrize("number", [20, 400])
def test_events_written_by_two_threads_are_a_file_a_month_in_order(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_WORTH_DIVIDING", 1)
    lake = filled(tmp_path, range(number))
    assert ids(lake) == ids_of(range(number))
    files = sorted(tmp_path.glob("month=*/*.parquet"))
    months = [file.parent.name for file in files]
    assert months == sorted({f"month={START + STEP * n:%Y-%m}" for n in range(number)})
    for file in files:
        held = pl.read_parquet(file, hive_partitioning=True)
        assert held.select(ORDER).equals(held.sort(ORDER).select(ORDER))


def test_error_in_the_middle_of_the_events_adds_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    def broken() -> Any:
        yield events(range(10, 20))
        raise ValueError("the file ends here")

    lake = filled(tmp_path, range(10))
    with pytest.raises(ValueError, match="ends here"):
        lake.append(broken(), marker=Marker("import:1", 1), batch="b1")
    assert ids(lake) == ids_of(range(10))
    assert not list((tmp_path / "_scratch").iterdir())
    assert lake.append(events(range(20)), marker=Marker("import:1", 1), batch="b1").added == 10


NUMBERS = st.lists(st.integers(0, 30), max_size=12)
ACTS = st.lists(
    st.tuples(st.just("append"), NUMBERS, st.booleans())
    | st.tuples(st.just("remove"), st.integers(0, 6), st.just(value=False))
    | st.tuples(st.just("compact"), st.just(0), st.just(value=False))
    | st.tuples(st.just("purge"), st.just(0), st.just(value=False)),
    max_size=7,
)


@pytest.mark.soak
@FEW
@given(ACTS)
def test_lake_after_any_acts_is_a_set_of_ids(acts: list[tuple[str, Any, bool]]) -> None:
    """The model: a dictionary from id to batch. Ids made from content are found by their time alone."""
    held: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(folder)
        for place, (act, given_, content) in enumerate(acts):
            match act:
                case "append":
                    frame = events(given_, source="#" if content else "shop").with_columns(
                        pl.col("id").str.replace("#:", "#")
                    )
                    new = set(frame["id"]) - held.keys()
                    done = lake.append(frame, marker=Marker(f"i{place}", 1), batch=f"b{place}")
                    assert (done.added, done.duplicates) == (len(new), len(given_) - len(new))
                    held |= dict.fromkeys(new, f"b{place}")
                case "remove":
                    gone = [key for key, batch in held.items() if batch == f"b{given_}"]
                    assert lake.remove_batch(f"b{given_}", Marker(f"u{place}", 1)) == len(gone)
                    held = {key: batch for key, batch in held.items() if batch != f"b{given_}"}
                case "compact":
                    lake.upkeep()
                case _:
                    lake.purge()
            assert dict(lake.read(columns=["id", "batch"]).iter_rows()) == held
            assert ids(Lake.open(folder)) == sorted(held)


def test_writers_at_once_add_each_id_once(tmp_path: Path) -> None:
    lakes = [Lake.open(tmp_path) for _ in range(4)]
    done: list[Appended] = []

    def write(place: int) -> None:
        for part in range(3):
            numbers = range(part * 50 + place * 10, part * 50 + place * 10 + 60)
            marker = Marker(f"import:{place}.{part}", 1)
            done.append(lakes[place].append(events(numbers), marker=marker, batch=f"b{place}"))

    threads = [threading.Thread(target=write, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 12
    assert ids(lakes[0]) == ids_of(range(190))
    assert sum(each.added for each in done) == 190
    assert sum(each.duplicates for each in done) == 12 * 60 - 190


class Interfering:
    """Lets something else happen just before the next commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
        self.commit, self.act = Table.commit, act
        monkeypatch.setattr(Table, "commit", self._commit_of())

    def _commit_of(self) -> Any:
        def commit(table: Table, *given: Any) -> int:
            act, self.act = self.act, None
            if act:
                act()
            return self.commit(table, *given)

        return commit


def test_append_overtaken_by_the_same_import_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, other = filled(tmp_path, range(10)), Lake.open(tmp_path)

    def rival() -> None:
        other.append(events(range(20)), marker=Marker("import:1", 1), batch="b1")

    Interfering(monkeypatch, rival)
    assert lake.append(events(range(20)), marker=Marker("import:1", 1), batch="b1").added == 10
    assert ids(lake) == ids_of(range(20))


def test_append_overtaken_by_an_undo_of_its_duplicates_asks_to_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, other = filled(tmp_path, range(10)), Lake.open(tmp_path)
    Interfering(monkeypatch, lambda: other.remove_batch("b0", Marker("import:0", 2)))
    with pytest.raises(TragtError, match="run this again"):
        lake.append(events(range(20)), marker=Marker("import:1", 1), batch="b1")
    assert ids(lake) == []
    assert lake.append(events(range(20)), marker=Marker("import:1", 1), batch="b1").added == 20


def test_append_overtaken_by_compaction_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, other = filled(tmp_path, range(10), range(10, 20)), Lake.open(tmp_path)
    Interfering(monkeypatch, lambda: other.upkeep(vacuum=False))
    assert lake.append(events(range(30)), marker=Marker("import:9", 1), batch="b9").added == 10
    assert ids(lake) == ids_of(range(30))


def test_erasure_overtaken_by_appends_and_compaction_finds_all_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, other = filled(tmp_path, range(10), range(10, 20)), Lake.open(tmp_path)

    def rival() -> None:
        other.append(events(range(20, 40)), marker=Marker("import:9", 1), batch="b9")
        other.upkeep(vacuum=False)

    Interfering(monkeypatch, rival)
    assert lake.erase(pl.Series(["u:person1"]), Marker("erase:1", 1)) == 8
    assert ids(lake) == ids_of([n for n in range(40) if n % 5 != 1])


def test_lake_named_by_an_address_works_like_a_folder(tmp_path: Path) -> None:
    lake = Lake.open(f"file://{tmp_path}")
    tmp_path.joinpath("other").mkdir()
    assert lake.append(events(range(10)), marker=Marker("a", 1), batch="b").added == 10
    assert lake.append(events(range(15)), marker=Marker("a", 2), batch="c").added == 5
    assert lake.erase(pl.Series(["u:person0"]), Marker("e", 1)) == 3
    lake.upkeep()
    lake.purge()
    assert ids(lake) == ids(Lake.open(tmp_path)) == ids_of([n for n in range(15) if n % 5])
