"""A build gives what the postings of the whole frame give."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.lake.index.making import ZONE, Known, expected, filled, made, told
from tragt.lake.index.assignment import Kind
from tragt.lake.index.building import build
from tragt.lake.index.generation import Generation

SEEDS = st.integers(0, 2**32)


@pytest.mark.soak
@pytest.mark.parametrize("kind", list(Kind))
@given(seed=SEEDS)
@settings(max_examples=max(settings().max_examples // 30, 2))
def test_generation_of_a_random_lake_equals_postings_of_the_frame(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, seed: int
) -> None:
    random = Random(seed)
    folder = tmp_path_factory.mktemp("lake")
    lake = filled(folder / "lake", made(random, random.choice([1, 150])), made(random, 60, 1000))
    known = Known.made(random)
    (folder / "generation").mkdir()
    build(lake._storage, lake._table.snapshot(), known.assignment(kind), folder / "generation")
    generation = Generation(folder / "generation", ZONE)
    assert_frame_equal(told(generation).drop("place"), expected(known.truth(lake, kind)))
    numbers = np.concatenate([generation.posting(name).numbers for name in generation.names()])
    assert sorted(numbers) == list(range(len(numbers)))
