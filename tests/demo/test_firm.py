"""The events of the demonstration firm: what is planted in them, and the shape that readers rely on."""

import math
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tragt.demo import (
    FUNNEL_STEPS,
    SALES_STAGES,
    Collection,
    DemoFirm,
    Experiment,
    Leak,
    Loyalty,
    Market,
    Passage,
    Period,
    Sales,
    Simulation,
    Source,
    Touches,
    Wait,
)
from tragt.errors import InvalidDefinition


@cache
def simulation() -> Simulation:
    return DemoFirm(persons=4_000, seed=3).simulate()


def events(*names: str) -> pl.DataFrame:
    return simulation().frame.filter(pl.col("name").is_in(names))


def first_times() -> pl.DataFrame:
    """One row a person: the first time of each step, robots and own traffic left out."""
    real = events(*FUNNEL_STEPS).filter(pl.col("human") >= 0.5, pl.col("traffic") == "outside")
    firsts = real.group_by("person", pl.col("name").cast(pl.String)).agg(pl.col("time").min())
    return firsts.pivot("name", index="person", values="time")


def test_simulation_with_equal_parameters_gives_equal_events() -> None:
    again = DemoFirm(persons=4_000, seed=3).simulate()
    assert_frame_equal(again.frame, simulation().frame)
    assert_frame_equal(again.received_frame, simulation().received_frame)


def test_simulation_with_another_seed_gives_other_events() -> None:
    assert not DemoFirm(persons=4_000, seed=4).simulate().frame.equals(simulation().frame)


def test_simulation_with_other_touches_leaves_the_steps_as_they_are() -> None:
    silent = DemoFirm(persons=4_000, seed=3, touches=Touches(pages=0, mails=0)).simulate().frame
    steps = pl.col("name").is_in(FUNNEL_STEPS)
    columns = ["person", "name", "time", "properties.source"]
    assert_frame_equal(silent.filter(steps).select(columns), events(*FUNNEL_STEPS).select(columns))


def test_frame_has_the_columns_and_types_of_the_log() -> None:
    schema = simulation().frame.schema
    moment, label = pl.Datetime("us", "UTC"), pl.Categorical
    assert dict(list(schema.items())[:11]) == {
        "id": pl.String,
        "time": moment,
        "precision": pl.Enum(["exact", "day"]),
        "name": label,
        "person": pl.String,
        "company": pl.String,
        "deal": pl.String,
        "session": pl.String,
        "human": pl.Float64,
        "traffic": label,
        "received": moment,
    }
    assert all(column.startswith("properties.") for column in list(schema)[11:])
    labels = ("source", "channel", "stage", "reason", "arm", "currency")
    assert all(schema[f"properties.{name}"] == label for name in labels)
    assert schema["properties.value"] == pl.Float64


def test_frame_holds_each_event_once_in_order_and_within_the_period() -> None:
    frame, period = simulation().frame, simulation().firm.period
    assert frame["id"].is_unique().all()
    assert frame["time"].is_sorted()
    assert frame["time"].min() >= period.midnight(period.start)  # type: ignore[operator]
    assert frame["time"].max() < simulation().as_of  # type: ignore[operator]
    assert (
        frame.select("id", "time", "precision", "name", "person", "human", "traffic").null_count().sum_horizontal()[0]
        == 0
    )


def test_period_over_a_change_of_the_clock_ends_at_midnight() -> None:
    period = Period(start=date(2025, 7, 1), days=180)
    assert period.end == date(2025, 12, 28)
    assert period.length == pytest.approx(180 + 1 / 24)
    frame = DemoFirm(persons=2_000, period=period).simulate().frame
    assert frame["time"].max() > period.midnight(date(2025, 12, 27))  # type: ignore[operator]


def test_received_frame_without_repetitions_is_the_settled_frame() -> None:
    received = simulation().received_frame
    assert received["received"].is_sorted()
    repeated = received.height - simulation().frame.height
    assert repeated == pytest.approx(0.01 * simulation().frame.height, rel=0.2)
    settled = received.unique("id", keep="first").join(simulation().frame.select("id"), on="id", maintain_order="right")
    assert_frame_equal(settled, simulation().frame)


def test_receipt_of_some_events_is_late() -> None:
    delay = (pl.col("received") - pl.col("time")).dt.total_seconds()
    delays = simulation().frame.select(on_time=(delay < 60).mean(), late=(delay > 6 * 3600).mean()).row(0)
    assert delays == pytest.approx((0.98, 0.02 * 0.846), abs=0.004)
    assert simulation().frame.select((delay >= 0).all()).item()


def test_steps_of_every_person_come_one_after_another() -> None:
    times = first_times()
    for before, after in pairwise(FUNNEL_STEPS):
        visited = times.filter(pl.col("Visited").is_not_null())
        late = visited.filter(pl.col(after).is_not_null())
        assert late.height > 20
        assert late.select((pl.col(before) < pl.col(after)).all()).item(), after


def test_later_visits_come_after_the_webinar_so_that_first_attempts_are_the_deepest() -> None:
    later = events("Visited").filter(pl.col("properties.returning"))
    assert later.height > 500
    joined = later.join(first_times().drop_nulls("Webinar Joined").select("person", "Webinar Joined"), on="person")
    assert joined.height > 100
    assert joined.select((pl.col("time") > pl.col("Webinar Joined")).all()).item()
    webinars = events("Webinar Joined").filter(pl.col("traffic") == "outside")
    assert webinars["person"].is_unique().all()


def test_every_visitor_enters_once_with_its_source_and_arm() -> None:
    entries = events("Visited").filter(~pl.col("properties.returning"))
    assert entries["person"].n_unique() == entries.height == 4_000
    assert entries.select("properties.source", "properties.arm", "session").null_count().row(0) == (0, 0, 0)
    arms = events("Visited").drop_nulls("properties.arm").group_by("person").agg(pl.col("properties.arm").n_unique())
    assert arms["properties.arm"].max() == 1


def test_robots_and_own_traffic_are_marked_and_are_few() -> None:
    persons = simulation().frame.unique("person")
    assert persons.filter(pl.col("human") < 0.5).height == 120
    assert sorted(persons["traffic"].cast(pl.String).unique()) == ["outside", "own", "test"]
    staff = persons.filter(pl.col("traffic") != "outside")
    assert staff.height == 8
    assert persons.filter(pl.col("human").is_between(0.5, 0.59)).is_empty()


def test_companies_have_several_people_and_a_person_has_one_company() -> None:
    persons = simulation().frame.select("person", "company").unique().drop_nulls()
    assert persons["person"].is_unique().all()
    assert persons.group_by("company").len()["len"].max() > 3  # type: ignore[operator]
    of_renewals = simulation().frame.filter(pl.col("properties.pipeline") == "Renewal")
    assert of_renewals["company"].n_unique() == of_renewals["person"].n_unique() > 30
    with_deal = simulation().frame.drop_nulls("deal")
    assert with_deal["company"].null_count() == 0
    assert with_deal.group_by("deal").agg(pl.col("person").n_unique())["person"].max() == 1


def test_deals_enter_the_stages_in_order_from_the_stage_before() -> None:
    moves = events("Deal Stage Entered").with_columns(
        place=pl.col("properties.to").cast(pl.Enum(SALES_STAGES)).to_physical().cast(pl.Int64),
        left=pl.col("properties.from").cast(pl.Enum(SALES_STAGES)).to_physical().cast(pl.Int64),
    )
    steps = moves.with_columns(previous=pl.col("place").shift().over("deal")).select("previous", "left", "place")
    assert_frame_equal(steps.select("previous"), steps.select(previous="left"))
    jumps = steps.drop_nulls().select(jump=pl.col("place") - pl.col("left"))["jump"]
    assert set(jumps) == {1, 2}
    assert moves.group_by("deal").agg(pl.col("place").min())["place"].max() == 0


def test_deals_are_created_first_and_end_once_with_a_reason_where_lost() -> None:
    sales = simulation().frame.filter(pl.col("properties.pipeline") == "B2B sales")
    by_deal = sales.group_by("deal", maintain_order=True).agg(pl.col("name").cast(pl.String))
    endings = pl.col("name").list.eval(pl.element().is_in(["Deal Won", "Deal Lost"]).sum()).list.first()
    assert by_deal.select((pl.col("name").list.first() == "Deal Created").all()).item()
    assert by_deal.select(endings.max()).item() == 1
    ended = pl.col("name").list.last().is_in(["Deal Won", "Deal Lost"])
    assert by_deal.filter(endings == 1).select(ended.all()).item()
    assert events("Deal Lost")["properties.reason"].null_count() == 0
    assert events("Deal Won")["properties.reason"].null_count() == events("Deal Won").height


def test_proposals_stand_at_the_offer_of_their_deal_with_its_value() -> None:
    offers = events("Deal Stage Entered").filter(pl.col("properties.to") == "Offer")
    proposals = events("Proposal Sent")
    columns = ["deal", "time", "person", "properties.value", "properties.currency"]
    assert proposals.height > 100
    assert_frame_equal(proposals.select(columns), offers.select(columns))


def test_calls_stand_at_the_start_of_their_local_day() -> None:
    calls = events("Call Logged")
    local = calls["time"].dt.convert_time_zone("Europe/Copenhagen")
    assert (local.dt.truncate("1d") == local).all()
    assert set(calls["precision"]) == {"day"}
    assert simulation().frame.filter(pl.col("precision") == "day").height == calls.height > 100


def test_referrers_are_customers_when_they_refer() -> None:
    referrals = events("Referral Made")
    won = events("Deal Won").group_by("person").agg(won=pl.col("time").min())
    visited = first_times().filter(pl.col("Visited").is_not_null())
    new = referrals.join(visited.select("person"), on="person").join(won, on="person")
    assert new.height > 20
    assert new.select((pl.col("won") <= pl.col("time")).all()).item()
    came = referrals.join(visited.select("person", "Visited"), left_on="properties.referred", right_on="person")
    assert came.height == referrals.height
    assert came.select((pl.col("time") <= pl.col("Visited")).all()).item()


def test_customers_who_left_neither_order_nor_renew_again() -> None:
    left = events("Deal Lost").filter(pl.col("properties.pipeline") == "Renewal").select("person", left="time")
    afterwards = (
        events("Order Completed", "Deal Created").join(left, on="person").filter(pl.col("time") > pl.col("left"))
    )
    assert left.height > 0
    assert afterwards.is_empty()


def test_mail_is_opened_after_it_is_sent_and_clicked_after_it_is_opened() -> None:
    sent, opened, clicked = (events(f"Email {act}").height for act in ("Sent", "Opened", "Clicked"))
    assert sent > opened > clicked > 50


def test_log_has_the_zone_and_stages_and_no_receipt() -> None:
    log = DemoFirm(persons=4_000, seed=3).log()
    assert (log.zone, log.stages) == (ZoneInfo("Europe/Copenhagen"), SALES_STAGES)
    assert_frame_equal(log.frame, simulation().frame.drop("received"))


def test_written_files_hold_all_events(tmp_path: Path) -> None:
    simulation().write_csv(tmp_path / "log.csv")
    simulation().write_parquet(tmp_path / "log.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "log.parquet"), simulation().frame)
    table = pl.read_csv(tmp_path / "log.csv", infer_schema=False)
    assert table.columns == simulation().frame.columns
    times = table["time"].str.to_datetime(time_unit="us", time_zone="UTC")
    assert times.equals(simulation().frame["time"])


@pytest.mark.parametrize("persons", [1, 7])
def test_simulation_of_hardly_anyone_still_works(persons: int) -> None:
    small = DemoFirm(persons=persons).simulate()
    entries = small.frame.filter(~pl.col("properties.returning"))
    assert entries["person"].n_unique() == persons
    assert small.received_frame.height >= small.frame.height


def test_simulation_without_leak_experiment_and_noise_has_plain_visits() -> None:
    plain = DemoFirm(
        persons=500,
        passage=Passage(leak=None, experiment=None),
        touches=Touches(returns=0, pages=0, mails=0, calls=0),
        collection=Collection(late=0, repeated=0, robots=0, staff=0),
    ).simulate()
    assert plain.frame.filter(pl.col("name") == "Visited").height == 500
    assert "properties.arm" not in plain.frame.columns
    assert plain.received_frame.height == plain.frame.height
    assert plain.truth.leak is None


@pytest.mark.parametrize("size", [{"persons": 0}, {"seed": -1}, {"period": Period(days=0)}])
def test_firm_with_a_size_out_of_range_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(InvalidDefinition, match="at least 1 person, 1 day and the seed 0"):
        DemoFirm(**size)  # type: ignore[arg-type]


ONE = (Source("Direct", 1.0, (0.5, 0.4, 0.5, 0.2)),)
DEFAULT = Passage()


@pytest.mark.parametrize(
    ("sources", "waits", "leak", "experiment", "message"),
    [
        ((Source("Direct", 0.9, (0.5, 0.4, 0.5, 0.2)),), DEFAULT.waits, None, None, "must add to 1"),
        ((Source("Direct", 1.0, (0.5, 0.4)),), DEFAULT.waits, None, None, "4 waits, and 4 rates"),
        (ONE, DEFAULT.waits[:2], None, None, "4 waits, and 4 rates"),
        (ONE, DEFAULT.waits, Leak(source="Radio"), None, "'Radio'; choose one of Direct"),
        (ONE, DEFAULT.waits, Leak(step="Visited", source="Direct"), None, "choose one of Webinar Joined, Demo"),
        (ONE, DEFAULT.waits, None, Experiment(step="Cart"), "'Cart' is not a step"),
        (ONE, DEFAULT.waits, None, Experiment(factor=2.5), "outside 0 to 1"),
        (ONE, DEFAULT.waits, Leak(source="Direct", factor=-0.1), None, "outside 0 to 1"),
    ],
)
def test_passage_that_cannot_be_is_refused_with_advice(
    sources: tuple[Source, ...],
    waits: tuple[Wait, ...],
    leak: Leak | None,
    experiment: Experiment | None,
    message: str,
) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        Passage(sources, waits, leak, experiment)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Touches(pages=-1), "Touches has pages -1; give a number of 0 or greater"),
        (lambda: Sales(opened=1.2), r"Sales has opened 1\.2; give a number of 0 or at most 1"),
        (lambda: Sales(spread=math.nan), "Sales has spread nan"),
        (lambda: Sales(markets=(Market("small", 0.5, 1.0),)), r"add to 0\.5; make them add to 1"),
        (lambda: Loyalty(renewed=1.5), r"Loyalty has renewed 1\.5"),
        (lambda: Loyalty(orders=-0.5), r"Loyalty has orders -0\.5"),
        (lambda: Collection(late=2), "Collection has late 2"),
        (lambda: Collection(robots=-1), "Collection has robots -1"),
        (lambda: Experiment(treated=1), "treats a share of 1; give a number between 0 and 1"),
    ],
)
def test_parameter_out_of_range_is_refused_with_advice(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        make()
