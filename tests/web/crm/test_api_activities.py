"""Activities, and what is to be done today, through the REST API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.calling import ROOT, answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.models import Activity
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Company, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(program_of: Callable[..., Client], owner: User) -> Client:
    """A program of the owner."""
    return program_of(owner)


def in_days(days: int) -> str:
    """A moment some days from now."""
    return (timezone.now() + timedelta(days=days)).isoformat()


def test_call_is_noted_about_a_deal_with_its_company_and_contact(
    program: Client, make_deal: OpenDeal, ada: Person, owner: User
) -> None:
    deal = make_deal(contact=ada.pk, company=ada.company_id)
    body = {"kind": "call", "title": "Price", "at": in_days(-1), "outcome": "reached", "minutes": 5, "deal": deal.pk}
    told = answered(send(program, "POST", "/activities", body), 201)
    assert (told["person"], told["company"], told["owner"]) == (ada.pk, ada.company_id, owner.pk)
    assert Pending.objects.filter(name="Call Logged").count() == 1
    assert answered(program.get(f"{ROOT}/activities/{told['id']}")) == told


def test_task_is_changed_only_as_it_was_read_finished_reopened_and_removed(program: Client) -> None:
    body = {"kind": "task", "title": "Write", "due": in_days(1), "repeat": "weekly"}
    made = send(program, "POST", "/activities", body)
    path, tag = f"/activities/{answered(made, 201)['id']}", made.headers["ETag"]
    changed = send(program, "PATCH", path, {"title": "Write now"}, **{"If-Match": tag})
    assert answered(changed)["title"] == "Write now"
    for method, rest, sent in (("PATCH", "", {"title": "Late"}), ("POST", "/finish", {}), ("DELETE", "", None)):
        assert answered(send(program, method, path + rest, sent, **{"If-Match": tag}), 412)["code"] == "crm.changed"
    told = answered(send(program, "POST", f"{path}/finish", {"text": "Sent."}, **{"If-Match": changed.headers["ETag"]}))
    assert (told["done"]["text"], told["following"]["title"]) == ("Sent.", "Write now")
    was, comes = (datetime.fromisoformat(one["due"]) for one in (told["done"], told["following"]))
    assert (comes - was).days in (6, 7)
    assert answered(send(program, "POST", f"{path}/finish", {}), 422)["code"] == "crm.done"
    reopened = send(program, "POST", f"{path}/reopen")
    assert answered(reopened)["at"] is None
    answered(send(program, "DELETE", path, **{"If-Match": reopened.headers["ETag"]}), 204)
    answered(program.get(ROOT + path), 404)


def test_done_call_is_corrected_and_what_is_to_come_is_neither_noted_nor_has_an_outcome(
    program: Client, ada: Person
) -> None:
    about = {"title": "Price", "person": ada.pk}
    done = answered(send(program, "POST", "/activities", {**about, "kind": "call", "at": in_days(-1)}), 201)
    path = f"/activities/{done['id']}"
    right = {"outcome": "reached", "minutes": 9, "at": in_days(-2), "incoming": True}
    told = answered(send(program, "PATCH", path, right))
    assert (told["outcome"], told["minutes"], told["incoming"]) == ("reached", 9, True)
    assert datetime.fromisoformat(told["at"]) < datetime.fromisoformat(done["at"])
    (corrected,) = Pending.objects.filter(name="Activity Corrected")
    names = {"activity", "event", "was_direction", "direction", "outcome", "minutes", "was_at", "at"}
    assert names == set(corrected.properties)
    planned = answered(send(program, "POST", "/activities", {**about, "kind": "call", "due": in_days(1)}), 201)
    assert (planned["at"], Pending.objects.filter(name="Call Logged").count()) == (None, 1)
    for kind, more, code in (
        ("email", {"due": in_days(1)}, "crm.unplanned"),
        ("note", {"due": in_days(1)}, "crm.unplanned"),
        ("call", {"due": in_days(1), "outcome": "reached"}, "crm.no_outcome_yet"),
    ):
        refused = answered(send(program, "POST", "/activities", {**about, "kind": kind, **more}), 422)
        assert refused["code"] == code
    for wrong, code in (({"at": in_days(3)}, "crm.to_come"), ({"outcome": "held"}, "crm.outcome")):
        assert answered(send(program, "PATCH", path, wrong), 422)["code"] == code
    assert send(program, "PATCH", path, {"at": None}).status_code == 422
    finished = answered(send(program, "POST", f"/activities/{planned['id']}/finish", {"minutes": 4}))
    assert finished["done"]["minutes"] == 4


def test_list_is_narrowed_by_whose_what_when_and_about_whom(
    program: Client, make_deal: OpenDeal, ada: Person, make_user: Callable[..., User]
) -> None:
    other, deal = make_user(Role.SELLER), make_deal(contact=ada.pk)
    for body in (
        {"kind": "task", "title": "mine", "due": in_days(1)},
        {"kind": "task", "title": "theirs", "due": in_days(9), "owner": other.pk},
        {"kind": "note", "title": "noted", "deal": deal.pk},
        {"kind": "call", "title": "called", "at": in_days(-2), "person": ada.pk},
    ):
        answered(send(program, "POST", "/activities", body), 201)

    def titles(**asked: str | int) -> list[str]:
        return [one["title"] for one in answered(program.get(f"{ROOT}/activities", asked))["items"]]

    assert titles() == ["called", "noted", "theirs", "mine"]
    assert titles(owner="me", done="false") == ["mine"]
    assert titles(owner=other.pk) == ["theirs"]
    assert titles(done="true", kind="note") == ["noted"]
    assert titles(due_from=in_days(0), due_to=in_days(3)) == ["mine"]
    assert titles(deal=deal.pk) == ["noted"]
    assert titles(person=ada.pk) == ["called", "noted"]
    for wrong in ({"done": "perhaps"}, {"kind": "letter"}, {"due_from": "today"}, {"owner": "you"}):
        answered(program.get(f"{ROOT}/activities", wrong), 422)


def test_today_answers_what_its_page_shows(program: Client, owner_client: Client) -> None:
    for title, days in (("late", -3), ("soon", 2), ("far", 30)):
        answered(send(program, "POST", "/activities", {"kind": "task", "title": title, "due": in_days(days)}), 201)
    answered(send(program, "POST", "/activities", {"kind": "task", "title": "some day"}), 201)
    told, page = answered(program.get(f"{ROOT}/today")), owner_client.get("/today/").context["tasks"]
    for part in ("overdue", "today", "coming", "someday"):
        assert [one["title"] for one in told[part]] == [one.title for one in getattr(page, part)]
    assert [one["title"] for one in told["overdue"] + told["coming"] + told["someday"]] == ["late", "soon", "some day"]


def test_reading_many_activities_asks_no_more_than_reading_few(program: Client, make_deal: OpenDeal) -> None:
    def asked() -> list[int]:
        return [queries(partial(program.get, f"{ROOT}{path}")) for path in ("/activities", "/today")]

    deal = make_deal()
    send(program, "POST", "/activities", {"kind": "task", "title": "A", "deal": deal.pk})
    few = asked()
    for number in range(7):
        send(program, "POST", "/activities", {"kind": "task", "title": f"B {number}", "deal": deal.pk})
    assert asked() == few


def test_seller_neither_reads_nor_writes_about_what_is_not_theirs_to_see(
    program_of: Callable[..., Client], make_user: Callable[..., User], owner: User, make_deal: OpenDeal
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)
    hidden = make_deal(owner=owner.pk)
    note = answered(
        send(program_of(owner), "POST", "/activities", {"kind": "note", "text": "Hm", "deal": hidden.pk}), 201
    )
    program = program_of(make_user(Role.SELLER))
    assert answered(program.get(f"{ROOT}/activities"))["items"] == []
    for method, rest, body in (("GET", "", None), ("PATCH", "", {"text": "X"}), ("DELETE", "", None)):
        answered(send(program, method, f"/activities/{note['id']}{rest}", body), 404)
    answered(send(program, "POST", "/activities", {"kind": "note", "text": "Hm", "deal": hidden.pk}), 404)
    assert Activity.objects.count() == 1


def test_activity_of_a_seller_names_nothing_that_they_do_not_see_and_is_not_found_by_it(
    program_of: Callable[..., Client], make_user: Callable[..., User], owner: User, make_deal: OpenDeal, ada: Person
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN)
    seller, about = make_user(Role.SELLER), {"person": ada.pk, "company": ada.company_id}
    for records in (Person.objects, Company.objects):
        records.update(owner=owner)
    deal = make_deal(owner=seller.pk)
    task = Activity.objects.create(
        kind="task", title="Ring", owner=seller, deal=deal, **{f"{one}_id": key for one, key in about.items()}
    )
    for program, seen in ((program_of(owner), about), (program_of(seller), dict.fromkeys(about))):
        for path in (f"/activities/{task.pk}", f"/activities?deal={deal.pk}"):
            told = answered(program.get(ROOT + path))
            told = told if "id" in told else told["items"][0]
            assert ({one: told[one] for one in about}, told["deal"]) == (seen, deal.pk)
        for one, key in about.items():
            found = answered(program.get(f"{ROOT}/activities?{one}={key}"))["items"]
            assert len(found) == (seen[one] is not None)
    (told,) = answered(program_of(seller).get(f"{ROOT}/today"))["someday"]
    assert (told["person"], told["company"], told["deal"]) == (None, None, deal.pk)


def test_activity_that_cannot_be_is_refused(program: Client, make_deal: OpenDeal) -> None:
    deal = make_deal()
    good = {"kind": "task", "title": "Write", "deal": deal.pk}
    for wrong in (
        {"kind": "letter"},
        {"title": "", "text": "  "},
        {"at": in_days(3)},
        {"due": "2027-01-01"},
        {"due": "0001-01-01T00:00:00+14:00"},
        {"minutes": -1},
        {"minutes": "5"},
        {"repeat": "daily"},
        {"outcome": "held"},
        {"whole_day": "yes"},
        {"version": 1},
    ):
        assert send(program, "POST", "/activities", good | wrong).status_code == 422, wrong
    assert not Activity.objects.exists()
