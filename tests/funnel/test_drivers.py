"""What is planted is named, what only goes along with it is not, and where nothing can be said it is said why."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.funnel.drivers_worlds import FUNNEL, START, STEP, Persons, choose, paying, persons
from tragt.demo import FUNNEL_STEPS, DemoFirm
from tragt.errors import InvalidDefinition
from tragt.funnel import Context, Funnel, Period
from tragt.funnel.definition import Count
from tragt.funnel.drivers import Absence, Among, Between, Drivers, Kind, Notice, Value, drivers

HOUR = 1 / 24


def dice(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng([2026, seed])


def named(found: Drivers) -> list[str]:
    return [driver.label.name for driver in found.drivers]


def looked_at(found: Drivers) -> set[str]:
    return {candidate.label.name for candidate in found.candidates}


# ---------------------------------------------------------------- properties


def test_property_that_only_goes_along_with_the_planted_one_is_not_named() -> None:
    chance = dice()
    who = persons(chance, 6_000)
    who.properties["channel"] = choose(chance, {"search": 0.5, "social": 0.5}, 6_000)
    social = np.array(who.properties["channel"]) == "social"
    phone = chance.random(6_000) < np.where(social, 0.9, 0.2)
    who.properties["device"] = list(np.where(phone, "phone", "computer"))
    paying(chance, who, np.where(social, 0.2, 0.4))
    found = drivers(FUNNEL, who.log(), STEP)
    assert named(found) == ["channel"]
    worst = found.drivers[0].values[0]
    assert worst.value == Value("social")
    assert worst.difference.low < -0.2 < worst.difference.high
    assert worst.odds_ratio.low < (0.2 / 0.8) / (0.4 / 0.6) < worst.odds_ratio.high
    assert found.notices == (Notice.NO_CAUSE,)


def test_effect_of_one_property_of_two_values_is_the_difference_of_its_rates() -> None:
    chance = dice(2)
    who = persons(chance, 4_000)
    who.properties["channel"] = choose(chance, {"search": 0.6, "social": 0.4}, 4_000)
    paying(chance, who, np.where(np.array(who.properties["channel"]) == "social", 0.2, 0.4))
    driver = drivers(FUNNEL, who.log(), STEP).drivers[0]
    social, search = driver.values
    rates = [value.passed / value.entered for value in (social, search)]
    assert social.difference.value == pytest.approx(rates[0] - rates[1], abs=2e-4)
    assert social.explained.value == pytest.approx(social.entered * (rates[1] - rates[0]), abs=0.5)
    assert driver.explained == social.explained.value
    assert search.difference.value == pytest.approx(-social.difference.value, abs=1e-9)


def test_values_rare_absent_and_identifying_are_collapsed() -> None:
    chance = dice(3)
    who = persons(chance, 3_000)
    plan = choose(chance, {"small": 0.5, "large": 0.4, "odd": 0.004, "": 0.096}, 3_000)
    who.properties["plan"] = [value or None for value in plan]
    who.properties["cookie"] = [f"c{number}" for number in range(3_000)]
    who.properties["version"] = ["v1"] * 3_000
    paying(chance, who, np.where(np.array(plan) == "large", 0.6, 0.3))
    found = drivers(FUNNEL, who.log(), STEP)
    assert looked_at(found) == {"plan"}
    values = [value.value for value in found.drivers[0].values]
    assert set(values) == {Value("small"), Value("large"), Value(None), Value(None, other=True)}
    assert sum(value.entered for value in found.drivers[0].values) == found.entered == 3_000


def test_numbers_are_compared_in_groups_of_equal_size() -> None:
    chance = dice(4)
    who = persons(chance, 4_000)
    seats = chance.integers(1, 401, 4_000)
    who.properties["seats"] = list(seats)
    paying(chance, who, np.where(seats > 300, 0.5, 0.25))
    found = drivers(FUNNEL, who.log(), STEP)
    groups = {value.value.value: value.entered for value in found.drivers[0].values}
    assert all(isinstance(group, Between) and 900 <= size <= 1_100 for group, size in groups.items())
    best = found.drivers[0].values[-1].value.value
    assert isinstance(best, Between)
    assert best.high == 400


def test_property_that_says_the_same_is_listed_as_such_and_not_named_again() -> None:
    chance = dice(5)
    who = persons(chance, 4_000)
    who.properties["country"] = choose(chance, {"DK": 0.4, "SE": 0.3, "NO": 0.3}, 4_000)
    who.properties["currency"] = [
        {"DK": "DKK", "SE": "SEK", "NO": "NOK"}[str(one)] for one in who.properties["country"]
    ]
    paying(chance, who, np.where(np.array(who.properties["country"]) == "NO", 0.2, 0.4))
    found = drivers(FUNNEL, who.log(), STEP)
    assert len(found.drivers) == 1
    other = next(one for one in found.candidates if one.label.name != found.drivers[0].label.name)
    assert other.same_as == (found.drivers[0].label,)


def test_property_of_the_unit_is_marked_as_known_now() -> None:
    chance = dice(6)
    who = persons(chance, 3_000)
    large = chance.random(3_000) < 0.3
    paying(chance, who, np.where(large, 0.5, 0.2))
    sizes = {str(number): {"size": "large" if one else "small"} for number, one in enumerate(large)}
    found = drivers(FUNNEL, who.log(), STEP, context=Context(properties=sizes))
    assert [(driver.label.kind, driver.label.name) for driver in found.drivers] == [(Kind.UNIT, "size")]
    assert found.drivers[0].notices == (Notice.KNOWN_NOW,)


def test_nothing_planted_days_that_differ_by_value_make_no_drivers() -> None:
    false, rounds = 0, 15
    for seed in range(rounds):
        chance = dice(100 + seed)
        who = persons(chance, 3_000, days=30)
        for name in ("a", "b", "c"):
            who.properties[name] = list(chance.integers(0, 3, 3_000).astype(str))
        days, value = who.visited.astype(int), np.array(who.properties["a"]).astype(int)
        paying(chance, who, 1 / (1 + np.exp(0.8 - chance.normal(0, 0.6, (30, 3))[days, value])))
        false += bool(drivers(FUNNEL, who.log(), STEP, among=Among(events=())).drivers)
    assert false <= 0.1 * rounds + 3


# ---------------------------------------------------------------- events between the steps


def test_event_by_which_nothing_changes_is_not_named_though_those_who_stay_have_it_more_often() -> None:
    chance = dice(7)
    who = persons(chance, 4_000)
    paying(chance, who, 0.5, mean=1.0)
    visits = np.repeat(np.arange(4_000), chance.poisson(3, 4_000))
    read = who.signed[visits] + chance.uniform(0, 10, len(visits))
    before = read < who.paid[visits]
    who.add("Help Read", visits[before], read[before])
    found = drivers(FUNNEL, who.log(), STEP)
    naive = naive_odds_ratio(who, visits[before])
    assert naive < 0.3
    assert "Help Read" in looked_at(found)
    assert named(found) == []


def naive_odds_ratio(who: Persons, having: np.ndarray) -> float:
    has = np.isin(np.arange(len(who)), having)
    paid = np.isfinite(who.paid)
    return float((has & paid).sum() * (~has & ~paid).sum() / ((has & ~paid).sum() * (~has & paid).sum()))


def test_event_that_is_a_consequence_of_passing_never_appears() -> None:
    chance = dice(8)
    who = persons(chance, 4_000)
    paying(chance, who, 0.4)
    payers = np.flatnonzero(np.isfinite(who.paid))
    who.add("Form Sent", payers, who.paid[payers])
    who.add("Receipt Sent", payers, who.paid[payers] + HOUR / 60)
    found = drivers(FUNNEL, who.log(), STEP)
    assert not {"Form Sent", "Receipt Sent"} & looked_at(found)


def test_early_event_that_helps_is_named_given_the_properties() -> None:
    chance = dice(9)
    who = persons(chance, 5_000)
    called = chance.random(5_000) < 0.4
    who.add("Call Made", np.flatnonzero(called), who.signed[called] + HOUR * chance.uniform(0.1, 2, called.sum()))
    paying(chance, who, np.where(called, 0.5, 0.25))
    found = drivers(FUNNEL, who.log(), STEP)
    driver = found.drivers[0]
    assert (driver.label.kind, driver.label.name) == (Kind.EVENT, "Call Made")
    assert driver.notices == (Notice.AFTER_LANDMARK_ONLY,)
    without, having = driver.values
    assert (without.value, having.value) == (Value(value=False), Value(value=True))
    assert having.difference.value > 0.1
    assert without.entered + having.entered == found.at_landmark < found.entered
    assert found.landmark is not None
    assert timedelta(hours=6) < found.landmark < timedelta(days=1)


def test_event_known_by_its_day_counts_only_where_its_whole_day_lies_before_the_landmark() -> None:
    chance = dice(10)
    who = persons(chance, 3_000)
    paying(chance, who, 0.5, mean=3.0)
    payers = np.flatnonzero(np.isfinite(who.paid))
    who.add("Thanked By Phone", payers, np.floor(who.paid[payers]), precision="day")
    found = drivers(FUNNEL, who.log(), STEP)
    assert "Thanked By Phone" not in looked_at(found)


def test_chosen_properties_and_events_only_are_looked_at() -> None:
    log = DemoFirm(persons=3_000).log()
    funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
    found = drivers(
        funnel, log, 2, among=Among(properties=("arm",), events=("Email Sent",), landmark=timedelta(days=2))
    )
    assert looked_at(found) == {"arm", "Email Sent"}
    assert found.landmark == timedelta(days=2)


# ---------------------------------------------------------------- times, windows, several attempts of one


def test_times_are_compared_among_those_who_passed() -> None:
    chance = dice(11)
    who = persons(chance, 3_000)
    slow = chance.random(3_000) < 0.5
    who.properties["plan"] = list(np.where(slow, "large", "small"))
    pays = chance.random(3_000) < np.where(slow, 0.6, 0.3)
    who.paid = np.where(pays, who.signed + np.where(slow, 4.0, 1.0) + chance.uniform(0, 1, 3_000), np.inf)
    log = who.log()
    assert drivers(FUNNEL, log, STEP).drivers[0].values[0].times is None
    values = drivers(FUNNEL, log, STEP, among=Among(times=True)).drivers[0].values
    times = {value.value.value: value.times for value in values}
    large = times["large"]
    assert large is not None
    assert large.slower == 1.0
    assert large.median > timedelta(days=4) > timedelta(days=2) > large.others
    assert large.p_value < 1e-6


def test_without_a_window_all_are_followed_equally_long() -> None:
    chance = dice(12)
    who = persons(chance, 4_000, days=58)
    who.properties["channel"] = list(np.where(who.visited < 29, "old", "new"))
    paying(chance, who, 0.5)
    who.paid = np.where(who.paid <= 60, who.paid, np.inf)
    found = drivers(replace(FUNNEL, window=None), who.log(), STEP)
    assert looked_at(found) == {"channel"}
    assert named(found) == []
    assert found.entered < 4_000


def test_attempts_of_one_unit_count_as_much_as_the_unit_alone() -> None:
    chance = dice(13)
    single = persons(chance, 400, days=8)
    single.properties["channel"] = choose(chance, {"a": 0.5, "b": 0.5}, 400)
    paying(chance, single, np.where(np.array(single.properties["channel"]) == "a", 0.45, 0.35))
    once = drivers(FUNNEL, single.log(until=90), STEP).candidates[0].p_value
    log = single.log(until=90)
    later = [
        log.frame.filter(pl.col("name").cast(pl.String) != "Looked").with_columns(
            pl.col("time") + timedelta(days=12 * turn), pl.col("id") + 10_000 * turn
        )
        for turn in range(1, 6)
    ]
    repeated = replace(log, frame=pl.concat([log.frame, *later]))
    every = drivers(replace(FUNNEL, count=Count.EVERY), repeated, STEP)
    assert every.entered == 6 * 400
    assert every.candidates[0].p_value > once / 3


def test_order_of_rows_changes_nothing() -> None:
    log = DemoFirm(persons=2_000).log()
    funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
    shuffled = replace(log, frame=log.frame.sample(fraction=1, shuffle=True, seed=1))
    assert drivers(funnel, log, 1) == drivers(funnel, shuffled, 1)


# ---------------------------------------------------------------- where nothing can be said


def test_too_few_are_refused_with_the_reason() -> None:
    chance = dice(14)
    for number, chances, reason in ((50, 0.1, Absence.TOO_FEW_PASSED), (50, 0.9, Absence.TOO_FEW_STAYED)):
        who = persons(chance, number)
        paying(chance, who, chances)
        assert drivers(FUNNEL, who.log(), STEP).absence is reason
    who = persons(chance, 400)
    paying(chance, who, 0.5)
    assert drivers(FUNNEL, who.log(), STEP).absence is Absence.NOTHING_TO_COMPARE


def test_nobody_and_nobody_old_enough_are_told_apart() -> None:
    chance = dice(15)
    who = persons(chance, 400, days=5)
    paying(chance, who, 0.5)
    early = Period(as_of=START + timedelta(days=6))
    assert drivers(FUNNEL, who.log(), STEP, period=early).absence is Absence.NOBODY_OLD_ENOUGH
    never = Funnel.of("Visited", "Called", "Paid", window="10d")
    assert drivers(never, who.log(), 2).absence is Absence.NOBODY


@pytest.mark.parametrize("step", [-1, 0, 3, 9])
def test_step_that_nobody_passes_to_is_refused(step: int) -> None:
    with pytest.raises(InvalidDefinition, match="choose one of 1, 2"):
        drivers(FUNNEL, persons(dice(), 10).log() if step >= 0 else DemoFirm(persons=10).log(), step)


@pytest.mark.parametrize(
    ("among", "words"),
    [
        (Among(properties=("chanel",)), "no property 'chanel'; it has channel"),
        (Among(events=("Payed",)), "no event 'Payed'; it has Looked"),
    ],
)
def test_unknown_property_or_event_is_refused_with_those_there_are(among: Among, words: str) -> None:
    who = persons(dice(), 100)
    who.properties["channel"] = ["a"] * 100
    paying(dice(), who, 0.5)
    with pytest.raises(InvalidDefinition, match=words):
        drivers(FUNNEL, who.log(), STEP, among=among)


def test_demonstration_firm_source_and_experiment_are_named_and_the_leak_is_on_top() -> None:
    firm = DemoFirm(persons=8_000)
    funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
    first = drivers(funnel, firm.log(), 1, among=Among(events=()))
    assert named(first) == ["source", "arm"]
    truth = firm.truth().whole.experiment
    assert truth is not None
    control = next(value for value in first.drivers[1].values if value.value.value == "control")
    assert control.difference.low < -truth.difference < control.difference.high
    second = drivers(funnel, firm.log(), 2)
    assert second.drivers[0].values[0].value == Value("Paid Social")
