"""The pages of lists over HTTP: what they show, how many queries they make, and their files."""

import csv
import io
from collections.abc import Callable

import polars as pl
import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.records.conftest import Make
from tragt.web.accounts.models import AuditRow, User
from tragt.web.people.models import Company
from tragt.web.records.models import Field, Layout, Tag

pytestmark = pytest.mark.django_db


def fill(person: Make, number: int) -> None:
    tags = [Tag.objects.create(name=f"{number}.{place}") for place in range(3)]
    firm = Company.objects.create(key=f"firm {number}", name=f"Firm {number}")
    for place in range(number):
        one = person(f"Person {place}", email=f"p{place}@example.org", company=firm, traits={"seats": place})
        one.tags.add(*tags[: place % 3])


ADDRESSES = (
    "/people/", "/people/?sort=name", "/people/?name.contains=pers&tags.any=1", "/people/?add=owner",
    "/people/companies/", "/people/?owner.any=me&created.from=2026-01-02", "/palette/?q=person",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_list_number_of_queries_does_not_grow_with_the_records(
    owner_client: Client, person: Make, address: str
) -> None:
    Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    fill(person, 4)
    owner_client.get(address)
    few = queries(lambda: owner_client.get(address))
    fill(person, 40)
    assert queries(lambda: owner_client.get(address)) <= few + 1


def test_list_shows_names_tags_and_companies_escaped(owner_client: Client, person: Make) -> None:
    firm = Company.objects.create(key="x", name="<b>Firm</b>")
    one = person("<script>alert(1)</script>", company=firm)
    one.tags.add(Tag.objects.create(name="<i>VIP</i>"))
    page = owner_client.get("/people/").content.decode()
    for raw in ("<script>alert", "<b>Firm", "<i>VIP"):
        assert raw not in page
    assert "&lt;b&gt;Firm" in page
    assert "&lt;i&gt;VIP" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("created.from=tomorrow", "“tomorrow” is not a date, such as 2026-03-31."),
        ("name.contains=ab", "“ab” is too short to look for inside a text; give at least three letters."),
        ("sort=nothing", "The list cannot be sorted by “nothing”. It is sorted as usual."),
        ("owner.any=bo", "“bo” is no key; choose from the list."),
        ("tags.from=2", "“Tags” cannot be filtered in this way; the filter was left out."),
        ("email.empty=perhaps", "“perhaps” is neither yes nor no."),
    ],
)
def test_list_what_cannot_be_asked_is_left_out_and_said(
    owner_client: Client, person: Make, query: str, sentence: str
) -> None:
    person("Bo Holm")
    page = owner_client.get(f"/people/?{query}").content.decode()
    assert sentence in page
    assert "Bo Holm" in page


WILD = (
    "after=x", "after=-1", "before=99999999999999999999", "name.is=%00", "created.to=9999-12-31", "f1.from=2",
    "f999.is=x", "tags.any=999999999999999", "owner.any=me&owner.any=me", "sort=-", "add=nothing", "a.b.c=d",
)  # fmt: skip


def test_list_any_wild_address_is_answered(owner_client: Client, person: Make) -> None:
    person("Bo Holm")
    for query in WILD:
        assert owner_client.get(f"/people/?{query}").status_code == 200, query


def test_filter_form_opens_for_a_column_and_keeps_the_others(owner_client: Client, person: Make) -> None:
    person("Bo Holm")
    page = owner_client.get("/people/?email.empty=yes&sort=name&add=name").content.decode()
    assert 'name="name.contains"' in page
    assert '<input type="hidden" name="email.empty" value="yes">' in page
    assert '<input type="hidden" name="sort" value="name">' in page


def test_columns_that_somebody_chose_stay_theirs(
    owner_client: Client, owner: User, person: Make, client_of: Callable[[User], Client], make_user: Callable[..., User]
) -> None:
    field = Field.objects.create(kind="person", code="seats", title="Seats bought", type="number")
    person("Bo Holm", traits={"seats": 12}, phone="+4511223344")
    answer = owner_client.post("/records/person/columns/", {"column": [f"f{field.pk}"], "next": "/people/?sort=name"})
    assert answer["Location"] == "/people/?sort=name"
    assert Layout.objects.get(user=owner).columns == [f"f{field.pk}"]
    page = owner_client.get("/people/").content.decode()
    assert 'data-label="Seats bought" class="num">12<' in page
    assert "+4511223344" not in page
    assert "+4511223344" in client_of(make_user("viewer")).get("/people/").content.decode()
    assert owner_client.post("/records/person/columns/", {"next": "https://evil.example"})["Location"] == "/people/"


def test_custom_value_that_does_not_fit_is_shown_as_given_and_marked(owner_client: Client, person: Make) -> None:
    field = Field.objects.create(kind="person", code="seats", title="Seats", type="number", indexed=True)
    person("Bo Holm", traits={"seats": "a dozen"})
    person("Ida Lund", traits={"seats": 7})
    Layout.objects.create(user=User.objects.get(role="owner"), kind="person", columns=[f"f{field.pk}"])
    page = owner_client.get("/people/").content.decode()
    assert 'a dozen <span class="tag warn">as told</span>' in page
    found = owner_client.get(f"/people/?f{field.pk}.from=5").content.decode()
    assert "Ida Lund" in found
    assert "Bo Holm" not in found
    assert owner_client.get(f"/people/?sort=f{field.pk}").content.decode().index("Ida Lund") > 0


def test_file_holds_what_the_filters_leave_without_formulas_and_is_audited(owner_client: Client, person: Make) -> None:
    person("=SUM(A1)", email="bo@nordlys.dk")
    person("Ida Lund")
    answer = owner_client.get("/people/list.csv?email.empty=no")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0][:2] == ["Name", "E-mail"]
    assert [row[:2] for row in rows[1:]] == [["'=SUM(A1)", "bo@nordlys.dk"]]
    told = AuditRow.objects.get(verb="people.export")
    assert told.details == {"list": "person", "rows": 1, "filters": ["email"]}
    sheet = pl.read_excel(io.BytesIO(owner_client.get("/people/list.xlsx").getvalue()))
    assert sheet["Name"].to_list() == ["Ida Lund", "=SUM(A1)"]


def test_empty_list_says_what_will_stand_there(owner_client: Client, person: Make) -> None:
    assert "No persons yet" in owner_client.get("/people/").content.decode()
    person("Bo Holm")
    assert "Nothing matches" in owner_client.get("/people/?name.is=ida").content.decode()
