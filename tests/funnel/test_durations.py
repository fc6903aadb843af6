"""Lengths of time are read as people write them; what has no fixed length is refused."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition
from tragt.funnel.durations import duration, in_words, milliseconds


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("14d", timedelta(days=14)),
        ("1 day", timedelta(days=1)),
        ("36h", timedelta(hours=36)),
        ("30 min", timedelta(minutes=30)),
        ("2W", timedelta(weeks=2)),
        ("45 Seconds", timedelta(seconds=45)),
        ("90m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("250ms", timedelta(milliseconds=250)),
        ("  7  days ", timedelta(days=7)),
    ],
)
def test_duration_with_a_number_and_a_unit_is_read(written: str, length: timedelta) -> None:
    assert duration(written) == length


def test_duration_of_a_timedelta_is_itself() -> None:
    assert duration(timedelta(minutes=3)) == timedelta(minutes=3)


@pytest.mark.parametrize(
    "written", ["3 months", "1 month", "2mo", "1 year", "1y", "14", "d", "", "-3d", "1,5h", "3 d 4 h", "1e3d", "14 dd"]
)
def test_duration_without_a_fixed_length_is_refused(written: str) -> None:
    with pytest.raises(InvalidDefinition, match="number and a unit") as refused:
        duration(written)
    assert refused.value.code == "duration.unreadable"
    assert repr(written) in refused.value.message


@pytest.mark.parametrize("written", ["9999999999d", "9" * 400 + "s"])
def test_duration_longer_than_can_be_held_is_refused(written: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        duration(written)
    assert refused.value.code == "duration.too_long"


@given(st.integers(0, 10**6), st.sampled_from([("s", 1), ("min", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)]))
def test_duration_of_whole_units_is_exact(number: int, unit: tuple[str, int]) -> None:
    word, seconds = unit
    assert milliseconds(duration(f"{number}{word}")) == number * seconds * 1000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (9.94, "9.9 s"),
        (45, "45 s"),
        (119, "119 s"),
        (120, "2 min"),
        (450, "7.5 min"),
        (7200, "2 h"),
        (12_600, "3.5 h"),
        (172_800, "2 d"),
        (57 * 86_400, "57 d"),
    ],
)
def test_duration_in_words_is_short(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
