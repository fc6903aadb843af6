"""Custom fields and tags: what they take, who may change them, and the indexes that serve them."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from tests.web.records.conftest import Make
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Person
from tragt.web.records.actions.fields import index_fields, make_field, retire_field
from tragt.web.records.actions.tags import tag, untag
from tragt.web.records.models import Field, Tag
from tragt.web.records.queries.tags import tags_of
from tragt.web.records.traits import Trait
from tragt.web.records.values import checked, fits
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("type_", "given", "kept"),
    [
        ("number", "12", 12),
        ("number", "1 200,5", 1200.5),
        ("number", 7.25, 7.25),
        ("date", "2026-03-31", "2026-03-31"),
        ("choice", "Gold", "Gold"),
        ("boolean", "yes", True),
        ("boolean", False, False),
        ("user", "3", 3),
        ("link", "https://example.org/x?y=1", "https://example.org/x?y=1"),
        ("text", "  Åse ", "Åse"),
        ("text", "", None),
    ],
)
def test_value_that_a_field_takes_is_kept_typed(type_: str, given: object, kept: object) -> None:
    field = Field(kind="person", code="x", title="X", type=type_, choices=["Gold", "Silver"])
    assert checked(field, given) == kept
    assert kept is None or fits(field, kept)


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("number", "a dozen"), ("number", "nan"), ("number", "1e400"), ("number", True), ("date", "31/03/2026"),
        ("date", "2026-02-30"), ("choice", "gold"), ("boolean", "perhaps"), ("user", "me"),
        ("link", "javascript:alert(1)"), ("link", "//example.org"), ("link", "https://a b"), ("text", "x" * 2001),
        ("number", None),
    ],
)  # fmt: skip
def test_value_that_a_field_does_not_take_is_refused(type_: str, given: object) -> None:
    field = Field(kind="person", code="x", title="X", type=type_, choices=["Gold"], required=True)
    with pytest.raises(InvalidDefinition):
        checked(field, given)


@pytest.mark.parametrize(
    ("type_", "fitting", "others"),
    [
        ("text", "Åbo", [3, True, None, {"a": 1}]),
        ("number", 3.5, ["3.5", True, None, [3]]),
        ("date", "2026-03-31", ["31/3/2026", 20260331, "2026-03-31T10:00"]),
        ("choice", "Gold", [3, None]),
        ("boolean", True, ["yes", 1, None]),
        ("user", 3, ["3", True, None]),
        ("link", "https://example.org", [3, None]),
    ],
)
def test_trait_in_the_database_is_the_value_where_it_fits_its_type(
    person: Make, type_: str, fitting: object, others: list[object]
) -> None:
    right = person("fits", traits={"a key": fitting})
    for one in others:
        person("does not", traits={"a key": one})
    person("has none")
    found = Person.objects.alias(value=Trait("traits", "a key", type_)).filter(value__isnull=False)
    assert list(found) == [right]


@pytest.mark.django_db(transaction=True)
def test_fields_are_indexed_and_the_index_serves_the_filter(organisation: object, owner: User, person: Make) -> None:  # noqa: ARG001
    index_fields()  # drops what other tests left: tables are emptied after a test, indexes stay
    person("Bo", traits={"seats": 3})
    made = make_field(PERSON, {"code": "seats", "title": "Seats", "type": "number"}, who=Who.of(owner))
    assert index_fields() == 1
    assert index_fields() == 0
    made.refresh_from_db()
    assert made.indexed
    if connection.vendor == "sqlite":
        rows = Person.objects.alias(value=Trait("traits", "seats", "number")).filter(value__gte=2)
        assert f"tragt_field_person_{made.pk}" in rows.explain()
    retire_field(made.pk, who=Who.of(owner))
    assert index_fields() == 1


@pytest.mark.parametrize("code", ["", "a'b", 'a"b', "a\\b", "50%", "{x}", "a\nb", " x", "x" * 61])
def test_field_code_that_could_end_a_text_in_an_index_is_refused(owner: User, code: str) -> None:
    with pytest.raises(InvalidDefinition):
        make_field(PERSON, {"code": code, "title": "X", "type": "text"}, who=Who.of(owner))


def test_fields_page_makes_changes_and_retires_for_managers_alone(
    owner_client: Client, client_of: Callable[[User], Client], make_user: Callable[..., User]
) -> None:
    told = {"code": "plan", "title": "Plan", "type": "choice", "choices": "Free\nFirm\nFree", "help": ""}
    assert owner_client.post("/settings/fields/person/new/", told).status_code == 302
    field = Field.objects.get()
    assert field.choices == ["Free", "Firm"]
    again = owner_client.post("/settings/fields/person/new/", told).content.decode()
    assert "Another field has this code." in again
    owner_client.post(f"/settings/fields/{field.pk}/change/", {"title": "The plan", "choices": "Firm", "help": "x"})
    field.refresh_from_db()
    assert (field.title, field.choices, field.code) == ("The plan", ["Firm"], "plan")
    assert "The plan" in owner_client.get("/settings/fields/person/").content.decode()
    owner_client.post(f"/settings/fields/{field.pk}/retire/", {"kind": "person"})
    field.refresh_from_db()
    assert field.retired is not None
    assert client_of(make_user("marketing")).get("/settings/fields/person/").status_code == 403
    assert owner_client.get("/settings/fields/").status_code == 302


def test_tags_are_added_by_name_whatever_its_capitals_and_taken_away(
    owner_client: Client, owner: User, person: Make
) -> None:
    one = person("Bo")
    address = f"/records/person/{one.pk}/tags/"
    assert owner_client.post(address, {"name": " Åben  sag "})["Location"] == f"/people/{one.pk}/"
    part = owner_client.post(address, {"name": "åben SAG"}, headers={"HX-Request": "true"}).content.decode()
    assert part.count("Åben sag") == 2, "its name, and the words of its button"
    [made] = Tag.objects.all()
    assert tags_of(PERSON, one.pk) == [made]
    owner_client.post(address, {"remove": made.pk})
    assert tags_of(PERSON, one.pk) == []
    with pytest.raises(InvalidDefinition):
        tag(PERSON, [one.pk], "x" * 61, who=Who.of(owner))
    tag(PERSON, [one.pk], "VIP", who=Who.of(owner))
    untag(PERSON, [one.pk], Tag.objects.get(name="VIP").pk, who=Who.of(owner))
    assert tags_of(PERSON, one.pk) == []


def test_tags_of_a_viewer_are_read_only(
    client_of: Callable[[User], Client], make_user: Callable[..., User], person: Make
) -> None:
    one = person("Bo")
    answer = client_of(make_user("viewer")).post(f"/records/person/{one.pk}/tags/", {"name": "VIP"})
    assert answer.status_code in (302, 403)
    assert Tag.objects.count() == 0
