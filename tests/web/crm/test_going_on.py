"""What share of the deals that left a stage lately went on, beside the target of the stage."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.calling import answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions import lose_deal, move_deal, win_deal
from tragt.web.crm.actions.stages import edit_stage
from tragt.web.crm.models import LostReason, Pipeline, Stage
from tragt.web.crm.queries.board import Amount, Column, weighted
from tragt.web.crm.queries.going_on import GoneOn, going_on
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db

Stages = dict[str, Stage]


@pytest.fixture
def left(make_deal: OpenDeal, stages: Stages, reason: LostReason, owner: User) -> User:
    """Of Need, whose target is 40 per cent, three of six deals went on; one that did long ago does not count."""
    edit_stage(stages["Need"].pk, {"target": 40}, who=Who.of(owner))
    with time_machine.travel(timezone.now() - timedelta(days=91), tick=True):
        move_deal(make_deal("Need", value=1).pk, stages["Offer"].pk, who=COMMAND_LINE)
    passed, won, again = (make_deal("Need", value=1, owner=owner.pk) for _ in range(3))
    move_deal(passed.pk, stages["Close"].pk, who=COMMAND_LINE)
    win_deal(won.pk, who=COMMAND_LINE)
    for stage in ("Offer", "Need", "Offer"):
        move_deal(again.pk, stages[stage].pk, who=COMMAND_LINE)
    for number in range(3):
        deal = make_deal("Need")
        if number:
            lose_deal(deal.pk, reason.pk, who=COMMAND_LINE)
        else:
            move_deal(deal.pk, stages["Contact"].pk, who=COMMAND_LINE)
    make_deal("Need")
    return owner


def test_deals_that_left_a_stage_lately_count_once_each_and_those_that_went_on_among_them(
    left: User, pipeline: Pipeline, stages: Stages
) -> None:
    every = list(Stage.objects.all())
    assert going_on(left, pipeline, every, timezone.now()) == {stages["Need"].pk: GoneOn(6, 3)}
    assert queries(lambda: going_on(left, pipeline, every, timezone.now())) <= 1, "it is kept for some minutes"
    assert queries(lambda: going_on(left, pipeline, [stages["Offer"]], timezone.now())) == 0


def test_head_of_a_column_says_what_share_should_go_on_and_what_share_did(
    left: User, pipeline: Pipeline, client_of: Callable[[User], Client], program_of: Callable[[User], Client]
) -> None:
    page = client_of(left).get(f"/pipeline/{pipeline.pk}/").content.decode()
    assert "50\N{NO-BREAK SPACE}% go on, target 40\N{NO-BREAK SPACE}%" in page
    assert "3 of 6 deals that left this stage in the last 90 days went on" in page
    told = answered(send(program_of(left), "GET", f"/pipelines/{pipeline.pk}/board"))["columns"]
    assert [(one["target"], one["left_lately"], one["went_on_lately"]) for one in told] == [
        (None, None, None),
        (40, 6, 3),
        (None, None, None),
        (None, None, None),
    ]


def test_seller_is_told_of_no_deals_that_they_do_not_see(
    left: User, pipeline: Pipeline, stages: Stages, make_user: Callable[..., User], reason: LostReason
) -> None:
    Organisation.objects.update(sellers_see="own")
    seller = make_user(Role.SELLER)
    every = list(Stage.objects.all())
    assert going_on(left, pipeline, every, timezone.now())[stages["Need"].pk] == GoneOn(6, 3)
    assert going_on(seller, pipeline, every, timezone.now())[stages["Need"].pk] == GoneOn(3, 0)
    cache.clear()
    assert reason.pk


def test_column_that_nobody_left_says_the_target_alone(
    pipeline: Pipeline, stages: Stages, owner: User, owner_client: Client
) -> None:
    edit_stage(stages["Need"].pk, {"target": 40}, who=Who.of(owner))
    page = owner_client.get(f"/pipeline/{pipeline.pk}/").content.decode()
    assert "Target: 40\N{NO-BREAK SPACE}% go on" in page


@pytest.mark.parametrize(
    ("minor", "likely", "share"),
    [(1, 50, 0), (3, 50, 2), (10**17 + 1, 50, 5 * 10**16), (90071992547409937, 30, 27021597764222981), (0, 30, 0)],
)
def test_weighted_sum_is_rounded_once_halves_to_the_even_unit(
    stages: Stages, minor: int, likely: int, share: int
) -> None:
    assert weighted(minor, likely) == share
    stages["Need"].probability = likely
    assert Column(stages["Need"], amounts=(Amount(minor, "DKK"),)).weighted == (Amount(share, "DKK"),)
