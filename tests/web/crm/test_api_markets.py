"""Markets for programs, and what a board is worth in one currency."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.crm.models import Deal, MarketProfile, Pipeline, Stage
from tragt.web.money.actions import keep_rates
from tragt.web.money.rates_file import Given
from tragt.web.shell import formats
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

MARKETS = "/api/v1/markets"
JSON = "application/json"
ProgramOf = Callable[..., Client]


def test_market_is_described_and_read_by_those_who_sell(
    owner: User, make_user: Callable[..., User], program_of: ProgramOf
) -> None:
    program, seller = program_of(owner), program_of(make_user(Role.SELLER))
    assert [one["market"] for one in seller.get(MARKETS).json()["items"]] == ["small", "mid", "enterprise"]
    read = seller.get(f"{MARKETS}/mid")
    assert read.json()["deciders"] is None
    told = {"deciders": 4, "deal_size": 5_000_000, "approach": "outbound"}
    changed = program.patch(f"{MARKETS}/mid", told, JSON, headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200, changed.content
    assert {name: changed.json()[name] for name in told} == told
    assert MarketProfile.objects.get().deal_size == 5_000_000
    late = program.patch(f"{MARKETS}/mid", {"deciders": 5}, JSON, headers={"If-Match": read.headers["ETag"]})
    assert late.status_code == 412
    assert program.patch(f"{MARKETS}/mid", {"deciders": None}, JSON).json()["approach"] == "outbound"
    assert seller.patch(f"{MARKETS}/mid", told, JSON).status_code == 403
    assert program.get(f"{MARKETS}/huge").status_code == 422
    assert AuditRow.objects.filter(verb="pipelines.edit").latest("pk").fields == ["deciders"]


@pytest.mark.parametrize("told", [{"deciders": -1}, {"deciders": 40_000}, {"approach": "shout"}, {"deal_size": "1"}])
def test_what_a_market_cannot_be_is_refused(owner: User, program_of: ProgramOf, told: dict[str, object]) -> None:
    assert program_of(owner).patch(f"{MARKETS}/mid", told, JSON).status_code == 422


def test_board_is_worth_what_has_a_rate_and_says_what_has_none(owner: User, program_of: ProgramOf) -> None:
    today: date = timezone.now().astimezone(formats.zone()).date()
    keep_rates(COMMAND_LINE, [Given(today, "DKK", Decimal("7.5"))])
    pipeline = Pipeline.objects.create(name="Sales")
    need, offer = (
        Stage.objects.create(pipeline=pipeline, name=name, position=at) for at, name in enumerate(("Need", "Offer"))
    )
    for stage, value, currency in ((need, 1_000, "EUR"), (need, 500, "DKK"), (offer, 900, "NOK"), (offer, None, "DKK")):
        Deal.objects.create(name="D", pipeline=pipeline, stage=stage, value=value, currency=currency)
    program = program_of(owner)
    board = program.get(f"/api/v1/pipelines/{pipeline.pk}/board").json()
    first, second = board["columns"]
    assert (first["together"], first["left_out"]) == ({"value": 8_000, "currency": "DKK"}, [])
    assert (second["together"], second["left_out"]) == (None, [{"value": 900, "currency": "NOK"}])
    assert (board["together"], board["left_out"]) == (first["together"], second["left_out"])
    before = queries(lambda: program.get(f"/api/v1/pipelines/{pipeline.pk}/board"))
    for currency in ("SEK", "EUR", "USD"):
        Deal.objects.create(name="D", pipeline=pipeline, stage=offer, value=5, currency=currency)
    assert queries(lambda: program.get(f"/api/v1/pipelines/{pipeline.pk}/board")) == before
