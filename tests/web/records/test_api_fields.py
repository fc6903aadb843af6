"""Custom fields, tags and columns for programs."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import Role, User
from tragt.web.jobs.models import Job
from tragt.web.people.models import Person
from tragt.web.records.models import Field, Layout, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

JSON = "application/json"
FIELDS = "/api/v1/fields"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def test_field_is_made_changed_retired_and_brought_back(program: Client) -> None:
    told = {"kind": "person", "code": "plan", "title": "Plan", "type": "choice", "choices": ["S", "L", "S"]}
    made = program.post(FIELDS, told, JSON)
    assert made.status_code == 201, made.content
    assert made.json()["choices"] == ["S", "L"]
    assert Job.objects.filter(name="records.index_fields").count() == 1
    address = made.headers["Location"]
    assert program.get(address).json() == made.json()
    changed = program.patch(address, {"title": "Package", "required": True}, JSON).json()
    assert (changed["title"], changed["required"], changed["choices"]) == ("Package", True, ["S", "L"])
    assert program.post(f"{address}/retire").json()["retired"] is not None
    person = Person.objects.create(name="Ada", traits={"plan": "S"})
    assert program.get(f"/api/v1/persons/{person.pk}").json()["fields"] == {}
    assert program.post(f"{address}/restore").json()["retired"] is None
    assert program.get(f"/api/v1/persons/{person.pk}").json()["fields"] == {"plan": "S"}
    assert [one["code"] for one in program.get(FIELDS, {"kind": "person"}).json()["items"]] == ["plan"]
    assert program.get(FIELDS, {"kind": "deal"}).json()["items"] == []


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "nothing", "code": "a", "title": "A"},
        {"kind": "person", "code": "a'b", "title": "A"},
        {"kind": "person", "code": "there", "title": "A"},
        {"kind": "person", "code": "a", "title": " "},
        {"kind": "person", "code": "a", "title": "A", "type": "choice"},
        {"kind": "person", "code": "a", "title": "A", "type": "colour"},
    ],
)
def test_field_that_cannot_be_is_refused(program: Client, told: dict[str, object]) -> None:
    Field.objects.create(kind="person", code="there", title="There")
    assert program.post(FIELDS, told, JSON).status_code == 422
    assert program.patch(f"{FIELDS}/999999", {"title": "x"}, JSON).status_code == 404
    assert Field.objects.count() == 1


def test_fields_are_made_only_by_those_who_may(
    make_user: Callable[..., User], program_of: Callable[..., Client]
) -> None:
    theirs = program_of(make_user(Role.SELLER))
    assert theirs.post(FIELDS, {"kind": "person", "code": "a", "title": "A"}, JSON).status_code == 403
    assert theirs.get(FIELDS).status_code == 200


def test_columns_of_a_list_are_chosen(program: Client, owner: User) -> None:
    address = "/api/v1/lists/company"
    before = {one["code"]: one["shown"] for one in program.get(address).json()["columns"]}
    assert before["domain"]
    after = program.put(f"{address}/columns", {"columns": ["created", "owner"]}, JSON).json()["columns"]
    assert [one["code"] for one in after if one["shown"]] == ["name", "owner", "created"]
    assert Layout.objects.get().user == owner
    assert program.put(f"{address}/columns", {"columns": ["nothing"]}, JSON).status_code == 422
    assert program.get("/api/v1/lists/nothing").status_code == 404


def test_tags_are_listed_page_by_page(program: Client) -> None:
    for number in range(3):
        Tag.objects.create(name=f"T{number}")
    first = program.get("/api/v1/tags", {"limit": 2}).json()
    second = program.get("/api/v1/tags", {"limit": 2, "cursor": first["next"]}).json()
    assert [one["name"] for one in first["items"] + second["items"]] == ["T0", "T1", "T2"]
    assert second["next"] is None
