"""The stock of a pipeline at a moment, and its weekly flows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from tragt import read
from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog
from tragt.funnel.stock import stock

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


def test_stock_of_a_stage_that_is_also_an_end_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="stages that are not ends"):
        stock(pipeline(("a", 0, "Need")), ["Need", "Won"], ends=["Won"])
