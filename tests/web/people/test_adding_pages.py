"""A person or a company is added on a page or through the API, and who is known already is told of, not doubled."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import escape

from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, User
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Field

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

PERSON, COMPANY = "/people/new/", "/people/companies/new/"
JSON = "application/json"


@pytest.fixture
def sector(db: None) -> Field:  # noqa: ARG001
    """A field of persons that must be filled in."""
    return Field.objects.create(
        kind="person", code="sector", title="Sector", type="choice", choices=["wind", "sun"], required=True
    )


@pytest.fixture
def hidden_from(
    owner: User, organisation: Organisation, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> Client:
    """A seller who sees own records alone, among a person and a company of the owner's."""
    organisation.sellers_see = Reach.OWN
    organisation.save()
    Person.objects.create(name="Karla Hemmelig", email="karla@fjord.no", owner=owner)
    Company.objects.create(key="fjord", name="Fjord", domain="fjord.no", owner=owner)
    return client_of(make_user(Role.SELLER))


def test_person_is_added_with_a_company_that_is_known_by_its_domain_and_belongs_to_who_adds(
    owner_client: Client, owner: User
) -> None:
    nord = Company.objects.create(key="nordlys.dk", name="Nordlys A/S", domain="nordlys.dk")
    given = {"name": "Ada Lund", "email": " Ada@Nordlys.DK", "phone": "33 12 34 56", "company": "nordlys a/s"}
    answer = owner_client.post(PERSON, given | {"owner": owner.pk})
    ada = Person.objects.get()
    assert answer.headers["Location"] == f"/people/{ada.pk}/"
    assert (ada.name, ada.email, ada.phone) == ("Ada Lund", "ada@nordlys.dk", "+4533123456")
    assert (ada.company, ada.owner) == (nord, owner)
    assert Company.objects.count() == 1
    assert "Ada Lund" in owner_client.get(f"/people/{ada.pk}/").content.decode()


def test_person_is_handed_over_or_left_to_everyone_as_it_is_added(
    owner_client: Client, make_user: Callable[..., User]
) -> None:
    seller = make_user(Role.SELLER)
    owner_client.post(PERSON, {"name": "Bo", "owner": seller.pk})
    owner_client.post(PERSON, {"name": "Carl", "owner": ""})
    assert dict(Person.objects.values_list("name", "owner")) == {"Bo": seller.pk, "Carl": None}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"email": "ada"}, "email"),
        ({"name": "A", "phone": "call me"}, "phone"),
        ({"name": "A", "company": "\u2003 \u2003"}, None),
        ({"name": "A", "owner": "999"}, "owner"),
    ],
)
def test_person_of_whom_something_cannot_be_is_refused_at_the_field(
    owner_client: Client, given: dict[str, str], field: str | None
) -> None:
    answer = owner_client.post(PERSON, given)
    if field is None:  # blank is as if nothing was written
        assert answer.status_code == 302
        assert not Company.objects.exists()
        return
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Person.objects.exists()


def test_address_that_is_known_leads_to_whose_it_is(owner_client: Client) -> None:
    ada = Person.objects.create(name="Ada <Lund>", email="ada@nordlys.dk")
    answer = owner_client.post(PERSON, {"name": "Somebody", "email": "ADA@nordlys.dk"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert escape("ada@nordlys.dk belongs to Ada <Lund> already.") in text
    assert f'<a href="/people/{ada.pk}/">Ada &lt;Lund&gt;</a>' in text
    assert Person.objects.count() == 1


def test_name_that_is_known_is_asked_about_once(owner_client: Client) -> None:
    ada = Person.objects.create(name="Ada Lund", email="ada@nordlys.dk")
    asked = owner_client.post(PERSON, {"name": "ADA  lund"})
    assert f'<a href="/people/{ada.pk}/">Ada Lund</a>' in asked.content.decode()
    assert Person.objects.count() == 1
    owner_client.post(PERSON, {"name": "ADA  lund", "another": "yes"})
    assert Person.objects.count() == 2


def test_who_is_not_seen_is_refused_and_not_told_of(hidden_from: Client) -> None:
    tried = {
        PERSON: [{"name": "X", "email": "karla@fjord.no"}, {"name": "X", "company": "FJORD"}],
        COMPANY: [{"name": "Fjord"}, {"name": "New", "domain": "Fjord.no"}],
    }
    for address, bodies in tried.items():
        for given in bodies:
            answer = hidden_from.post(address, given)
            text = answer.content.decode()
            assert (answer.status_code, "not yours to see" in text) == (422, True), given
            assert "Karla" not in text
            assert not answer.context["known"]
    assert (Person.objects.count(), Company.objects.count()) == (1, 1)
    # Of a namesake who is not seen nothing is said at all.
    assert hidden_from.post(PERSON, {"name": "Karla Hemmelig"}).status_code == 302


def test_company_is_added_with_domain_and_market_and_is_that_of_its_people(owner_client: Client, owner: User) -> None:
    given = {"name": "Nordlys A/S", "domain": "https://www.Nordlys.dk/", "market": "mid", "owner": owner.pk}
    owner_client.post(COMPANY, given)
    made = Company.objects.get()
    assert (made.key, made.name, made.domain) == ("nordlys.dk", "Nordlys A/S", "nordlys.dk")
    assert (made.market, made.owner) == ("mid", owner)
    owner_client.post(PERSON, {"email": "ada@nordlys.dk", "owner": owner.pk})
    assert Person.objects.get().company == made
    again = owner_client.post(COMPANY, {"name": "Other", "domain": "nordlys.dk"})
    assert f'<a href="/people/companies/{made.pk}/">Nordlys A/S</a>' in again.content.decode()
    acts = AuditRow.objects.filter(target=f"company {made.pk}").values_list("details__act", flat=True)
    assert list(acts) == ["add company", "assign"]


@pytest.mark.parametrize(
    "given", [{}, {"name": ""}, {"name": "N", "domain": "no domain"}, {"name": "N", "market": "x"}]
)
def test_company_of_which_something_cannot_be_is_refused(owner_client: Client, given: dict[str, str]) -> None:
    assert owner_client.post(COMPANY, given).status_code == 422
    assert not Company.objects.exists()


def test_field_that_must_be_filled_in_is_asked_for_on_the_page_and_through_the_api(
    owner_client: Client, owner: User, program_of: Callable[..., Client], sector: Field
) -> None:
    wrong = owner_client.post(PERSON, {"name": "Ada"})
    assert list(wrong.context["form"].errors) == [f"f{sector.pk}"]
    program = program_of(owner)
    for told in ({"name": "Ada"}, {"name": "Ada", "fields": {"sector": None}}):
        refused = program.post("/api/v1/persons", told, JSON)
        assert (refused.status_code, refused.json()["errors"][0]["field"].removeprefix("fields.")) == (422, "sector")
        many = program.post(
            "/api/v1/persons/bulk", {"items": [told, {"name": "Bo", "fields": {"sector": "sun"}}]}, JSON
        )
        assert [one["status"] for one in many.json()["items"]] == [422, 201]
    assert set(Person.objects.values_list("name", flat=True)) == {"Bo"}
    owner_client.post(PERSON, {"name": "Ada", f"f{sector.pk}": "wind"})
    assert program.post("/api/v1/persons", {"name": "Cleo", "fields": {"sector": "sun"}}, JSON).status_code == 201
    assert Person.objects.get(name="Ada").traits == {"sector": "wind"}
    Field.objects.create(kind="company", code="size", title="Size", type="number", required=True)
    refused = program.post("/api/v1/companies", {"name": "Nord"}, JSON)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fields.size")
    assert owner_client.post(COMPANY, {"name": "Nord"}).status_code == 422
    assert not Company.objects.filter(name="Nord").exists()


def test_lists_and_the_palette_offer_to_add_to_those_who_may(
    owner_client: Client, client_of: Callable[[User], Client], make_user: Callable[..., User]
) -> None:
    viewer = client_of(make_user(Role.VIEWER))
    for address, new in (("/people/", PERSON), ("/people/companies/", COMPANY)):
        empty = owner_client.get(address).content.decode()
        assert empty.count(f'href="{new}"') == 2, "in the heading and beside the import"
        assert f'href="{new}"' not in viewer.get(address).content.decode()
        assert viewer.get(new).status_code == viewer.post(new, {"name": "X"}).status_code == 403
    Person.objects.create(name="Ada")
    assert f'href="{PERSON}"' in owner_client.get("/people/").content.decode()
    assert PERSON in owner_client.get("/palette/?q=new+person").content.decode()
    assert COMPANY in owner_client.get("/palette/?q=add+firm").content.decode()
    assert PERSON not in viewer.get("/palette/?q=new+person").content.decode()


def test_companies_are_offered_as_one_types_of_those_one_sees(owner_client: Client, hidden_from: Client) -> None:
    Company.objects.create(key="fjell.no", name="Fjell AS", domain="fjell.no")
    assert [
        client.get("/people/companies/found/?q=fj").content.decode().count("<option")
        for client in (owner_client, hidden_from)
    ] == [2, 1]


def test_person_is_begun_on_the_page_of_a_company(owner_client: Client, hidden_from: Client) -> None:
    company = Company.objects.get()
    begun = f"{PERSON}?company={company.pk}"
    assert f'value="{company.name}"' in owner_client.get(begun).content.decode()
    assert f'value="{company.name}"' not in hidden_from.get(begun).content.decode()
    assert owner_client.get(f"{PERSON}?company=9999999999999999999999").status_code == 200
