"""When a name is new, and when it has vanished."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.lexicon.rhythm import is_new, vanished

LAST = date(2026, 3, 27)  # a Friday


def days(back: Iterable[int], count: int = 2) -> dict[date, int]:
    return {LAST - timedelta(days=ago): count for ago in back}


DAILY = days(range(40), 1)
WORKDAYS = {day: count for day, count in days(range(40)).items() if day.isoweekday() < 6}
WEEKLY = days(range(0, 40, 7), 5)


@pytest.mark.parametrize(
    ("history", "gap", "silent"),
    [(DAILY, 0, 2), (WORKDAYS, 2, 6), (WEEKLY, 6, 18)],
    ids=["daily", "workdays", "weekly"],
)
def test_name_vanishes_once_it_is_away_for_three_times_its_longest_gap_and_two_days(
    history: dict[date, int], gap: int, silent: int
) -> None:
    assert vanished(history, LAST + timedelta(days=silent)) is None
    found = vanished(history, LAST + timedelta(days=silent + 1))
    assert found is not None
    assert (found.last, found.gap, found.silent) == (LAST, gap, silent)


def test_name_that_came_rarely_or_not_in_each_week_never_vanishes() -> None:
    late = LAST + timedelta(days=300)
    assert vanished(days(range(19), 1), late) is None
    assert vanished(days([*range(7), *range(14, 28)], 5), late) is None
    assert vanished(days(range(0, 28, 2), 1), late) is None
    assert vanished({}, late) is None
    found = vanished(days(range(0, 28, 2)), late)
    assert found is not None
    assert found.events == 28


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 60), st.integers(1, 30))
def test_name_that_comes_again_has_not_vanished_and_longer_silence_never_brings_it_back(
    back: list[int], until: int, more: int
) -> None:
    history = days(back)
    end = LAST + timedelta(days=until)
    if vanished(history, end):
        assert vanished(history, end + timedelta(days=more))
        assert vanished({**history, end: 1}, end) is None


@pytest.mark.parametrize(
    ("first", "begun", "new"),
    [(0, 100, True), (6, 100, True), (7, 100, False), (6, 7, True), (6, 6, False)],
)
def test_name_is_new_for_seven_days_in_a_log_that_is_older(first: int, begun: int, *, new: bool) -> None:
    assert is_new(LAST - timedelta(days=first), LAST - timedelta(days=begun), LAST) is new
