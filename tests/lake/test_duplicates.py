"""Which ids the log holds: the same answer as a comparison by text, whatever the hashes."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.lake import duplicates
from tragt.lake.duplicates import repeats, those_with

IDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from("abcd"), max_size=30)


def places(ids: list[str], held: list[str]) -> dict[str, str]:
    log = pl.LazyFrame({"id": held, "batch": [f"b{one}" for one in held]}, schema={"id": pl.String, "batch": pl.String})
    found = those_with(pl.Series(ids, dtype=pl.String), log)
    assert found.schema == {"place": pl.UInt32, "batch": pl.String}
    return {ids[place]: batch for place, batch in found.iter_rows()}


@given(IDS.map(set), IDS.map(set))
def test_those_with_finds_the_ids_that_both_have_and_where_they_are(new: set[str], held: set[str]) -> None:
    assert places(list(new), list(held)) == {one: f"b{one}" for one in new & held}


@given(IDS)
def test_repeats_counts_the_ids_that_stand_in_an_earlier_row(given_ids: list[str]) -> None:
    ids = pl.Series(given_ids, dtype=pl.String)
    assert repeats(ids) == len(given_ids) - len(set(given_ids))


@pytest.mark.parametrize("hashes", [[7, 7, 9], [7, 8, 9]])
def test_ids_of_one_hash_are_told_apart(hashes: list[int]) -> None:
    ids, same = pl.Series(["x", "y", "z"]), pl.Series(hashes, dtype=pl.UInt64)
    candidates = pl.DataFrame({"batch": ["b", "b", "c"], "id": ["y", "q", "z"], "hash": pl.Series([hashes[1], 7, 9])})
    candidates = candidates.with_columns(pl.col("hash").cast(pl.UInt64))
    found = duplicates._matched(ids, same, candidates)
    assert set(found.iter_rows()) == {(1, "b"), (2, "c")}
