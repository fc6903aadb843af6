"""A sample holds events of the name alone, is bounded, and is everything where that is little."""

from pathlib import Path

import polars as pl
import pytest

from tests.lake.making import events, filled
from tragt.lake import Lake

NAMES = ("Cart", "Purchase", "Visit")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of many small files and a large one, over fifty months."""
    return filled(tmp_path_factory.mktemp("large"), range(5_000), *(range(start, start + 40) for start in (6000, 7000)))


@pytest.mark.parametrize("name", NAMES)
def test_sample_of_few_events_is_all_of_them(large: Lake, name: str) -> None:
    found = large.sample(name, 10_000)
    assert found.whole
    held = large.read([name])
    assert found.events["properties"].sort().to_list() == held["properties"].sort().to_list()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("most", [30, 200, 1000])
def test_sample_of_many_events_is_bounded_and_of_the_name_alone(large: Lake, name: str, most: int) -> None:
    found = large.sample(name, most)
    assert not found.whole
    # A file gives one event at the least, and twelve files are looked at, of which most hold few.
    assert min(most, 200) / 2 <= found.events.height <= most + 12
    held = large.read([name])
    assert set(found.events["properties"]) <= set(held["properties"])
    assert found.events["properties"].n_unique() == found.events.height
    assert found.events["time"].dt.year().n_unique() >= held["time"].dt.year().n_unique() - 1
    assert found.events["actor"].n_unique() >= 3


def test_sample_leaves_out_batches_and_actors(tmp_path: Path) -> None:
    lake = filled(tmp_path, range(600), range(600, 900))
    gone = pl.Series(["u:person1", "u:person2"])
    for most in (100, 10_000):
        found = lake.sample("Visit", most, without_batches=["b1"], without_actors=gone)
        assert not found.events["actor"].is_in(gone.implode()).any()
        assert set(found.events["properties"]) <= set(events(range(600))["properties"])


def test_sample_of_a_name_that_is_not_there_is_empty_and_whole(large: Lake) -> None:
    found = large.sample("Nothing", 10)
    assert (found.events.height, found.whole) == (0, True)
