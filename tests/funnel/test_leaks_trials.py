"""Which attempts are trials, and whether they got on: attempts written out by hand."""

from zoneinfo import ZoneInfo

import numpy as np

from tragt.funnel.attempts import MISSING, NO_END, Attempts
from tragt.funnel.leaks.trials import Grouping, by_day, passing, standing, usual_age, usual_stay

DAY = 86_400_000
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
LATE_EVENING = 20_000 * DAY - 1_800_000
"""Half past eleven in the evening in UTC, which is the next day in Copenhagen."""


def attempts(
    ages: list[tuple[int, int, int]], watched: list[int], ended: list[int] | None = None, window: int = NO_END
) -> Attempts:
    """Attempts of three steps, all entered on one evening; ages and times in days."""
    number = len(ages)
    reached = np.array([[age * DAY if age != MISSING else MISSING for age in row] for row in ages])
    ends = ended or [MISSING] * number
    return Attempts(
        unit=np.arange(number),
        entry=np.full(number, LATE_EVENING),
        ages=reached,
        outcome=np.zeros(number, dtype=np.int64),
        ended=np.array([end * DAY if end != MISSING else MISSING for end in ends]),
        matures=np.full(number, window if window == NO_END else window * DAY),
        watched=np.array(watched) * DAY,
        taken=np.zeros((number, 0), dtype=np.int64),
        filled=np.zeros((number, 3), dtype=np.bool_),
        named=np.zeros((number, 0), dtype=np.bool_),
        event=np.zeros((number, 3), dtype=np.int64),
        taken_event=np.zeros((number, 0), dtype=np.int64),
        loss=np.full(number, MISSING),
    )


NONE = np.full(4, np.nan)


def test_passing_without_a_window_is_judged_at_the_same_age_of_all() -> None:
    given = attempts([(0, 3, 4), (0, 3, 9), (0, 3, 4), (0, 9, MISSING)], watched=[20, 20, 4, 20])
    trials = passing(given, np.array([1.0, 2, 3, 4]), COPENHAGEN, 5 * DAY)
    assert trials.entered.tolist() == [[True, True], [True, True], [False, False], [True, False]]
    assert trials.kept.tolist() == [[True, True], [True, False], [False, False], [False, False]]
    assert trials.converted.tolist() == [True, False, False, False]
    assert np.isnan(trials.value).tolist() == [False, True, True, True]


def test_passing_with_a_window_leaves_out_those_who_still_have_time() -> None:
    given = attempts([(0, 3, 4), (0, 3, MISSING), (0, 3, 4), (0, 6, 7)], watched=[20, 20, 4, 20], window=7)
    trials = passing(given, NONE, COPENHAGEN, None)
    assert trials.entered[:, 0].tolist() == [True, True, False, True]
    assert trials.kept[:, 1].tolist() == [True, False, False, True]


def test_day_of_a_trial_is_that_of_the_organisations_zone() -> None:
    given = attempts([(0, 3, 4)], watched=[20])
    assert passing(given, NONE[:1], COPENHAGEN, 5 * DAY).day.tolist() == [[20_000, 20_000]]
    assert passing(given, NONE[:1], ZoneInfo("UTC"), 5 * DAY).day.tolist() == [[19_999, 19_999]]


def test_standing_judges_who_was_watched_for_the_usual_stay_and_is_still_there() -> None:
    given = attempts(
        [(0, 3, 4), (0, MISSING, MISSING), (0, MISSING, MISSING), (0, 9, MISSING)],
        watched=[20, 20, 4, 20],
        ended=[MISSING, 2, MISSING, MISSING],
    )
    trials = standing(given, NONE, COPENHAGEN, np.array([5, MISSING]) * np.array([DAY, 1]))
    assert trials.entered.tolist() == [[True, False], [True, False], [False, False], [True, False]]
    assert trials.kept[:, 0].tolist() == [True, True, False, False]


def test_standing_begins_on_the_day_the_step_was_reached() -> None:
    given = attempts([(0, 3, MISSING)], watched=[20])
    trials = standing(given, NONE[:1], COPENHAGEN, np.array([DAY, DAY]))
    assert trials.day.tolist() == [[20_000, 20_003]]


def test_usual_times_need_twenty_who_passed() -> None:
    ages = [(0, day, 2 * day) for day in range(1, 21)]
    assert usual_age(attempts(ages, [99] * 20)) == int(np.quantile(2 * np.arange(1, 21), 0.9) * DAY)
    assert usual_stay(attempts(ages, [99] * 20)).tolist() == [int(np.quantile(np.arange(1, 21), 0.95) * DAY)] * 2
    assert usual_age(attempts(ages[:19], [99] * 19)) is None
    assert usual_stay(attempts(ages[:19], [99] * 19)).tolist() == [MISSING, MISSING]


def test_counts_by_day_leave_out_other_days_and_count_overlapping_groups_in_each() -> None:
    given = attempts([(0, 3, 4), (0, 3, MISSING), (0, MISSING, MISSING)], watched=[20, 20, 20])
    trials = passing(given, NONE[:3], COPENHAGEN, 5 * DAY)
    groups = Grouping(None, ("a", "b"), np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]))
    counts = by_day(trials, groups, 0, (19_999, 20_002))
    assert counts.entered.tolist() == [[0, 2, 0], [0, 2, 0]]
    assert counts.passed.tolist() == [[0, 2, 0], [0, 1, 0]]
    assert by_day(trials, groups, 0, (20_001, 20_003)).entered.sum() == 0
