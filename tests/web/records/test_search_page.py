"""The text box over a list, the page of all results, and the way to it from the palette."""

from collections.abc import Callable

import pytest
from django.http import QueryDict
from django.test import Client

from tests.web.conftest import queries
from tests.web.records.conftest import Make
from tragt.web.accounts.models import AuditRow, Organisation, Reach, User
from tragt.web.crm.models import Product
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company
from tragt.web.records.listing import read
from tragt.web.records.models import Tag
from tragt.web.records.queries import pages
from tragt.web.records.views.search import MOST

pytestmark = pytest.mark.django_db


def names(query: str, user: User | None = None) -> list[str]:
    asked = read(PERSON, PERSON.columns, QueryDict(query))
    assert not asked.wrong
    return [row.name for row in pages.page(asked, user).records]


@pytest.mark.parametrize("walked", [False, True])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("holm", ["Bo Holm", "Åse Holmgren"]),
        ("HOLM bo", ["Bo Holm"]),
        ("åse", ["Åse Holmgren"]),
        ("nordlys.dk", ["Bo Holm"]),
        ("4511", ["Ida Lund"]),
        ("bo", ["Bo Holm", "Bodil"]),
        ("b", ["Bo Holm", "Bodil"]),
        ("  Ida   LUND ", ["Ida Lund"]),
        ("ida@", ["Ida Lund"]),
        ("holm ida", []),
        ("100%", []),
        ('"holm', []),
        ("o_m", []),
    ],
)
def test_text_finds_in_a_list_what_holds_all_its_words(
    person: Make, monkeypatch: pytest.MonkeyPatch, text: str, found: list[str], *, walked: bool
) -> None:
    person("Bo Holm", email="bo@nordlys.dk"), person("Åse Holmgren"), person("Bodil")
    person("Ida Lund", phone="+4511223344", email="ida@lund.se")
    if walked:
        monkeypatch.setattr(pages, "MOST_COUNTED", 0)
    asked = QueryDict(mutable=True)
    asked.update({"q": text, "sort": "name"})
    assert names(asked.urlencode()) == found


def test_text_goes_together_with_filters_pages_and_files(owner_client: Client, person: Make) -> None:
    tag = Tag.objects.create(name="VIP")
    for number in range(60):
        one = person(f"Holm {number:02}", email="" if number % 2 else f"h{number}@holm.dk")
        one.tags.add(*([tag] if number < 4 else []))
    person("Ida Lund")
    page = owner_client.get("/people/?q=holm&sort=name").content.decode()
    assert 'name="q" type="search" value="holm"' in page
    assert "60 records" in page
    assert "Ida Lund" not in page
    following = page.split('rel="next" href="?')[1].split('"')[0].replace("&amp;", "&")
    rest = owner_client.get(f"/people/?{following}").content.decode()
    assert "Holm 59" in rest
    assert "Ida Lund" not in rest
    page = owner_client.get(f"/people/?q=holm&tags.any={tag.pk}&add=email").content.decode()
    assert "4 records" in page
    assert page.count('<input type="hidden" name="q" value="holm">') == 1, "the form of a filter keeps the text"
    assert f'<input type="hidden" name="tags.any" value="{tag.pk}">' in page, "the text keeps the filters"
    file = owner_client.get("/people/list.csv?q=holm&email.empty=no").getvalue().decode()
    assert file.count("\n") == 31
    assert AuditRow.objects.get(verb="people.export").details["filters"] == ["email", "q"]
    every = {"act": "tag", "tag": "Lead", "every": "yes", "number": "60", "query": "q=holm"}
    owner_client.post("/records/person/many/", every)
    assert owner_client.get("/people/?q=lund").content.decode().count("Lead</span>") == 0
    assert "60 records" in owner_client.get(f"/people/?tags.any={Tag.objects.get(name='Lead').pk}").content.decode()


def test_text_that_nothing_holds_says_so(owner_client: Client, person: Make) -> None:
    person("Bo Holm")
    page = owner_client.get("/people/?q=%22%3Cscript%3E").content.decode()
    assert "Nothing matches" in page
    assert 'value="&quot;&lt;script&gt;"' in page
    for wild in ("%00", "%20", "q" * 300, "a+" * 80, "%F0%9F%98%80", "%25", "%27", "NEAR(", "%22%22%22"):
        assert owner_client.get(f"/people/?q={wild}").status_code == 200, wild
        assert owner_client.get(f"/search/?q={wild}").status_code == 200, wild


def test_api_takes_the_text_as_the_list_does(program_of: Callable[..., Client], owner: User, person: Make) -> None:
    person("Bo Holm"), person("Ida Lund")
    program = program_of(owner)
    found = program.get("/api/v1/persons?q=holm&count=true").json()
    assert [one["name"] for one in found["items"]] == ["Bo Holm"]
    assert found["count"] == 1
    assert program.get("/api/v1/persons?q=").status_code == 422
    assert program.get(f"/api/v1/persons?q={'x' * 101}").status_code == 422
    assert program.get("/api/v1/companies?q=holm").json()["items"] == []


def test_page_shows_the_best_of_each_kind_and_leads_to_the_rest(
    owner_client: Client, person: Make, company: Callable[..., Company]
) -> None:
    for number in range(MOST + 2):
        person(f"Holm {number:02}")
    company("Holm & <b>Sons</b>", domain="holm.dk")
    page = owner_client.get("/search/?q=holm").content.decode()
    assert page.count('<a href="/people/') >= MOST
    assert page.count(">Holm ") == MOST + 1
    assert "Holm &amp; &lt;b&gt;Sons&lt;/b&gt;" in page
    assert 'href="/people/?q=holm"><span>Persons: show all that match' in page
    assert 'href="/people/companies/?q=holm">Companies: show as a list' in page
    assert "12 records" in owner_client.get("/people/?q=holm").content.decode()


def test_page_names_products_to_those_who_may_open_them(
    owner_client: Client, client_of: Callable[[User], Client], make_user: Callable[..., User]
) -> None:
    product = Product.objects.create(name="Holm lamp", currency="DKK")
    Product.objects.create(name="Holm chair", currency="DKK", archived="2026-01-01T00:00Z")
    address = f"/settings/products/{product.pk}/"
    page = owner_client.get("/search/?q=holm").content.decode()
    assert address in page
    assert "Holm chair" not in page
    Company.objects.create(key="holm", name="Holm")
    palette = owner_client.get("/palette/?q=holm").content.decode()
    assert palette.index("/people/companies/") < palette.index(address), "records stand before products"
    seller = client_of(make_user("seller"))
    for where in ("/search/?q=holm", "/palette/?q=holm"):
        assert "Holm lamp" not in seller.get(where).content.decode()


def test_palette_leads_to_all_results_after_everything_else(owner_client: Client, person: Make) -> None:
    for number in range(30):
        person(f"Settings {number}")
    hits = owner_client.get("/palette/?q=se", headers={"HX-Request": "true"}).content.decode()
    every = hits.split('class="hit"')
    assert [part for part in every if "Settings 1" in part]
    last = every[-1]
    assert 'href="/search/?q=se"' in last
    assert "All results for “se”" in last
    assert "/search/" not in owner_client.get("/palette/?q=nothing-at-all").content.decode()


def test_seller_finds_only_what_they_see(
    organisation: Organisation, make_user: Callable[..., User], client_of: Callable[[User], Client], person: Make
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller, other = make_user("seller"), make_user("manager")
    firm = Company.objects.create(key="hidden", name="Hidden Ltd", owner=other)
    person("Karla Holm", owner=other), person("Bo Holm", owner=seller, company=firm)
    browser = client_of(seller)
    for address in ("/search/?q=holm", "/people/?q=holm", "/people/?q=holm&sort=name"):
        page = browser.get(address).content.decode()
        assert "Bo Holm" in page
        assert "Karla" not in page
        assert "Hidden Ltd" not in page
    assert browser.get("/search/?q=karla").content.decode().count("Nothing found") == 1
    assert Client().get("/search/?q=holm").status_code == 302


def test_page_takes_the_same_queries_however_much_is_found(owner_client: Client, person: Make) -> None:
    firm = Company.objects.create(key="holm", name="Holm")
    person("Holm", company=firm)
    owner_client.get("/search/?q=holm")
    few = queries(lambda: owner_client.get("/search/?q=holm"))
    for number in range(20):
        person(f"Holm {number}", company=Company.objects.create(key=f"holm {number}", name=f"Holm {number}"))
    assert queries(lambda: owner_client.get("/search/?q=holm")) == few
    assert [column.code for column in COMPANY.searched] == ["name", "domain"]
