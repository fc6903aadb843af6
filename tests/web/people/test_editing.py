"""Persons and companies are corrected from their pages, and two who do so at once lose nothing."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import escape

from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.people.models import Company, Person, Statement
from tragt.web.records.models import Field

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture
def ada(db: None) -> Person:  # noqa: ARG001
    """A person of whom a file told a name and a number of seats."""
    person = Person.objects.create()
    told = {"name": "Ada", "email": "ada@nordlys.dk", "traits": {"seats": 12}}
    Statement.objects.create(person=person, cause="import:1", told=told)
    Person.objects.filter(pk=person.pk).update(name="Ada", email="ada@nordlys.dk", traits={"seats": 12})
    Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    person.refresh_from_db()
    return person


def filled(client: Client, address: str) -> dict[str, str]:
    """The form as the page has it, the hidden fields among it."""
    form = client.get(address).context["form"]
    given = {}
    for name in form.fields:
        value = form[name].value()
        given[name] = given[form.add_initial_prefix(name)] = "" if value is None else str(value)
    return given


def field_named(client: Client, address: str, label: str) -> str:
    form = client.get(address).context["form"]
    return str(next(name for name, field in form.fields.items() if str(field.label) == label))


def test_change_is_kept_and_what_was_not_changed_is_told_by_nobody(owner_client: Client, ada: Person) -> None:
    address = f"/people/{ada.pk}/edit/"
    given = filled(owner_client, address) | {"name": "Ada Lovelace"}
    answer = owner_client.post(address, given)
    assert answer.headers["Location"] == f"/people/{ada.pk}/"
    ada.refresh_from_db()
    assert (ada.name, ada.email, ada.traits) == ("Ada Lovelace", "ada@nordlys.dk", {"seats": 12})
    assert Statement.objects.latest("pk").told == {"name": "Ada Lovelace"}


def test_custom_field_takes_only_what_it_can(owner_client: Client, ada: Person) -> None:
    address = f"/people/{ada.pk}/edit/"
    seats = field_named(owner_client, address, "Seats")
    given = filled(owner_client, address)
    wrong = owner_client.post(address, given | {seats: "many"}).content.decode()
    assert escape("Seats takes a number") in wrong
    owner_client.post(address, given | {seats: "15,5"})
    ada.refresh_from_db()
    assert ada.traits == {"seats": 15.5}
    owner_client.post(address, filled(owner_client, address) | {seats: ""})
    ada.refresh_from_db()
    assert ada.traits == {}


def test_two_who_change_different_fields_both_keep_their_change(owner_client: Client, ada: Person) -> None:
    address = f"/people/{ada.pk}/edit/"
    first, second = filled(owner_client, address), filled(owner_client, address)
    owner_client.post(address, first | {"name": "Ada Lovelace"})
    owner_client.post(address, second | {"phone": "+4533123456"})
    ada.refresh_from_db()
    assert (ada.name, ada.phone) == ("Ada Lovelace", "+4533123456")


def test_second_of_two_who_change_one_field_hears_of_it_and_overwrites_nothing(
    owner_client: Client, ada: Person
) -> None:
    address = f"/people/{ada.pk}/edit/"
    seats = field_named(owner_client, address, "Seats")
    first, second = filled(owner_client, address), filled(owner_client, address)
    owner_client.post(address, first | {seats: "13"})
    answer = owner_client.post(address, second | {seats: "14"}).content.decode()
    assert "Somebody changed this meanwhile: Seats." in answer
    ada.refresh_from_db()
    assert ada.traits == {"seats": 13}


def test_company_is_corrected_and_keeps_what_files_tell(owner_client: Client) -> None:
    company = Company.objects.create(key="nordlys", name="Nordlys")
    address = f"/people/companies/{company.pk}/edit/"
    owner_client.post(address, filled(owner_client, address) | {"name": "Nordlys A/S"})
    company.refresh_from_db()
    assert (company.name, company.key) == ("Nordlys A/S", "nordlys")
    refused = owner_client.post(address, filled(owner_client, address) | {"name": ""}).content.decode()
    assert "A company needs a name." in refused


def test_only_who_may_corrects_and_hands_over(
    ada: Person, make_user: Callable[..., User], client_of: Callable[[User], Client], organisation: Organisation
) -> None:
    seller, other = make_user(Role.SELLER), make_user(Role.SELLER, email="other@example.org")
    address = f"/people/{ada.pk}/edit/"
    browser = client_of(seller)
    assert client_of(make_user(Role.VIEWER)).get(address).status_code == 403
    browser.post(address, filled(browser, address) | {"owner": str(other.pk)})
    ada.refresh_from_db()
    assert ada.owner == other
    organisation.sellers_change = Reach.OWN
    organisation.save()
    given = filled(browser, address)
    assert "belongs to somebody else" in browser.post(address, given | {"name": "Eve"}).content.decode()
    organisation.sellers_see = Reach.OWN
    organisation.save()
    assert browser.get(address).status_code == 404
    ada.refresh_from_db()
    assert ada.name == "Ada"
