"""What explains that a step got worse: the planted value, and neither what was always bad nor what all share."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from tests.funnel.drivers_worlds import FUNNEL, START, STEP, choose, paying, persons
from tragt.demo import FUNNEL_STEPS, DemoFirm, Leak, Passage
from tragt.errors import InvalidDefinition
from tragt.funnel import Funnel, Period
from tragt.funnel.drivers import Absence, Change, Incident, Value, drivers, incident

LAST_WEEK = Change(Period(date(2026, 2, 2), date(2026, 2, 9)), Period(date(2026, 1, 5), date(2026, 2, 2)))
FIRST_DAY = 28.0


def dice(seed: int) -> np.random.Generator:
    return np.random.default_rng([2027, seed])


def named(found: Incident) -> list[tuple[str, object]]:
    return [(driver.label.name, driver.values[0].value.value) for driver in found.drivers]


def test_incident_of_one_value_is_named_and_neither_its_companion_nor_what_was_always_bad() -> None:
    chance = dice(1)
    who = persons(chance, 12_000, days=35)
    now = who.visited >= FIRST_DAY
    social = chance.random(12_000) < 0.3
    phone = chance.random(12_000) < np.where(social, 0.9, 0.3)
    who.properties["channel"] = list(np.where(social, "social", "search"))
    who.properties["device"] = list(np.where(phone, "phone", "computer"))
    who.properties["country"] = choose(chance, {"DK": 0.5, "SE": 0.3, "NO": 0.2}, 12_000)
    norway = np.array(who.properties["country"]) == "NO"
    paying(chance, who, 0.4 * np.where(norway, 0.5, 1.0) * np.where(now & social, 0.5, 1.0))
    found = incident(FUNNEL, who.log(), STEP, LAST_WEEK)
    assert named(found) == [("channel", "social")]
    effect = found.drivers[0].values[0]
    lost = 0.5 * 0.4 * 0.9 * effect.entered
    assert effect.explained.low < lost < effect.explained.high
    assert found.change is not None
    assert found.change.value * int(now.sum()) == pytest.approx(-effect.explained.value, abs=60)
    always = drivers(FUNNEL, who.log(), STEP, period=LAST_WEEK.before)
    assert [driver.label.name for driver in always.drivers] == ["country"]


def test_fall_that_all_share_names_nobody_and_stands_in_the_change() -> None:
    chance = dice(2)
    who = persons(chance, 12_000, days=35)
    who.properties["channel"] = choose(chance, {"search": 0.5, "social": 0.3, "mail": 0.2}, 12_000)
    paying(chance, who, np.where(who.visited >= FIRST_DAY, 0.3, 0.4))
    found = incident(FUNNEL, who.log(), STEP, LAST_WEEK)
    assert named(found) == []
    assert found.change is not None
    assert found.change.low < -0.1 < found.change.high < 0


def test_change_of_the_mix_is_no_change_of_any_value() -> None:
    chance = dice(3)
    who = persons(chance, 12_000, days=35)
    now = who.visited >= FIRST_DAY
    social = chance.random(12_000) < np.where(now, 0.7, 0.2)
    who.properties["channel"] = list(np.where(social, "social", "search"))
    paying(chance, who, np.where(social, 0.2, 0.5))
    found = incident(FUNNEL, who.log(), STEP, LAST_WEEK)
    assert found.before is not None
    assert found.now is not None
    assert found.change is not None
    assert found.now.rate < found.before.rate - 0.1
    assert found.change.low < 0 < found.change.high
    assert named(found) == []


def test_value_that_stopped_passing_altogether_is_named() -> None:
    chance = dice(4)
    who = persons(chance, 6_000, days=35)
    browser = np.array(choose(chance, {"one": 0.6, "two": 0.35, "three": 0.05}, 6_000))
    who.properties["browser"] = list(browser)
    paying(chance, who, np.where((who.visited >= FIRST_DAY) & (browser == "three"), 0.0, 0.35))
    found = incident(FUNNEL, who.log(), STEP, LAST_WEEK)
    assert named(found) == [("browser", "three")]
    assert found.drivers[0].values[0].passed == 0


def test_value_that_got_better_is_named_so_and_the_others_are_not_called_worse() -> None:
    chance = dice(8)
    who = persons(chance, 8_000, days=35)
    who.properties["channel"] = choose(chance, {"search": 0.5, "social": 0.3, "mail": 0.2}, 8_000)
    mail = np.array(who.properties["channel"]) == "mail"
    paying(chance, who, np.where((who.visited >= FIRST_DAY) & mail, 0.5, 0.3))
    found = incident(FUNNEL, who.log(), STEP, LAST_WEEK)
    assert named(found) == []
    assert [driver.values[0].value for driver in found.better] == [Value("mail")]
    assert found.better[0].values[0].difference.low > 0.1


def test_earlier_period_by_default_is_as_long_but_at_least_four_weeks() -> None:
    chance = dice(5)
    who = persons(chance, 5_000, days=45)
    who.properties["channel"] = choose(chance, {"search": 0.5, "social": 0.5}, 5_000)
    paying(chance, who, 0.4)
    now = Period(date(2026, 2, 9), date(2026, 2, 16))
    given = Change(now, Period(date(2026, 1, 12), date(2026, 2, 9)))
    assert incident(FUNNEL, who.log(), STEP, Change(now)) == incident(FUNNEL, who.log(), STEP, given)
    with pytest.raises(InvalidDefinition, match="give it a first day"):
        incident(FUNNEL, who.log(), STEP, Change(Period()))


def test_periods_that_cannot_be_told_are_refused_with_the_reason() -> None:
    chance = dice(6)
    who = persons(chance, 5_000, days=40)
    who.properties["channel"] = choose(chance, {"search": 0.5, "social": 0.5}, 5_000)
    paying(chance, who, 0.4)
    log = who.log()
    last = Period(date(2026, 2, 9), date(2026, 2, 14), as_of=START + timedelta(days=41))
    young = incident(FUNNEL, log, STEP, Change(last))
    assert young.absence is Absence.NOBODY_OLD_ENOUGH
    nobody = incident(FUNNEL, log, STEP, replace(LAST_WEEK, before=Period(date(2025, 1, 1), date(2025, 2, 1))))
    assert nobody.absence is Absence.NOBODY
    assert nobody.before is None


def test_demonstration_firm_source_whose_leak_begins_is_on_top_with_what_it_costs() -> None:
    since = date(2025, 6, 1)
    leak = Leak(source="Organic Search", factor=0.3, since=since)
    firm = DemoFirm(persons=20_000, passage=Passage(leak=leak))
    change = Change(Period(since, since + timedelta(days=60)))
    found = incident(Funnel.of(*FUNNEL_STEPS, window="90d"), firm.log(), 2, change)
    top = found.drivers[0]
    assert (top.label.name, top.values[0].value) == ("source", Value("Organic Search"))
    truth = firm.truth().leak
    assert truth is not None
    effect = top.values[0]
    assert effect.difference.low < truth.leaking - truth.sound < effect.difference.high
