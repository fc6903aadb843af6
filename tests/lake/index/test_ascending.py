"""Lists of ascending numbers on disk are read as arrays are."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.lake.index.ascending import BLOCK, Ascending, Lists, store_lists

STEPS = st.sampled_from([1, 2, 1000, 1 << 20])
LISTS = st.lists(st.tuples(st.integers(0, 3 * BLOCK), STEPS, st.integers(0, 2**32)), min_size=1, max_size=4)


def drawn(length: int, step: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """Ascending numbers, each once; the last may be the greatest that there is."""
    steps = np.random.default_rng(seed).integers(1, step + 1, length)
    numbers = np.cumsum(steps) - 1
    return (numbers + (2**32 - 1 - numbers[-1] if length and seed % 2 else 0)).astype(np.uint32)


def lists_of(folder: Path, *lists: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> list[Ascending]:
    counts = np.array([len(each) for each in lists], np.int64)
    store_lists(folder, np.concatenate(lists), counts)
    read = Lists(folder, counts)
    return [read.of(place) for place in range(len(lists))]


@given(drawn_lists=LISTS, seed=st.integers(0, 2**32))
@settings(max_examples=max(settings().max_examples // 2, 2))
def test_lists_of_ascending_numbers_read_as_the_arrays_they_were(
    tmp_path_factory: pytest.TempPathFactory, drawn_lists: list[tuple[int, int, int]], seed: int
) -> None:
    random = np.random.default_rng(seed)
    arrays = [drawn(*each) for each in drawn_lists]
    for found, whole in zip(lists_of(tmp_path_factory.mktemp("lists"), *arrays), arrays, strict=True):
        assert len(found) == len(whole)
        assert np.array_equal(found, whole)
        assert np.array_equal(found.astype(np.int64), whole)
        places, mask = random.integers(0, max(len(whole), 1), len(whole)), random.random(len(whole)) < 0.5
        assert np.array_equal(found[places], whole[places])
        assert np.array_equal(found[mask], whole[mask])
        assert np.array_equal(found[2:-1], whole[2:-1])
        values = np.concatenate([whole, random.integers(0, 2**32, 20)]).astype(np.int64)
        assert np.array_equal(found.searchsorted(values), np.searchsorted(whole, values))
        assert np.array_equal(np.searchsorted(found, values), np.searchsorted(whole, values))


def test_neighbours_take_little(tmp_path: Path) -> None:
    lists_of(tmp_path, np.arange(2 * BLOCK, dtype=np.uint32))
    assert (tmp_path / "numbers").stat().st_size == 2 * BLOCK * 7 // 8


@pytest.mark.parametrize("place", [-1, 3])
def test_place_outside_of_a_list_is_an_error(tmp_path: Path, place: int) -> None:
    (found,) = lists_of(tmp_path, np.arange(3, dtype=np.uint32))
    with pytest.raises(IndexError, match="There are 3 numbers"):
        found[np.array([0, place])]
