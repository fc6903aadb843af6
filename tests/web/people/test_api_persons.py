"""Persons for programs: reading, adding, changing, handing over and marking them, and what must not be seen."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.people.models import Company, Person, Statement
from tragt.web.records.models import Field, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

JSON = "application/json"
PERSONS = "/api/v1/persons"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


@pytest.fixture
def seller(make_user: Callable[..., User], organisation: Organisation) -> User:
    """A seller who sees their own records and those of nobody."""
    organisation.sellers_see = Reach.OWN
    organisation.save()
    return make_user(Role.SELLER)


@pytest.fixture
def seats(db: None) -> Field:  # noqa: ARG001
    """A custom field of numbers."""
    return Field.objects.create(kind="person", code="seats", title="Seats", type="number")


def added(program: Client, **told: object) -> dict[str, object]:
    answer = program.post(PERSONS, told, JSON)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer.headers["Location"] == f"{PERSONS}/{body['id']}"
    return dict(body)


def test_added_person_is_read_as_it_was_told(program: Client, owner: User, seats: Field) -> None:
    made = added(
        program,
        name=" Ada ",
        email="Ada@Nordlys.DK",
        phone="+45 33 12 34 56",
        fields={seats.code: 3},
        tags=["VIP", "vip"],
    )
    told = {name: made[name] for name in ("name", "email", "phone", "company_name", "fields", "tags", "owner")}
    assert told == {
        "name": "Ada",
        "email": "ada@nordlys.dk",
        "phone": "+4533123456",
        "company_name": "nordlys.dk",
        "fields": {"seats": 3},
        "tags": ["VIP"],
        "owner": owner.pk,
    }
    answer = program.get(f"{PERSONS}/{made['id']}")
    assert answer.json() == made
    assert program.get(f"{PERSONS}/{made['id']}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.usefixtures("seats")
@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({}, "name"),
        ({"email": "no address"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"name": "Bo", "fields": {"nothing": 1}}, "fields.nothing"),
        ({"name": "Bo", "fields": {"seats": "many"}}, "fields.seats"),
        ({"name": "Bo", "fields": {"seats": True}}, "fields.seats"),
        ({"name": "Bo", "owner": 999_999}, "owner"),
        ({"name": "Bo", "company": 999_999}, "company"),
        ({"name": "Bo", "company": 1, "company_name": "Nord"}, "company"),
        ({"name": "Bo", "nam": "x"}, "body.nam"),
    ],
)
def test_what_a_person_cannot_be_is_refused_at_its_field(program: Client, told: dict[str, object], field: str) -> None:
    answer = program.post(PERSONS, told, JSON)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] in ([field], [field.removeprefix("body.")])
    assert not Person.objects.exists()


@pytest.mark.usefixtures("seats")
def test_change_touches_only_what_is_sent(program: Client) -> None:
    firm = Company.objects.create(key="nord", name="Nord A/S")
    made = added(program, name="Ada", email="ada@x.dk", fields={"seats": 3})
    address = f"{PERSONS}/{made['id']}"
    answer = program.patch(address, {"company": firm.pk, "fields": {"seats": None}}, JSON)
    assert answer.status_code == 200, answer.content
    assert answer.json()["company"] == firm.pk
    assert answer.json()["company_name"] == "Nord A/S"
    assert (answer.json()["name"], answer.json()["fields"]) == ("Ada", {"seats": None})
    assert Statement.objects.latest("pk").told == {"company": "nord", "traits": {"seats": None}}
    empty = program.patch(address, {}, JSON)
    assert (empty.status_code, empty.json()["code"]) == (422, "api.nothing")
    assert program.get(address).json() == answer.json()


def test_change_of_what_was_changed_since_it_was_read_is_refused(program: Client) -> None:
    made = added(program, name="Ada")
    address = f"{PERSONS}/{made['id']}"
    tag = program.get(address).headers["ETag"]
    first = program.patch(address, {"name": "Bo"}, JSON, headers={"If-Match": tag})
    assert first.status_code == 200
    late = program.patch(address, {"phone": "+4533123456"}, JSON, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "api.changed")
    assert Person.objects.get().phone == ""
    again = program.patch(address, {"name": "Cy"}, JSON, headers={"If-Match": first.headers["ETag"]})
    assert again.json()["name"] == "Cy"


@pytest.mark.usefixtures("seats")
@pytest.mark.parametrize("change", ["owner", "tag", "field", "company"])
def test_tag_of_an_answer_changes_with_anything_it_shows(program: Client, change: str) -> None:
    firm = Company.objects.create(key="nord", name="Nord A/S")
    made = added(program, name="Ada", company=firm.pk)
    address = f"{PERSONS}/{made['id']}"
    before = program.get(address).headers["ETag"]
    match change:
        case "owner":
            program.put(f"{address}/owner", {"owner": None}, JSON)
        case "tag":
            program.put(f"{address}/tags/VIP")
        case "field":
            program.patch(address, {"fields": {"seats": 7}}, JSON)
        case "company":
            Company.objects.update(name="Nord Holding")
    assert program.get(address).headers["ETag"] != before
    assert program.patch(address, {"name": "Bo"}, JSON, headers={"If-Match": before}).status_code == 412


def test_person_is_handed_over_and_marked(program: Client, make_user: Callable[..., User]) -> None:
    other = make_user(Role.SELLER)
    address = f"{PERSONS}/{added(program, name='Ada')['id']}"
    assert program.put(f"{address}/owner", {"owner": other.pk}, JSON).json()["owner"] == other.pk
    assert program.put(f"{address}/owner", {"owner": None}, JSON).json()["owner"] is None
    assert program.patch(address, {"owner": other.pk}, JSON).json()["owner"] == other.pk
    assert program.put(f"{address}/tags/A%2FB c").json()["tags"] == ["A/B c"]
    assert program.put(f"{address}/tags/a%2Fb C").json()["tags"] == ["A/B c"]
    assert program.delete(f"{address}/tags/A%2FB c").json()["tags"] == []
    assert program.delete(f"{address}/tags/nothing").status_code == 404
    assert Tag.objects.count() == 1


def test_what_is_not_seen_is_answered_as_what_is_not_there(
    program: Client, seller: User, program_of: Callable[..., Client], owner: User
) -> None:
    hidden = Person.objects.create(name="Karla", owner=owner)
    going = Person.objects.create(name="Gone", struck=hidden.created)
    theirs = program_of(seller)
    for method, path, body in (
        ("get", "", None),
        ("patch", "", {"name": "x"}),
        ("put", "/owner", {"owner": seller.pk}),
        ("put", "/tags/VIP", None),
        ("delete", "/tags/VIP", None),
        ("get", "/timeline", None),
    ):
        said = []
        for key in (hidden.pk, 999_999):
            answer = getattr(theirs, method)(f"{PERSONS}/{key}{path}", body, JSON)
            assert answer.status_code == 404, (method, path)
            said.append(answer.content.replace(str(key).encode(), b"?"))
        assert said[0] == said[1]
    assert program.get(f"{PERSONS}/{going.pk}").status_code == 404
    assert theirs.get(PERSONS).json()["items"] == []
    hidden.refresh_from_db()
    assert (hidden.name, hidden.owner_id, hidden.tags.count()) == ("Karla", owner.pk, 0)


def test_company_that_is_not_seen_is_not_named_beside_a_person(
    seller: User, owner: User, program_of: Callable[..., Client]
) -> None:
    secret = Company.objects.create(key="hemmelig", name="Hemmelig", owner=owner)
    person = Person.objects.create(name="Bo", owner=seller, company=secret)
    theirs = program_of(seller)
    shown = theirs.get(f"{PERSONS}/{person.pk}").json()
    assert (shown["company"], shown["company_name"]) == (None, "")
    said = [theirs.patch(f"{PERSONS}/{person.pk}", {"company": key}, JSON).json() for key in (secret.pk, 999_999)]
    assert said[0]["code"] == said[1]["code"] == "people.no_company"


def test_what_is_seen_but_somebody_elses_is_not_changed(
    organisation: Organisation, make_user: Callable[..., User], owner: User, program_of: Callable[..., Client]
) -> None:
    organisation.sellers_change = Reach.OWN
    organisation.save()
    person = Person.objects.create(name="Karla", owner=owner)
    theirs = program_of(make_user(Role.SELLER))
    address = f"{PERSONS}/{person.pk}"
    assert theirs.get(address).status_code == 200
    assert theirs.patch(address, {"name": "x"}, JSON).status_code == 403
    assert theirs.put(f"{address}/tags/VIP").status_code == 403
    assert theirs.put(f"{address}/owner", {"owner": None}, JSON).status_code == 403
    assert program_of(make_user(Role.VIEWER)).patch(address, {"name": "x"}, JSON).status_code == 403


def test_same_request_sent_twice_makes_one_person(program: Client) -> None:
    once = {"Idempotency-Key": "one"}
    first, second = (program.post(PERSONS, {"name": "Ada"}, JSON, headers=once) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert Person.objects.count() == 1


@pytest.mark.usefixtures("seats")
def test_number_of_queries_of_a_list_does_not_grow_with_it(program: Client) -> None:
    firm = Company.objects.create(key="nord", name="Nord A/S")
    vip = Tag.objects.create(name="VIP")

    def grow(number: int) -> int:
        for one in range(number):
            Person.objects.create(name=f"P{one}", company=firm, traits={"seats": one}).tags.add(vip)
        return queries(lambda: program.get(PERSONS, {"limit": "100", "count": "true"}))

    grow(2)
    few = grow(1)
    assert grow(60) <= few + 2  # what is remembered for a time may be read again
    assert len(program.get(PERSONS, {"limit": 100}).json()["items"]) == 63
