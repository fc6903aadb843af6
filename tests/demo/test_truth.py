"""The truth is what simulated persons follow: intervals of samples hold it as often as they promise."""

import math
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.demo.mature_cohort import Share, mature, shares
from tragt.demo import (
    FUNNEL_STEPS,
    FUNNEL_WINDOW,
    Collection,
    DemoFirm,
    Experiment,
    Leak,
    Loyalty,
    Passage,
    Period,
    Sales,
    Source,
    Touches,
    truth_of,
)
from tragt.errors import InvalidDefinition

SEEDS = 40
PERSONS = 2_000
SAME = 4.0
QUIET = Touches(returns=0.2, pages=0.0, mails=0.0, calls=0.0)


@cache
def samples() -> tuple[pl.DataFrame, ...]:
    return tuple(mature(DemoFirm(persons=PERSONS, seed=seed, touches=QUIET).simulate()) for seed in range(SEEDS))


def test_intervals_of_many_seeds_hold_the_truth_as_often_as_promised() -> None:
    steps = DemoFirm().truth().whole.steps
    covered = np.array([[share.covered for share in shares(sample, steps)] for sample in samples()])
    for_each = stats.binom.ppf(1e-4, SEEDS, 0.95)
    assert (covered.sum(axis=0) >= for_each).all(), covered.sum(axis=0)
    assert covered.mean() >= 0.95 - SAME * math.sqrt(0.95 * 0.05 / SEEDS / 2)


def test_rates_of_all_seeds_together_lie_at_the_truth() -> None:
    pooled = list(shares(pl.concat(samples()), DemoFirm().truth().whole.steps))
    assert [round(share.deviation, 2) for share in pooled if abs(share.deviation) > SAME] == []


@pytest.mark.parametrize("part", ["source", "arm"])
def test_rates_of_each_source_and_arm_lie_at_their_truth(part: str) -> None:
    truth = DemoFirm().truth().whole
    pooled = pl.concat(samples())
    for one in truth.sources if part == "source" else truth.arms:
        of_one = pooled.filter(pl.col(part) == one.name)
        assert abs(Share(of_one.height, pooled.height, one.share).deviation) < SAME, one.name
        assert all(abs(share.deviation) < SAME for share in shares(of_one, one.steps)), one.name


def test_times_of_all_seeds_together_have_the_true_medians() -> None:
    pooled = pl.concat(samples())
    for number, step in enumerate(DemoFirm().truth().whole.steps[1:], start=1):
        entry, previous, here = (pl.col(FUNNEL_STEPS[place]) for place in (0, number - 1, number))
        passed = pooled.filter(here - entry <= FUNNEL_WINDOW)
        for since, median in ((entry, step.median_from_first), (previous, step.median_from_previous)):
            below = passed.select((here - since <= median).sum()).item()
            assert abs(Share(below, passed.height, 0.5).deviation) < SAME, step.name


def test_leak_from_a_date_each_period_has_its_own_truth() -> None:
    since = date(2025, 5, 1)
    passage = Passage(leak=Leak(source="Organic Search", factor=0.3, since=since))
    firms = [DemoFirm(persons=10_000, seed=seed, passage=passage, touches=QUIET) for seed in range(4)]
    pooled = pl.concat([mature(firm.simulate()) for firm in firms])
    before, after = firms[0].truth().periods
    assert (before.start, before.end, after.start, after.end) == (
        date(2025, 1, 1),
        since,
        since,
        date(2026, 1, 1),
    )
    entered_after = pl.col(FUNNEL_STEPS[0]) >= firms[0].period.midnight(since)
    for period, entered in ((before, ~entered_after), (after, entered_after)):
        assert all(abs(share.deviation) < SAME for share in shares(pooled.filter(entered), period.steps))
    assert before.steps[2].from_first > 1.1 * after.steps[2].from_first


def test_leak_from_a_date_truth_of_the_whole_is_refused() -> None:
    truth = DemoFirm(passage=Passage(leak=Leak(since=date(2025, 5, 1)))).truth()
    with pytest.raises(InvalidDefinition, match="The rates change on 2025-05-01"):
        _ = truth.whole


@pytest.mark.parametrize(
    ("since", "leaks"), [(date(2024, 6, 1), True), (date(2025, 1, 1), True), (date(2026, 1, 1), False)]
)
def test_leak_from_a_date_outside_the_period_leaves_one_truth(since: date, leaks: bool) -> None:
    sound = DemoFirm(passage=Passage(leak=None)).truth().whole
    always = DemoFirm(passage=Passage(leak=Leak())).truth().whole
    dated = DemoFirm(passage=Passage(leak=Leak(since=since))).truth().whole
    assert dated == (always if leaks else sound)


def test_leak_truth_by_hand_equals_the_product_of_its_rates() -> None:
    leak = DemoFirm().truth().leak
    assert leak is not None
    assert leak.leaking / leak.sound == pytest.approx(0.4)
    social = next(source for source in DemoFirm().truth().whole.sources if source.name == leak.source)
    assert social.steps[2].from_previous == pytest.approx(leak.leaking)
    assert social.steps[-1].from_first * 1.5 == pytest.approx(leak.wins_lost)


def test_experiment_truth_by_hand_equals_its_factor() -> None:
    experiment = DemoFirm(passage=Passage(experiment=Experiment(factor=1.1))).truth().whole.experiment
    assert experiment is not None
    assert experiment.ratio == pytest.approx(1.1)
    assert experiment.difference == pytest.approx(0.1 * experiment.control)


def test_truth_of_one_source_with_an_endless_window_is_the_product_of_its_rates() -> None:
    passage = Passage(sources=(Source("Direct", 1.0, (0.5, 0.4, 0.5, 0.2)),), leak=None, experiment=None)
    whole = DemoFirm(passage=passage).truth(timedelta(days=20_000)).whole
    assert [step.from_first for step in whole.steps] == pytest.approx([1, 0.5, 0.2, 0.1, 0.02], abs=1e-4)
    assert (whole.arms, whole.experiment) == ((), None)
    deals = whole.deals
    assert deals.won_of_proposals == pytest.approx(0.2)
    assert deals.won_of_created == pytest.approx(0.02 / (0.1 + 0.1 * 0.5))
    assert deals.won_of_closed == pytest.approx(0.02 / (0.02 + 0.08 * 0.85 + 0.1 * 0.5 * 0.7))


def test_truth_where_nobody_reaches_a_step_has_no_rate_from_it() -> None:
    passage = Passage(sources=(Source("Direct", 1.0, (0.5, 0.0, 0.5, 0.2)),), leak=None)
    steps = DemoFirm(passage=passage).truth().whole.steps
    assert [step.from_previous for step in steps[2:]] == [0.0, None, None]


def test_truth_where_nobody_requests_a_demo_has_no_won_rates() -> None:
    passage = Passage(sources=(Source("Direct", 1.0, (0.5, 0.0, 0.5, 0.2)),), leak=None)
    deals = DemoFirm(passage=passage).truth().whole.deals
    assert (deals.won_of_created, deals.won_of_closed, deals.won_of_proposals) == (None, None, None)


def test_deals_of_a_long_period_end_as_often_as_the_truth_says() -> None:
    firm = DemoFirm(persons=60_000, period=Period(days=1_460), touches=QUIET, collection=Collection(staff=0))
    frame = firm.simulate().frame.filter(pl.col("properties.pipeline") == "B2B sales")
    created = frame.filter(pl.col("name") == "Deal Created", pl.col("time") < firm.period.midnight(date(2027, 6, 1)))
    names = [
        frame.filter(pl.col("name") == name)["deal"].implode() for name in ("Proposal Sent", "Deal Won", "Deal Lost")
    ]
    proposed, won, lost = (created["deal"].is_in(deals) for deals in names)
    truth = firm.truth().whole.deals
    wins = int(won.sum())
    for entered, rate in (
        (created.height, truth.won_of_created),
        (int(proposed.sum()), truth.won_of_proposals),
        (wins + int(lost.sum()), truth.won_of_closed),
    ):
        assert rate is not None
        assert abs(Share(wins, entered, rate).deviation) < SAME
    value = created["properties.value"].to_numpy()
    assert value.mean() == pytest.approx(truth.mean_value, abs=SAME * value.std() / math.sqrt(value.size))


def test_customers_renew_order_and_refer_as_often_as_the_truth_says() -> None:
    loyalty = Loyalty(customers=1.0, renewed=0.7, orders=1.5)
    firm = DemoFirm(persons=20_000, loyalty=loyalty, touches=QUIET)
    frame = firm.simulate().frame
    truth = truth_of(firm).loyalty
    decided = frame.filter(pl.col("properties.pipeline") == "Renewal", pl.col("properties.stage").is_not_null())
    renewed = decided.filter(pl.col("name") == "Deal Won")
    assert abs(Share(renewed.height, decided.height, truth.renewal_rate).deviation) < SAME
    visits = frame.filter(pl.col("properties.returning") == pl.lit(value=False))
    referred = visits.filter(pl.col("properties.source") == "Referral").height
    assert abs(Share(referred, visits.height, truth.referral_share).deviation) < SAME
    assert frame.filter(pl.col("name") == "Referral Made").height == referred
    first_year = frame.filter(
        pl.col("name") == "Order Completed", pl.col("time") < firm.period.midnight(date(2025, 2, 14))
    )
    expected = truth.orders_a_year * 20_000 * 44 / 365
    assert first_year.height == pytest.approx(expected, abs=SAME * math.sqrt(expected) + 0.02 * expected)


def test_value_of_a_deal_in_one_market_has_the_lognormal_mean() -> None:
    assert Sales(spread=0.0).mean_value == pytest.approx(0.6 * 24_000 + 0.3 * 90_000 + 0.1 * 380_000)
    assert Sales(spread=0.8).mean_value / Sales(spread=0.0).mean_value == pytest.approx(math.exp(0.32))
