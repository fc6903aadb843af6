"""Identifiers from content."""

import struct
from datetime import UTC, datetime
from hashlib import blake2b

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.events.ids import ContentHash, told_apart

ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([1.0, 2.5, None]), st.integers(0, 2)),
    min_size=1,
    max_size=30,
)


def ids(frame: pl.DataFrame, parts: int = 1) -> list[int]:
    content = ContentHash()
    size = -(-frame.height // parts)
    pieces = [content.hashes(frame.slice(start, size)) for start in range(0, frame.height, size)]
    return [number for piece in told_apart(pieces) for number in piece]


def table(rows: list[tuple[str | None, float | None, int]]) -> pl.DataFrame:
    schema = {"name": pl.Categorical, "amount": pl.Float64, "count": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@settings(max_examples=60)
@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_ids_of_shuffled_rows_are_the_same_set(
    rows: list[tuple[str | None, float | None, int]], random: object, parts: int
) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = ids(table(rows))
    assert len(set(found)) == len(rows)
    assert set(ids(table(shuffled), parts)) == set(found)


def mixed(word: int) -> int:
    """The finaliser of SplitMix64 on plain numbers."""
    word = (word + 0x9E3779B97F4A7C15) % 2**64
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


def hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def test_ids_are_those_of_the_definition_on_every_machine() -> None:
    time = datetime(2024, 3, 13, 10, 21, 14, tzinfo=UTC)
    frame = pl.DataFrame({"time": [time] * 2, "name": ["Visit"] * 2, "amount": [1.5] * 2, "note": [None, None]})
    words = {
        "time": int(time.timestamp()) * 1_000_000,
        "name": hashed("Visit"),
        "amount": int.from_bytes(struct.pack("<d", 1.5), "little"),
    }
    first = mixed(sum(mixed(word ^ hashed(column)) for column, word in words.items()) % 2**64)
    assert ids(frame) == [first, mixed(first ^ 0x9E3779B97F4A7C15)]


def test_ids_depend_on_content_and_not_on_types_or_columns_order() -> None:
    frame = pl.DataFrame({"name": ["Visit", "Cart"], "count": [1, 2], "none": [None, None]})
    same = pl.DataFrame({"count": [1.0, 2.0], "name": pl.Series(["Visit", "Cart"]).cast(pl.Categorical)})
    assert ids(frame) == ids(same)
    assert ids(frame) != ids(frame.with_columns(count=pl.col("count") + 1))
    swapped = pl.DataFrame({"a": ["x"], "b": ["y"]})
    assert ids(swapped) != ids(swapped.rename({"a": "b", "b": "a"}))
