"""What a stage lets in only if it is true is asked once, and kept with the move; a win and a re-opening ask it, too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.web.crm.calling import send
from tests.web.crm.conftest import OpenDeal
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions import edit_deal, lose_deal, move_deal, reopen_deal, win_deal
from tragt.web.crm.actions.passing import Answers, lose_after_all, pass_on, take_back, win_after_all
from tragt.web.crm.models import Deal, LostReason, Move, Stage, Status
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db

Stages = dict[str, Stage]
TRUE = "They have asked for an offer.\nYou know who decides."


@dataclass(frozen=True, slots=True)
class Seller:
    user: User
    client: Client

    def sends(self, deal: Deal, path: str, **given: object) -> Any:
        told = {"seen": deal.stage_id, "version": deal.version, **given}
        return self.client.post(f"/deals/{deal.pk}/{path}/", told, headers={"HX-Request": "true"})

    def moves(self, deal: Deal, to: object, **more: object) -> Any:
        return self.sends(deal, "move", to=to, **more)


@pytest.fixture
def anna(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Seller:
    user = make_user(Role.SELLER, "anna@example.org", "Anna Holm")
    return Seller(user, client_of(user))


@pytest.fixture
def bo(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Seller:
    user = make_user(Role.SELLER, "bo@example.org", "Bo Berg")
    return Seller(user, client_of(user))


@pytest.fixture(autouse=True)
def _criteria(stages: Stages) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(criteria=TRUE)


def required(act: Callable[[], object]) -> object:
    with pytest.raises(InvalidDefinition) as refused:
        act()
    return refused.value.fields["required"]


def test_criteria_are_asked_once_with_the_fields_and_who_said_so_stands_in_the_history(
    make_deal: OpenDeal, stages: Stages, anna: Seller
) -> None:
    Stage.objects.filter(pk=stages["Need"].pk).update(required=["value"])
    deal, goal = make_deal(), stages["Need"].pk
    asked = anna.moves(deal, goal)
    assert asked.status_code == 422
    assert "You know who decides." in asked.content.decode()
    assert "Value in DKK" in asked.content.decode()
    seen = {"asked": "yes", "value": "500", "criteria": TRUE.replace("\n", "\r\n")}
    unsaid = anna.moves(deal, goal, **seen)
    assert unsaid.status_code == 422
    assert "Say that it is true" in unsaid.content.decode()
    assert not Move.objects.filter(kind="entered").exists()
    assert anna.moves(deal, goal, confirmed="on", **seen).status_code == 200
    move = Move.objects.get(kind="entered")
    assert (move.confirmed, move.by, move.stage.name) == (TRUE, anna.user, "Need")
    assert timezone.now() - move.at < timedelta(minutes=1)
    page = anna.client.get(f"/deals/{deal.pk}/timeline/").content.decode()
    assert "Said to be true: “They have asked for an offer." in page


def test_whoever_read_other_criteria_is_asked_again(make_deal: OpenDeal, stages: Stages, anna: Seller) -> None:
    deal = make_deal()
    answer = anna.moves(deal, stages["Need"].pk, asked="yes", confirmed="on", criteria="They like us.")
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.content.decode()
    assert 'name="criteria" value="They have asked' in answer.content.decode()
    deal.refresh_from_db()
    assert deal.stage.name == "Contact"


def test_stage_without_criteria_and_a_way_back_by_undo_ask_nothing(
    make_deal: OpenDeal, stages: Stages, anna: Seller
) -> None:
    deal = make_deal("Need")
    assert anna.moves(deal, stages["Close"].pk).status_code == 200
    last = Move.objects.latest("pk")
    assert last.confirmed == ""
    assert anna.sends(deal, "undo", move=last.pk).status_code == 200
    deal.refresh_from_db()
    assert deal.stage.name == "Need"


def test_program_confirms_the_criteria_that_it_read_and_no_others(
    make_deal: OpenDeal, stages: Stages, program_of: Callable[..., Client], owner: User
) -> None:
    deal, program = make_deal(), program_of(owner)
    refused = send(program, "POST", f"/deals/{deal.pk}/move", {"stage": stages["Need"].pk})
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["filled.confirmed"]
    many = {"items": [{"do": "move", "id": deal.pk, "stage": stages["Need"].pk}]}
    assert send(program, "POST", "/deals/bulk", many).json()["items"][0]["status"] == 422
    for unread in (True, "They like us."):
        body: dict[str, object] = {"stage": stages["Need"].pk, "filled": {"confirmed": unread}}
        refused = send(program, "POST", f"/deals/{deal.pk}/move", body)
        assert refused.status_code == 422
        (wrong,) = refused.json()["errors"]
        assert wrong["field"] == "filled.confirmed"
        assert "`criteria`" in wrong["message"]
    pipeline = send(program, "GET", f"/pipelines/{stages['Need'].pipeline_id}").json()
    read = next(one["criteria"] for one in pipeline["stages"] if one["id"] == stages["Need"].pk)
    body = {"stage": stages["Need"].pk, "filled": {"confirmed": read}}
    assert send(program, "POST", f"/deals/{deal.pk}/move", body).status_code == 200
    last = send(program, "GET", f"/deals/{deal.pk}/moves").json()["items"][0]
    assert (last["confirmed"], last["by"]) == (TRUE, owner.pk)


def test_win_asks_what_the_last_stage_asks_of_a_deal_that_never_came_there(
    make_deal: OpenDeal, stages: Stages, anna: Seller
) -> None:
    Stage.objects.filter(pk=stages["Close"].pk).update(required=["expected"], criteria="The boss said yes.")
    deal = make_deal(value=100)
    assert required(lambda: win_deal(deal.pk, who=COMMAND_LINE)) == ["expected", "criteria"]
    asked = anna.moves(deal, "won")
    assert asked.status_code == 422
    assert "The boss said yes." in asked.content.decode()
    said = {"asked": "yes", "expected": "2030-01-01", "confirmed": "on", "criteria": "The boss said yes."}
    assert anna.moves(deal, "won", **said).status_code == 200
    deal.refresh_from_db()
    assert (deal.status, Move.objects.get(kind="won").confirmed) == (Status.WON, "The boss said yes.")


def test_win_from_the_last_stage_asks_for_its_fields_and_not_again_whether_it_is_true(
    make_deal: OpenDeal, stages: Stages
) -> None:
    Stage.objects.filter(pk=stages["Close"].pk).update(criteria="The boss said yes.")
    deal = make_deal("Offer", value=100)
    move_deal(deal.pk, stages["Close"].pk, who=COMMAND_LINE, confirmed="The boss said yes.")
    Stage.objects.filter(pk=stages["Close"].pk).update(required=["expected"])
    assert required(lambda: win_deal(deal.pk, who=COMMAND_LINE)) == ["expected"]


def test_deal_is_opened_again_only_with_what_its_stage_asks_and_undone_without(
    make_deal: OpenDeal, stages: Stages, reason: LostReason, anna: Seller
) -> None:
    deal = make_deal("Close")
    lose_deal(deal.pk, reason.pk, who=COMMAND_LINE)
    Stage.objects.filter(pk=stages["Close"].pk).update(required=["value"])
    assert required(lambda: reopen_deal(deal.pk, who=COMMAND_LINE)) == ["value"]
    need = stages["Need"].pk
    assert required(lambda: reopen_deal(deal.pk, who=COMMAND_LINE, stage=need)) == ["criteria"]
    assert anna.sends(deal, "reopen").status_code == 422
    assert anna.sends(deal, "reopen", asked="yes", value="7").status_code == 200
    deal.refresh_from_db()
    assert (deal.status, deal.value) == (Status.OPEN, 7_00)
    edit_deal(deal.pk, {"value": None}, who=COMMAND_LINE)
    lose_deal(deal.pk, reason.pk, who=COMMAND_LINE)
    assert take_back(deal.pk, Move.objects.latest("pk").pk, who=COMMAND_LINE).status == Status.OPEN


def test_closed_deal_that_was_to_move_on_is_opened_again_where_it_was_to_go(
    make_deal: OpenDeal, stages: Stages, reason: LostReason, anna: Seller, bo: Seller
) -> None:
    deal = make_deal("Contact", value=1)
    lose_deal(deal.pk, reason.pk, who=Who.of(anna.user))
    told = bo.moves(deal, stages["Close"].pk)
    assert told.status_code == 409
    text = told.content.decode()
    assert "Anna Holm closed it as lost meanwhile" in text
    assert "Open it again in Close" in text
    assert f'name="to" value="{stages["Close"].pk}"' in text
    assert bo.sends(deal, "reopen", to=stages["Close"].pk).status_code == 200
    deal.refresh_from_db()
    assert (deal.status, deal.stage.name) == (Status.OPEN, "Close")


def test_closed_deal_that_was_to_be_won_is_won_once_it_is_open(
    make_deal: OpenDeal, reason: LostReason, anna: Seller, bo: Seller
) -> None:
    deal = make_deal("Close", value=1)
    lose_deal(deal.pk, reason.pk, who=Who.of(anna.user))
    text = bo.moves(deal, "won").content.decode()
    assert 'name="then" value="won"' in text
    assert bo.sends(deal, "reopen", then="won").status_code == 409, "it was changed since they saw it"
    deal.refresh_from_db()
    won = bo.sends(deal, "reopen", then="won")
    assert won.status_code == 200
    assert not won.context["undoable"].move, "to take it back would leave it open, which it was not"
    deal.refresh_from_db()
    assert deal.status == Status.WON


def test_closed_deal_stays_as_it_was_until_all_is_there_to_close_it_otherwise(
    make_deal: OpenDeal, anna: Seller, reason: LostReason, stages: Stages
) -> None:
    Stage.objects.filter(pk=stages["Close"].pk).update(required=["expected"], criteria=TRUE)
    deal = make_deal("Need")
    lose_deal(deal.pk, reason.pk, who=Who.of(anna.user))
    deal.refresh_from_db()
    asked = anna.sends(deal, "reopen", then="won")
    assert asked.status_code == 422
    text = asked.content.decode()
    assert all(part in text for part in ("Value in DKK", "Expected to close", "You know who decides.", 'name="then"'))
    filled = {"asked": "yes", "value": "500", "expected": "2026-05-01", "criteria": TRUE, "then": "won"}
    assert anna.sends(deal, "reopen", **filled).status_code == 422
    assert (Deal.objects.get().status, Move.objects.filter(kind="reopened").count()) == (Status.LOST, 0)
    assert anna.sends(deal, "reopen", **filled, confirmed="on").status_code == 200
    kinds = list(Move.objects.filter(deal=deal).values_list("kind", flat=True))
    assert kinds == ["created", "lost", "reopened", "won"]
    assert (Deal.objects.get().value, Move.objects.get(kind="won").confirmed) == (500_00, TRUE)
    deal.refresh_from_db()
    assert "Why was it lost?" in anna.sends(deal, "reopen", then="lost").content.decode()
    assert Deal.objects.get().status == Status.WON
    assert anna.sends(deal, "reopen", then="lost", asked="yes", reason=reason.pk).status_code == 200
    assert Deal.objects.get().status == Status.LOST


def test_program_closes_a_closed_deal_otherwise_or_leaves_it(
    make_deal: OpenDeal, owner: User, program_of: Callable[[User], Client], reason: LostReason, stages: Stages
) -> None:
    Stage.objects.filter(pk=stages["Close"].pk).update(required=["value"])
    deal, program = make_deal(), program_of(owner)
    lose_deal(deal.pk, reason.pk, who=COMMAND_LINE)
    path = f"/deals/{deal.pk}/reopen"
    assert send(program, "POST", path, {"then": "won"}).json()["errors"][0]["field"] == "filled.value"
    assert send(program, "POST", path, {"then": "won", "stage": stages["Need"].pk}).status_code == 422
    assert send(program, "POST", path, {"then": "lost"}).json()["errors"][0]["field"] == "reason"
    assert Deal.objects.get().version == 2
    assert send(program, "POST", path, {"then": "won", "filled": {"value": 5}}).json()["status"] == "won"
    assert send(program, "POST", path, {"then": "lost", "reason": reason.pk}).json()["status"] == "lost"


def test_closed_deal_is_not_closed_once_more_as_it_is(make_deal: OpenDeal, reason: LostReason) -> None:
    won, lost = make_deal("Close", value=1), make_deal("Close")
    win_deal(won.pk, who=COMMAND_LINE)
    lose_deal(lost.pk, reason.pk, who=COMMAND_LINE, text="Too late")
    with pytest.raises(InvalidDefinition, match="is won already"):
        win_after_all(won.pk, Answers(), who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="is lost already"):
        lose_after_all(lost.pk, reason.pk, who=COMMAND_LINE, text="Too late ")
    assert not Move.objects.filter(kind="reopened").exists()
    assert lose_after_all(lost.pk, reason.pk, who=COMMAND_LINE, text="Too dear").reason_text == "Too dear"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": 1}, "reason"),
        ({"text": "Too dear"}, "text"),
        ({"then": "won", "text": "Too dear"}, "text"),
        ({"then": "lost", "reason": 1, "filled": {"value": 5}}, "filled"),
    ],
)
def test_program_that_sends_what_would_be_passed_over_is_told_so(
    make_deal: OpenDeal,
    owner: User,
    program_of: Callable[[User], Client],
    reason: LostReason,
    body: dict[str, object],
    field: str,
) -> None:
    deal = make_deal("Close", value=1)
    lose_deal(deal.pk, reason.pk, who=COMMAND_LINE)
    answer = send(program_of(owner), "POST", f"/deals/{deal.pk}/reopen", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert Deal.objects.get().status == Status.LOST


def test_win_from_the_last_stage_asks_again_once_its_criteria_are_others(make_deal: OpenDeal, stages: Stages) -> None:
    Stage.objects.filter(pk=stages["Close"].pk).update(criteria=TRUE)
    deal = make_deal("Offer", value=1)
    move_deal(deal.pk, stages["Close"].pk, who=COMMAND_LINE, confirmed=TRUE)
    Stage.objects.filter(pk=stages["Close"].pk).update(criteria="They have signed.")
    assert required(lambda: win_deal(deal.pk, who=COMMAND_LINE)) == ["criteria"]
    assert win_deal(deal.pk, who=COMMAND_LINE, confirmed="They have signed.").status == Status.WON


def test_deal_that_was_opened_in_the_last_stage_is_asked_for_its_criteria_when_it_is_won(
    make_deal: OpenDeal, anna: Seller, stages: Stages
) -> None:
    Stage.objects.filter(pk=stages["Close"].pk).update(criteria=TRUE)
    deal = make_deal("Close", value=1)
    assert required(lambda: win_deal(deal.pk, who=COMMAND_LINE)) == ["criteria"]
    assert "You know who decides." in anna.moves(deal, "won").content.decode()
    won = anna.moves(deal, "won", asked="yes", criteria=TRUE, confirmed="on")
    assert (won.status_code, Move.objects.get(kind="won").confirmed) == (200, TRUE)
    other = make_deal("Offer", value=1)
    move_deal(other.pk, stages["Close"].pk, who=COMMAND_LINE, confirmed=TRUE)
    assert win_deal(other.pk, who=COMMAND_LINE).status == Status.WON, "it was said when it came there"


def test_move_goes_through_however_often_others_change_a_field_meanwhile(
    make_deal: OpenDeal, stages: Stages, anna: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, values = make_deal(), iter(range(1, 4))

    def overtaken(*given: Any, **more: Any) -> Deal:
        for value in values:
            edit_deal(deal.pk, {"value": value}, who=COMMAND_LINE)
            break
        return pass_on(*given, **more)

    monkeypatch.setattr("tragt.web.crm.views.moving.pass_on", overtaken)
    assert anna.moves(deal, stages["Close"].pk).status_code == 200
    deal.refresh_from_db()
    assert (deal.stage.name, deal.value) == ("Close", 3)


def test_refusal_for_a_changed_field_says_what_was_changed_by_whom_and_tells_of_no_old_move(
    make_deal: OpenDeal, stages: Stages, anna: Seller, bo: Seller
) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=9), tick=True):
        deal = make_deal("Contact")
        move_deal(deal.pk, stages["Offer"].pk, who=Who.of(anna.user), filled={"value": 5})
    deal.refresh_from_db()
    edit_deal(deal.pk, {"value": 900, "owner": None}, who=Who.of(anna.user))
    told = bo.moves(deal, stages["Close"].pk, seen="")
    assert told.status_code == 409
    text = told.content.decode()
    assert "Anna Holm changed it meanwhile" in text
    assert "What was changed: owner, value." in text
    assert "moved it" not in text
