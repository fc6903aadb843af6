"""Deals through the REST API: what a program reads, opens, changes and moves, and what it is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.calling import ROOT, answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.models import Deal, LostReason, Member, Move, Pipeline, Product, Stage
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Field

pytestmark = pytest.mark.django_db

Stages = dict[str, Stage]


@pytest.fixture
def program(program_of: Callable[..., Client], owner: User) -> Client:
    """A program of the owner."""
    return program_of(owner)


@pytest.fixture
def seller(make_user: Callable[..., User]) -> User:
    """A seller who sees and changes only what is theirs, or nobody's."""
    Organisation.objects.update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)
    return make_user(Role.SELLER)


def names(answer: Any) -> list[str]:
    """The names of what a list answers."""
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["items"]]


def test_deal_is_opened_with_a_company_and_a_contact_who_are_new(program: Client, stages: Stages, owner: User) -> None:
    Field.objects.create(kind="deal", code="size", title="Size", type="number")
    body = {
        "name": "Lamps",
        "stage": stages["Need"].pk,
        "value": 150_050,
        "company_name": "Fjord",
        "contact": {"name": "Bo", "email": "bo@fjord.example"},
        "expected": "2027-01-31",
        "fields": {"size": 12},
        "tags": ["Hot"],
    }
    answer = send(program, "POST", "/deals", body)
    assert answer.status_code == 201, answer.content
    deal = Deal.objects.get()
    told = answer.json()
    assert answer.headers["Location"] == f"{ROOT}/deals/{deal.pk}"
    assert answer.headers["ETag"].startswith(f'"{deal.version}.')
    assert (told["owner"], told["currency"], told["fields"], told["tags"]) == (owner.pk, "DKK", {"size": 12}, ["Hot"])
    assert Company.objects.get(pk=told["company"]).name == "Fjord"
    assert Member.objects.get(deal=deal, primary=True).person.email == "bo@fjord.example"
    assert program.get(f"{ROOT}/deals/{deal.pk}").json() == told


def test_change_of_an_older_version_is_refused_with_who_moved_the_deal(
    program: Client, make_deal: OpenDeal, stages: Stages
) -> None:
    deal = make_deal(value=1)
    seen = program.get(f"{ROOT}/deals/{deal.pk}").headers["ETag"]
    moved = send(program, "POST", f"/deals/{deal.pk}/move", {"stage": stages["Need"].pk}, **{"If-Match": seen})
    assert (moved.status_code, moved.json()["stage"]) == (200, stages["Need"].pk)
    for method, path, body in (
        ("PATCH", "", {"name": "Candles"}),
        ("POST", "/move", {"stage": stages["Close"].pk}),
        ("POST", "/win", {}),
        ("POST", "/take-back", {"move": Move.objects.latest("pk").pk}),
        ("PUT", "/tags/Hot", None),
        ("POST", "/lines", {"text": "Lamp", "price": 5}),
        ("POST", "/members", {"name": "Bo", "role": "decider"}),
    ):
        told = answered(send(program, method, f"/deals/{deal.pk}{path}", body, **{"If-Match": seen}), 412)
        assert told["code"] == "crm.changed"
        assert "Owner moved it to 'Need'" in told["detail"]
    assert Deal.objects.get().version == 2
    assert not Person.objects.filter(name="Bo").exists()
    changed = send(program, "PATCH", f"/deals/{deal.pk}", {"name": "Candles"}, **{"If-Match": moved.headers["ETag"]})
    assert changed.json()["name"] == "Candles"


def test_stage_that_asks_for_fields_names_each_that_is_missing_and_takes_them_on_the_way(
    program: Client, make_deal: OpenDeal, stages: Stages, ada: Person
) -> None:
    Field.objects.create(kind="deal", code="size", title="Size", type="number")
    offer = stages["Offer"]
    offer.required = ["value", "company", "decider", "next_task", "custom.size"]
    offer.save()
    deal = make_deal()
    told = answered(send(program, "POST", f"/deals/{deal.pk}/move", {"stage": offer.pk}), 422)
    asked = ["filled.value", "filled.company", "filled.decider", "filled.next_task", "filled.fields.size"]
    assert (told["code"], [one["field"] for one in told["errors"]]) == ("crm.required", asked)
    filled = {
        "value": 500,
        "company_name": "Fjord",
        "decider": {"person": ada.pk},
        "next_task": {"title": "Call", "due": "2027-01-01"},
        "fields": {"size": 3},
    }
    moved = send(program, "POST", f"/deals/{deal.pk}/move", {"stage": offer.pk, "filled": filled})
    assert moved.status_code == 200, moved.content
    assert (moved.json()["stage"], moved.json()["value"], moved.json()["fields"]) == (offer.pk, 500, {"size": 3})
    assert Member.objects.get(deal=deal).role == "decider"
    told = answered(send(program, "POST", "/deals", {"name": "Lamps", "stage": offer.pk}), 422)
    assert [one["field"] for one in told["errors"]][:2] == ["value", "company"]


def test_deal_is_lost_reopened_won_renewed_and_taken_back_as_on_its_page(
    program: Client, make_deal: OpenDeal, pipeline: Pipeline, reason: LostReason
) -> None:
    renewals = Pipeline.objects.create(name="Renewals")
    due = Stage.objects.create(pipeline=renewals, name="Due", position=0)
    deal = make_deal(value=100)
    path = f"/deals/{deal.pk}"
    lost = send(program, "POST", f"{path}/lose", {"reason": reason.pk, "text": "They chose candles."}).json()
    assert (lost["status"], lost["reason"], lost["reason_text"]) == ("lost", reason.pk, "They chose candles.")
    assert answered(send(program, "POST", f"{path}/move", {"stage": deal.stage_id}), 422)["code"] == "crm.closed"
    assert send(program, "POST", f"{path}/reopen", {}).json()["status"] == "open"
    assert send(program, "POST", f"{path}/win", {"filled": {"value": 200}}).json()["value"] == 200
    last = program.get(f"{ROOT}{path}/moves").json()["items"][0]
    assert (last["kind"], last["value"]) == ("won", 200)
    assert send(program, "POST", f"{path}/take-back", {"move": last["id"]}).json()["status"] == "open"
    assert answered(send(program, "POST", f"{path}/take-back", {"move": last["id"]}), 409)["code"] == "crm.moved_since"
    assert answered(send(program, "POST", f"{path}/renew"), 422)["code"] == "crm.renewal"
    send(program, "POST", f"{path}/win", {})
    pipeline.renewal = renewals
    pipeline.save()
    assert program.get(f"{ROOT}{path}/renewal").status_code == 404
    renewal = send(program, "POST", f"{path}/renew")
    assert (renewal.status_code, renewal.json()["stage"], renewal.json()["renewal_of"]) == (201, due.pk, deal.pk)
    assert program.get(f"{ROOT}{path}/renewal").json()["id"] == renewal.json()["id"]
    kinds = [one["kind"] for one in program.get(f"{ROOT}{path}/moves").json()["items"]]
    assert kinds == ["won", "reopened", "won", "reopened", "lost", "created"]


def test_history_is_read_in_pages_from_the_last_move(program: Client, make_deal: OpenDeal, stages: Stages) -> None:
    deal = make_deal()
    for name in ("Need", "Close", "Contact"):
        send(program, "POST", f"/deals/{deal.pk}/move", {"stage": stages[name].pk})
    first = program.get(f"{ROOT}/deals/{deal.pk}/moves", {"limit": 3}).json()
    rest = program.get(f"{ROOT}/deals/{deal.pk}/moves", {"limit": 3, "cursor": first["next"]}).json()
    shown = [one["stage_name"] for one in [*first["items"], *rest["items"]]]
    assert (shown, rest["next"]) == (["Contact", "Close", "Need", "Contact"], None)


def test_list_is_filtered_sorted_and_counted_as_its_page_and_refuses_what_cannot_be(
    program: Client, make_deal: OpenDeal, stages: Stages, owner: User
) -> None:
    for number, stage in enumerate(("Contact", "Need", "Need", "Close")):
        make_deal(stage, name=f"Deal {number}", value=(number or None) and number * 100_00, owner=owner.pk)
    asked: dict[str, Any] = {
        "stage.any": [stages["Need"].pk, stages["Close"].pk],
        "value.from": "150",
        "sort": "-value",
    }
    assert names(program.get(f"{ROOT}/deals", asked)) == ["Deal 3", "Deal 2"]
    assert names(program.get(f"{ROOT}/deals", {"value.empty": "yes"})) == ["Deal 0"]
    first = program.get(f"{ROOT}/deals", {"sort": "name", "limit": "3", "count": "true", "owner.any": "me"}).json()
    assert ([one["name"] for one in first["items"]], first["count"]) == (["Deal 0", "Deal 1", "Deal 2"], 4)
    rest: dict[str, Any] = {"sort": "name", "limit": 3, "owner.any": "me", "cursor": first["next"]}
    assert names(program.get(f"{ROOT}/deals", rest)) == ["Deal 3"]
    for wrong in (
        {"stage.any": "999"},
        {"colour.is": "red"},
        {"sort": "stage"},
        {"value.from": "much"},
        {"cursor": "x"},
    ):
        answered(program.get(f"{ROOT}/deals", wrong), 422)


def test_reading_many_deals_asks_no_more_than_reading_few(
    program: Client, make_deal: OpenDeal, pipeline: Pipeline, ada: Person
) -> None:
    def asked() -> list[int]:
        paths = ("/deals", f"/pipelines/{pipeline.pk}/board", f"/deals/{deal.pk}/members", f"/deals/{deal.pk}/timeline")
        return [queries(partial(program.get, f"{ROOT}{path}")) for path in paths]

    deal = make_deal(contact=ada.pk, company=ada.company_id, value=1)
    send(program, "PUT", f"/deals/{deal.pk}/tags/Hot")
    few = asked()
    for number in range(8):
        one = make_deal(name=f"Deal {number}", contact=ada.pk, company=ada.company_id, value=1)
        send(program, "PUT", f"/deals/{one.pk}/tags/Tag {number}")
        send(program, "POST", f"/deals/{deal.pk}/members", {"name": f"Bo {number}", "role": "user"})
    assert asked() == few


def test_seller_finds_no_trace_of_what_is_not_theirs_to_see(
    program_of: Callable[..., Client], seller: User, owner: User, make_deal: OpenDeal, stages: Stages, ada: Person
) -> None:
    hidden, mine = make_deal(owner=owner.pk), make_deal(owner=seller.pk, name="Mine")
    Person.objects.update(owner=owner)
    Company.objects.update(owner=owner)
    program = program_of(seller)
    assert names(program.get(f"{ROOT}/deals")) == ["Mine"]
    nothing = hidden.pk + 1000
    body = {"stage": stages["Need"].pk}
    for method, path, sent in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Candles"}),
        ("POST", "/move", body),
        ("POST", "/win", {}),
        ("POST", "/lose", {"reason": 1}),
        ("GET", "/moves", None),
        ("GET", "/members", None),
        ("GET", "/lines", None),
        ("GET", "/timeline", None),
        ("POST", "/members", {"name": "Bo", "role": "user"}),
        ("POST", "/lines", {"text": "Lamp", "price": 1}),
        ("PUT", "/tags/Hot", None),
        ("POST", "/renew", None),
    ):
        told = answered(send(program, method, f"/deals/{hidden.pk}{path}", sent), 404)
        other = answered(send(program, method, f"/deals/{nothing}{path}", sent), 404)
        assert told["detail"].replace(str(hidden.pk), "#") == other["detail"].replace(str(nothing), "#")
    for known, unknown in ((ada.company_id, 999), (ada.pk, 999)):
        for key in (known, unknown):
            refused = send(program, "PATCH", f"/deals/{mine.pk}", {"company": key})
            assert refused.status_code == 404
            contact = {"name": "L", "stage": stages["Need"].pk, "contact": {"person": key}}
            assert send(program, "POST", "/deals", contact).status_code == 404
            assert (
                send(program, "POST", f"/deals/{mine.pk}/members", {"person": key, "role": "user"}).status_code == 404
            )
    assert program.get(f"{ROOT}/persons/{ada.pk}/standing").status_code == 404
    assert send(program, "PUT", f"/persons/{ada.pk}/standing", {"stage": 1}).status_code == 404


def test_seller_neither_reads_nor_changes_who_is_on_a_deal_but_not_theirs_to_see(
    program_of: Callable[..., Client], seller: User, owner: User, make_deal: OpenDeal, ada: Person
) -> None:
    deal = make_deal(owner=seller.pk, contact=ada.pk)
    Person.objects.update(owner=owner)
    program, member = program_of(seller), Member.objects.get()
    assert answered(program.get(f"{ROOT}/deals/{deal.pk}/members"))["items"] == []
    path = f"/deals/{deal.pk}/members/{member.pk}"
    assert "Ada" not in str(answered(send(program, "PATCH", path, {"role": "decider"}), 404))
    answered(send(program, "DELETE", path), 404)
    assert Member.objects.get().until is None


def test_viewer_reads_and_changes_nothing(
    program_of: Callable[..., Client], owner: User, make_deal: OpenDeal, stages: Stages
) -> None:
    deal = make_deal()
    program = program_of(owner, Role.VIEWER)
    assert program.get(f"{ROOT}/deals/{deal.pk}").status_code == 200
    for method, path, body in (
        ("POST", "/deals", {"name": "L", "stage": stages["Need"].pk}),
        ("PATCH", f"/deals/{deal.pk}", {"name": "L"}),
        ("POST", f"/deals/{deal.pk}/win", {}),
        ("POST", "/deals/bulk", {"items": [{"do": "open", "deal": {"name": "L", "stage": stages["Need"].pk}}]}),
        ("POST", "/activities", {"kind": "note", "text": "Hm", "deal": deal.pk}),
        ("POST", "/reasons", {"name": "Too dear"}),
        ("POST", "/products", {"name": "Lamp"}),
        ("POST", "/pipelines", {"template": "b2b"}),
    ):
        assert answered(send(program, method, path, body), 403)["code"] == "accounts.not_allowed"


def test_committee_gets_people_roles_and_a_primary_contact_who_may_leave(
    program: Client, make_deal: OpenDeal, ada: Person
) -> None:
    deal = make_deal()
    path = f"/deals/{deal.pk}/members"
    first = send(program, "POST", path, {"person": ada.pk, "role": "champion"}).json()
    assert (first["primary"], first["name"]) == (True, "Ada")
    second = send(program, "POST", path, {"email": "bo@fjord.example", "role": "decider"}).json()
    changed = send(program, "PATCH", f"{path}/{second['id']}", {"role": "legal", "primary": True})
    assert (changed.json()["role"], changed.json()["primary"]) == ("legal", True)
    assert answered(send(program, "PATCH", f"{path}/{first['id']}", {}), 422)["code"] == "api.nothing"
    assert send(program, "DELETE", f"{path}/{changed.json()['id']}").status_code == 204
    on_it, before = (
        program.get(ROOT + path).json()["items"],
        program.get(ROOT + path, {"ended": "true"}).json()["items"],
    )
    assert [(one["name"], one["primary"]) for one in on_it] == [("Ada", True)]
    assert sorted(one["role"] for one in before) == ["decider", "legal"]


def test_lines_add_up_to_the_value_of_their_deal(program: Client, make_deal: OpenDeal) -> None:
    deal, lamp = make_deal(), Product.objects.create(name="Lamp", price=1_000, currency="DKK")
    path = f"/deals/{deal.pk}/lines"
    first = send(program, "POST", path, {"product": lamp.pk, "quantity": 2.5, "discount": 10}).json()
    assert (first["total"], first["price"]) == (2_250, 1_000)
    second = send(program, "POST", path, {"text": "Delivery", "price": 99}).json()
    assert program.get(ROOT + path).json()["total"] == 2_349
    changed = send(program, "PATCH", f"{path}/{first['id']}", {"quantity": 1})
    assert (changed.json()["total"], changed.json()["discount"], changed.json()["product"]) == (900, 10, lamp.pk)
    assert program.get(f"{ROOT}/deals/{deal.pk}").json()["value"] == 999
    assert answered(send(program, "PATCH", f"/deals/{deal.pk}", {"value": 5}), 422)["code"] == "crm.of_lines"
    assert send(program, "DELETE", f"{path}/{second['id']}").status_code == 204
    assert Deal.objects.get().value == 900
    for wrong in ({"text": "Lamp"}, {"price": 1}, {"text": "Lamp", "price": 1, "quantity": 0.0001}):
        answered(send(program, "POST", path, wrong), 422)


def test_items_of_a_bulk_are_each_done_on_their_own(program: Client, make_deal: OpenDeal, stages: Stages) -> None:
    deal, other = make_deal(), make_deal()
    need, offer = stages["Need"].pk, stages["Offer"].pk
    items = [
        {"do": "open", "deal": {"name": "New", "stage": need}},
        {"do": "change", "id": deal.pk, "version": 1, "changes": {"name": "Candles"}},
        {"do": "change", "id": deal.pk, "version": 1, "changes": {"name": "Late"}},
        {"do": "move", "id": other.pk, "stage": offer},
        {"do": "move", "id": other.pk, "stage": offer, "filled": {"value": 7}},
        {"do": "move", "id": 9_999, "stage": offer},
    ]
    told = send(program, "POST", "/deals/bulk", {"items": items}).json()
    assert [one["status"] for one in told["items"]] == [201, 200, 412, 422, 200, 404]
    assert told["refused"] == 3
    assert told["items"][3]["problem"]["errors"][0]["field"] == "filled.value"
    assert Deal.objects.get(pk=told["items"][0]["id"]).name == "New"
    assert [(one.name, one.value) for one in (Deal.objects.get(pk=deal.pk), Deal.objects.get(pk=other.pk))] == [
        ("Candles", None),
        ("Lamps", 7),
    ]
    answered(send(program, "POST", "/deals/bulk", {"items": items * 100}), 422)


def test_board_answers_what_its_page_shows(
    program: Client, owner_client: Client, make_deal: OpenDeal, pipeline: Pipeline, owner: User
) -> None:
    make_deal(value=1_000, owner=owner.pk)
    make_deal(value=500, name="Candles")
    make_deal("Need", value=70, currency="EUR", name="Oil")
    told = program.get(f"{ROOT}/pipelines/{pipeline.pk}/board").json()
    page = owner_client.get(f"/pipeline/{pipeline.pk}/").context["columns"]
    assert [(one["name"], one["number"], len(one["cards"])) for one in told["columns"]] == [
        (one.name, one.number, len(one.faces)) for one in page
    ]
    assert [one["name"] for one in told["columns"][0]["cards"]] == [one.name for one in page[0].faces]
    assert told["columns"][0]["amounts"] == [{"value": 1_500, "currency": "DKK"}]
    asked = {"owner": "mine", "cards": 1, "stage": told["columns"][0]["stage"]}
    (only,) = program.get(f"{ROOT}/pipelines/{pipeline.pk}/board", asked).json()["columns"]
    assert (only["number"], only["more"]) == (1, 0)


def test_tag_is_put_and_taken_whatever_signs_its_name_has(program: Client, make_deal: OpenDeal) -> None:
    address = f"/deals/{make_deal().pk}/tags/{quote('North/South', safe='')}"
    assert answered(send(program, "PUT", address))["tags"] == ["North/South"]
    assert answered(send(program, "DELETE", address))["tags"] == []


def test_bodies_that_are_not_as_described_are_refused(program: Client, make_deal: OpenDeal, stages: Stages) -> None:
    deal, stage = make_deal(), stages["Need"].pk
    good = {"name": "Lamps", "stage": stage}
    for wrong in (
        {"stage": str(stage)},
        {"value": "5"},
        {"value": -1},
        {"value": 10**15},
        {"value": True},
        {"currency": "QQQ"},
        {"currency": "dkk"},
        {"expected": "2027-02-30"},
        {"expected": "0001-01-01"},
        {"expected": 5},
        {"name": "   "},
        {"name": "x" * 301},
        {"colour": "red"},
        {"fields": {"nothing": 1}},
        {"tags": [""]},
        {"company": 1, "company_name": "Nord"},
    ):
        answer = send(program, "POST", "/deals", good | wrong)
        assert answer.status_code == 422, (wrong, answer.content)
    answered(send(program, "PATCH", f"/deals/{deal.pk}", {"name": None}), 422)
    assert Deal.objects.count() == 1


def test_deal_of_a_seller_names_no_company_that_they_do_not_see_and_is_not_found_by_it(
    program_of: Callable[..., Client], seller: User, owner: User, make_deal: OpenDeal
) -> None:
    hidden = Company.objects.create(key="hidden", name="Hidden", owner=owner)
    deal = make_deal(owner=seller.pk, company=hidden.pk)
    for program, company, found in (
        (program_of(owner), hidden.pk, ["Lamps"]),
        (program_of(seller), None, []),
    ):
        assert answered(program.get(f"{ROOT}/deals/{deal.pk}"))["company"] == company
        assert [one["company"] for one in answered(program.get(f"{ROOT}/deals"))["items"]] == [company]
        for asked in (f"company.is={hidden.pk}", "company.contains=hidden", "company.starts=hid"):
            assert names(program.get(f"{ROOT}/deals?{asked}")) == found, asked
