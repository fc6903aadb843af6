"""The report: rates and their reasons, breakdown, trend, units that count."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt import Breakdown, Compare, Context, Funnel, Member, Period, Report, read, run
from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.events.log import EventLog
from tragt.funnel.stages import Pipeline, stage_funnel
from tragt.funnel.steps import Step

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
Row = tuple[str, float, str]


def log_of(*rows: Row, zone: str = "UTC", **columns: Sequence[object]) -> EventLog:
    """A log from (person, days since a Monday, event), and further columns."""
    given = {
        "person": [person for person, _, _ in rows],
        "time": [START + timedelta(days=day) for _, day, _ in rows],
        "event": [name for *_, name in rows],
    }
    return read(pl.DataFrame(given | columns, strict=False), zone=zone)


def cohort(size: int, passing: int, day: float = 0, prefix: str = "p") -> list[Row]:
    """People who visit on one day; the first of them pay a day later."""
    entered: list[Row] = [(f"{prefix}{number}", day, "Visit") for number in range(size)]
    return entered + [(f"{prefix}{number}", day + 1, "Paid") for number in range(passing)]


VISIT_PAID = Funnel.of("Visit", "Paid", window="7d")


def at(days: float) -> Period:
    return Period(as_of=START + timedelta(days=days))


def test_report_on_an_empty_period_says_why_there_are_no_rates() -> None:
    report = run(VISIT_PAID, log_of(("a", 0, "Paid"), ("a", 1, "Other")))

    assert [step.entered for step in report.steps] == [0, 0]
    assert [(step.from_first, step.reason) for step in report.steps] == [(None, "nobody entered")] * 2
    assert report.steps[1].expected_reason == "nobody entered"


def test_report_on_an_empty_log_is_refused() -> None:
    empty = log_of(("a", 0, "Visit"))

    with pytest.raises(NotEnoughData, match="no event"):
        run(VISIT_PAID, EventLog(empty.frame.clear()))


def test_observed_rate_is_over_those_whose_time_is_up() -> None:
    report = run(VISIT_PAID, log_of(*cohort(10, 4), *cohort(50, 0, day=6, prefix="late")), period=at(8))
    paid = report.steps[1]

    assert paid.from_first is not None
    assert (paid.from_first.numerator, paid.from_first.denominator, report.mature) == (4, 10, 10)
    assert (report.steps[0].entered, report.steps[0].open, report.steps[0].expired) == (60, 50, 6)


def test_rate_after_a_step_that_only_the_young_reached_says_that_their_time_is_not_up() -> None:
    funnel = Funnel.of("Visit", "Cart", Step(("Gift",), optional=True), "Paid", "Kept", window="7d")
    young = [("late", 6.0, "Visit"), ("late", 6.5, "Cart")]
    steps = run(funnel, log_of(*cohort(3, 0), *young), period=at(8)).steps

    assert [(step.from_previous is None, step.reason) for step in steps[1:]] == [
        (False, None),
        (True, "nobody at the step before has had the full time yet"),
        (True, "nobody at the step before has had the full time yet"),
        (True, "nobody reached the step before"),
    ]


def test_observed_rate_without_a_window_is_so_far() -> None:
    report = run(Funnel.of("Visit", "Paid", window=None), log_of(*cohort(10, 4)))

    assert report.observed_so_far
    assert report.steps[1].from_previous is not None
    assert report.steps[1].from_previous.rate == 0.4


def test_expected_rate_with_too_few_old_attempts_is_absent_and_says_why() -> None:
    steps = run(VISIT_PAID, log_of(*cohort(29, 5)), period=at(9)).steps

    assert steps[1].expected_from_first is None
    assert steps[1].expected_reason == "no cohort is old enough"


def test_expected_rate_of_old_attempts_only_is_the_observed_one() -> None:
    steps = run(VISIT_PAID, log_of(*cohort(40, 10)), period=at(9)).steps

    assert steps[1].expected_from_first is not None
    assert steps[1].expected_from_first.rate == pytest.approx(0.25)


def test_expected_rates_are_shown_first_when_a_fifth_is_open() -> None:
    old, young = cohort(40, 10), cohort(9, 0, day=10, prefix="y")

    assert not run(VISIT_PAID, log_of(*old, *young), period=at(12)).expected_leads
    assert run(VISIT_PAID, log_of(*old, *young, *cohort(9, 0, day=11, prefix="z")), period=at(12)).expected_leads


def test_young_cohorts_that_behave_otherwise_are_reported() -> None:
    alike = run(VISIT_PAID, log_of(*(row for day in range(9) for row in cohort(40, 12, day, f"d{day}-"))))
    changed = run(VISIT_PAID, log_of(*(row for day in range(9) for row in cohort(40, 25 - 3 * day, day, f"d{day}-"))))

    assert (alike.stationary, changed.stationary) == (True, False)


def test_median_time_of_five_passages_is_exact_and_of_four_absent() -> None:
    report = run(VISIT_PAID, log_of(*cohort(40, 5)), period=at(20))
    times = report.steps[1].time_from_previous

    assert times is not None
    assert times.median == 86_400
    assert run(VISIT_PAID, log_of(*cohort(40, 4)), period=at(20)).steps[1].time_from_previous is None


def test_won_of_those_closed_is_beside_the_rate_so_far() -> None:
    rows = [*cohort(10, 3), *((f"p{number}", 2, "Lost") for number in range(3, 9))]
    report = run(Funnel.of("Visit", "Paid", window=None, lost="Lost"), log_of(*rows))

    assert report.of_those_closed is not None
    assert (report.of_those_closed.numerator, report.of_those_closed.denominator) == (3, 9)


def test_loss_reasons_are_counted_most_frequent_first() -> None:
    rows: list[Row] = [*cohort(4, 0), *((f"p{number}", 2, "Lost") for number in range(4))]
    log = log_of(*rows, reason=[None] * 4 + ["price", "time", "price", None])
    report = run(Funnel.of("Visit", "Paid", window=None, lost="Lost"), log)

    assert report.loss_reasons == {"price": 2, "time": 1, "": 1}


def test_breakdown_at_entry_keeps_the_largest_values_and_sums_to_the_whole() -> None:
    rows = cohort(12, 6)
    sources = ["ads"] * 5 + ["mail"] * 4 + ["fair", "radio", None]
    report = run(VISIT_PAID, log_of(*rows, source=sources + sources[:6]), by=Breakdown("source", top=2))

    assert [(part.value, part.other, part.steps[0].entered) for part in report.parts] == [
        ("ads", False, 5),
        ("mail", False, 4),
        (None, True, 3),
    ]
    assert sum(part.steps[1].entered for part in report.parts) == report.steps[1].entered


@pytest.mark.parametrize(
    ("at", "step", "expected"),
    [
        ("entry", None, {"ads": 1}),
        ("last_touch", None, {"fair": 1}),
        ("step", 2, {"mail": 1}),
        ("any", None, {"ads": 1, "mail": 1}),
        ("unit", None, {"north": 1}),
    ],
)
def test_breakdown_reads_its_value_where_it_is_told(at: str, step: int | None, expected: dict[str, int]) -> None:
    log = log_of(
        ("a", 0, "Touch"), ("a", 1, "Touch"), ("a", 2, "Visit"), ("a", 3, "Paid"), source=["tv", "fair", "ads", "mail"]
    )
    context = Context(properties={"a": {"source": "north"}})
    report = run(VISIT_PAID, log, by=Breakdown("source", at, step), context=context)

    assert {part.value: part.steps[0].entered for part in report.parts} == expected


def test_trend_by_week_is_by_day_of_entry_in_the_zone_and_marks_the_immature() -> None:
    rows = [*cohort(3, 1, day=6.5), *cohort(2, 2, day=7.5, prefix="next")]
    report = run(VISIT_PAID, log_of(*rows), period=at(14), trend="week")

    assert [(part.value, part.steps[0].entered, part.mature) for part in report.trend] == [
        (date(2026, 3, 2), 3, True),
        (date(2026, 3, 9), 2, False),
    ]
    assert [part.value for part in run(VISIT_PAID, log_of(*rows, zone="Asia/Tokyo"), trend="week").trend] == [
        date(2026, 3, 9)
    ]


def test_robots_and_own_traffic_count_only_when_asked_for() -> None:
    log = log_of(*cohort(4, 0), human=[1.0, 0.4, None, 0.5], traffic=["outside", "outside", "own", "test"])

    assert run(VISIT_PAID, log).steps[0].entered == 1
    assert run(Funnel.of("Visit", "Paid", robots=True), log).steps[0].entered == 2
    assert run(Funnel.of("Visit", "Paid", robots=True, own=True), log).steps[0].entered == 4


def test_units_that_fail_the_funnels_condition_do_not_enter() -> None:
    log = log_of(*cohort(4, 2))
    context = Context(properties={"p0": {"size": 90}, "p1": {"size": 5}}, segments={"VIP": {"p1", "p3"}})

    large = Funnel.of("Visit", "Paid", where=Compare("size", "greater", 50))
    members = Funnel.of("Visit", "Paid", where=Member("VIP"))

    assert [step.entered for step in run(large, log, context=context).steps] == [1, 1]
    assert [step.entered for step in run(members, log, context=context).steps] == [2, 1]


def test_period_cuts_entries_and_seeks_later_steps_after_it() -> None:
    log = log_of(*cohort(3, 3), *cohort(2, 1, day=1, prefix="next"))
    report = run(VISIT_PAID, log, period=Period(date(2026, 3, 2), date(2026, 3, 3)))

    assert [step.entered for step in report.steps] == [3, 3]


def test_period_that_is_empty_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="first day after"):
        Period(date(2026, 3, 2), date(2026, 3, 2))


def stages(skips: str) -> Report:
    """Deals: a goes through, b skips Offer, c is created in Offer, d is lost and re-opened, e goes back."""
    moves = [
        *[("a", 0, "Need"), ("a", 1, "Offer"), ("a", 2, "won")],
        *[("b", 0, "Need"), ("b", 2, "won")],
        *[("c", 0, "Offer")],
        *[("d", 0, "Need"), ("d", 1, "lost"), ("d", 3, "Offer")],
        *[("e", 0, "Need"), ("e", 1, "Offer"), ("e", 2, "Need"), ("e", 4, "lost")],
    ]
    names = {"won": "Deal Won", "lost": "Deal Lost"}
    frame = pl.DataFrame(
        {
            "deal": [deal for deal, _, _ in moves],
            "time": [START + timedelta(days=day) for _, day, _ in moves],
            "event": [names.get(stage, "Deal Stage Entered") for *_, stage in moves],
            "to": [None if stage in names else stage for *_, stage in moves],
        }
    )
    return run(stage_funnel(Pipeline(("Need", "Offer")), skips), read(frame))


def test_stages_that_are_filled_are_reached_with_the_later_one() -> None:
    report = stages("fill")

    assert [(step.entered, step.skipped) for step in report.steps] == [(5, 1), (5, 1), (2, 0)]
    assert (report.steps[1].lost, report.steps[1].open) == (1, 2)
    assert (report.backwards, report.reopened) == (1, 1)


def test_stages_that_are_dropped_stop_at_the_skip() -> None:
    assert [step.entered for step in stages("drop").steps] == [4, 3, 1]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9), st.sampled_from(["Visit", "Paid"])), min_size=1)
)
def test_parts_at_entry_of_any_log_sum_to_the_whole(rows: list[Row]) -> None:
    log = log_of(*rows, source=[f"s{index % 4}" for index in range(len(rows))])
    report = run(VISIT_PAID, log, by=Breakdown("source", top=2))

    for line in ("entered", "passed", "expired", "open"):
        for number, step in enumerate(report.steps):
            assert sum(getattr(part.steps[number], line) for part in report.parts) == getattr(step, line)
