"""The stock of a pipeline at a moment, and its weekly flows."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tragt import read
from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog
from tragt.funnel.stock import Stock, stock

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def pipeline(*moves: tuple[str, float, str], undated: tuple[tuple[str, str], ...] = ()) -> EventLog:
    """A log from (deal, days since a Monday, stage)."""
    log = read(
        pl.DataFrame(
            {
                "deal": [deal for deal, _, _ in moves],
                "time": [MONDAY + timedelta(days=day) for _, day, _ in moves],
                "event": [stage for *_, stage in moves],
            }
        )
    )
    rows = pl.DataFrame({"deal": [deal for deal, _ in undated], "name": [stage for _, stage in undated]})
    return EventLog(log.frame, log.zone, rows)


def units(log: EventLog, **options: object) -> dict[str, int]:
    counted = stock(log, ["Need", "Offer"], ends=["Won", "Lost"], **options)  # type: ignore[arg-type]
    return {stage.name: stage.units for stage in counted.stages} | counted.ended


def test_stock_counts_each_deal_in_the_stage_it_entered_last() -> None:
    log = pipeline(("a", 0, "Need"), ("b", 0, "Need"), ("b", 3, "Offer"), ("c", 1, "Need"), ("c", 4, "Won"))

    assert units(log) == {"Need": 1, "Offer": 1, "Won": 1, "Lost": 0}


def test_stock_at_a_past_moment_sees_nothing_later() -> None:
    log = pipeline(("a", 0, "Need"), ("a", 5, "Offer"))

    assert units(log, as_of=MONDAY + timedelta(days=4))["Need"] == 1


def test_stock_moment_may_be_told_on_any_clock() -> None:
    log = pipeline(("a", 0, "Need"), ("a", 5, "Offer"))
    moment = MONDAY + timedelta(days=4)

    assert units(log, as_of=moment.astimezone(ZoneInfo("Europe/Copenhagen"))) == units(log, as_of=moment)


def test_stock_at_one_moment_takes_the_later_stage_and_ends_last() -> None:
    log = pipeline(("a", 0, "Offer"), ("a", 0, "Need"), ("b", 1, "Won"), ("b", 1, "Offer"))

    assert units(log) == {"Need": 0, "Offer": 1, "Won": 1, "Lost": 0}


def test_stock_holds_deals_without_a_date_in_their_stage() -> None:
    log = pipeline(("a", 0, "Need"), undated=(("x", "Need"), ("y", "Need"), ("a", "Need")))
    counted = stock(log, ["Need", "Offer"])

    assert (counted.stages[0].units, counted.stages[0].undated) == (3, 2)


def test_balance_of_a_week_is_what_entered_less_what_left() -> None:
    log = pipeline(("a", 0, "Need"), ("b", 1, "Need"), ("a", 2, "Offer"), ("a", 8, "Won"), ("c", 9, "Need"))
    need, offer = stock(log, ["Need", "Offer"], ends=["Won"], weeks=2).stages

    assert (need.inflow, need.outflow, need.balance) == ((2, 1), (1, 0), (1, 1))
    assert (offer.inflow, offer.outflow) == ((1, 0), (0, 1))


def test_stock_of_a_unit_given_in_two_stages_without_a_date_is_counted_in_the_later() -> None:
    log = pipeline(("a", 0, "Need"), undated=(("x", "Offer"), ("x", "Need")))

    assert units(log) == {"Need": 1, "Offer": 1, "Won": 0, "Lost": 0}


def test_stock_moment_without_a_zone_is_the_organisations() -> None:
    log = EventLog(pipeline(("a", 0, "Need"), ("a", 5, "Offer")).frame, ZoneInfo("Pacific/Auckland"))

    assert stock(log, ["Need"], as_of=datetime.fromisoformat("2026-03-05T09:00")).as_of == datetime(
        2026, 3, 4, 20, tzinfo=UTC
    )


def test_history_tells_the_units_at_each_weeks_end() -> None:
    log = pipeline(("a", 0, "Need"), ("b", 1, "Need"), ("a", 8, "Offer"), ("b", 9, "Lost"), ("b", 15, "Need"))
    counted = stock(log, ["Need", "Offer"], ends=["Won", "Lost"], weeks=4)
    need, offer = counted.stages

    assert (need.history, offer.history) == ((0, 2, 0, 1), (0, 0, 1, 1))
    assert counted.frame().filter(pl.col("stage") == "Need").select("units", "balance").rows() == [
        (0, 0),
        (2, 2),
        (0, -2),
        (1, 1),
    ]
    assert counted.week_ends[-1] == counted.as_of


def test_history_without_weeks_is_empty() -> None:
    now = stock(pipeline(("a", 0, "Need")), ["Need"], weeks=0)

    assert (now.week_ends, now.stages[0].history, now.frame().height) == ((), (), 0)


def test_history_lets_a_unit_without_a_date_leave_with_its_first_event() -> None:
    log = pipeline(("x", 8, "Offer"), ("y", 9, "Need"), undated=(("x", "Need"), ("y", "Need")))
    need, offer = stock(log, ["Need", "Offer"], weeks=2).stages

    assert (need.history, need.inflow, need.outflow) == ((2, 1), (0, 0), (0, 1))
    assert (offer.history, offer.inflow) == ((0, 1), (0, 1))


STAGES = st.sampled_from(["Need", "Offer", "Close"])
MOVES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 48).map(lambda half: half / 2 - 0.375),
        st.one_of(STAGES, st.sampled_from(["Won", "Lost"])),
    ),
    min_size=1,
    max_size=16,
)
UNDATED = st.lists(st.tuples(st.sampled_from("cde"), STAGES), max_size=4)
CLOCKS = st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Copenhagen"), ZoneInfo("America/New_York")])


def counted(log: EventLog, *, weeks: int, as_of: datetime | None = None) -> Stock:
    return stock(log, ["Need", "Offer", "Close"], ends=["Won", "Lost"], weeks=weeks, as_of=as_of)


@pytest.mark.soak
@settings(max_examples=max(ROUNDS // 3, 1))
@given(MOVES, UNDATED, CLOCKS)
def test_history_of_any_pipeline_is_the_stock_at_each_weeks_end(
    moves: list[tuple[str, float, str]], undated: list[tuple[str, str]], zone: ZoneInfo
) -> None:
    made = pipeline(*moves, undated=tuple(undated))
    log = EventLog(made.frame, zone, made.undated)
    whole = counted(log, weeks=3)
    before = counted(log, as_of=whole.weeks[0] - timedelta(microseconds=1), weeks=0)

    for number, end in enumerate(whole.week_ends):
        then = counted(log, as_of=end, weeks=1)
        assert [stage.history[number] for stage in whole.stages] == [stage.units for stage in then.stages]
        assert [stage.inflow[number] for stage in whole.stages] == [stage.inflow[0] for stage in then.stages]
        known = {deal for deal, day, _ in moves if MONDAY + timedelta(days=day) <= end} | {deal for deal, _ in undated}
        assert sum(stage.units for stage in then.stages) + sum(then.ended.values()) == len(known)
    for stage, earlier in zip(whole.stages, before.stages, strict=True):
        assert stage.balance == tuple(after - size for size, after in pairwise((earlier.units, *stage.history)))


def test_history_of_real_deals_ends_with_the_stock(shared_data: Path) -> None:
    log = read(shared_data / "maven_crm" / "sales_pipeline.csv", wide=("engage_date=Engaging", "close_date@deal_stage"))
    counted = stock(log, ["Prospecting", "Engaging"], ends=["Won", "Lost"], weeks=70)
    prospecting, engaging = counted.stages

    assert set(prospecting.history) == {500}
    assert engaging.history[-1] == sum(engaging.balance) == 1589
    assert sum(engaging.outflow) == 4238 + 2473


def test_stock_of_a_stage_that_is_also_an_end_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="stages that are not ends"):
        stock(pipeline(("a", 0, "Need")), ["Need", "Won"], ends=["Won"])
