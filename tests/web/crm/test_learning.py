"""Deals that events of others tell of: where they are, how they came there, and that it can be taken back."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tragt.web.accounts.models import User
from tragt.web.crm.actions import move_deal
from tragt.web.crm.actions.learning import LearnedDeals, learn_deals, undo_deals
from tragt.web.crm.histories import histories
from tragt.web.crm.models import Deal, LostReason, Member, Move, Pipeline, Stage, Status
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)

Told = tuple[str, str, int, dict[str, object]]


def log(*told: Told, actor: str = "u:ada", company: str | None = "Nordlys") -> pl.DataFrame:
    """Events ``(deal, name, day, properties)``."""
    rows = [
        (str(number), START + day * DAY, name, actor, company, deal, json.dumps(properties))
        for number, (deal, name, day, properties) in enumerate(told)
    ]
    texts = ("name", "actor", "company", "deal", "properties")
    return pl.DataFrame(rows, ["id", "time", *texts], orient="row").with_columns(
        pl.col("time").cast(pl.Datetime("us", "UTC")), pl.col("id", *texts).cast(pl.String)
    )


LIFE = log(
    ("d1", "Deal Created", 0, {"stage": "Contact", "pipeline": "B2B", "value": 100, "currency": "EUR"}),
    ("d1", "Deal Stage Entered", 0, {"to": "Contact", "pipeline": "B2B"}),
    ("d1", "Deal Stage Entered", 5, {"from": "Contact", "to": "Offer", "value": 250.5, "currency": "EUR"}),
    ("d1", "Deal Lost", 9, {"stage": "Lost", "reason": "price"}),
    ("d2", "Deal Created", 1, {"stage": "Contact", "pipeline": "B2B"}),
    ("d2", "Deal Stage Entered", 2, {"to": "Need"}),
    ("d2", "Deal Stage Entered", 3, {"to": "Offer"}),
    ("d2", "Deal Won", 4, {"stage": "Won", "value": "1000"}),
)


def learn(events: pl.DataFrame, cause: str = "import:1") -> LearnedDeals:
    return learn_deals(events, cause=cause, who=COMMAND_LINE)


def test_deals_are_where_their_events_lead_and_stages_stand_in_the_order_of_the_deals(ada: Person) -> None:
    assert learn(LIFE) == LearnedDeals(2, 0, 7)
    lost, won = Deal.objects.order_by("key")
    assert (lost.status, lost.stage.name, lost.value, lost.currency) == (Status.LOST, "Offer", 25_050, "EUR")
    assert (lost.closed, lost.entered, lost.reason) == (
        START + 9 * DAY,
        START + 5 * DAY,
        LostReason.objects.get(name="price"),
    )
    assert (won.status, won.value, won.currency, won.name) == (Status.WON, 100_000, "DKK", "Nordlys")
    assert list(Stage.objects.order_by("position").values_list("name", flat=True)) == ["Contact", "Need", "Offer"]
    assert (lost.company, Member.objects.get(deal=lost).person) == (ada.company, ada)
    moves = Move.objects.filter(deal=lost).values_list("kind", "origin_name", "stage_name", "left")
    assert list(moves) == [
        ("created", "", "Contact", START + 5 * DAY),
        ("entered", "Contact", "Offer", START + 9 * DAY),
        ("lost", "Offer", "Offer", None),
    ]
    assert not Pending.objects.exists(), "what others told is in the log already"


def test_learning_twice_changes_nothing() -> None:
    learn(LIFE)
    assert learn(LIFE) == LearnedDeals(0, 0, 0)
    assert (Deal.objects.count(), Move.objects.count()) == (2, 7)


def test_later_file_moves_deals_that_are_known_and_undoing_it_puts_them_back() -> None:
    learn(LIFE)
    before = Deal.objects.order_by("key").values_list("key", "status", "stage__name", "value", "closed", "entered")
    stood = list(before)
    later = log(
        ("d1", "Deal Reopened", 20, {"to": "Need"}), ("d3", "Deal Won", 21, {"pipeline": "B2B"}), company="Other"
    )
    assert learn(later, "import:2") == LearnedDeals(1, 1, 2)
    deal = Deal.objects.get(key="d1")
    assert (deal.status, deal.stage.name, deal.closed) == (Status.OPEN, "Need", None)
    assert undo_deals(cause="import:2", who=COMMAND_LINE) == 1
    assert list(before) == stood
    assert undo_deals(cause="import:1", who=COMMAND_LINE) == 2
    assert not Deal.objects.exists()
    assert not Company.objects.exists()
    assert not Pipeline.objects.exists()
    assert not LostReason.objects.exists()


def test_deal_that_was_moved_here_since_stays_there_when_the_file_is_undone() -> None:
    learn(LIFE)
    offer = Stage.objects.get(pipeline__name="B2B", name="Offer")
    deal = Deal.objects.get(key="d1")
    learn(log(("d1", "Deal Reopened", 20, {"to": "Contact"})), "import:2")
    move_deal(deal.pk, offer.pk, who=COMMAND_LINE)
    undo_deals(cause="import:1", who=COMMAND_LINE)
    deal.refresh_from_db()
    assert (deal.stage, deal.status) == (offer, Status.OPEN)


def test_owner_is_the_user_of_that_name_or_address(owner: User) -> None:
    learn(
        log(
            ("d1", "Deal Created", 0, {"stage": "New", "owner": owner.email.upper()}),
            ("d2", "Deal Won", 0, {"owner": "nobody"}),
        )
    )
    assert [deal.owner for deal in Deal.objects.order_by("key")] == [owner, None]


def test_pipeline_and_stages_that_exist_are_used_whatever_their_capitals(pipeline: Pipeline) -> None:
    learn(log(("d1", "Deal Created", 0, {"stage": "contact", "pipeline": "SALES"}), ("d2", "Deal Won", 0, {})))
    assert Pipeline.objects.count() == 1
    first, second = Deal.objects.order_by("key")
    assert (first.pipeline, first.stage.name) == (pipeline, "Contact")
    assert (second.pipeline, second.stage.name) == (pipeline, "Contact")


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        (1, 100),
        (0.005, 0),
        (0.015, 2),
        ("12.34", 1234),
        (-1, None),
        ("dear", None),
        (True, None),
        (1e400, None),
        (None, None),
    ],
)
def test_value_is_read_as_money_or_left_empty(value: object, minor: int | None) -> None:
    (one,) = histories(log(("d1", "Deal Won", 0, {"value": value if value != float("inf") else "1e400"})), "DKK")
    assert one.steps[0].value == minor


def test_currency_without_minor_units_has_none() -> None:
    (one,) = histories(log(("d1", "Deal Won", 0, {"value": 1500, "currency": "jpy"})), "DKK")
    assert (one.steps[0].value, one.steps[0].currency) == (1500, "JPY")
