"""One field of a person or a company is changed where it stands, by script and without, and overwrites nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, User
from tragt.web.people.models import Company, Identifier, Person, Statement
from tragt.web.records.models import Field

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ada(db: None) -> Person:  # noqa: ARG001
    """A person of a company, with a custom field of numbers."""
    company = Company.objects.create(key="nordlys.dk", name="Nordlys", domain="nordlys.dk")
    told = {"name": "Ada", "email": "ada@nordlys.dk", "traits": {"seats": 12}}
    person = Person.objects.create(name="Ada", email="ada@nordlys.dk", traits={"seats": 12}, company=company)
    Identifier.objects.create(actor="u:ada", person=person)
    Statement.objects.create(person=person, cause="import:1", told=told)
    Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    return person


@pytest.fixture
def fjord(db: None) -> Company:  # noqa: ARG001
    """A company that somebody named."""
    return Company.objects.create(key="fjord", name="Fjord")


def opened(client: Client, address: str) -> dict[str, str]:
    """The form of one field, as the page has it."""
    form = client.get(address, headers=SCRIPT).context["form"]
    (name,) = form.fields
    value = form[name].value()
    return {
        name: "" if value is None else str(value),
        form.add_initial_prefix(name): "" if value is None else str(value),
    }


def put(client: Client, address: str, value: object, seen: dict[str, str] | None = None) -> Any:
    """Open a field, write into it and save it, as the script does."""
    given = seen or opened(client, address)
    name = next(name for name in given if not name.startswith("initial-"))
    return client.post(address, given | {name: str(value)}, headers=SCRIPT)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("name", "Ada Lund", "Ada Lund"),
        ("email", "Ada.Lund@Nordlys.dk ", "ada.lund@nordlys.dk"),
        ("email", "", ""),
        ("phone", "33 12 34 56", "+4533123456"),
        ("phone", "+46 8 12 34 56", "+468123456"),
    ],
)
def test_field_of_a_person_is_changed_and_the_part_says_so(
    owner_client: Client, ada: Person, name: str, typed: str, kept: str
) -> None:
    address = f"/people/{ada.pk}/edit/{name}/"
    assert f'hx-get="{address}"' in owner_client.get(f"/people/{ada.pk}/").content.decode()
    answer = put(owner_client, address, typed)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert (kept or "–") in text
    assert f'id="fact-{name}"' in text
    assert ('id="record-name"' in text) == (name == "name")
    ada.refresh_from_db()
    assert getattr(ada, name) == kept
    assert Statement.objects.latest("pk").told == {name: kept or None}


def test_custom_field_and_company_of_a_person_are_changed(owner_client: Client, ada: Person, fjord: Company) -> None:
    seats = Field.objects.get().pk
    Person.objects.create(name="Bo", company=ada.company)
    address = f"/people/{ada.pk}/edit/f{seats}/"
    assert "Seats takes a number" in put(owner_client, address, "many").content.decode()
    put(owner_client, address, "15,5")
    put(owner_client, f"/people/{ada.pk}/edit/company/", "FJORD")
    ada.refresh_from_db()
    assert (ada.traits, ada.company) == ({"seats": 15.5}, fjord)
    put(owner_client, f"/people/{ada.pk}/edit/company/", "nordlys")
    ada.refresh_from_db()
    assert ada.company is not None
    assert ada.company.key == "nordlys.dk", "by what the company is called, though it is known by its domain"
    assert Company.objects.count() == 2


def test_company_gets_domain_market_and_owner(owner_client: Client, fjord: Company, owner: User, ada: Person) -> None:
    at = f"/people/companies/{fjord.pk}/edit/"
    put(owner_client, f"{at}domain/", "Fjord.NO")
    put(owner_client, f"{at}market/", "enterprise")
    put(owner_client, f"{at}owner/", owner.pk)
    fjord.refresh_from_db()
    assert (fjord.domain, fjord.market, fjord.owner) == ("fjord.no", "enterprise", owner)
    page = owner_client.get(f"/people/companies/{fjord.pk}/").content.decode()
    assert 'href="https://fjord.no"' in page
    assert "Enterprise" in page
    for typed, said in (("no domain", "This is not a domain"), ("nordlys.dk", "domain of Nordlys already")):
        refused = put(owner_client, f"{at}domain/", typed)
        assert refused.status_code == 422
        assert said in refused.content.decode()
    put(owner_client, f"{at}domain/", "")
    fjord.refresh_from_db()
    assert fjord.domain == ""
    assert ada.company is not None
    kept = put(owner_client, f"/people/companies/{ada.company.pk}/edit/domain/", "")
    assert "known by its domain, nordlys.dk" in kept.content.decode()
    assert "A company needs a name" in put(owner_client, f"{at}name/", "").content.decode()


@pytest.mark.parametrize("headers", [SCRIPT, {}])
def test_change_of_a_colleague_is_shown_before_it_is_overwritten(
    owner_client: Client, ada: Person, headers: dict[str, str]
) -> None:
    address = f"/people/{ada.pk}/edit/name/"
    mine, theirs = opened(owner_client, address), opened(owner_client, address)
    put(owner_client, address, "Ada Holm", theirs)
    clash = owner_client.post(address, mine | {"name": "Ada Lund"}, headers=headers)
    assert clash.status_code == (422 if headers else 409)
    text = clash.content.decode()
    assert "Somebody changed this meanwhile. It is now: <b>Ada Holm</b>" in " ".join(text.split())
    assert 'value="Ada Lund"' in text, "what was typed is still there"
    ada.refresh_from_db()
    assert ada.name == "Ada Holm"
    again = {"name": "Ada Lund", "initial-name": clash.context["form"].data["initial-name"]}
    assert owner_client.post(address, again, headers=headers).status_code == (200 if headers else 302)
    ada.refresh_from_db()
    assert ada.name == "Ada Lund"


def test_hand_over_of_a_colleague_is_not_lost_in_place_and_on_the_page_of_all_fields(
    owner_client: Client, ada: Person, make_user: Callable[..., User]
) -> None:
    anna, bo = make_user(Role.SELLER, email="anna@example.org"), make_user(Role.SELLER, email="bo@example.org")
    address, whole = f"/people/{ada.pk}/edit/owner/", f"/people/{ada.pk}/edit/"
    mine, theirs = opened(owner_client, address), opened(owner_client, address)
    put(owner_client, address, anna.pk, theirs)
    clash = put(owner_client, address, bo.pk, mine)
    assert "It is now: <b>Anna</b>" in " ".join(clash.content.decode().split())
    form = owner_client.get(whole).context["form"]
    values = {name: str(form[name].value() or "") for name in form.fields}
    stale = values | {form.add_initial_prefix(name): value for name, value in values.items()} | {"initial-owner": ""}
    refused = owner_client.post(whole, stale | {"owner": str(bo.pk), "name": "Ada Lund"})
    assert "Somebody changed this meanwhile: Owner." in refused.content.decode()
    ada.refresh_from_db()
    assert (ada.owner, ada.name) == (anna, "Ada"), "nothing of it was saved"
    acts = AuditRow.objects.filter(target=f"person {ada.pk}").values_list("details__act", flat=True)
    assert list(acts) == ["assign"]


def test_who_hands_a_record_out_of_reach_is_led_away_from_it(
    ada: Person,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
) -> None:
    anna, bo = make_user(Role.SELLER, email="anna@example.org"), make_user(Role.SELLER, email="bo@example.org")
    address = f"/people/{ada.pk}/edit/owner/"
    organisation.sellers_see = organisation.sellers_change = Reach.OWN
    organisation.save()
    answer = put(client_of(anna), address, bo.pk)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/people/")
    assert client_of(anna).get(address).status_code == 404
    organisation.sellers_see = Reach.ALL
    organisation.save()
    page = client_of(anna).get(f"/people/{ada.pk}/").content.decode()
    assert f"/people/{ada.pk}/edit/" not in page, "no pencil where nothing may be changed"
    assert "belongs to somebody else" in put(client_of(anna), f"/people/{ada.pk}/edit/name/", "Eve").content.decode()
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_company_that_is_not_seen_is_named_nowhere_and_stays(
    ada: Person,
    owner: User,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
) -> None:
    seller = make_user(Role.SELLER)
    Company.objects.update(owner=owner, name="Hemmelig")
    Person.objects.update(owner=seller, email="")
    organisation.sellers_see = Reach.OWN
    organisation.save()
    browser = client_of(seller)
    for address in (f"/people/{ada.pk}/", f"/people/{ada.pk}/edit/", f"/people/{ada.pk}/edit/company/"):
        page = browser.get(address).content.decode()
        assert "Hemmelig" not in page
        assert "company that you may not see" in page
    put(browser, f"/people/{ada.pk}/edit/name/", "Ada Lund")
    instead = opened_with(browser, f"/people/{ada.pk}/edit/company/") | {"company_instead": "on"}
    refused = put(browser, f"/people/{ada.pk}/edit/company/", "nordlys.dk", instead)
    assert "not yours to see" in refused.content.decode()


def opened_with(client: Client, address: str) -> dict[str, str]:
    """The text fields of a form, as the page has them."""
    form = client.get(address).context["form"]
    names = [name for name in form.fields if name != "company_instead"]
    shown = {name: str(form[name].value() or "") for name in names}
    return shown | {form.add_initial_prefix(name): value for name, value in shown.items()}


@pytest.mark.parametrize("field", ["company/", ""])
def test_company_that_is_not_seen_is_overwritten_by_nobody_who_does_not_say_so(  # noqa: PLR0913 - fixtures
    ada: Person,
    fjord: Company,
    owner: User,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    field: str,
) -> None:
    seller = make_user(Role.SELLER)
    Company.objects.filter(key="nordlys.dk").update(owner=owner)
    Person.objects.update(owner=seller, email="")
    organisation.sellers_see = Reach.OWN
    organisation.save()
    browser, address = client_of(seller), f"/people/{ada.pk}/edit/{field}"
    given, hidden = opened_with(browser, address), ada.company
    answer = browser.post(address, given | {"company": "Fjord"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["company_instead"])
    assert browser.post(address, given).status_code == 302
    ada.refresh_from_db()
    assert ada.company == hidden
    assert browser.post(address, given | {"company": "Fjord", "company_instead": "on"}).status_code == 302
    ada.refresh_from_db()
    assert ada.company == fjord
    assert browser.get(f"/people/{ada.pk}/edit/company_instead/").status_code == 404


def test_company_that_is_not_seen_is_taken_away_by_who_says_so(
    ada: Person,
    owner: User,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
) -> None:
    seller = make_user(Role.SELLER)
    Company.objects.update(owner=owner)
    Statement.objects.update(told={"name": "Ada", "company": "nordlys.dk"})
    Person.objects.update(owner=seller, email="")
    organisation.sellers_see = Reach.OWN
    organisation.save()
    browser, address = client_of(seller), f"/people/{ada.pk}/edit/company/"
    browser.post(address, opened_with(browser, address) | {"company_instead": "on"})
    ada.refresh_from_db()
    assert ada.company is None


def test_what_is_no_field_and_who_may_not_is_refused(
    owner_client: Client, ada: Person, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    for name in ("domain", "f999999", "traits", "market"):
        assert owner_client.get(f"/people/{ada.pk}/edit/{name}/").status_code == 404
    viewer = client_of(make_user(Role.VIEWER))
    assert viewer.get(f"/people/{ada.pk}/edit/name/").status_code == 403
    assert viewer.post(f"/people/{ada.pk}/edit/name/", {"name": "Eve"}).status_code == 403
    page = viewer.get(f"/people/{ada.pk}/").content.decode()
    assert "/edit/" not in page
    assert "Telephone" not in page, "what is not known is there to be filled in alone"


def test_custom_fields_stand_under_their_titles_as_people_write_them(owner_client: Client, owner: User) -> None:
    made = [
        ("born", "Born", "date"),
        ("chief", "Chief", "user"),
        ("fan", "Fan", "boolean"),
        ("seats", "Seats", "number"),
    ]
    for code, title, kind in made:
        Field.objects.create(kind="person", code=code, title=title, type=kind)
    traits = {"born": "2001-03-04", "chief": owner.pk, "fan": False, "seats": 1234.5}
    person = Person.objects.create(name="Ada", traits=traits | {"retired": "gone"})
    Identifier.objects.create(actor="u:ada", person=person)
    facts = {one.title: (one.text, one.unfit) for one in owner_client.get(f"/people/{person.pk}/").context["facts"]}
    assert facts["Born"] == ("4 Mar 2001", False)
    assert facts["Chief"] == ("Owner", False)
    assert (facts["Fan"], facts["Seats"]) == (("No", False), ("1,234.50", False))
    Person.objects.update(traits={"seats": "many"})
    facts = {one.title: (one.text, one.unfit) for one in owner_client.get(f"/people/{person.pk}/").context["facts"]}
    assert facts["Seats"] == ("many", True)
    before = queries(lambda: owner_client.get(f"/people/{person.pk}/"))
    Field.objects.create(kind="person", code="more", title="More", type="text")
    assert queries(lambda: owner_client.get(f"/people/{person.pk}/")) == before


def test_company_page_leads_to_all_its_persons(owner_client: Client, fjord: Company) -> None:
    Person.objects.bulk_create(Person(name=f"Person {number:02}", company=fjord) for number in range(21))
    page = owner_client.get(f"/people/companies/{fjord.pk}/").content.decode()
    address = f"/people/?company.is={fjord.pk}"
    assert f'href="{address}"' in page
    assert owner_client.get(address).context["page"].number == 21
