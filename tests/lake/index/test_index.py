"""What a generation promises one by one: order of ids, errors, what a purge leaves, what is on disk."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from tests.lake.index.making import ZONE, filled, simple
from tragt.errors import InvalidDefinition, TragtError
from tragt.lake import Lake, Marker
from tragt.lake.index import Assignment, Index, Kind
from tragt.lake.index.assignment import SPANS
from tragt.lake.index.generation import Generation
from tragt.lake.index.kernels import siphash

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
PERSON = Assignment(Kind.PERSON)


def rows(*events: tuple[str, datetime, str, str], properties: str = "{}") -> pl.DataFrame:
    """Events of an id, a time, a name and an actor."""
    frame = pl.DataFrame(events, schema=["id", "time", "name", "actor"], orient="row")
    return frame.with_columns(source=pl.lit("shop"), received=pl.lit(NOON), properties=pl.lit(properties))


def firm(folder: Path, *batches: pl.DataFrame) -> tuple[Lake, Index]:
    lake = filled(folder / "lake", *batches)
    index = Index(folder / "index", lake, Kind.PERSON, ZONE)
    index.build(PERSON)
    return lake, index


def newest(index: Index) -> Generation:
    found = index.current()
    assert found is not None
    return found


def test_numbers_of_one_moment_follow_the_ids_across_names_and_files(tmp_path: Path) -> None:
    micro = timedelta(microseconds=1)
    _, index = firm(
        tmp_path,
        rows(("b", NOON, "Visit", "u:ann"), ("d", NOON + 2 * micro, "Cart", "u:ann"), ("z", NOON, "Visit", "u:bo")),
        rows(("c", NOON + micro, "Visit", "u:ann"), ("a", NOON + 9 * micro, "Cart", "u:ann")),
    )
    generation = newest(index)
    assert np.asarray(generation.posting("Cart").numbers).tolist() == [0, 3]
    assert np.asarray(generation.posting("Visit").numbers).tolist() == [1, 2, 4]


def test_new_event_in_the_moment_of_an_old_one_is_placed_by_its_id(tmp_path: Path) -> None:
    lake, index = firm(tmp_path, rows(("b", NOON, "Visit", "u:ann"), ("d", NOON, "Cart", "u:ann")))
    lake.append(rows(("a", NOON, "Cart", "u:ann"), ("c", NOON, "Visit", "u:ann")), marker=Marker("n", 1), batch="n")
    layers = index.read(PERSON)
    assert layers.fresh is not None
    assert layers.dirty is not None
    assert layers.dirty.tolist() == [True]
    assert np.asarray(layers.fresh.posting("Cart").numbers).tolist() == [0, 3]
    assert np.asarray(layers.fresh.posting("Visit").numbers).tolist() == [1, 2]


def test_property_is_of_the_type_on_which_the_asked_names_agree(tmp_path: Path) -> None:
    lake, index = firm(
        tmp_path,
        rows(("a", NOON, "Visit", "u:ann"), properties='{"size":1}'),
        rows(("b", NOON, "Cart", "u:ann"), ("e", NOON, "Cart", "u:bo"), properties='{"size":1.0}'),
        rows(("c", NOON, "Call", "u:ann"), properties='{"size":"large"}'),
    )
    assert newest(index).description.events == 4

    def values(*names: str) -> list[object]:
        clean = index.read(PERSON, names, ["size"]).clean
        return [
            clean.codes(name, "size").values.gather(clean.codes(name, "size").codes - 1).to_list() for name in names
        ]

    assert values("Call") == [["large"]]
    assert values("Visit") == [[1]]
    assert values("Visit", "Cart") == [[1.0], [1.0, 1.0]]
    assert values("Visit", "Cart", "Call") == [["1"], ["1.0", "1.0"], ["large"]]
    lake.append(rows(("n", NOON, "Visit", "u:new"), properties='{"size":"small"}'), marker=Marker("n", 1), batch="n")
    assert values("Visit") == [["1"]]


def test_property_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    _, index = firm(tmp_path, rows(("a", NOON, "Visit", "u:ann")))
    clean = index.read(PERSON, ["Visit"], ["size"]).clean
    for ask in (
        lambda: clean.codes("Visit", "colour"),
        lambda: clean.codes("Cart", "size"),
        lambda: clean.sessions("Visit"),
    ):
        with pytest.raises(InvalidDefinition, match="asked for"):
            ask()


def test_units_and_times_that_do_not_fit_are_an_error_and_leave_the_old_generation(tmp_path: Path) -> None:
    lake, index = firm(tmp_path, rows(("a", NOON, "Visit", "u:ann")))
    before = newest(index).folder
    many = pl.DataFrame({"actor": [f"u:{n}" for n in range(1 << 17)]}).with_columns(
        id=pl.lit("m:") + pl.col("actor"),
        time=pl.lit(datetime(1, 1, 1, tzinfo=UTC)),
        name=pl.lit("Visit"),
        source=pl.lit("m"),
        received=pl.lit(NOON),
    )
    last = rows(("z", datetime(9999, 1, 1, tzinfo=UTC), "Visit", "u:ann"))
    lake.append([many, last], marker=Marker("m", 1), batch="m")
    with pytest.raises(InvalidDefinition) as caught:
        index.build(PERSON)
    assert caught.value.code == "postings.too_wide"
    assert newest(index).folder == before


def test_index_of_an_empty_lake_is_empty(tmp_path: Path) -> None:
    lake, index = firm(tmp_path)
    assert newest(index).names() == []
    lake.append(rows(("a", NOON, "Visit", "u:ann")), marker=Marker("n", 1), batch="n")
    fresh = index.read(PERSON, None, ["size"], sessions=True).fresh
    assert fresh is not None
    assert fresh.names() == ["Visit"]


def test_generation_of_another_format_is_of_no_use_and_goes_with_a_purge(tmp_path: Path) -> None:
    lake, index = firm(tmp_path, rows(("a", NOON, "Visit", "u:ann")))
    folder = newest(index).folder
    path = folder / "generation.json"
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | {"format": 99}))
    with pytest.raises(TragtError, match="format 99") as caught:
        Generation(folder, ZONE)
    assert caught.value.code == "index.format"
    other = Index(tmp_path / "index", lake, Kind.PERSON, ZONE)
    assert other.needs_rebuild(PERSON)
    assert len(other.read(PERSON).clean.posting("Visit")) == 1
    lake.purge()
    assert not folder.exists()


def test_removal_that_nobody_noted_makes_the_generation_useless(tmp_path: Path) -> None:
    lake, index = firm(tmp_path, rows(("a", NOON, "Visit", "u:ann"), ("b", NOON, "Visit", "u:bo")))
    Lake.open(tmp_path / "lake").erase(pl.Series(["u:ann"]), Marker("erase", 1))
    layers = index.read(PERSON)
    assert layers.dirty is None
    assert layers.clean.unit_names(np.arange(layers.clean.units)).to_list() == ["u:bo"]
    assert index.needs_rebuild(PERSON)
    lake.purge()


def test_purge_leaves_no_byte_of_the_erased(tmp_path: Path) -> None:
    events = rows(("a", NOON, "Visit", "u:ann"), ("b", NOON, "Visit", "u:bo"), properties='{"mail":"ann@example.org"}')
    lake, index = firm(tmp_path, events)
    index.read(PERSON, None, ["mail"])
    index.build(PERSON)
    lake.erase(pl.Series(["u:ann"]), Marker("erase", 1))
    index.read(PERSON, None, ["mail"])
    lake.purge()
    assert index.current() is None
    assert not [path for path in (tmp_path / "index").rglob("*") if path.is_file() and b"ann" in path.read_bytes()]
    index.build(PERSON)
    kept = newest(index).folder
    lake.purge()
    assert newest(index).folder == kept


def test_old_generations_go_after_the_grace(tmp_path: Path) -> None:
    _, index = firm(tmp_path, rows(("a", NOON, "Visit", "u:ann")))
    first = newest(index).folder
    index.build(PERSON)
    assert index.remove_old(timedelta(days=1)) == 0
    assert first.exists()
    assert index.remove_old(timedelta(0)) == 1
    assert not first.exists()


def test_upkeep_makes_nothing_dirty(tmp_path: Path) -> None:
    lake, index = firm(tmp_path, *(rows((f"a{n}", NOON + timedelta(hours=n), "Visit", f"u:{n % 3}")) for n in range(4)))
    assert len(lake.snapshot().files) == 4
    lake.upkeep(vacuum=False)
    assert len(lake.snapshot().files) == 1
    assert index.read(PERSON).dirty is None
    assert not index.needs_rebuild(PERSON)


def test_company_is_spelled_as_the_assignment_says(tmp_path: Path) -> None:
    events = rows(("a", NOON, "Visit", "u:ann"), ("b", NOON, "Visit", "u:bo")).with_columns(company=pl.lit("ACME A/S"))
    lake = filled(tmp_path / "lake", events)
    firms = Assignment(Kind.COMPANY, spelled=lambda names: names.str.to_lowercase())
    index = Index(tmp_path / "index", lake, Kind.COMPANY, ZONE)
    index.build(firms)
    lake.append(
        rows(("c", NOON, "Visit", "u:cy")).with_columns(company=pl.lit("acme a/s")), marker=Marker("n", 1), batch="n"
    )
    layers = index.read(
        dataclasses.replace(firms, spans=pl.DataFrame([("u:x", None, None, "y")], schema=SPANS, orient="row"))
    )
    assert layers.fresh is not None
    assert layers.fresh.unit_names(np.arange(layers.fresh.units)).to_list() == ["acme a/s"]
    assert len(layers.fresh.posting("Visit")) == 3


def test_reading_without_a_generation_reads_the_lake(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", rows(("a", NOON, "Visit", "a:v1")))
    index = Index(tmp_path / "index", lake, Kind.PERSON, ZONE)
    layers = index.read(simple(), ["Visit"], ["size"])
    assert (layers.dirty, layers.fresh) == (None, None)
    assert layers.clean.unit_names(np.arange(1)).to_list() == ["u:p1"]
    assert index.needs_rebuild(simple())


@pytest.mark.parametrize(
    ("length", "digest"), [(0, "310e0edd47db6f72"), (1, "fd67dc93c539f874"), (15, "e545be4961ca29a1")]
)
def test_siphash_reference_vectors_of_aumasson_and_bernstein(length: int, digest: str) -> None:
    first, second = np.frombuffer(bytes(range(16)), "<u8")
    found = siphash(np.arange(length, dtype=np.uint8), np.array([length]), first, second)
    assert int(found[0]).to_bytes(8, "little").hex() == digest
