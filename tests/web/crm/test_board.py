"""The board over HTTP: what stands where, what is asked on a move, who may, what others changed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, Team, User
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.moving import win_deal
from tragt.web.crm.actions.tagging import tag_deal
from tragt.web.crm.models import Activity, Deal, LostReason, Member, Move, Pipeline, Stage, Status
from tragt.web.crm.queries.board import Amount, Column, Wanted, board, columns
from tragt.web.money.models import DayRates
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Tag
from tragt.web.shell.acting import COMMAND_LINE

BY_SCRIPT = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Seller:
    user: User
    client: Client

    def moves(self, deal: Deal, to: object, **more: object) -> Any:
        given = {"to": to, "seen": deal.stage_id, "version": deal.version, **more}
        return self.client.post(f"/deals/{deal.pk}/move/", given, headers=BY_SCRIPT)


@pytest.fixture
def anna(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Seller:
    user = make_user(Role.SELLER, "anna@example.org", "Anna Holm")
    return Seller(user, client_of(user))


@pytest.fixture
def bo(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Seller:
    user = make_user(Role.SELLER, "bo@example.org", "Bo Berg")
    return Seller(user, client_of(user))


def columns_of(user: User | None, pipeline: Pipeline, wanted: Wanted | None = None) -> dict[str, Column]:
    return {one.stage.name: one for one in board(user, pipeline, wanted or Wanted(), timezone.now())}


def stages(pipeline: Pipeline) -> list[Stage]:
    return [pipeline.stages.get(name=name) for name in ("Need", "Offer")]


def test_sums_of_two_currencies_stay_apart_and_unknown_values_count_as_deals(
    pipeline: Pipeline, make_deal: OpenDeal
) -> None:
    make_deal("Need", value=100_00)
    make_deal("Need", value=50_00)
    make_deal("Need", value=70_00, currency="EUR")
    make_deal("Need", value=None, currency="SEK")
    win_deal(make_deal("Need", value=9_00).pk, who=COMMAND_LINE)
    need = columns_of(None, pipeline)["Need"]
    assert need.number == 4
    assert need.amounts == (Amount(150_00, "DKK"), Amount(70_00, "EUR"))
    assert columns_of(None, pipeline)["Close"].number == 0


def test_cards_what_is_due_next_stands_first_then_what_stands_longest(pipeline: Pipeline, make_deal: OpenDeal) -> None:
    old, new, late, soon = (make_deal("Need", name=name) for name in ("old", "new", "late", "soon"))
    at = timezone.now()
    Deal.objects.filter(pk=old.pk).update(entered=at - timedelta(days=9))
    Deal.objects.filter(pk=new.pk).update(entered=at - timedelta(days=1))
    for deal, days in ((late, -1), (soon, 2)):
        add_activity(
            Entry("task", f"Ring {deal}", due=at + timedelta(days=days)), About(deal=deal.pk), who=COMMAND_LINE
        )
    add_activity(Entry("task", "Later", due=at + timedelta(days=30)), About(deal=late.pk), who=COMMAND_LINE)
    cards = columns_of(None, pipeline)["Need"].cards
    assert [card.name for card in cards] == ["late", "soon", "old", "new"]
    assert [card.days for card in cards] == [0, 0, 9, 1]
    assert [card.task.title if card.task else None for card in cards] == ["Ring late", "Ring soon", None, None]


def test_task_about_somebody_who_was_struck_leaves_the_order_of_cards_alone(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller
) -> None:
    at = timezone.now()
    old, due = make_deal("Need", name="old"), make_deal("Need", name="due")
    Deal.objects.filter(pk=old.pk).update(entered=at - timedelta(days=9))
    gone = Person.objects.create(name="Bo")
    Activity.objects.create(kind="task", title="Ring Bo", due=at, deal=due, person=gone, owner=anna.user)
    assert [card.name for card in columns_of(anna.user, pipeline)["Need"].cards] == ["due", "old"]
    Person.objects.filter(pk=gone.pk).update(struck=at)
    assert [card.name for card in columns_of(anna.user, pipeline)["Need"].cards] == ["old", "due"]


def test_cards_that_came_at_the_same_moment_stand_in_the_order_they_were_made(
    pipeline: Pipeline, make_deal: OpenDeal
) -> None:
    made = [make_deal("Need", name=f"{number}").pk for number in range(6)]
    Deal.objects.update(entered=timezone.now())
    assert [card.key for card in columns_of(None, pipeline)["Need"].cards] == made


def test_rotting_counts_from_the_last_that_was_done(pipeline: Pipeline, make_deal: OpenDeal) -> None:
    Stage.objects.filter(name="Need").update(rotting_days=7)
    left, called, young = (make_deal("Need", name=name) for name in ("left", "called", "young"))
    at = timezone.now()
    Deal.objects.filter(pk=left.pk).update(entered=at - timedelta(days=20), touched=at - timedelta(days=8))
    Deal.objects.filter(pk=called.pk).update(entered=at - timedelta(days=20), touched=at - timedelta(days=2))
    Deal.objects.filter(pk=young.pk).update(entered=at - timedelta(days=6), touched=at - timedelta(days=30))
    need = columns_of(None, pipeline)["Need"]
    assert need.rotting == 1
    assert {card.name: card.rotting for card in need.cards} == {"left": True, "called": False, "young": False}


def test_sums_of_two_currencies_are_added_up_by_the_rates_of_today_and_say_what_is_left_out(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller
) -> None:
    DayRates.objects.create(day=timezone.now().date() - timedelta(days=1), per_euro={"DKK": "7.5"})
    make_deal("Need", value=100_00)
    make_deal("Need", value=70_00, currency="EUR")
    make_deal("Need", value=9_00, currency="SEK")
    make_deal("Offer", value=100_00)
    page = anna.client.get(f"/pipeline/{pipeline.pk}/").content.decode()
    need, offer = (page.split(f'<h2 id="h-stage-{stage.pk}">')[1].split("</p>")[0] for stage in stages(pipeline))
    assert "≈ DKK 625*" in need.replace("\N{NO-BREAK SPACE}", " ")
    assert "without SEK 9" in need.replace("\N{NO-BREAK SPACE}", " ")
    assert "≈" not in offer


def test_head_of_a_column_says_level_team_and_what_its_deals_may_bring(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, program_of: Callable[[User], Client]
) -> None:
    north = Team.objects.create(name="North")
    Stage.objects.filter(name="Need").update(level="mofu", team=north, probability=40)
    make_deal("Need", value=150_00)
    make_deal("Need", value=70_01, currency="EUR")
    make_deal("Offer", value=100_00)
    need, offer = (columns_of(None, pipeline)[name] for name in ("Need", "Offer"))
    assert (need.weighted, offer.weighted) == ((Amount(60_00, "DKK"), Amount(28_00, "EUR")), ())
    page = anna.client.get(f"/pipeline/{pipeline.pk}/").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    head, other = (page.split(f'<h2 id="h-stage-{stage.pk}">')[1].split("<ol")[0] for stage in stages(pipeline))
    assert '<abbr title="Middle of the funnel">MOFU</abbr><span>North</span>' in head
    assert "40 % of it: DKK 60 + €28" in head
    assert "of it" not in other
    told = program_of(anna.user).get(f"/api/v1/pipelines/{pipeline.pk}/board").json()["columns"][1]
    assert (told["level"], told["team"], told["probability"]) == ("mofu", "North", 40)
    assert told["weighted"] == [{"value": 60_00, "currency": "DKK"}, {"value": 28_00, "currency": "EUR"}]


def test_cards_show_two_tags_and_how_many_more_and_the_board_narrows_by_one(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, program_of: Callable[[User], Client]
) -> None:
    deal, plain = make_deal("Need", name="Milk"), make_deal("Need", name="Cheese")
    address = f"/pipeline/{pipeline.pk}/"
    assert 'name="tag"' not in anna.client.get(address).content.decode()
    for name in ("VIP", "<Fair>", "Spring", "Nordics"):
        tag_deal(deal.pk, name, who=COMMAND_LINE)
    page = anna.client.get(address).content.decode()
    marks = page.split('<span class="marks">')[1].split("</abbr>")[0]
    assert "&lt;Fair&gt;" in marks
    assert ">Nordics<" in marks
    assert 'title="Spring, VIP">+2<' in page
    assert "VIP</span>" not in page
    tag = Tag.objects.get(name="VIP")
    narrowed = anna.client.get(f"{address}?tag={tag.pk}").content.decode()
    assert "Milk" in narrowed
    assert "Cheese" not in narrowed
    assert columns_of(anna.user, pipeline, Wanted(tag=tag.pk))["Need"].number == 1
    program = program_of(anna.user)
    found = program.get(f"/api/v1/pipelines/{pipeline.pk}/board?tag={tag.pk}").json()["columns"][1]
    assert [(card["name"], card["tags"]) for card in found["cards"]] == [
        ("Milk", ["<Fair>", "Nordics", "Spring", "VIP"])
    ]
    assert plain.pk


def test_owner_who_left_can_be_asked_for_while_deals_are_theirs_that_one_sees(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, bo: Seller
) -> None:
    address = f"/pipeline/{pipeline.pk}/"
    deal = make_deal("Need", name="Left behind", owner=bo.user.pk)
    make_deal("Need", name="Hers", owner=anna.user.pk)
    User.objects.filter(pk=bo.user.pk).update(is_active=False)
    page = anna.client.get(f"{address}?owner={bo.user.pk}").content.decode()
    assert "Bo Berg (no longer active)" in page
    assert "Left behind" in page
    assert "Hers" not in page
    Organisation.objects.update(sellers_see=Reach.OWN)
    assert "Bo Berg" not in anna.client.get(f"{address}?owner=").content.decode()
    Organisation.objects.update(sellers_see=Reach.ALL)
    win_deal(deal.pk, who=COMMAND_LINE)
    assert "Bo Berg" not in anna.client.get(f"{address}?owner=").content.decode()


def test_filters_narrow_sums_and_cards_alike(pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, bo: Seller) -> None:
    big = Company.objects.create(key="arla", name="Arla", traits={"market": "enterprise"}, market="enterprise")
    make_deal("Need", name="Milk", owner=anna.user.pk, company=big.pk, value=100)
    make_deal("Need", name="Cheese", owner=bo.user.pk, value=10)
    for wanted in (
        Wanted(frozenset({anna.user.pk})),
        Wanted(market="enterprise"),
        Wanted(text="ARL"),
        Wanted(text="mil"),
    ):
        need = columns_of(None, pipeline, wanted)["Need"]
        assert [card.name for card in need.cards] == ["Milk"], wanted
        assert (need.number, need.amounts) == (1, (Amount(100, "DKK"),)), wanted


@pytest.mark.parametrize("most", [2, 20])
def test_board_narrowed_by_what_all_deals_have_is_the_whole_board(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, most: int
) -> None:
    at = timezone.now()
    Stage.objects.filter(name="Need").update(rotting_days=1)
    for number in range(36):
        value, currency = (None, 5, 10**15)[number // 3 % 3], ("DKK", "EUR")[number // 9 % 2]
        deal = make_deal(("Contact", "Need")[number % 2], name=f"Deal {number}", currency=currency)
        came, done = at - timedelta(days=number * 7 % 5), at - timedelta(days=number * 5 % 7)
        Deal.objects.filter(pk=deal.pk).update(value=value, entered=came, touched=done)
        if number % 4 == 1:
            due = at + timedelta(days=number * 3 % 5)
            Activity.objects.create(kind="task", title="Ring", due=due, deal=deal, owner=anna.user)
    every = list(pipeline.stages.all())
    shown = {stage.pk: most for stage in every}
    whole, narrowed, none = (
        columns(anna.user, pipeline, every, wanted, at, shown)
        for wanted in (Wanted(), Wanted(text="deal"), Wanted(text="deal", owners=frozenset()))
    )
    assert sum(column.rotting for column in whole) > 0
    assert narrowed == whole
    assert none == [Column(stage) for stage in every]


def test_board_asks_as_often_for_many_deals_as_for_few(pipeline: Pipeline, make_deal: OpenDeal, anna: Seller) -> None:
    def add(number: int) -> None:
        for stage in ("Contact", "Need", "Offer", "Close"):
            for place in range(number):
                company = Company.objects.create(key=f"{stage} {number} {place}", name=f"{place}")
                deal = make_deal(stage, owner=anna.user.pk, company=company.pk, value=100)
                Activity.objects.create(kind="task", title="Ring", deal=deal, due=timezone.now())
                tag_deal(deal.pk, f"Tag {place}", who=COMMAND_LINE)

    Stage.objects.update(team=Team.objects.create(name="North"), level="mofu", probability=50)
    address = f"/pipeline/{pipeline.pk}/"
    add(1)
    anna.client.get(address)
    few = queries(lambda: anna.client.get(address))
    add(5)
    assert queries(lambda: anna.client.get(address)) == few


def test_board_shows_the_first_cards_then_more_then_leads_to_the_list(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_deal("Need")
    fields = {"pipeline": pipeline, "stage": first.stage, "currency": "DKK"}
    Deal.objects.bulk_create(Deal(name=f"No {number}", **fields) for number in range(89))

    def page(shown: int) -> str:
        asked = f"?shown={first.stage_id}:{shown}" if shown else ""
        return anna.client.get(f"/pipeline/{pipeline.pk}/{asked}").content.decode()

    assert page(0).count('class="deal"') == 20
    assert "Show more: 70 are left" in page(0)
    assert 'data-further="70"' in page(0)
    assert page(70).count('class="deal"') == 70
    assert "Show more: 20 are left" in page(70)
    assert page(120).count('class="deal"') == 90
    assert "are left" not in page(120)
    monkeypatch.setattr("tragt.web.crm.views.board.MOST", 80)
    assert f'href="/deals/?stage.any={first.stage_id}&amp;status.any=open">10 more stand in the list<' in page(80)
    assert "data-further" not in page(80)


def test_list_that_a_narrowed_board_leads_to_is_narrowed_alike(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By owner, market, tag and words; the market of a company that is not seen is nobody's."""
    monkeypatch.setattr("tragt.web.crm.views.board.FIRST", 1)
    monkeypatch.setattr("tragt.web.crm.views.board.MOST", 1)
    first = make_deal("Need")
    small, hidden = (
        Company.objects.create(key=key, name=key, market="small", owner=whose)
        for key, whose in (("small", None), ("hidden", owner))
    )
    tag = Tag.objects.create(name="Fair")
    fields = {"pipeline": pipeline, "stage": first.stage, "currency": "DKK"}
    for number, company in enumerate([small, small, small, hidden, None]):
        deal = Deal.objects.create(name=f"Lamp {number}", company=company, owner=anna.user, **fields)
        deal.tags.add(tag)
    Organisation.objects.update(sellers_see="own")
    asked = {"owner": "mine", "market": "small", "tag": str(tag.pk), "text": "lamp"}
    asked["shown"] = f"{first.stage_id}:1"
    page = anna.client.get(f"/pipeline/{pipeline.pk}/", asked).content.decode()
    address = unescape(re.search(r'href="(/deals/[^"]*status[^"]*)"', page)[1])  # type: ignore[index]
    assert f"owner.any={anna.user.pk}&market.any=small&tags.any={tag.pk}&q=lamp" in address
    rows = anna.client.get(address).content.decode()
    assert [one for one in range(5) if f"Lamp {one}" in rows] == [0, 1, 2]
    rows = anna.client.get("/deals/?market.any=small&sort=name").content.decode()
    assert [one for one in range(5) if f"Lamp {one}" in rows] == [0, 1, 2]


def test_sums_beyond_what_a_database_adds_up_are_exact(pipeline: Pipeline, make_deal: OpenDeal) -> None:
    first, most = make_deal("Need"), 2**63 - 1
    fields = {"pipeline": pipeline, "stage": first.stage, "currency": "DKK", "value": most}
    Deal.objects.bulk_create(Deal(name=f"No {number}", **fields) for number in range(3))
    column = next(one for one in board(None, pipeline, Wanted(), timezone.now()) if one.stage == first.stage)
    assert (column.number, column.valued) == (4, 3 + (first.value is not None))
    assert sum(one.minor for one in column.amounts) == 3 * most + (first.value or 0)


@pytest.mark.parametrize("asked", ["stage=x", "stage=²", "shown=1:x", "shown=::", f"shown={'9' * 2000}:1", "owner=zz"])
def test_part_with_an_address_that_is_none_answers(pipeline: Pipeline, anna: Seller, asked: str) -> None:
    assert anna.client.get(f"/pipeline/{pipeline.pk}/part/?{asked}").status_code == 200
    assert anna.client.get(f"/pipeline/{pipeline.pk}/?{asked}").status_code == 200


def test_sellers_who_see_their_own_learn_nothing_of_others(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, bo: Seller
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)
    hidden = make_deal("Need", name="Secret", owner=bo.user.pk, value=100)
    make_deal("Need", name="Open", owner=anna.user.pk, value=1)
    page = anna.client.get(f"/pipeline/{pipeline.pk}/").content.decode()
    assert "Secret" not in page
    assert columns_of(anna.user, pipeline)["Need"].number == 1
    assert anna.client.get(f"/deals/{hidden.pk}/").status_code == 404
    assert anna.moves(hidden, "won").status_code == 404
    stage = hidden.stage_id
    assert "Secret" not in anna.client.get(f"/pipeline/{pipeline.pk}/part/?stage={stage}").content.decode()


def test_card_of_ones_own_deal_tells_nothing_of_a_company_and_a_task_that_are_not_seen(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, bo: Seller
) -> None:
    firm = Company.objects.create(key="arla", name="Arla", market="enterprise", owner=bo.user)
    deal = make_deal("Need", name="Milk", owner=anna.user.pk, company=firm.pk)
    Activity.objects.create(kind="task", title="Ring Arla", deal=deal, company=firm, due=timezone.now())
    every = (Wanted(), Wanted(text="arl"), Wanted(market="enterprise"))
    assert [columns_of(anna.user, pipeline, one)["Need"].number for one in every] == [1, 1, 1]
    (card,) = columns_of(anna.user, pipeline)["Need"].cards
    assert (card.company, card.task and card.task.title) == ("Arla", "Ring Arla")
    Organisation.objects.update(sellers_see=Reach.OWN)
    assert [columns_of(anna.user, pipeline, one)["Need"].number for one in every] == [1, 0, 0]
    (card,) = columns_of(anna.user, pipeline)["Need"].cards
    assert (card.name, card.company, card.task) == ("Milk", "", None)


def test_filters_are_remembered_until_others_are_chosen(pipeline: Pipeline, make_deal: OpenDeal, anna: Seller) -> None:
    make_deal("Need", name="Hers", owner=anna.user.pk)
    make_deal("Need", name="Nobodys")
    address = f"/pipeline/{pipeline.pk}/"
    assert "Nobodys" in anna.client.get(address).content.decode()
    anna.client.get(f"{address}?owner=mine&market=&text=")
    assert "Nobodys" not in anna.client.get(address).content.decode()
    anna.client.get(f"{address}?owner=")
    assert "Nobodys" in anna.client.get(address).content.decode()


def test_filter_by_team_shows_deals_of_the_team(
    pipeline: Pipeline, make_deal: OpenDeal, anna: Seller, bo: Seller
) -> None:
    team = Team.objects.create(name="North")
    User.objects.filter(pk__in=(anna.user.pk, bo.user.pk)).update(team=team)
    make_deal("Need", name="Of Bo", owner=bo.user.pk)
    make_deal("Need", name="Nobodys")
    page = anna.client.get(f"/pipeline/{pipeline.pk}/?owner=team").content.decode()
    assert "Of Bo" in page
    assert "Nobodys" not in page


def test_move_by_script_moves_and_offers_to_undo(make_deal: OpenDeal, stages: dict[str, Stage], anna: Seller) -> None:
    deal = make_deal("Contact")
    answer = anna.moves(deal, stages["Need"].pk)
    deal.refresh_from_db()
    assert deal.stage == stages["Need"]
    text = answer.content.decode()
    assert "Lamps is in Need now." in text
    last = Move.objects.latest("pk")
    assert f'name="move" value="{last.pk}"' in text
    undone = anna.client.post(f"/deals/{deal.pk}/undo/", {"move": last.pk}, headers=BY_SCRIPT)
    assert "Lamps is back in Contact." in undone.content.decode()
    deal.refresh_from_db()
    assert deal.stage == stages["Contact"]
    assert list(Move.objects.filter(deal=deal).values_list("stage_name", flat=True)) == ["Contact", "Need", "Contact"]


def test_undo_after_another_moved_it_leaves_it_there(
    make_deal: OpenDeal, stages: dict[str, Stage], anna: Seller, bo: Seller
) -> None:
    deal = make_deal("Contact")
    anna.moves(deal, stages["Need"].pk)
    first = Move.objects.latest("pk")
    deal.refresh_from_db()
    bo.moves(deal, stages["Close"].pk)
    answer = anna.client.post(f"/deals/{deal.pk}/undo/", {"move": first.pk}, headers=BY_SCRIPT)
    assert answer.status_code == 409
    deal.refresh_from_db()
    assert deal.stage == stages["Close"]


def test_undo_of_a_lost_deal_opens_it_where_it_was(make_deal: OpenDeal, reason: LostReason, anna: Seller) -> None:
    deal = make_deal("Need")
    answer = anna.moves(deal, "lost", asked="yes", reason=reason.pk, text="Too big")
    assert "Lamps is lost." in answer.content.decode()
    anna.client.post(f"/deals/{deal.pk}/undo/", {"move": Move.objects.latest("pk").pk}, headers=BY_SCRIPT)
    deal.refresh_from_db()
    assert (deal.status, deal.stage.name, deal.reason) == (Status.OPEN, "Need", None)


def test_move_without_scripts_comes_back_to_the_board_with_undo(
    pipeline: Pipeline, make_deal: OpenDeal, stages: dict[str, Stage], anna: Seller
) -> None:
    deal, here = make_deal("Contact"), f"/pipeline/{pipeline.pk}/"
    menu = anna.client.get(f"/deals/{deal.pk}/move/?next={here}").content.decode()
    assert f'name="next" value="{here}"' in menu
    given = {"to": stages["Need"].pk, "seen": deal.stage_id, "version": deal.version, "next": here}
    answer = anna.client.post(f"/deals/{deal.pk}/move/", given, follow=True)
    assert answer.redirect_chain == [(here, 302)]
    assert "Lamps is in Need now." in answer.content.decode()
    assert "Lamps is in Need now." not in anna.client.get(here).content.decode()
    elsewhere = anna.client.post(f"/deals/{deal.pk}/move/", {**given, "next": "https://elsewhere.example/", "to": ""})
    assert elsewhere.status_code == 404


def test_two_move_one_deal_and_the_second_hears_who_was_first(
    make_deal: OpenDeal, stages: dict[str, Stage], anna: Seller, bo: Seller
) -> None:
    deal = make_deal("Contact")
    anna.moves(deal, stages["Need"].pk)
    answer = bo.moves(deal, stages["Close"].pk)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Anna Holm moved it to Need meanwhile" in text
    assert "Move it on to Close" in text
    deal.refresh_from_db()
    assert deal.stage == stages["Need"]
    assert bo.moves(deal, stages["Close"].pk).status_code == 200


def test_move_after_another_changed_a_field_goes_through(
    make_deal: OpenDeal, stages: dict[str, Stage], anna: Seller, bo: Seller
) -> None:
    deal = make_deal("Contact")
    bo.client.post(f"/deals/{deal.pk}/edit/value/", {"was": "None DKK", "value": "500", "currency": "DKK"})
    assert anna.moves(deal, stages["Need"].pk).status_code == 200
    deal.refresh_from_db()
    assert (deal.value, deal.stage) == (500_00, stages["Need"])


def test_stage_that_asks_gets_what_it_asks_for_and_nothing_before(
    make_deal: OpenDeal, stages: dict[str, Stage], anna: Seller
) -> None:
    asked = ["value", "expected", "company", "owner", "contact", "decider", "next_task", "custom.branch"]
    Stage.objects.filter(name="Offer").update(required=asked)
    deal = make_deal("Contact")
    answer = anna.moves(deal, stages["Offer"].pk)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Value in DKK" in text
    assert "invalid" not in text
    given = {
        "value": "1,250.50",
        "expected": "2030-02-01",
        "company": "Arla  Foods",
        "owner": anna.user.pk,
        "contact": "Ida Lund <ida@arla.example>",
        "decider": "Per Boss",
        "next_task": "Send the offer",
        "due": "2030-01-01",
        "custom.branch": "Dairy",
    }
    wrong = anna.moves(deal, stages["Offer"].pk, asked="yes", **{**given, "value": "1.250,50", "next_task": ""})
    assert wrong.status_code == 422
    assert (Person.objects.count(), Company.objects.count()) == (0, 0)
    right = anna.moves(deal, stages["Offer"].pk, asked="yes", **given)
    assert right.status_code == 200, right.content.decode()
    deal.refresh_from_db()
    assert (deal.value, deal.company and deal.company.key, deal.custom) == (1250_50, "arla foods", {"branch": "Dairy"})
    assert deal.stage == stages["Offer"]
    roles = set(Member.objects.filter(deal=deal).values_list("person__name", "role", "primary"))
    assert roles == {("Ida Lund", "contact", True), ("Per Boss", "decider", False)}
    task = Activity.objects.get(deal=deal)
    assert (task.title, task.at) == ("Send the offer", None)
    assert task.due == datetime(2029, 12, 31, 23, tzinfo=UTC)  # midnight in Copenhagen


def test_won_without_a_value_asks_for_it(make_deal: OpenDeal, anna: Seller) -> None:
    deal = make_deal("Close")
    assert anna.moves(deal, "won").status_code == 422
    assert anna.moves(deal, "won", asked="yes", value="").status_code == 422
    assert anna.moves(deal, "won", asked="yes", value="900").status_code == 200
    deal.refresh_from_db()
    assert (deal.status, deal.value) == (Status.WON, 900_00)


def test_viewers_see_the_board_and_move_nothing(
    pipeline: Pipeline,
    make_deal: OpenDeal,
    stages: dict[str, Stage],
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
) -> None:
    deal, viewer = make_deal("Need"), client_of(make_user(Role.VIEWER))
    page = viewer.get(f"/pipeline/{pipeline.pk}/").content.decode()
    assert "Lamps" in page
    assert "data-may" not in page
    for path in ("move/", "undo/", "reopen/", "renew/", "edit/value/", "people/", "lines/"):
        assert viewer.post(f"/deals/{deal.pk}/{path}", {"to": stages["Close"].pk}).status_code == 403, path
    assert viewer.get("/deals/people/?q=ada").status_code == 403


def test_pipeline_without_any_says_how_to_get_one(
    owner_client: Client, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    assert "Choose a template" in owner_client.get("/pipeline/").content.decode()
    assert "Choose a template" not in client_of(make_user(Role.SELLER)).get("/pipeline/").content.decode()
    assert owner_client.get("/deals/new/").status_code == 302


def test_pipeline_opens_the_board_that_was_looked_at_last(pipeline: Pipeline, owner_client: Client) -> None:
    other = Pipeline.objects.create(name="Enterprise", position=1)
    assert owner_client.get("/pipeline/").headers["Location"] == f"/pipeline/{pipeline.pk}/"
    owner_client.get(f"/pipeline/{other.pk}/")
    assert owner_client.get("/pipeline/").headers["Location"] == f"/pipeline/{other.pk}/"
    assert owner_client.get("/pipeline/99999/").status_code == 404
