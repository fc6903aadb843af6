"""Many persons or companies at once: each item is answered on its own, and a repeat does nothing twice."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Field

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

JSON = "application/json"
PERSONS, COMPANIES = "/api/v1/persons/bulk", "/api/v1/companies/bulk"
Item = dict[str, object]


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def told(program: Client, *items: Item, address: str = PERSONS, **headers: str) -> list[tuple[int, str]]:
    """The status of each item, and the code of what is wrong."""
    answer = program.post(address, {"items": list(items)}, JSON, headers=headers)
    assert answer.status_code == 200, answer.content
    found = [(one["status"], one["problem"]["code"] if one["problem"] else "") for one in answer.json()["items"]]
    assert answer.json()["refused"] == sum(status >= 400 for status, _code in found)
    return found


def test_good_items_are_kept_and_bad_ones_returned(program: Client, owner: User) -> None:
    Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    ada = Person.objects.create(name="Ada", email="ada@x.dk")
    found = told(
        program,
        {"email": "ADA@x.dk", "name": "Ada Holm", "fields": {"seats": 3}},
        {"email": "new@nord.dk", "name": "Ny", "tags": ["VIP"], "owner": None},
        {"email": "nobody"},
        {},
        {"id": 999_999, "name": "x"},
        {"id": ada.pk, "phone": "+4533123456", "owner": owner.pk, "tags": ["vip"]},
        {"name": "Bo", "fields": {"nothing": 1}},
        {"email": "new@nord.dk", "name": "twice"},
        {"name": "Cy", "owner": 999_999},
        {"name": "Di", "company": 999_999},
    )
    assert found == [
        (200, ""),
        (201, ""),
        (422, "people.value"),
        (422, "people.nobody"),
        (404, "records.no_person"),
        (200, ""),
        (422, "records.no_field"),
        (409, "people.twice"),
        (422, "accounts.no_user"),
        (422, "people.no_company"),
    ]
    ada.refresh_from_db()
    assert (ada.name, ada.phone, ada.traits, ada.owner) == ("Ada Holm", "+4533123456", {"seats": 3}, owner)
    new = Person.objects.get(email="new@nord.dk")
    assert (new.owner, new.company and new.company.name) == (None, "nord.dk")
    assert [tag.name for tag in new.tags.all()] == [tag.name for tag in ada.tags.all()] == ["VIP"]
    assert Person.objects.count() == 2
    assert told(program, {"id": ada.pk, "remove_tags": ["VIP", "nothing"]}) == [(200, "")]
    assert not ada.tags.exists()


def test_companies_are_found_by_domain_or_name_or_made(program: Client) -> None:
    nord = Company.objects.create(key="nord a/s", name="Nord A/S", domain="nord.dk")
    found = told(
        program,
        {"domain": "NORD.dk", "market": "small"},
        {"name": "nord  a/s", "fields": {}},
        {"name": "Syd", "domain": "Syd.dk", "tags": ["VIP"]},
        {"name": "Øst"},
        {"market": "mid"},
        {"name": "øst"},
        {"id": nord.pk, "name": "Nord Holding"},
        address=COMPANIES,
    )
    assert [status for status, _code in found] == [200, 200, 201, 201, 422, 409, 200]
    rows = {row.name: (row.domain, row.market) for row in Company.objects.all()}
    assert rows == {"Nord Holding": ("nord.dk", "small"), "Syd": ("syd.dk", ""), "Øst": ("", "")}


def test_what_is_not_seen_or_not_theirs_is_neither_found_nor_changed(
    organisation: Organisation, make_user: Callable[..., User], owner: User, program_of: Callable[..., Client]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller = make_user(Role.SELLER)
    hidden = Person.objects.create(name="Karla", email="karla@x.dk", owner=owner)
    theirs = program_of(seller)
    items: tuple[Item, ...] = (
        {"id": hidden.pk, "name": "x"},
        {"id": 999_999, "name": "x"},
        {"email": "karla@x.dk", "name": "x"},
    )
    assert told(theirs, *items) == [(404, "records.no_person"), (404, "records.no_person"), (409, "people.hidden")]
    assert "karla" not in theirs.post(PERSONS, {"items": items[2:]}, JSON).content.decode()
    organisation.sellers_see, organisation.sellers_change = Reach.ALL, Reach.OWN
    organisation.save()
    assert told(theirs, *items) == [
        (403, "accounts.not_yours"),
        (404, "records.no_person"),
        (403, "accounts.not_yours"),
    ]
    hidden.refresh_from_db()
    assert hidden.name == "Karla"


def test_company_of_a_domain_that_is_not_seen_is_not_made_again(
    organisation: Organisation, make_user: Callable[..., User], owner: User, program_of: Callable[..., Client]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    Company.objects.create(key="nord a/s", name="Nord A/S", domain="nord.dk", owner=owner)
    items: tuple[Item, ...] = ({"domain": "nord.dk"}, {"name": "Second", "domain": "NORD.dk"})
    assert told(program_of(make_user(Role.SELLER)), *items, address=COMPANIES) == [(409, "people.hidden")] * 2
    assert Company.objects.count() == 1


def test_person_is_put_to_no_company_that_is_not_seen(
    organisation: Organisation, make_user: Callable[..., User], owner: User, program_of: Callable[..., Client]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    Company.objects.create(key="nord a/s", name="Nord A/S", owner=owner)
    seller = make_user(Role.SELLER)
    mine = Person.objects.create(name="Mine", owner=seller)
    theirs = program_of(seller)
    items: tuple[Item, ...] = (
        {"id": mine.pk, "company_name": "NORD  a/s"},
        {"name": "Ny", "company_name": "Nord A/S"},
        {"name": "Bo", "company_name": "Syd"},
    )
    hidden = (422, "people.company_hidden")
    assert told(theirs, *items) == [hidden, hidden, (201, "")]
    alone = theirs.post("/api/v1/persons", {"name": "Ny", "company_name": "Nord A/S"}, JSON)
    assert (alone.status_code, alone.json()["code"]) == hidden, "as by itself"
    assert not Person.objects.filter(company__key="nord a/s").exists()
    guesses = theirs.post(PERSONS, {"items": [items[1]] * 6}, JSON)
    assert (guesses.status_code, guesses.json()["code"]) == (409, "people.many_hidden")


def test_no_two_companies_get_one_domain_and_none_loses_the_one_it_is_known_by(program: Client) -> None:
    nord = Company.objects.create(key="nord", name="Nord", domain="nord.dk")
    syd = Company.objects.create(key="syd", name="Syd")
    known = Company.objects.create(key="west.dk", name="West", domain="west.dk")
    found = told(
        program,
        {"id": syd.pk, "domain": "NORD.dk"},
        {"id": known.pk, "domain": None},
        {"id": nord.pk, "domain": "nord.com"},
        {"id": syd.pk, "domain": "nord.com"},
        {"domain": "nord.com", "name": "Third"},
        {"id": syd.pk, "domain": "west.dk"},
        {"domain": "new.dk"},
        {"id": syd.pk, "domain": "new.dk"},
        {"id": nord.pk, "domain": "nord.com", "market": "mid"},
        {"id": syd.pk, "domain": "syd.dk"},
        address=COMPANIES,
    )
    assert found == [
        (422, "people.domain_taken"),
        (422, "people.known_by_domain"),
        (200, ""),
        (409, "people.twice"),
        (409, "people.twice"),
        (422, "people.domain_taken"),
        (201, ""),
        (409, "people.twice"),
        (200, ""),
        (200, ""),
    ]
    rows = {row.name: row.domain for row in Company.objects.all()}
    assert rows == {"Nord": "nord.com", "Syd": "syd.dk", "West": "west.dk", "new.dk": "new.dk"}


def test_repeat_with_its_key_makes_nobody_twice(program: Client) -> None:
    items = [{"name": "Ada"}, {"name": "Bo"}, {}]
    once = {"Idempotency-Key": "one"}
    first, second = (program.post(PERSONS, {"items": items}, JSON, headers=once) for _ in range(2))
    assert first.content == second.content
    assert second.headers["Idempotent-Replay"] == "true"
    assert Person.objects.count() == 2


@pytest.mark.parametrize("items", [[], [{}] * 501, [{"name": 5}], [{"nam": "x"}], "x"])
def test_body_that_is_not_as_described_is_refused_whole(program: Client, items: object) -> None:
    assert program.post(PERSONS, {"items": items}, JSON).status_code == 422
    assert not Person.objects.exists()


def test_number_of_queries_does_not_grow_with_the_items(program: Client) -> None:
    def asked(first: int, number: int) -> int:
        items = [
            {"email": f"p{one}@firm{one}.dk", "name": f"P {one}", "tags": ["VIP"]}
            for one in range(first, first + number)
        ]
        return queries(lambda: program.post(PERSONS, {"items": items}, JSON))

    asked(0, 2)
    few = asked(10, 2)
    assert asked(100, 200) <= few + 5
    assert Person.objects.count() == 204


def test_number_of_queries_does_not_grow_with_the_domains(program: Client) -> None:
    rows = [Company.objects.create(key=f"firm {one}", name=f"Firm {one}") for one in range(60)]

    def asked(first: int, number: int) -> int:
        items = [{"id": row.pk, "domain": f"{row.pk}.dk"} for row in rows[first : first + number]]
        return queries(lambda: program.post(COMPANIES, {"items": items}, JSON))

    asked(0, 2)
    few = asked(2, 2)
    assert asked(10, 50) <= few + 5
    assert Company.objects.exclude(domain="").count() == 54
