"""The pages of a person and of a company: what their timelines say, and how they are narrowed and read on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.people.conftest import START, Put
from tragt.web.accounts.models import Role, User
from tragt.web.log.actions import strike
from tragt.web.people.actions import learn_claims, learn_people, merge
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import SYSTEM

pytestmark = pytest.mark.django_db

WHOLE = {"timeline": "1"}
PART = {"HX-Request": "true"}


def learn(*rows: tuple[str, str, str | None]) -> None:
    people = pl.DataFrame(rows, ["actor", "name", "company"], orient="row")
    learn_people(people, cause="import:1", who=SYSTEM)


def page_of(name: str) -> str:
    return f"/people/{Person.objects.get(name=name).pk}/"


@pytest.fixture
def anna(put: Put) -> str:
    """The page of Anna, a visitor first, who has done this and that."""
    page = {"context": '{"page":{"title":"Prices","url":"https://x.dk/prices/?gclid=7"}}'}
    bill = {"amount": 1234.5, "currency": "DKK"}
    put(
        [
            ("Page Viewed", "a:1", START, {}, page),
            ("Order Completed", "u:1", START + timedelta(hours=1), bill, {"deal": "d-7", "source": "shop"}),
            ("Fetched", "u:1", START + timedelta(hours=2), {}, {"human": 0.1}),
            ("Tested", "u:1", START + timedelta(hours=3), {}, {"traffic": "test"}),
            ("Page Viewed", "u:2", START + timedelta(hours=4)),
        ]
    )
    learn(("u:1", "Anna <Holm>", "Nord"), ("u:2", "Bo", None))
    claims = pl.DataFrame([("a:1", "u:1", START)], ["actor", "user", "at"], orient="row")
    learn_claims(claims, cause="import:1", who=SYSTEM)
    return page_of("Anna <Holm>")


def test_page_asks_for_its_timeline_once_it_stands(owner_client: Client, anna: str) -> None:
    """It is as much work as the rest; who has no scripts follows a link to the page with both."""
    page = owner_client.get(anna)
    text = page.content.decode()
    assert "timeline" not in (page.context or {})
    assert f'hx-get="{anna}?timeline=1"' in text
    assert f'href="{anna}?timeline=1#h-timeline"' in text
    part = owner_client.get(anna, WHOLE, headers=PART).content.decode()
    assert "<html" not in part
    assert 'id="h-timeline"' in part
    assert "Order Completed" in part
    assert "<html" in owner_client.get(anna, WHOLE).content.decode()


def lines(client: Client, page: str, **asked: str) -> list[str]:
    """What the lines of a timeline are called."""
    return [line.called for line in client.get(page, asked or WHOLE).context["timeline"].lines]


def test_page_of_a_person_tells_what_happened_newest_first(owner_client: Client, anna: str) -> None:
    answer = owner_client.get(anna, WHOLE)
    shown = [(line.called, line.said, line.source) for line in answer.context["timeline"].lines]
    assert shown == [
        ("Order Completed", ("d-7", "DKK\N{NO-BREAK SPACE}1,234.50"), "shop"),
        ("Page Viewed", ("Prices", "x.dk/prices"), "test"),
    ]
    text = answer.content.decode()
    assert ">Anna &lt;Holm&gt;</span></h1>" in text
    assert "1 Mar 2026, 10:00" in text
    assert f"/people/companies/{Company.objects.get().pk}/" in text


def test_timeline_is_narrowed_by_what_is_asked(owner_client: Client, anna: str) -> None:
    assert lines(owner_client, anna, robots="on") == ["Fetched", "Order Completed", "Page Viewed"]
    assert lines(owner_client, anna, own="on", robots="on")[0] == "Tested"
    assert lines(owner_client, anna, name="Page Viewed") == ["Page Viewed"]
    assert lines(owner_client, anna, source="shop") == ["Order Completed"]
    assert lines(owner_client, anna, start="2026-03-01", end="2026-03-01") == ["Order Completed", "Page Viewed"]
    assert lines(owner_client, anna, start="2026-03-02") == []


def test_empty_timeline_says_why(owner_client: Client, anna: str) -> None:
    assert "Nothing of this kind" in owner_client.get(anna, {"source": "gone"}).content.decode()
    learn(("u:9", "Nils", None))
    text = owner_client.get(page_of("Nils"), WHOLE).content.decode()
    assert "Nothing happened yet" in text
    assert "?robots=on&amp;own=on" in text


def test_older_touches_follow_as_a_part(owner_client: Client, put: Put) -> None:
    put([("Visited", "u:1", START + timedelta(minutes=minute)) for minute in range(120)])
    learn(("u:1", "Anna", None))
    seen, asked, page = [], "", page_of("Anna")
    while True:
        answer = owner_client.get(f"{page}?{asked or 'timeline=1'}", headers=PART if asked else {})
        seen += [line.touch.id for line in answer.context["timeline"].lines]
        assert (b"<html" in answer.content) == (not asked)
        asked = answer.context["timeline"].older
        if not asked:
            break
        assert asked.replace("&", "&amp;") in answer.content.decode()
    assert seen == [f"import:1-{number}" for number in range(119, -1, -1)]
    assert owner_client.get(page, {"before": "yesterday"}).status_code == 404


def test_touch_opens_with_all_it_came_with_and_none_of_another(owner_client: Client, anna: str) -> None:
    line = owner_client.get(anna, WHOLE).context["timeline"].lines[0]
    part = owner_client.get(f"{anna}touch/?{line.asked}", headers=PART).content.decode()
    assert "&quot;amount&quot;: 1234.5" in part
    assert "<html" not in part
    assert "<html" in owner_client.get(f"{anna}touch/?{line.asked}").content.decode()
    assert owner_client.get(f"{page_of('Bo')}touch/?{line.asked}").status_code == 404
    assert owner_client.get(f"{anna}touch/?id=x&at=soon").status_code == 404
    assert owner_client.get(f"{anna}?before=253402300799999999.0.x").status_code == 200


@pytest.mark.parametrize("number", ["1e308", "1e400", "9" * 400, "9" * 5000], ids=len)
def test_touch_with_a_number_beyond_all_amounts_is_shown_without_it(
    owner_client: Client, put: Put, number: str
) -> None:
    put([("Paid", "u:1", START, {}, {"properties": f'{{"amount":{number},"currency":"EUR"}}'})])
    learn(("u:1", "Anna", None))
    (line,) = owner_client.get(page_of("Anna"), WHOLE).context["timeline"].lines
    assert line.said == ()
    assert owner_client.get(f"{page_of('Anna')}touch/?{line.asked}").status_code == 200


def test_page_of_a_company_has_its_persons_touches_and_says_whose(owner_client: Client, anna: str) -> None:
    page = f"/people/companies/{Company.objects.get().pk}/"
    answer = owner_client.get(page, WHOLE)
    shown = [(line.called, line.who and line.who.label) for line in answer.context["timeline"].lines]
    assert shown == [("Order Completed", "Anna <Holm>"), ("Page Viewed", "Anna <Holm>")]
    assert f'href="{anna}"' in answer.content.decode()
    line = answer.context["timeline"].lines[1]
    assert "Prices" in owner_client.get(f"{page}touch/?{line.asked}").content.decode()


def test_page_of_one_who_was_merged_or_struck(owner_client: Client, anna: str) -> None:
    merge("u:1", "u:2", who=SYSTEM)
    whole = ["Page Viewed", "Order Completed", "Page Viewed"]
    assert lines(owner_client, anna) == lines(owner_client, page_of("Bo")) == whole
    times = {"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")}
    strike(pl.DataFrame([("u:1", None, None)], {"actor": pl.String, **times}, orient="row"))
    assert lines(owner_client, anna) == ["Page Viewed", "Page Viewed"]
    Person.objects.filter(name="Bo").update(struck=datetime(2026, 3, 2, tzinfo=UTC))
    key = Person.objects.get(name="Bo").pk
    assert owner_client.get(f"/people/{key}/").status_code == 404


def test_pages_are_for_those_who_may_see_people(
    make_user: Callable[[str], User], client_of: Callable[[User], Client], anna: str
) -> None:
    company = f"/people/companies/{Company.objects.get().pk}/"
    assert client_of(make_user(Role.VIEWER)).get(anna).status_code == 200
    for page in (anna, f"{anna}touch/", company, f"{company}touch/"):
        assert Client().get(page).status_code == 302


def test_page_asks_the_database_as_often_however_long_it_is(owner_client: Client, put: Put) -> None:
    people = [(f"u:{number}", f"Person {number}", "Nord") for number in range(30)]
    learn(*people)
    page = f"/people/companies/{Company.objects.get().pk}/"
    put([("Visited", "u:0", START)])
    owner_client.get(page, WHOLE)
    few = queries(lambda: owner_client.get(page, WHOLE))
    put([("Visited", f"u:{number}", START) for number in range(30)], batch="import:2")
    owner_client.get(page, WHOLE)
    assert queries(lambda: owner_client.get(page, WHOLE)) == few
