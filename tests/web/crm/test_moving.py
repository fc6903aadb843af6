"""Deals move as sellers move them, the log hears of each move once, and nobody overwrites anybody."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine

from tests.web.crm.conftest import OpenDeal
from tragt.errors import Conflict, InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, Team, User
from tragt.web.crm.actions import edit_deal, lose_deal, move_deal, reopen_deal, win_deal
from tragt.web.crm.models import Deal, LostReason, Member, Move, Pipeline, Stage, Status
from tragt.web.crm.queries import deal_of, visible_deals
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db

Stages = dict[str, Stage]
WON_AT = datetime(2026, 1, 31, 9, tzinfo=UTC)


def heard() -> list[tuple[str, dict[str, object]]]:
    """What the log was told, in its order."""
    return [(row.name, row.properties) for row in Pending.objects.order_by("pk")]


def test_deal_that_is_opened_is_told_with_its_first_stage(make_deal: OpenDeal, ada: Person) -> None:
    deal = make_deal(value=150_050, contact=ada.pk, company=ada.company_id)
    (created, told), (entered, _) = heard()
    assert (created, entered) == ("Deal Created", "Deal Stage Entered")
    stage = {"stage": "Contact", "stage_key": deal.stage_id, "pipeline": "Sales"}
    assert told == stage | {"value": 1500.5, "currency": "DKK"}
    first = Pending.objects.order_by("pk")[0]
    assert (first.actor, first.company, first.deal) == ("u:ada", "nordlys", deal.key)


def test_moves_leave_a_history_in_which_each_stage_is_left_when_the_next_is_entered(
    make_deal: OpenDeal, stages: Stages, reason: LostReason
) -> None:
    deal = make_deal(value=1)
    for name in ("Offer", "Need", "Close"):
        move_deal(deal.pk, stages[name].pk, who=COMMAND_LINE)
    lose_deal(deal.pk, reason.pk, who=COMMAND_LINE, text="They chose candles.")
    reopen_deal(deal.pk, who=COMMAND_LINE)
    win_deal(deal.pk, who=COMMAND_LINE)
    moves = list(Move.objects.filter(deal=deal))
    assert [(one.kind, one.origin_name, one.stage_name) for one in moves] == [
        ("created", "", "Contact"),
        ("entered", "Contact", "Offer"),
        ("entered", "Offer", "Need"),
        ("entered", "Need", "Close"),
        ("lost", "Close", "Close"),
        ("reopened", "Close", "Close"),
        ("won", "Close", "Close"),
    ]
    assert [one.left for one in moves] == [*(one.at for one in moves[1:]), None]
    names = [name for name, _ in heard()][1:]
    assert names == [*["Deal Stage Entered"] * 4, "Deal Lost", "Deal Reopened", "Deal Won"]
    told = dict(heard())
    assert told["Deal Lost"]["reason"] == "Too dear"
    assert told["Deal Lost"]["stage"] == "Lost"
    assert told["Deal Reopened"]["to"] == "Close"
    deal.refresh_from_db()
    assert (deal.status, deal.reason, deal.reason_text) == (Status.WON, None, "")


def test_stage_that_asks_for_a_field_takes_no_deal_without_it(make_deal: OpenDeal, stages: Stages) -> None:
    deal = make_deal()
    with pytest.raises(InvalidDefinition) as refused:
        move_deal(deal.pk, stages["Offer"].pk, who=COMMAND_LINE)
    assert refused.value.fields["required"] == ["value"]
    assert len(heard()) == 2
    moved = move_deal(deal.pk, stages["Offer"].pk, who=COMMAND_LINE, filled={"value": 500})
    assert (moved.stage.name, moved.value, moved.version) == ("Offer", 500, 2)


def test_second_of_two_who_move_a_deal_hears_where_it_is_and_nothing_is_lost(
    make_deal: OpenDeal, stages: Stages
) -> None:
    deal = make_deal()
    move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE, version=1)
    with pytest.raises(Conflict) as refused:
        move_deal(deal.pk, stages["Close"].pk, who=COMMAND_LINE, version=1)
    assert refused.value.fields == {"name": "Lamps", "stage": "Need", "version": 2}
    with pytest.raises(Conflict):
        edit_deal(deal.pk, {"name": "Candles"}, who=COMMAND_LINE, version=1)
    deal.refresh_from_db()
    assert (deal.stage.name, deal.name) == ("Need", "Lamps")


def test_moving_a_deal_to_where_it_is_tells_nobody(make_deal: OpenDeal, stages: Stages) -> None:
    deal = make_deal()
    move_deal(deal.pk, stages["Contact"].pk, who=COMMAND_LINE)
    assert Move.objects.filter(deal=deal).count() == 1
    assert len(heard()) == 2


def test_closed_deal_is_neither_moved_nor_closed_again(make_deal: OpenDeal, stages: Stages, reason: LostReason) -> None:
    deal = make_deal()
    win_deal(deal.pk, who=COMMAND_LINE)
    acts: list[Callable[[], Deal]] = [
        lambda: move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE),
        lambda: win_deal(deal.pk, who=COMMAND_LINE),
        lambda: lose_deal(deal.pk, reason.pk, who=COMMAND_LINE),
    ]
    for act in acts:
        with pytest.raises(InvalidDefinition) as refused:
            act()
        assert refused.value.code == "crm.closed"


@time_machine.travel(WON_AT, tick=False)
def test_won_deal_opens_its_renewal_with_its_people(pipeline: Pipeline, make_deal: OpenDeal, ada: Person) -> None:
    renewals = Pipeline.objects.create(name="Renewals")
    Stage.objects.create(pipeline=renewals, name="Due", position=0, required=["next_task"])
    pipeline.renewal, pipeline.renewal_months = renewals, 13
    pipeline.save()
    bob = Person.objects.create(name="Bob")
    deal = make_deal(value=700, contact=ada.pk)
    Member.objects.create(deal=deal, person=bob, role="decider")
    win_deal(deal.pk, who=COMMAND_LINE)
    renewal = Deal.objects.get(renewal_of=deal)
    assert (renewal.pipeline, renewal.stage.name, renewal.value) == (renewals, "Due", 700)
    assert renewal.expected == date(2027, 2, 28)
    assert [(one.person, one.role, one.primary) for one in renewal.members.all()] == [
        (ada, "contact", True),
        (bob, "decider", False),
    ]
    reopen_deal(deal.pk, who=COMMAND_LINE)
    win_deal(deal.pk, who=COMMAND_LINE)
    assert Deal.objects.filter(renewal_of=deal).count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"name": " "}, "crm.no_name"), ({"value": -1}, "crm.value"), ({"stage": 1}, "crm.field")],
)
def test_change_that_makes_no_sense_is_refused_and_nothing_is_changed(
    make_deal: OpenDeal, changes: dict[str, object], code: str
) -> None:
    deal = make_deal()
    with pytest.raises(InvalidDefinition) as refused:
        edit_deal(deal.pk, changes, who=COMMAND_LINE)
    assert refused.value.code == code
    deal.refresh_from_db()
    assert (deal.name, deal.version) == ("Lamps", 1)


def test_audit_keeps_fields_and_stages_and_no_values(make_deal: OpenDeal, owner: User) -> None:
    deal = make_deal(by=owner)
    edit_deal(deal.pk, {"name": "Secret name", "value": 77}, who=Who.of(owner))
    row = AuditRow.objects.filter(target=f"deal {deal.pk}").latest("pk")
    assert row.fields == ["name", "value"]
    assert "Secret" not in str(row.details)


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("whose", ["own", "team", "other", "nobody"])
def test_seller_sees_and_changes_deals_as_far_as_sellers_reach(
    make_deal: OpenDeal, make_user: Callable[..., User], organisation: Organisation, reach: Reach, whose: str
) -> None:
    north = Team.objects.create(name="North")
    seller, mate, other = (make_user(Role.SELLER, email=f"{name}@example.org") for name in ("me", "mate", "other"))
    User.objects.filter(pk__in=[seller.pk, mate.pk]).update(team=north)
    seller.refresh_from_db()
    owners = {"own": seller, "team": mate, "other": other}
    deal = make_deal(owner=owners[whose].pk if whose in owners else None)
    organisation.sellers_see = reach
    organisation.save()
    reached = {"own": {"own", "nobody"}, "team": {"own", "team", "nobody"}, "all": {"own", "team", "other", "nobody"}}
    sees = whose in reached[reach]
    assert visible_deals(seller).filter(pk=deal.pk).exists() == sees
    if sees:
        assert edit_deal(deal.pk, {"value": 5}, who=Who.of(seller)).value == 5
    else:
        with pytest.raises(NotFound) as unseen:
            edit_deal(deal.pk, {"value": 5}, who=Who.of(seller))
        with pytest.raises(NotFound) as absent:
            deal_of(deal.pk + 1, seller)
        assert str(unseen.value).replace(str(deal.pk), "") == str(absent.value).replace(str(deal.pk + 1), "")


def test_deal_that_is_seen_but_not_theirs_is_not_changed_and_their_own_may_be_handed_over(
    make_deal: OpenDeal, make_user: Callable[..., User], organisation: Organisation
) -> None:
    seller, other = make_user(Role.SELLER, email="me@example.org"), make_user(Role.SELLER, email="other@example.org")
    organisation.sellers_change = Reach.OWN
    organisation.save()
    theirs, mine = make_deal(owner=other.pk), make_deal(owner=seller.pk)
    with pytest.raises(NotAllowed):
        edit_deal(theirs.pk, {"value": 5}, who=Who.of(seller))
    with pytest.raises(NotAllowed):
        edit_deal(mine.pk, {"owner": other.pk}, who=Who.of(make_user(Role.VIEWER)))
    assert edit_deal(mine.pk, {"owner": other.pk}, who=Who.of(seller)).owner == other
    with pytest.raises(NotAllowed):
        edit_deal(mine.pk, {"owner": seller.pk}, who=Who.of(seller))
