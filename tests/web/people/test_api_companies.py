"""Companies for programs, and two programs that change one record at the same time."""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client

from tests.web.racing import ROUNDS, real_database, together
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.people.models import Company
from tragt.web.records.models import Field

__all__ = ["real_database"]

pytestmark = pytest.mark.usefixtures("organisation")

JSON = "application/json"
COMPANIES, PERSONS = "/api/v1/companies", "/api/v1/persons"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


@pytest.mark.django_db
def test_company_is_added_by_its_domain_and_is_that_of_its_people(program: Client) -> None:
    told = {"name": "Nordlys A/S", "domain": "Nordlys.DK", "market": "mid", "tags": ["VIP"]}
    made = program.post(COMPANIES, told, JSON)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["name"], shown["domain"], shown["market"]) == ("Nordlys A/S", "nordlys.dk", "mid")
    assert (shown["tags"], shown["owner"]) == (["VIP"], None)
    assert program.get(made.headers["Location"]).json() == shown
    person = program.post(PERSONS, {"email": "ada@nordlys.dk"}, JSON).json()
    assert (person["company"], person["company_name"]) == (shown["id"], "Nordlys A/S")
    again = program.post(COMPANIES, {"domain": "nordlys.dk"}, JSON)
    assert (again.status_code, again.json()["code"]) == (409, "people.company_stands")
    assert Company.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [{}, {"name": ""}, {"name": "\u2003"}, {"domain": "no domain"}, {"name": "N", "market": "huge"}, {"nam": "N"}],
)
def test_what_a_company_cannot_be_is_refused(program: Client, told: dict[str, object]) -> None:
    assert program.post(COMPANIES, told, JSON).status_code == 422
    assert not Company.objects.exists()


@pytest.mark.django_db
def test_company_is_changed_only_where_it_is_as_it_was_read(program: Client, owner: User) -> None:
    Field.objects.create(kind="company", code="plan", title="Plan", type="choice", choices=["S", "L"])
    address = program.post(COMPANIES, {"name": "Nord"}, JSON).headers["Location"]
    tag = program.get(address).headers["ETag"]
    first = program.patch(address, {"fields": {"plan": "L"}, "owner": owner.pk}, JSON, headers={"If-Match": tag})
    assert (first.json()["fields"], first.json()["owner"]) == ({"plan": "L"}, owner.pk)
    assert program.patch(address, {"name": "Syd"}, JSON, headers={"If-Match": tag}).status_code == 412
    assert program.patch(address, {"name": "Syd"}, JSON).json()["fields"] == {"plan": "L"}
    assert program.patch(address, {"domain": "syd.dk"}, JSON).json()["name"] == "Syd"
    assert program.patch(address, {"name": None}, JSON).status_code == 422
    assert program.put(f"{address}/tags/VIP").json()["tags"] == ["VIP"]
    assert program.delete(f"{address}/tags/vip").json()["tags"] == []
    assert program.put(f"{address}/owner", {"owner": None}, JSON).json()["owner"] is None


@pytest.mark.django_db
def test_company_that_is_not_seen_is_answered_as_one_that_is_not_there(
    organisation: Organisation, make_user: Callable[..., User], owner: User, program_of: Callable[..., Client]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    hidden = Company.objects.create(key="hemmelig", name="Hemmelig", owner=owner)
    theirs = program_of(make_user(Role.SELLER))
    for method, path, body in (("get", "", None), ("patch", "", {"name": "x"}), ("get", "/timeline", None)):
        answers = [getattr(theirs, method)(f"{COMPANIES}/{key}{path}", body, JSON) for key in (hidden.pk, 999_999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json()["code"] == answers[1].json()["code"]
    assert theirs.get(COMPANIES).json()["items"] == []


@pytest.fixture
def several(real_database: None, owner: User, program_of: Callable[..., Client]) -> list[Client]:  # noqa: ARG001
    """Two programs, and records with a number that is counted up."""
    for kind in ("person", "company"):
        Field.objects.create(kind=kind, code="count", title="Count", type="number")
    return [program_of(owner) for _one in range(2)]


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [PERSONS, COMPANIES])
def test_two_programs_that_change_what_they_read_lose_no_change(several: list[Client], kind: str) -> None:
    made = several[0].post(kind, {"name": "Ada", "fields": {"count": 0}}, JSON).headers["Location"]

    def count_up(number: int) -> Counter[int]:
        program, found = several[number], Counter[int]()
        for _ in range(ROUNDS):
            read = program.get(made)
            change = {"fields": {"count": read.json()["fields"]["count"] + 1}}
            answer = program.patch(made, change, JSON, headers={"If-Match": read.headers["ETag"]})
            assert answer.status_code in (HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED), answer.content
            found[answer.status_code] += 1
        return found

    both = together(count_up)
    taken = sum(found[HTTPStatus.OK] for found in both)
    assert taken >= ROUNDS, "of two who come at once the first is taken"
    assert several[0].get(made).json()["fields"]["count"] == taken
    print(f"{2 * ROUNDS} rounds: {taken} changes, {2 * ROUNDS - taken} refused")


@pytest.mark.django_db(transaction=True)
def test_two_programs_that_change_different_fields_both_keep_their_change(several: list[Client]) -> None:
    made = several[0].post(PERSONS, {"name": "Ada"}, JSON).headers["Location"]

    def change(number: int) -> set[int]:
        told = ({"name": f"Ada {each}"} if number else {"phone": f"+45331234{each:02}"} for each in range(20))
        return {several[number].patch(made, one, JSON).status_code for one in told}

    assert together(change) == [{200}, {200}]
    now = several[0].get(made).json()
    assert (now["name"], now["phone"]) == ("Ada 19", "+4533123419")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bulk", [True, False])
def test_two_programs_that_give_one_domain_to_two_companies_give_it_to_one(several: list[Client], bulk: bool) -> None:
    """However they send it: the second is told that it is another company's."""
    keys = [
        [several[0].post(COMPANIES, {"name": f"Firm {one} {two}"}, JSON).json()["id"] for two in range(20)]
        for one in range(2)
    ]

    def give(number: int) -> list[int]:
        found = []
        for place, key in enumerate(keys[number]):
            told = {"domain": f"d{place}.dk"}
            if bulk:
                answer = several[number].post(f"{COMPANIES}/bulk", {"items": [{"id": key, **told}]}, JSON)
                found.append(answer.json()["items"][0]["status"])
            else:
                found.append(several[number].patch(f"{COMPANIES}/{key}", told, JSON).status_code)
        return found

    both = together(give)
    assert [sorted(pair) for pair in zip(*both, strict=True)] == [[200, 422]] * 20
