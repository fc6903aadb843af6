"""What happens before, between and after the steps: counted by hand, and against plain Python on random logs."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from statistics import mean

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.funnel.golden_cases import EPOCH, log_of
from tests.funnel.strategies import Problem, problems
from tragt import Compare, Funnel, Period, Step, read
from tragt.errors import InvalidDefinition
from tragt.events.event import Event
from tragt.events.log import EventLog
from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import OUTCOMES, Attempts
from tragt.funnel.paths import Journeys, Paths, journeys
from tragt.funnel.paths.preceding import Comparison
from tragt.stats.intervals import Ratio, wilson_bounds

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
SHOP = Funnel.of("Visit", "Buy", window="14d")


def log_of_days(**units: str) -> EventLog:
    """A log in which ``"Visit Read . Buy"`` is one unit's days: a name, or a dot for a day without an event."""
    rows = [
        (unit, START + timedelta(days=day), name)
        for unit, days in units.items()
        for day, name in enumerate(days.split())
        if name != "."
    ]
    return read(
        pl.DataFrame(
            {"person": [u for u, _, _ in rows], "time": [t for _, t, _ in rows], "event": [n for *_, n in rows]}
        )
    )


def told(paths: Paths) -> dict[tuple[str, ...], int]:
    return {path.names: path.attempts for path in paths.top}


@pytest.fixture(scope="module")
def shop() -> Journeys:
    late = " ".join(["."] * 29)
    log = log_of_days(
        a="Ad Visit Read Read Cart Buy Review",
        b="Ad Ad Visit Read Cart Buy",
        c="Visit Buy Review Review",
        d="Visit Read",
        e="Visit",
        f=f"Visit Read Cart {late} Buy",
        g=f"{late} . . Visit Cart",
    )
    return journeys(SHOP, log)


def test_paths_of_those_who_passed_are_condensed_and_counted(shop: Journeys) -> None:
    passed = shop.between(0).passed

    assert told(passed) == {("Read", "Cart"): 2, (): 1}
    assert passed.top[0].events == (3, 2)
    assert (passed.top[0].share.numerator, passed.top[0].share.denominator) == (2, 3)


def test_paths_of_those_who_dropped_reach_to_the_windows_end_or_the_last_event(shop: Journeys) -> None:
    dropped = shop.between(0).dropped

    assert told(dropped) == {("Read",): 1, (): 1, ("Read", "Cart"): 1, ("Cart",): 1}
    endings = dropped.flow.filter(pl.col("target").is_null()).group_by("ending").agg(pl.col("attempts").sum())
    assert dict(endings.iter_rows()) == {"expired": 3, "open": 1}


def test_paths_of_those_lost_or_excluded_end_before_the_event_that_did_it() -> None:
    funnel = Funnel.of("Visit", "Buy", window="14d", lost="Refused", exclude="Complaint")
    dropped = journeys(funnel, log_of_days(a="Visit Read Refused Read", b="Visit Complaint Read")).between(0).dropped

    assert dropped.flow.rows() == [
        (0, None, None, "excluded", 1),
        (0, None, "Read", None, 1),
        (1, "Read", None, "lost", 1),
    ]


def test_paths_before_the_entry_are_the_last_events(shop: Journeys) -> None:
    assert told(shop.before()) == {(): 5, ("Ad",): 2}
    assert shop.before().top[1].events == (3,)
    assert shop.before(events=1).top[1].events == (2,)


def test_paths_after_the_last_step_are_the_next_events(shop: Journeys) -> None:
    assert told(shop.after()) == {("Review",): 2, (): 1}
    assert shop.after().top[0].events == (3,)
    assert told(shop.after("expired", step=0)) == {(): 2, ("Buy",): 1}


def test_paths_beyond_the_top_ones_are_other_and_sum_to_the_whole(shop: Journeys) -> None:
    dropped = shop.between(0, top=1).dropped

    assert (len(dropped.top), dropped.other, dropped.other_paths, dropped.attempts) == (1, 3, 3, 4)
    assert dropped.frame()["attempts"].sum() == 4


def test_flow_of_those_who_passed_leads_from_start_to_end(shop: Journeys) -> None:
    assert shop.between(0).passed.flow.rows() == [
        (0, None, "Read", None, 2),
        (0, None, None, "passed", 1),
        (1, "Read", "Cart", None, 2),
        (2, "Cart", None, "passed", 2),
    ]


def test_flow_of_a_long_path_ends_as_going_further() -> None:
    log = log_of_days(a="Visit A B A B A B A B A Buy")
    flow = journeys(SHOP, log).between(0).passed.flow

    assert flow.height == 9
    assert flow.row(-1) == (8, "B", None, "further", 1)


def test_names_met_between_are_counted_once_an_attempt(shop: Journeys) -> None:
    names = shop.between(0).names.select("name", "passed", "dropped", "passed_share", "dropped_share", "rank")

    assert names.rows() == [("Cart", 2, 2, 2 / 3, 2 / 4, 2.0), ("Read", 2, 2, 2 / 3, 2 / 4, 1.0)]


def test_names_met_between_compare_those_who_passed_with_the_others_then_on_the_way() -> None:
    log = log_of_days(
        a="Visit Read Buy", b="Visit . Read Buy", c="Visit . . . Read Read", d="Visit Read", e="Visit Ad Ad"
    )
    ad, read_ = journeys(SHOP, log).between(0).names.sort("name").rows(named=True)

    assert (read_["name"], read_["passed"], read_["dropped"]) == ("Read", 2, 2)
    assert read_["lift"] == pytest.approx(1 / ((1 / 4 + 1 / 3) / 2))
    assert read_["lift_low"] < 1 < read_["lift"] < read_["lift_high"]
    assert (ad["lift"], ad["lift_low"]) == (0.0, 0.0)
    assert ad["lift_high"] > 1


def test_names_met_between_that_none_of_the_others_had_by_then_have_no_finite_ratio() -> None:
    buyers = {f"buyer{number}": f"Visit{' .' * number} Call Buy" for number in range(13)}
    others = {f"other{number}": "Visit" for number in range(400)}
    (call,) = journeys(SHOP, log_of_days(**buyers, **others)).between(0).names.rows(named=True)

    assert (call["passed"], call["dropped"]) == (13, 0)
    assert (call["lift"], call["lift_high"]) == (None, None)
    assert 1 < call["lift_low"] < call["passed_share_low"] / 0.005


def test_names_of_steps_with_a_condition_are_the_steps_titles() -> None:
    frame = pl.DataFrame(
        {
            "person": ["a"] * 4,
            "event": ["Page", "Page", "Page", "Buy"],
            "url": ["/", "/price", "/about", "/buy"],
            "time": [START + timedelta(hours=hour) for hour in range(4)],
        }
    )
    priced = Step(("Page",), where=Compare("url", "equals", "/price"), label="Prices")
    found = journeys(Funnel.of(Step(("Page",)), priced, "Buy", window="1d"), read(frame))

    assert found.between(0).passed.top[0].names == ()
    assert found.between(1).passed.top[0].names == ("Page",)
    assert found.before().top[0].names == ()


def test_touches_are_counted_between_entry_and_conversion() -> None:
    log = log_of_days(
        a="Ad Visit Read Cart Read Buy Review",
        b="Visit Buy",
        c="Visit Read Buy",
        d="Visit Read Read Buy",
        e="Visit . Buy",
    )
    touches = journeys(SHOP, log).touches()

    assert touches.counts.rows() == [(0, 2), (1, 1), (2, 1), (3, 1)]
    assert touches.each.select("unit", "touches", "names", "returns").sort("unit").rows() == [
        ("a", 3, 2, 1),
        ("b", 0, 0, 0),
        ("c", 1, 1, 0),
        ("d", 2, 1, 0),
        ("e", 0, 0, 0),
    ]
    assert touches.touches is not None
    assert touches.seconds is not None
    assert (touches.touches.quarter, touches.touches.median, touches.touches.three_quarters) == (0, 1, 2)
    assert touches.seconds.median == 2 * 86_400


def test_touches_of_few_conversions_have_no_quantiles_but_a_reason(shop: Journeys) -> None:
    touches = shop.touches()

    assert (touches.touches, touches.seconds, touches.reason) == (None, None, "fewer than 5 converted")
    assert touches.counts["conversions"].sum() == touches.conversions == 3


def test_touches_by_channel_count_touches_and_conversions() -> None:
    rows = [("a", "Visit", "ad"), ("a", "Read", "mail"), ("a", "Read", "mail"), ("a", "Read", None), ("a", "Buy", "ad")]
    rows += [("b", "Visit", "ad"), ("b", "Read", "ad"), ("b", "Buy", "ad")]
    frame = pl.DataFrame(
        {
            "person": [row[0] for row in rows],
            "event": [row[1] for row in rows],
            "channel": [row[2] for row in rows],
            "time": [START + timedelta(hours=hour) for hour in range(len(rows))],
        }
    )
    channels = journeys(SHOP, read(frame)).touches(by="channel").channels

    assert channels is not None
    assert channels.select("value", "touches", "conversions", "share", "per_conversion").rows() == [
        ("mail", 2, 1, 0.5, 1.0),
        (None, 1, 1, 0.5, 0.5),
        ("ad", 1, 1, 0.5, 0.5),
    ]


@pytest.mark.parametrize("step", [1, 2, -1])
def test_paths_between_steps_that_do_not_exist_are_refused(shop: Journeys, step: int) -> None:
    with pytest.raises(InvalidDefinition, match="step"):
        shop.between(step)


def test_paths_after_what_has_not_ended_are_refused(shop: Journeys) -> None:
    with pytest.raises(InvalidDefinition, match="'open'"):
        shop.after("open")


def test_touches_by_an_unknown_property_are_refused(shop: Journeys) -> None:
    with pytest.raises(InvalidDefinition, match="'channel'"):
        shop.touches(by="channel")


def test_paths_of_no_attempts_are_empty() -> None:
    found = journeys(SHOP, log_of_days(a="Buy"))

    assert found.between(0).passed.attempts == found.before().attempts == found.touches().conversions == 0
    assert found.between(0).names.is_empty()


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.none() | st.integers(0, 8)), min_size=1, max_size=30))
def test_shares_by_the_same_age_are_those_of_plain_python(rows: list[tuple[int, bool, int | None]]) -> None:
    people = [(age, passed, met if met is None or met < age else None) for age, passed, met in rows]
    age, passed = np.array([one[0] for one in people]), np.array([one[1] for one in people])
    rows_met = np.array([row for row, one in enumerate(people) if one[2] is not None], dtype=np.int64)
    met = np.array([one[2] for one in people if one[2] is not None], dtype=np.int64)
    found = Comparison.of(age, passed).of_met(met, rows_met, 0.95)
    plain = by_the_same_age(people)

    assert (found is None) == (plain is None)
    if found is None or plain is None:
        return
    one, other, trials, correlation = plain
    assert (found.passed.rate, found.others.rate) == pytest.approx((one, other))
    assert found.others.high == pytest.approx(float(wilson_bounds(other * trials, trials)[1]))
    assert found.correlation == pytest.approx(correlation, abs=1e-6)


def test_lift_of_who_pass_ten_times_as_often_lies_within_its_limits() -> None:
    """Limits that are those of no difference at all hold it in half of the rounds."""
    draw = np.random.default_rng(7)

    def lift(attempts: int) -> Ratio:
        met = np.where(draw.random(attempts) < 0.1, draw.exponential(0.5, attempts), np.inf)
        luck = draw.exponential(5.0, attempts)
        passes = np.where(luck < met, luck, met + (luck - np.where(luck < met, 0, met)) / 10)
        ends = np.minimum(draw.exponential(2.0, attempts), 1.0)
        age, first = (np.floor(1e6 * np.minimum(each, 2.0)).astype(int) for each in (np.minimum(passes, ends), met))
        rows = np.flatnonzero(first < age)
        found = Comparison.of(age, passes <= ends).of_met(first[rows], rows, 0.95)
        assert found is not None
        assert found.lift is not None
        return found.lift

    truth = lift(300_000).ratio
    assert truth is not None
    rounds = [lift(500) for _ in range(200)]
    assert sum(one.low <= truth <= (one.high or truth) for one in rounds) >= 0.93 * len(rounds)


# Plain Python


def by_the_same_age(people: Sequence[tuple[int, bool, int | None]]) -> tuple[float, float, float, float] | None:
    """The share of those who passed that had met it, that of the others, the trials of this one, the correlation."""

    def others(at: int) -> list[tuple[int, bool, int | None]]:
        return [one for one in people if one[0] > at or (one[0] == at and not one[1])]

    def had(person: tuple[int, bool, int | None], at: int) -> bool:
        return person[2] is not None and person[2] < at

    def share(at: int) -> float:
        return mean([had(one, at) for one in others(at)])

    ages = [age for age, passed, _ in people if passed and others(age)]
    if not ages:
        return None
    cases = [one for one in people if one[1] and others(one[0])]
    one, other = mean([had(case, case[0]) for case in cases]), mean([share(at) for at in ages])
    weights = [sum((person in others(at)) / len(others(at)) for at in ages) / len(ages) for person in people]
    each = [
        sum((had(person, at) - share(at)) * (person in others(at)) / len(others(at)) for at in ages) / len(ages)
        + (person in cases and (share(person[0]) - other) / len(cases))
        for person in people
    ]
    least = sum(weight**2 for weight in weights)
    variance = max(sum(value**2 for value in each), other * (1 - other) * least)
    both = sum(
        (had(person, person[0]) - one) / len(cases) * value
        for person, value in zip(people, each, strict=True)
        if person in cases
    )
    spread = (one * (1 - one) / len(cases) * variance) ** 0.5
    return one, other, other * (1 - other) / variance if 0 < other < 1 else 1 / least, both / spread if spread else 0.0


def condensed(events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(name for name, _ in groupby(event.name for event in events))


def in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.time, event.id))


def between(log: Sequence[Event], at: tuple[Attempts, int], place: int, as_of: int) -> list[Event]:
    """The events of an attempt that are asked for, from its unit's log."""
    attempts, row = at
    entry, ages = attempts.entry[row], attempts.ages[row]
    since = entry + ages[place]
    if attempts.depth[row] > place + 1:
        return [e for e in log if since < e.time < entry + ages[place + 1]]
    outcome, ended = OUTCOMES[attempts.outcome[row]], entry + attempts.ended[row]
    if outcome in (Outcome.LOST, Outcome.EXCLUDED):
        return [e for e in log if since < e.time < ended]
    return [e for e in log if since < e.time <= (as_of if outcome is Outcome.OPEN else ended)]


def assert_flows(paths: Paths) -> None:
    """As many attempts leave the start and arrive at the end as there are, and leave every node as arrive at it."""
    flow = paths.flow
    for end in ("source", "target"):
        assert flow.filter(pl.col(end).is_null())["attempts"].sum() == paths.attempts
    sides = (
        flow.drop_nulls("target").group_by(place=pl.col("place") + 1, name="target"),
        flow.drop_nulls("source").group_by("place", name="source"),
    )
    arriving, leaving = (set(side.agg(pl.col("attempts").sum()).iter_rows()) for side in sides)
    assert arriving == leaving


@pytest.mark.soak
@settings(max_examples=max(ROUNDS // 3, 1))
@given(problems())
def test_paths_of_any_log_are_those_counted_in_plain_python(problem: Problem) -> None:
    funnel, as_of = problem.funnel, problem.as_of
    log = log_of(funnel, problem.logs, problem.zone)
    found = journeys(funnel, log, period=Period(as_of=EPOCH + timedelta(milliseconds=as_of)))
    attempts, units = found.attempts, found.members.units
    seen = [in_order([e for e in problem.logs[unit] if e.time <= as_of]) for unit in units]
    rows = range(len(attempts))

    step = len(funnel.required) - 2
    expected = Counter(
        (condensed(between(seen[row], (attempts, row), step, as_of)), bool(attempts.depth[row] > step + 1))
        for row in rows
        if attempts.depth[row] > step
    )
    result = found.between(funnel.required[step], top=100)
    named = ((names, way) for way in (True, False) for names in told(result.passed if way else result.dropped).items())
    assert {(names, way): count for (names, count), way in named} == expected
    entered = attempts.entry
    assert_flows(result.passed)
    assert_flows(result.dropped)
    earlier = Counter(condensed([e for e in seen[row] if e.time < entered[row]][-2:]) for row in rows)
    assert told(found.before(events=2, top=100)) == earlier
    won = np.flatnonzero(attempts.of(Outcome.CONVERTED)).tolist()
    ended = entered + attempts.ages[:, -1]
    later = Counter(condensed([e for e in seen[row] if e.time > ended[row]][:2]) for row in won)
    assert told(found.after(events=2, top=100)) == later
    lengths = Counter(sum(entered[row] < e.time < ended[row] for e in seen[row]) for row in won)
    assert dict(found.touches().counts.iter_rows()) == lengths


def test_paths_of_the_shop_sum_to_those_who_entered(shared_data: Path) -> None:
    log = read(shared_data / "shop_events" / "shop_events.csv")
    found = journeys(Funnel.of("catalog", "product_view", "add_to_cart", "cart", "purchase", window=None), log)
    between = found.between(3)

    assert (between.passed.attempts, between.dropped.attempts) == (217, 419 - 217)
    assert "payment_details" in between.names["name"].to_list()


def test_effort_counts_the_touches_of_those_who_stay_behind_too(shop: Journeys) -> None:
    effort = shop.effort(0)

    # a, b and c buy; d, e, f and g do not, and f's cart lies within its fourteen days.
    assert effort.select("value", "touches", "attempts", "passed").sort("value").rows() == [
        ("Cart", 4, 4, 2),
        ("Read", 5, 4, 2),
    ]
    assert effort.filter(value="Read")["per_passed"].to_list() == [2.5]
    assert shop.effort(0, names=["Cart"])["value"].to_list() == ["Cart"]
    with pytest.raises(InvalidDefinition, match="the last"):
        shop.effort(1)
