"""Leaks of logs in which they were planted, and the figures behind them by hand."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from tragt.demo import FUNNEL_STEPS, DemoFirm, Passage
from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog
from tragt.funnel import Breakdown, Context, Funnel, Period, Value
from tragt.funnel.attempts import Membership
from tragt.funnel.leaks import Against, Kind, Leak, Rules, leaks, leaks_on
from tragt.funnel.leaks.cost import beyond
from tragt.funnel.leaks.trials import grouped
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Question
from tragt.funnel.run import counted_events, moment_of

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAYS = 49
FUNNEL = Funnel.of("Visited", "Asked", "Paid", window="2d")
SHARES = {"search": 60, "ads": 40, "mail": 30, "partner": 20}
PRICES = {"search": 100, "ads": 300, "mail": 100, "partner": 100}
MONTH = 365.25 / 12


@dataclass(frozen=True)
class Firm:
    """A log of so many persons a day and source: half of them ask, half of these pay, one hour after the other.

    `asking` gives another share by source from a day on; from the day `never_yet` on nobody has asked yet.
    """

    days: int = DAYS
    asking: tuple[tuple[str, int, float], ...] = ()
    valued: bool = False
    never_yet: int = DAYS
    seed: int = 1

    @cache  # noqa: B019 - a few small logs, needed by many tests
    def log(self) -> EventLog:
        dice = np.random.default_rng(self.seed)
        rows: list[tuple[str, datetime, str, str, float | None]] = []
        for day in range(self.days):
            for source, number in SHARES.items():
                for person in range(number):
                    rows += self._person(dice, day, source, f"{source}-{day}-{person}")
        columns = ("person", "time", "name", "properties.source", "properties.value")
        frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
            pl.format("e{}", pl.int_range(pl.len())).alias("id"), pl.lit("exact").alias("precision")
        )
        return EventLog(frame.sort("time"), zone=ZoneInfo("UTC"))

    def _person(
        self, dice: np.random.Generator, day: int, source: str, person: str
    ) -> list[tuple[str, datetime, str, str, float | None]]:
        at = START + timedelta(days=day, seconds=float(dice.integers(3600)))
        share = 0.5
        for other, since, asked in self.asking:
            share = asked if other == source and day >= since else share
        found: list[tuple[str, datetime, str, str, float | None]] = [(person, at, "Visited", source, None)]
        if day < self.never_yet and dice.random() < share:
            found.append((person, at + timedelta(hours=1), "Asked", source, None))
            if dice.random() < 0.5:
                worth = PRICES[source] * dice.uniform(0.5, 1.5) if self.valued else None
                found.append((person, at + timedelta(hours=2), "Paid", source, worth))
        return found


LAST_WEEK = DAYS - 10
"""The last week seen whole: entries of the last two days, and of part of the day before, still have time."""
WEEK_LEAK = Firm(asking=(("ads", LAST_WEEK, 0.25),), valued=True)


def the(found: tuple[Leak, ...], **wanted: object) -> Leak:
    return next(leak for leak in found if all(getattr(leak, name) == value for name, value in wanted.items()))


def test_leak_of_the_last_week_is_found_against_the_weeks_before_and_its_cost_adds_up() -> None:
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], rules=Rules(value="value"))
    assert found.days == (date(2026, 4, 10), date(2026, 4, 17))
    assert found.previous == (date(2026, 3, 13), date(2026, 4, 10))
    leak = the(found.worse, value="ads", against=Against.PREVIOUS, kind=Kind.DRIFTED)
    assert (leak.step, leak.previous_step, leak.entered) == ("Asked", "Visited", 280)
    assert leak.rate == pytest.approx(0.25, abs=0.08)
    assert leak.reference == pytest.approx(0.5, abs=0.08)
    raw = leak.entered * (leak.reference - leak.rate)
    assert 0.6 * raw < leak.units_lost <= raw
    assert leak.cost is not None
    assert leak.cost.in_money
    each = leak.cost.per_month / (leak.units_lost * MONTH / 7)
    assert each == pytest.approx(0.5 * 300, rel=0.15)
    assert leak.cost.low < leak.cost.per_month < leak.cost.high


@pytest.mark.parametrize("valued", [True, False])
def test_every_cost_is_the_product_of_what_it_is_told_with(valued: bool) -> None:
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], rules=Rules(value="value" if valued else None))
    costs = 0
    for leak in (*found.worse, *found.better):
        assert leak.days is not None
        if leak.cost is not None:
            costs += 1
            months = MONTH / (leak.days[1] - leak.days[0]).days
            each = leak.cost.chance * (1 if leak.cost.value is None else leak.cost.value)
            assert leak.units_lost * months * each == pytest.approx(leak.cost.per_month)
            assert (leak.cost.value is not None) == leak.cost.in_money == valued
    assert costs > 1
    week = the(found.worse, value="ads", against=Against.PREVIOUS, kind=Kind.DRIFTED)
    assert week.days == found.days
    assert week.cost is not None
    assert week.cost.chance == pytest.approx(0.5, abs=0.08)


def test_leaks_are_ranked_by_cost_and_a_value_shows_what_exceeds_its_step() -> None:
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], rules=Rules(value="value"))
    costs = [leak.cost.per_month for leak in found.worse if leak.cost]
    assert costs == sorted(costs, reverse=True)
    own = [leak for leak in found.worse if leak.by is None and leak.step == "Asked" and leak.kind is Kind.DRIFTED]
    leak = the(found.worse, value="ads", kind=Kind.DRIFTED)
    assert leak.cost is not None
    step = own[0].cost.per_month if own and own[0].cost else None
    assert leak.cost.beyond_step == beyond(leak.cost.per_month, step)


@pytest.mark.parametrize(("own", "step", "left"), [(5, None, 5), (5, 3, 2), (3, 5, 0), (-5, -3, -2), (5, -3, 5)])
def test_cost_beyond_the_steps_own(own: float, step: float | None, left: float) -> None:
    assert beyond(own, step) == left


def test_without_a_money_property_the_cost_is_in_conversions() -> None:
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"])
    leak = the(found.worse, value="ads", against=Against.PREVIOUS, kind=Kind.DRIFTED)
    assert leak.cost is not None
    assert not leak.cost.in_money
    assert leak.cost.per_month == pytest.approx(leak.units_lost * MONTH / 7 * 0.5, rel=0.15)


def in_two_currencies(log: EventLog) -> EventLog:
    """The same log, where all sources but ads are paid in kroner, ten to the euro."""
    kroner = pl.col("properties.source") != "ads"
    frame = log.frame.with_columns(
        pl.when(kroner).then(pl.col("properties.value") * 10).otherwise(pl.col("properties.value")),
        pl.when(kroner).then(pl.lit("DKK")).otherwise(pl.lit("EUR")).alias("properties.currency"),
    )
    return EventLog(frame, zone=log.zone)


def test_cost_of_values_in_several_currencies_is_that_of_one_at_the_rates_of_the_days() -> None:
    rates = pl.DataFrame({"currency": ["DKK"], "day": [date(2026, 1, 1)], "rate": [0.1]})
    value = Value("value", currency="currency", into="EUR", rates=rates)
    one = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], rules=Rules(value="value"))
    several = leaks(FUNNEL, in_two_currencies(WEEK_LEAK.log()), by=["source"], rules=Rules(value=value))
    assert (one.currency, several.currency) == (None, "EUR")
    costs = [[leak.cost.per_month for leak in found.worse if leak.cost] for found in (one, several)]
    assert len(costs[0]) > 0
    assert costs[1] == pytest.approx(costs[0])


def test_cost_of_values_in_several_currencies_without_rates_is_refused() -> None:
    value = Value("value", currency="currency", into="EUR")
    with pytest.raises(InvalidDefinition, match=r"DKK, EUR.*give rates"):
        leaks(FUNNEL, in_two_currencies(WEEK_LEAK.log()), by=["source"], rules=Rules(value=value))


def test_amounts_of_steps_before_the_last_may_be_in_any_currency() -> None:
    log = in_two_currencies(WEEK_LEAK.log())
    asked = pl.col("name").cast(pl.String) == "Asked"
    frame = log.frame.with_columns(
        pl.when(asked).then(pl.lit("DKK")).otherwise(pl.lit("EUR")).alias("properties.currency")
    )
    rules = Rules(value=Value("value", currency="currency", into="EUR"))
    found = leaks(FUNNEL, EventLog(frame, zone=log.zone), by=["source"], rules=rules)
    assert all(leak.cost is not None for leak in found.worse)
    assert len(found.worse) > 0


def test_log_without_conversions_has_no_cost_in_money_and_a_reason() -> None:
    log = WEEK_LEAK.log()
    frame = log.frame.filter(pl.col("name").cast(pl.String) != "Paid")
    found = leaks(FUNNEL, EventLog(frame, zone=log.zone), by=["source"], rules=Rules(value="value"))
    reasons = {leak.reason for leak in found.worse if leak.cost is None}
    assert reasons == {"nobody who got on reached the last step, so what a loss here costs is not known"}


def test_money_property_of_the_context_is_taken_where_the_rules_name_none() -> None:
    log = WEEK_LEAK.log()
    by_context = leaks(FUNNEL, log, by=["source"], context=Context(value=Value("value", into="EUR")))
    assert by_context.currency == "EUR"
    assert by_context.worse == leaks(FUNNEL, log, by=["source"], rules=Rules(value="value")).worse


def test_money_property_that_no_conversion_has_leaves_the_cost_absent_with_a_reason() -> None:
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], rules=Rules(value="nothing"))
    leak = the(found.worse, value="ads", kind=Kind.DRIFTED)
    assert leak.cost is None
    assert leak.reason == "no conversion has a value, so what one is worth is not known"


def test_sound_firm_has_no_leak() -> None:
    found = leaks(FUNNEL, Firm().log(), by=["source"])
    assert found.worse == ()
    assert found.judged > 20


def test_those_who_still_have_time_are_no_leak() -> None:
    found = leaks(FUNNEL, Firm(never_yet=DAYS - 2).log(), by=["source"])
    assert [leak for leak in found.worse if leak.kind is Kind.DRIFTED] == []


def test_what_does_better_stands_in_a_list_of_its_own() -> None:
    found = leaks(FUNNEL, Firm(asking=(("ads", LAST_WEEK, 0.8),)).log(), by=["source"])
    leak = the(found.better, value="ads", against=Against.PREVIOUS, kind=Kind.DRIFTED)
    assert leak.units_lost < 0
    assert leak.cost is not None
    assert leak.cost.per_month < 0
    assert all(one.value != "ads" for one in found.worse)


def test_target_that_is_missed_is_a_leak_of_every_value_and_of_the_step() -> None:
    found = leaks(FUNNEL, Firm().log(), by=["source"], rules=Rules(targets={"Asked": 0.6}))
    missed = [leak for leak in found.worse if leak.against is Against.TARGET]
    assert {leak.value for leak in missed} == {None, *SHARES}
    assert {leak.step for leak in missed} == {"Asked"}
    assert all(leak.reference == 0.6 for leak in missed)


def test_value_unlike_all_others_is_found_against_them() -> None:
    found = leaks(FUNNEL, Firm(asking=(("ads", 0, 0.2),)).log(), by=["source"])
    leak = the(found.worse, value="ads", against=Against.OTHERS)
    assert leak.reference == pytest.approx(0.5, abs=0.03)
    assert all(one.against is not Against.PREVIOUS for one in found.worse)


def test_given_period_is_judged_against_four_weeks_before_it() -> None:
    period = Period(date(2026, 4, 6), date(2026, 4, 16))
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], period=period)
    assert found.days == (date(2026, 4, 6), date(2026, 4, 16))
    assert found.previous == (date(2026, 3, 9), date(2026, 4, 6))


def test_period_in_which_nobody_had_the_time_is_not_judged_against_the_one_before() -> None:
    found = leaks(FUNNEL, WEEK_LEAK.log(), by=["source"], period=Period(date(2026, 4, 18)))
    assert found.days is None
    assert all(leak.kind is Kind.STUCK for leak in found.worse)
    assert "no attempts are old enough in the days to judge" in {missing.reason for missing in found.not_judged}


def test_equal_seeds_give_equal_intervals() -> None:
    log = WEEK_LEAK.log()
    first, second, other = (leaks(FUNNEL, log, by=["source"], rules=Rules(seed=seed)) for seed in (1, 1, 2))
    assert first == second
    assert first.worse[0].cost != other.worse[0].cost


def test_leaks_on_postings_with_changed_units_are_those_on_the_events_as_they_are() -> None:
    """Of one person in three the index holds no payment; their events as they are stand beside it."""
    log, rules = WEEK_LEAK.log(), Rules(value="value")
    expected = leaks(FUNNEL, log, by=["source"], rules=rules)
    moment = moment_of(None, log)
    frame = counted_events(FUNNEL, log, Context(), moment)
    changed = pl.col("unit").cast(pl.String).str.contains("[036]$")
    clean = FrameSource(frame.filter(~changed | (pl.col("name").cast(pl.String) != "Paid")), log.zone)
    dirty = clean.unit_names(np.arange(clean.units)).str.contains("[036]$").to_numpy()
    layered = Layered(clean, dirty, FrameSource(frame.filter(changed), log.zone))
    question = Question(FUNNEL, int(moment.timestamp() * 1000), Period(), log.zone)

    found = leaks_on(question, layered, by=["source"], rules=rules)

    assert found.judged == expected.judged
    assert [counts_of(leak) for leak in found.worse] == [counts_of(leak) for leak in expected.worse]
    costs = [[limit for leak in one.worse for limit in limits_of(leak)] for one in (found, expected)]
    assert len(costs[0]) > 0
    assert costs[0] == pytest.approx(costs[1])


def counts_of(leak: Leak) -> tuple[object, ...]:
    return leak.kind, leak.against, leak.step, leak.value, leak.entered, leak.kept


def limits_of(leak: Leak) -> tuple[float, ...]:
    return (leak.cost.per_month, leak.cost.low, leak.cost.high) if leak.cost else ()


# ---------------------------------------------------------------- without a window, and those who are stuck


def test_without_a_window_attempts_are_compared_at_the_same_age() -> None:
    endless = Funnel.of("Visited", "Asked", "Paid", window=None)
    found = leaks(endless, Firm(asking=(("ads", DAYS - 8, 0.2),)).log(), by=["source"])
    assert the(found.worse, value="ads", kind=Kind.DRIFTED, against=Against.PREVIOUS).step == "Asked"
    assert the(found.worse, value="ads", kind=Kind.STUCK, against=Against.PREVIOUS).step == "Asked"


def test_those_who_wait_longer_than_usual_are_stuck_before_their_window_is_over() -> None:
    monthly = Funnel.of("Visited", "Asked", "Paid", window="28d")
    found = leaks(monthly, Firm(asking=(("ads", DAYS - 8, 0.2),)).log(), by=["source"])
    leak = the(found.worse, value="ads")
    assert (leak.kind, leak.against, leak.step) == (Kind.STUCK, Against.PREVIOUS, "Asked")


def test_log_without_conversions_says_why_nothing_is_judged() -> None:
    endless = Funnel.of("Visited", "Asked", "Paid", window=None)
    found = leaks(endless, Firm(days=5, never_yet=0).log(), by=["source"])
    assert found.judged == 0
    assert found.days is None
    reasons = {missing.reason for missing in found.not_judged}
    assert any("reached the last step" in reason for reason in reasons)
    assert any("passed here" in reason for reason in reasons)


def test_without_a_breakdown_the_step_as_a_whole_is_judged() -> None:
    everywhere = tuple((source, LAST_WEEK, 0.3) for source in SHARES)
    found = leaks(FUNNEL, Firm(asking=everywhere).log())
    leak = the(found.worse, kind=Kind.DRIFTED)
    assert (leak.step, leak.by, leak.value) == ("Asked", None, None)
    assert any(missing.against is Against.OTHERS for missing in found.not_judged)


def test_single_value_has_no_peers_and_that_is_said() -> None:
    found = leaks(FUNNEL, Firm().log(), by=[Breakdown("absent")])
    assert any(missing.reason.startswith("there are too few values") for missing in found.not_judged)


# ---------------------------------------------------------------- groups, and what is refused


def test_groups_beyond_the_most_frequent_are_one_that_is_nobodys_leak() -> None:
    parts = [
        Membership(np.arange(5), np.array([0, 0, 1, 2, 2]), ("a", "b", "c")),
        Membership(np.arange(2), np.array([0, 1]), ("c", "d")),
    ]
    groups = grouped(Breakdown("source", top=2), parts, [5, 2])
    assert groups.values == ("c", "a", None)
    assert groups.other
    assert sorted(zip(groups.rows.tolist(), groups.codes.tolist(), strict=True)) == [
        (0, 1), (1, 1), (2, 2), (3, 0), (4, 0), (5, 0), (6, 2),
    ]  # fmt: skip


def test_attempt_with_two_small_values_is_once_in_the_rest() -> None:
    parts = [Membership(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), ("a", "b", "c"))]
    groups = grouped(Breakdown("source", top=1), parts, [2])
    assert list(zip(groups.rows.tolist(), groups.codes.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]


def test_target_for_no_step_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="it can be given for Asked, Paid"):
        leaks(FUNNEL, Firm(days=3).log(), rules=Rules(targets={"Visited": 0.5}))


@pytest.mark.parametrize("wrong", [{"days": 0}, {"rounds": 0}, {"false_share": 1.0}, {"level": 0.0}])
def test_rules_that_cannot_hold_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidDefinition):
        Rules(**wrong)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the demonstration firm


def test_planted_leak_of_the_demonstration_firm_is_on_top_and_its_interval_holds_an_upper_estimate() -> None:
    funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
    firm = DemoFirm(persons=20_000)
    found = leaks(funnel, replace(firm, seed=2).log(), by=["source"], rules=Rules(value="value"))
    top, planted = found.worse[0], firm.truth().leak
    assert planted is not None
    assert (top.step, top.value) == (planted.step, planted.source)
    assert top.rate == pytest.approx(planted.leaking, abs=0.03)
    share = next(source.share for source in firm.passage.sources if source.name == planted.source)
    wins_a_month = firm.persons / 12 * share * planted.wins_lost
    assert top.cost is not None
    assert top.cost.high > wins_a_month * firm.sales.mean_value


def test_demonstration_firm_without_a_leak_has_none() -> None:
    funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
    firm = DemoFirm(persons=20_000, passage=replace(Passage(), leak=None))
    assert leaks(funnel, firm.log(), by=["source"]).worse == ()
