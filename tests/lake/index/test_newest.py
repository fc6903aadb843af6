"""Pages of the newest events, through whatever happened to the lake, are those of the whole log sorted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.conftest import ROUNDS
from tests.lake.index.making import NAMES, START, ZONE, filled, made, simple
from tragt.lake import Lake, Marker
from tragt.lake.index import Index, Kind
from tragt.lake.index import locator as locators
from tragt.lake.index import newest as pages
from tragt.lake.index.newest import Page, newest, newest_first
from tragt.lake.index.places import Sought
from tragt.lake.scanning import Span, block
from tragt.lake.storage import Storage

SEEDS = st.integers(0, 2**32)


def changed(random: Random, lake: Lake, index: Index) -> None:
    """Something that happens to a lake and its index."""
    marker = Marker(f"act:{random.random()}", 1)
    match random.randrange(5):
        case 0 | 1:
            lake.append(made(random, random.choice([1, 25]), random.randrange(10**6)), marker=marker, batch=marker.app)
        case 2:
            lake.upkeep(vacuum=random.random() < 0.5)
        case 3:
            lake.erase(pl.Series([f"u:p{random.randrange(6)}"]), marker)
        case _:
            index.build(simple())


def moment(random: Random) -> datetime | None:
    return random.choice([None, START + timedelta(minutes=random.randrange(6000))])


def asked(random: Random) -> tuple[list[Sought], Page]:
    """Some actors, each in its time, and which of their events."""
    actors = random.sample([f"{kind}{n}" for kind in ("u:p", "a:v") for n in range(6)], 3)
    by_own = random.choice([None, pl.col("actor").is_in(actors[:2])])
    own, other = (
        Sought(pl.Series(actors[:2]), where=by_own),
        Sought(pl.Series(actors[2:]), moment(random), moment(random)),
    )
    span = Span(random.choice([None, random.sample(NAMES, 2)]), moment(random), moment(random))
    inside = pl.lit(value=True)
    if other.start:
        inside &= pl.col("time") >= other.start
    if other.end:
        inside &= pl.col("time") < other.end
    theirs = pl.col("actor").is_in(actors[:2]) | ((pl.col("actor") == actors[2]) & inside)
    only = theirs & (pl.col("human").fill_null(1.0) >= 0.5)
    where = pl.col("actor").is_in(actors)
    return [own, other], Page(where, lambda events: events.filter(only), random.choice([7, 50]), None, span)


def paged(lake: Lake, index: Index | None, sought: list[Sought], page: Page) -> pl.DataFrame:
    """Page after page, until one is empty."""
    found = [newest(lake, index, sought, page)]
    while found[-1].height:
        last = found[-1].row(-1, named=True)
        after = Page(page.where, page.only, page.count, (last["time"], last["id"]), page.span)
        found.append(newest(lake, index, sought, after))
    assert all(each.height == page.count for each in found[:-2])
    return pl.concat(found)


@pytest.mark.soak
@given(seed=SEEDS, grain=st.sampled_from([4, 1 << 12]))
@settings(max_examples=max(ROUNDS // 12, 3))
def test_pages_after_random_changes_are_the_sorted_log(
    tmp_path_factory: pytest.TempPathFactory, seed: int, grain: int
) -> None:
    random, folder = Random(seed), tmp_path_factory.mktemp("firm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locators, "GRAIN", grain)
        patch.setattr(pages, "_FIRST_ROWS", random.choice([1, 1 << 20]))
        lake = filled(folder / "lake", made(random, 150), made(random, 40, 1000))
        index = Index(folder / "index", lake, random.choice(list(Kind)), ZONE)
        index.build(simple())
        for _ in range(3):
            sought, page = asked(random)
            whole = newest_first(page.only(lake.read().filter(page.where, page.span.events())))
            assert_frame_equal(paged(lake, index, sought, page), whole)
            assert_frame_equal(paged(lake, None, sought, page), whole)
            changed(random, lake, index)


def test_page_reads_files_that_lack_a_column_of_today(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", made(Random(1), 60), made(Random(2), 60, 100))
    index = Index(tmp_path / "index", lake, Kind.PERSON, ZONE)
    index.build(simple())
    for file in (tmp_path / "lake").glob("month=*/*.parquet"):
        pl.read_parquet(file, hive_partitioning=False).drop("deal").write_parquet(file)
    page = Page(pl.col("actor") == "u:p1", lambda events: events, 500)
    found = newest(lake, index, [Sought(pl.Series(["u:p1"]))], page)
    assert_frame_equal(found, newest_first(lake.read(actors=pl.Series(["u:p1"]))))


def test_page_of_a_busy_actor_reads_the_newest_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(Random(1), 400).with_columns(actor=pl.lit("u:busy"))
    months = [
        one.with_columns(
            id=pl.format("{}:{}", pl.lit(str(month)), "id"), time=pl.lit(START) + pl.duration(days=30 * month)
        )
        for month in range(12)
    ]
    lake = filled(tmp_path / "lake", *months)
    index = Index(tmp_path / "index", lake, Kind.PERSON, ZONE)
    index.build(simple())
    monkeypatch.setattr(pages, "_FIRST_ROWS", 1)
    read: set[str] = set()

    def noted(storage: Storage, file: str, offset: int, rows: int) -> pl.LazyFrame:
        read.add(file)
        return block(storage, file, offset, rows)

    monkeypatch.setattr(pages, "block", noted)
    page = Page(pl.col("actor") == "u:busy", lambda events: events, 50)
    assert newest(lake, index, [Sought(pl.Series(["u:busy"]))], page).height == 50
    last = lake.snapshot().files.sort("last")["path"].to_list()
    assert read
    assert read <= set(last[-2:])


def test_page_of_many_actors_opens_few_more_places_than_it_shows_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locators, "GRAIN", 4)
    monkeypatch.setattr(pages, "_FIRST_ROWS", 5 * pages._TO_OPEN)
    random = Random(3)
    firm = [f"u:c{number}" for number in range(40)]
    actors = [random.choice([*firm, *(f"u:x{number}" for number in range(400))]) for _ in range(4000)]
    times = [START + timedelta(seconds=random.randrange(28 * 86_400)) for _ in actors]
    events = made(random, 4000).with_columns(
        actor=pl.Series(actors), time=pl.Series(times, dtype=pl.Datetime("us", "UTC"))
    )
    lake = filled(tmp_path / "lake", events)
    index = Index(tmp_path / "index", lake, Kind.PERSON, ZONE)
    index.build(simple())
    opened: list[int] = []
    read = pages._read

    def noted(storage: Storage, places: pl.DataFrame, sought: Sequence[Sought], page: Page) -> pl.DataFrame:
        opened.append(places.height)
        return read(storage, places, sought, page)

    monkeypatch.setattr(pages, "_read", noted)
    page = Page(pl.col("actor").is_in(pl.Series(firm).implode()), lambda events: events, 50)
    found = newest(lake, index, [Sought(pl.Series(firm))], page)
    assert_frame_equal(found, newest_first(lake.read(actors=pl.Series(firm))).head(50))
    assert sum(opened) < 90
    opened.clear()
    named = Page(page.where, page.only, 500, span=Span([NAMES[0]]))
    assert newest(lake, index, [Sought(pl.Series(firm))], named)["name"].unique().to_list() == [NAMES[0]]
    built = index.current()
    assert built is not None
    assert sum(opened) < 0.6 * len(built.locator.grains(pl.Series(firm)))


def test_page_meets_a_lake_whose_files_go_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = filled(tmp_path / "lake", made(Random(1), 50), made(Random(2), 50, 100))
    index = Index(tmp_path / "index", lake, Kind.PERSON, ZONE)
    index.build(simple())
    page = Page(pl.col("actor") == "u:p1", lambda events: events, 500)
    sought = [Sought(pl.Series(["u:p1"]))]
    before = newest(lake, index, sought, page)
    left = [1]

    def late(storage: Storage, file: str, offset: int, rows: int) -> pl.LazyFrame:
        if left:
            left.pop()
            Lake.open(tmp_path / "lake").upkeep()
            Lake.open(tmp_path / "lake").purge()
        return block(storage, file, offset, rows)

    monkeypatch.setattr(pages, "block", late)
    assert_frame_equal(newest(lake, index, sought, page), before)
    assert not left
