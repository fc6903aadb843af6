"""What becomes of a renewal: what it takes along, when the win is taken back, and when the deal is won again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.web.crm.conftest import OpenDeal
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions import edit_deal, reopen_deal, win_deal
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.lines import NewLine, add_line
from tragt.web.crm.actions.passing import take_back
from tragt.web.crm.actions.tagging import tag_deal
from tragt.web.crm.models import Deal, Member, Move, Pipeline, Product, Stage
from tragt.web.jobs.models import Job
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db

FIRST, SECOND = datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 3, 15, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def renewals(pipeline: Pipeline) -> Pipeline:
    """What is won is renewed here after a year."""
    made = Pipeline.objects.create(name="Renewals", position=1)
    Stage.objects.create(pipeline=made, name="Due", position=0, required=["value"])
    pipeline.renewal = made
    pipeline.save()
    return made


def undo(deal: Deal) -> Deal:
    return take_back(deal.pk, Move.objects.filter(deal=deal).latest("pk").pk, who=COMMAND_LINE)


def test_renewal_takes_people_tags_and_the_lines_that_are_still_sold(make_deal: OpenDeal, ada: Person) -> None:
    lamp, candle = (Product.objects.create(name=name, price=1000, currency="DKK") for name in ("Lamp", "Candle"))
    deal = make_deal(contact=ada.pk)
    Member.objects.create(deal=deal, person=Person.objects.create(name="Bo"), role="decider")
    for product, price in ((lamp.pk, 70_00), (candle.pk, 5_00), (None, 25_00)):
        add_line(deal.pk, NewLine(price, product, text="" if product else "Service"), who=COMMAND_LINE)
    tag_deal(deal.pk, "VIP", who=COMMAND_LINE)
    Product.objects.filter(pk=candle.pk).update(archived=FIRST)
    win_deal(deal.pk, who=COMMAND_LINE)
    renewal = Deal.objects.get(renewal_of=deal)
    assert [(str(one), one.price) for one in renewal.lines.all()] == [("Lamp", 70_00), ("Service", 25_00)]
    assert (renewal.value, renewal.version) == (95_00, 1)
    assert [tag.name for tag in renewal.tags.all()] == ["VIP"]
    assert [(one.person.name, one.role, one.primary) for one in renewal.members.all()] == [
        ("Ada", "contact", True),
        ("Bo", "decider", False),
    ]


def test_win_that_is_taken_back_takes_the_untouched_renewal_with_it_out_of_the_log(make_deal: OpenDeal) -> None:
    deal = make_deal("Close", value=100)
    win_deal(deal.pk, who=COMMAND_LINE)
    renewal = Deal.objects.get(renewal_of=deal)
    assert Pending.objects.filter(deal=renewal.key).count() == 2
    undo(deal)
    assert list(Deal.objects.all()) == [deal]
    assert Pending.objects.filter(deal=deal.key, name="Deal Reopened").exists()
    assert Job.objects.get(name="crm.take_out").arguments["deals"] == [renewal.key]


def test_renewal_goes_with_its_win_for_a_month_and_a_move_is_taken_back_as_long(make_deal: OpenDeal) -> None:
    with time_machine.travel(FIRST, tick=False):
        deal, other, third = (make_deal("Close", value=100) for _ in range(3))
        for one in (deal, other, third):
            win_deal(one.pk, who=COMMAND_LINE)
    with time_machine.travel(FIRST + timedelta(days=30), tick=False):
        undo(other)
    with time_machine.travel(FIRST + timedelta(days=30, seconds=1), tick=False):
        with pytest.raises(InvalidDefinition) as refused:
            undo(deal)
        reopen_deal(third.pk, who=COMMAND_LINE)
    assert (refused.value.code, Deal.objects.get(pk=deal.pk).status) == ("crm.too_late", "won")
    assert set(Deal.objects.exclude(renewal_of=None).values_list("renewal_of", flat=True)) == {deal.pk, third.pk}


@pytest.mark.parametrize("touch", ["field", "note", "tag"])
def test_renewal_that_somebody_worked_on_stands_and_is_told_of(
    make_deal: OpenDeal, owner: User, owner_client: Client, touch: str
) -> None:
    deal = make_deal("Close", value=100)
    win_deal(deal.pk, who=Who.of(owner))
    renewal = Deal.objects.get(renewal_of=deal)
    if touch == "field":
        edit_deal(renewal.pk, {"name": "Second year"}, who=Who.of(owner))
    elif touch == "tag":
        owner_client.post(f"/records/deal/{renewal.pk}/tags/", {"name": "VIP"})
    else:
        add_activity(Entry("note", "They stay"), About(deal=renewal.pk), who=Who.of(owner))
    last = Move.objects.filter(deal=deal).latest("pk")
    answer = owner_client.post(f"/deals/{deal.pk}/undo/", {"move": last.pk}, headers={"HX-Request": "true"})
    assert "Its renewal stands" in answer.content.decode()
    assert f'href="/deals/{renewal.pk}/"' in answer.content.decode()
    assert Deal.objects.filter(pk=renewal.pk, renewal_of=deal).exists()


def test_undo_without_a_script_says_afterwards_that_the_renewal_is_gone(
    make_deal: OpenDeal, owner: User, owner_client: Client
) -> None:
    deal = make_deal("Close", value=100)
    win_deal(deal.pk, who=Who.of(owner))
    last = Move.objects.filter(deal=deal).latest("pk")
    told = owner_client.post(f"/deals/{deal.pk}/undo/", {"move": last.pk}, follow=True).content.decode()
    assert "Its renewal is gone" in told


def test_renewal_that_is_not_theirs_to_see_is_not_told_of(
    make_deal: OpenDeal, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)
    anna, bo = (make_user(Role.SELLER, f"{name}@example.org") for name in ("anna", "bo"))
    deal = make_deal("Close", value=100, owner=anna.pk)
    win_deal(deal.pk, who=Who.of(anna))
    renewal = Deal.objects.get(renewal_of=deal)
    edit_deal(renewal.pk, {"owner": bo.pk}, who=COMMAND_LINE)
    last = Move.objects.filter(deal=deal).latest("pk")
    answer = client_of(anna).post(f"/deals/{deal.pk}/undo/", {"move": last.pk}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "renewal" not in answer.content.decode()


def test_next_win_brings_a_renewal_that_stands_up_to_date_but_for_what_was_changed_in_it(make_deal: OpenDeal) -> None:
    with time_machine.travel(FIRST, tick=False):
        deal = make_deal("Close", value=100)
        win_deal(deal.pk, who=COMMAND_LINE)
        renewal = Deal.objects.get(renewal_of=deal)
        add_activity(Entry("note", "They stay"), About(deal=renewal.pk), who=COMMAND_LINE)
    assert (renewal.value, renewal.expected) == (100, date(2027, 1, 31))
    with time_machine.travel(SECOND, tick=False):
        reopen_deal(deal.pk, who=COMMAND_LINE)
        win_deal(deal.pk, who=COMMAND_LINE, filled={"value": 250})
    renewal.refresh_from_db()
    assert (renewal.value, renewal.expected) == (250, date(2027, 3, 15))
    edit_deal(renewal.pk, {"value": 999}, who=COMMAND_LINE)
    with time_machine.travel(datetime(2026, 4, 1, tzinfo=UTC), tick=False):
        reopen_deal(deal.pk, who=COMMAND_LINE)
        win_deal(deal.pk, who=COMMAND_LINE, filled={"value": 300})
    renewal.refresh_from_db()
    assert (renewal.value, renewal.expected) == (999, date(2027, 4, 1))
    assert Deal.objects.filter(renewal_of=deal).count() == 1
