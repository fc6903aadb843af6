"""Lists for programs: filters, orders and cursors of the list pages, and refusals of what cannot be asked."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.web.records.conftest import Make
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Person
from tragt.web.project.api import api
from tragt.web.records.actions.fields import index_fields
from tragt.web.records.listing import operators
from tragt.web.records.models import Field, Tag
from tragt.web.records.queries import pages

pytestmark = pytest.mark.django_db

PERSONS, COMPANIES = "/api/v1/persons", "/api/v1/companies"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def names(program: Client, query: str, address: str = PERSONS) -> list[str]:
    answer = program.get(f"{address}?{query}")
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["items"]]


def walked(program: Client, query: str, meanwhile: Callable[[], object] = lambda: None) -> Iterator[dict[str, object]]:
    """All items of a list, page by page."""
    cursor = None
    for _round in range(1_000):
        answer = program.get(f"{PERSONS}?{query}&{urlencode({'cursor': cursor} if cursor else {})}")
        assert answer.status_code == 200, answer.content
        yield from answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return
        meanwhile()
    raise AssertionError


def test_filters_find_what_the_list_page_finds(program: Client, person: Make, owner: User) -> None:
    nord = Company.objects.create(key="nord", name="Nord A/S", domain="nord.dk")
    vip = Tag.objects.create(name="VIP")
    ada = person("Ada Holm", email="ada@nord.dk", company=nord, owner=owner)
    ada.tags.add(vip)
    person("Bo Holm", email="bo@x.dk", phone="+4533123456")
    assert names(program, "name.contains=HOLM&sort=name") == ["Ada Holm", "Bo Holm"]
    assert names(program, "owner.any=me") == names(program, f"owner.any={owner.pk}&owner.any=77") == ["Ada Holm"]
    assert names(program, "owner.empty=yes") == names(program, "phone.starts=%2B45 33") == ["Bo Holm"]
    assert names(program, f"tags.any={vip.pk}") == names(program, f"company.is={nord.pk}") == ["Ada Holm"]
    assert names(program, "company.starts=nord") == names(program, "email.is=ADA@nord.dk") == ["Ada Holm"]
    assert names(program, "created.from=2026-01-02") == names(program, "tags.empty=yes") == ["Bo Holm"]
    assert names(program, "sort=-email") == ["Bo Holm", "Ada Holm"]
    assert names(program, "domain.starts=nord", COMPANIES) == ["Nord A/S"]


def test_custom_fields_filter_and_sort(program: Client, person: Make) -> None:
    seats = Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    index_fields()
    for number in (5, 20, 10):
        person(f"P{number}", traits={"seats": number})
    person("None")
    assert names(program, f"f{seats.pk}.from=10&sort=f{seats.pk}") == ["P10", "P20"]
    assert names(program, f"sort=-f{seats.pk}") == ["P20", "P10", "P5", "None"]
    found = program.get("/api/v1/lists/person").json()["columns"][-1]
    assert (found["code"], found["sorts"]) == (f"f{seats.pk}", True)
    assert found["filters"] == [f"f{seats.pk}.{one}" for one in ("from", "to", "empty")]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("nam.contains=bo1", "columns are name, email, phone, company, owner, tags, created, updated"),
        ("name=bo", "is no filter"),
        ("name.from=3", "name.contains, name.starts, name.is, name.empty"),
        ("sort=owner", "sort"),
        ("sort=f999", "it can by name, email, phone, created, updated"),
        ("name.contains=ab", "name.contains"),
        ("owner.any=ada", "owner.any"),
        ("created.from=yesterday", "created.from"),
        ("created.from=0001-01-01", "is not a date"),
        ("name.is=%20", "one to 200 letters"),
        ("phone.starts=f", "nothing that can stand here"),
        ("phone.is=none", "nothing that can stand here"),
        ("name.is=a&name.is=b", "takes one value; 2 were given"),
        ("name.empty=perhaps", "name.empty"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=nothing", "cursor"),
        ("cursor=WyItY3JlYXRlZCIsbnVsbCwxXQ", "cursor"),
        ("cursor=WyJuYW1lIiwiYSIsMV0", "the same order"),
        ("name.is=%00", ""),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(program: Client, query: str, said: str) -> None:
    answer = program.get(f"{PERSONS}?{query}")
    assert answer.status_code in (400, 422), answer.content
    assert said in answer.content.decode()


def test_description_names_every_filter_of_every_column() -> None:
    for kind, path in ((PERSON, "/persons"), (COMPANY, "/companies")):
        described = {one["name"] for one in api.get_openapi_schema(path_prefix="")["paths"][path]["get"]["parameters"]}
        wanted = {f"{column.code}.{one}" for column in kind.columns for one in operators(column)}
        assert wanted | {"sort", "limit", "cursor", "count"} <= described


@pytest.mark.parametrize("walk", ["few", "many"])
@pytest.mark.parametrize("sort", ["-created", "created", "name", "-name", "email", "-email", "updated", "company"])
def test_cursors_give_each_record_once_while_others_come_change_and_go(
    program: Client, person: Make, monkeypatch: pytest.MonkeyPatch, sort: str, walk: str
) -> None:
    if walk == "many":
        monkeypatch.setattr(pages, "MOST_COUNTED", 5)
    if sort == "company":
        seats = Field.objects.create(kind="person", code="seats", title="Seats", type="text")
        index_fields()
        sort = f"f{seats.pk}"
    dice = random.Random(7)
    for number in range(37):
        name, letter = dice.choice(["Åse", "bo", "Bo", "Cy", ""]), dice.choice("abc")
        person(name, email=dice.choice(["", f"{number}@x.dk"]), traits={"seats": letter} if number % 3 else {})
    stay = set(Person.objects.values_list("pk", flat=True))
    now = datetime(2026, 6, 1, 12, 30, 15, 250_000, tzinfo=UTC)

    def meanwhile() -> None:
        at = now + timedelta(days=dice.randrange(-300, 300), microseconds=dice.randrange(10**6))
        person(dice.choice(["aa", "Bo", "zz"]), email=f"{dice.random()}@y.dk", created=at, updated=at)

    seen = [one["id"] for one in walked(program, f"sort={sort}&limit=5", meanwhile)]
    assert len(seen) == len(set(seen))
    assert stay <= set(seen)


@pytest.mark.parametrize("walk", ["few", "many"])
def test_cursor_goes_on_where_its_record_stood_though_that_is_gone(
    program: Client, person: Make, monkeypatch: pytest.MonkeyPatch, walk: str
) -> None:
    if walk == "many":
        monkeypatch.setattr(pages, "MOST_COUNTED", 3)
    rows = [person(f"P{number}") for number in range(9)]
    first = program.get(PERSONS, {"sort": "updated", "limit": "3"}).json()
    Person.objects.filter(pk=rows[2].pk).delete()
    second = program.get(PERSONS, {"sort": "updated", "limit": "3", "cursor": first["next"]}).json()
    Person.objects.filter(pk=rows[5].pk).update(updated=datetime(2027, 1, 1, tzinfo=UTC))
    third = program.get(PERSONS, {"sort": "updated", "limit": "3", "cursor": second["next"]}).json()
    assert [one["name"] for page in (first, second, third) for one in page["items"]] == [f"P{one}" for one in range(9)]


def test_count_is_bounded_and_only_given_where_asked(
    program: Client, person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        person(f"P{number}")
    assert program.get(PERSONS).json()["count"] is None
    counted = program.get(PERSONS, {"count": "true", "limit": "2"}).json()
    assert (counted["count"], counted["counted_all"]) == (4, True)
    monkeypatch.setattr(pages, "MOST_COUNTED", 3)
    monkeypatch.setattr("tragt.web.records.api.listing.MOST_COUNTED", 3)
    counted = program.get(PERSONS, {"count": "true", "name.starts": "P"}).json()
    assert (counted["count"], counted["counted_all"]) == (3, False)


def test_list_and_search_of_a_seller_hold_their_own_and_nobodys(
    organisation: Organisation, make_user: Callable[..., User], program_of: Callable[..., Client], person: Make
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller, other = make_user(Role.SELLER), make_user(Role.MANAGER)
    person("Karla Hemmelig", owner=other, email="k@hemmelig.dk")
    person("Bo Hemmelig", owner=seller, company=Company.objects.create(key="nord", name="Nord A/S", owner=other))
    theirs = program_of(seller)
    assert names(theirs, "name.contains=hemmelig") == ["Bo Hemmelig"]
    assert theirs.get(PERSONS, {"count": "true"}).json()["count"] == 1
    assert names(theirs, f"owner.any={other.pk}") == []
    found = theirs.get("/api/v1/search", {"q": "hemmelig"}).json()["items"]
    assert [(one["kind"], one["label"], one["hint"]) for one in found] == [("person", "Bo Hemmelig", "")]
    assert theirs.get("/api/v1/search", {"q": ""}).status_code == 422
