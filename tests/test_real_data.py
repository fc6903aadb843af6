"""Figures of real files that must come out."""

from pathlib import Path

import pytest

from tragt import Context, Funnel, Report, read, run
from tragt.events.log import EventLog
from tragt.funnel.stock import stock

SHOP_STEPS = ("catalog", "product_view", "add_to_cart", "cart", "purchase")


@pytest.fixture(scope="module")
def clicks(shared_data: Path) -> EventLog:
    return read(shared_data / "shop_events" / "shop_events.csv")


@pytest.mark.parametrize("fast", [True, False], ids=["engine", "reference"])
@pytest.mark.parametrize(
    ("window", "expected"), [(None, [600, 596, 502, 419, 217]), ("1d", [600, 591, 386, 216, 59])], ids=["none", "day"]
)
def test_shop_funnel_counts_users(clicks: EventLog, window: str | None, expected: list[int], fast: bool) -> None:
    report = run(Funnel.of(*SHOP_STEPS, window=window), clicks, context=Context(fast=fast))

    assert [step.entered for step in report.steps] == expected


def test_shop_sessions_are_those_of_the_file(clicks: EventLog) -> None:
    report = run(Funnel.of("catalog", "purchase", unit="session"), clicks)

    assert clicks.frame["session"].n_unique() == 3605
    assert report.steps[1].entered <= 470


@pytest.fixture(scope="module", params=["sales_pipeline.csv", "us_dates/sales_pipeline.csv"], ids=["iso", "us"])
def deals(request: pytest.FixtureRequest, shared_data: Path) -> EventLog:
    return read(
        shared_data / "maven_crm" / request.param,
        wide=("engage_date=Engaging", "close_date@deal_stage"),
        date_order="mdy" if request.param.startswith("us") else None,
    )


@pytest.mark.parametrize("fast", [True, False], ids=["engine", "reference"])
def test_deals_flow_and_stock_stand_side_by_side(deals: EventLog, fast: bool) -> None:
    funnel = Funnel.of("Engaging", "Won", unit="deal", lost="Lost")
    report: Report = run(funnel, deals, context=Context(fast=fast))
    engaging, won = report.steps
    pipeline = stock(deals, ["Prospecting", "Engaging"], ends=["Won", "Lost"])

    assert (engaging.entered, won.entered, engaging.lost, engaging.open) == (8300, 4238, 2473, 1589)
    assert {stage.name: stage.units for stage in pipeline.stages} == {"Prospecting": 500, "Engaging": 1589}
    assert pipeline.ended == {"Won": 4238, "Lost": 2473}
    assert report.undated == 500


def test_deals_file_is_recognised_as_wide(shared_data: Path) -> None:
    log = read(shared_data / "maven_crm" / "sales_pipeline.csv")

    assert {name: count for name, count, _, _ in log.names().iter_rows()} == {
        "Engaging": 8300,
        "Won": 4238,
        "Lost": 2473,
    }
    assert log.undated.height == 500
