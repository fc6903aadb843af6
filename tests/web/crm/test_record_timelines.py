"""Timelines of persons and companies: what was done, how deals moved, what the log tells, in one order, each once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tests.web.people.conftest import Put, home, put
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity, remove_activity
from tragt.web.crm.actions.committee import add_member
from tragt.web.crm.actions.moving import move_deal
from tragt.web.crm.happened import Happened
from tragt.web.crm.models import Activity, Deal, Member, Move, Stage
from tragt.web.people.actions import merge
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

__all__ = ["home", "put"]

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PART = {"HX-Request": "true"}
TIMELINE = {"timeline": "1"}
WHOLE = ["Contract Opened", "Rang Ada", "entered Need", "They like it", "Page Viewed", "created Contact"]


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def page_of(record: Person | Company | Deal) -> str:
    if isinstance(record, Deal):
        return f"/deals/{record.pk}/timeline/"
    return f"/people/{record.pk}/" if isinstance(record, Person) else f"/people/companies/{record.pk}/"


def shown(
    client: Client, record: Person | Company | Deal, *, part: bool = False, **asked: str
) -> tuple[list[str], str]:
    """What a page says, and the query of the next one."""
    answer = client.get(page_of(record), asked or TIMELINE, headers=PART if part else {})
    assert answer.status_code == 200
    page = answer.context["timeline"]
    assert isinstance(page, Happened)
    said: list[str] = []
    for run in page.runs:
        said += [line.called for line in run.lines]
        said += [str(run.activity)] if run.activity else []
        said += [f"{run.move.kind} {run.move.stage_name}"] if run.move else []
    return said, page.older


@pytest.fixture
def sold(make_deal: OpenDeal, stages: dict[str, Stage], ada: Person, put: Put) -> Deal:
    """A deal with Ada and her company that moved; what was done about her, and what the log tells of all that."""
    deal = make_deal("Contact", contact=ada.pk, company=ada.company_id)
    move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE)
    for move, moment in zip(Move.objects.filter(deal=deal), (NOON, after(2)), strict=True):
        Move.objects.filter(pk=move.pk).update(at=moment)
    add_activity(Entry("note", "They like it", at=after(1)), About(deal=deal.pk), who=COMMAND_LINE)
    add_activity(Entry("call", "Rang Ada", at=after(3)), About(person=ada.pk), who=COMMAND_LINE)
    add_activity(Entry("task", "Send the offer", due=after(900)), About(person=ada.pk), who=COMMAND_LINE)
    own = {"source": "tragt", "deal": deal.key}
    put(
        [
            ("Deal Created", "u:ada", NOON, {}, own),
            ("Deal Stage Entered", "u:ada", NOON, {}, own),
            ("Page Viewed", "u:ada", after(0.5)),
            ("Deal Stage Entered", "u:ada", after(2), {}, own),
            ("Call Logged", "u:ada", after(3), {}, {"source": "tragt"}),
            ("Activity Corrected", "u:ada", after(3.5), {}, {"source": "tragt"}),
            ("Contract Opened", None, after(4), {}, {"deal": deal.key, "company": "Nordlys"}),
            ("Page Viewed", "u:bo", after(5)),
        ]
    )
    return deal


def test_person_and_company_tell_all_that_happened_once_in_one_order(
    owner_client: Client, sold: Deal, ada: Person
) -> None:
    company = Company.objects.get()
    assert shown(owner_client, company) == (WHOLE, "")
    assert shown(owner_client, ada) == (WHOLE[1:], ""), "what names the deal alone is not hers"
    page = owner_client.get(page_of(ada), TIMELINE).content.decode()
    assert page.count(f'href="/deals/{sold.pk}/"') >= 3
    assert "Send the offer" in page
    assert page.count("They like it") == 1, "what is done stands in the timeline"
    assert f'href="/people/{ada.pk}/"' in owner_client.get(page_of(company), TIMELINE).content.decode()


def test_what_was_told_of_an_activity_that_is_gone_stands_for_it(
    owner_client: Client, make_deal: OpenDeal, ada: Person, put: Put
) -> None:
    """On the page of a person, of the company and of the deal; while it is there, it stands there alone."""
    deal = make_deal("Contact", contact=ada.pk, company=ada.company_id)
    Move.objects.update(at=NOON)
    calls = [
        add_activity(Entry("call", f"Call {one}", at=after(one)), About(deal=deal.pk), who=COMMAND_LINE)
        for one in (1, 2)
    ]
    own = {"source": "tragt", "deal": deal.key, "company": "nordlys"}
    put([("Call Logged", "u:ada", row.at, {"activity": row.pk}, own) for row in calls])

    def calls_on(record: Person | Company | Deal) -> list[str]:
        return [one for one in shown(owner_client, record)[0] if "Call" in one]

    records: list[Person | Company | Deal] = [ada, Company.objects.get(), deal]
    assert [calls_on(one) for one in records] == [["Call 2", "Call 1"]] * 3
    remove_activity(calls[1].pk, who=COMMAND_LINE)
    assert [calls_on(one) for one in records] == [["Call Logged", "Call 1"]] * 3


def test_company_tells_how_the_deals_of_its_people_moved_though_these_name_no_company(
    owner_client: Client, sold: Deal
) -> None:
    Deal.objects.filter(pk=sold.pk).update(company=None)
    Activity.objects.filter(deal=sold).update(company=None)
    assert shown(owner_client, Company.objects.get()) == (WHOLE, "")


def test_timeline_of_a_person_is_narrowed_by_kind_event_and_source(
    owner_client: Client, sold: Deal, ada: Person
) -> None:
    assert sold.pk
    assert shown(owner_client, ada, kind="activities")[0] == ["Rang Ada", "They like it"]
    assert shown(owner_client, ada, kind="moves")[0] == ["entered Need", "created Contact"]
    assert shown(owner_client, ada, kind="events")[0] == ["Page Viewed"]
    raw = ["Activity Corrected", "Call Logged", *["Deal Stage Entered"] * 2, "Deal Created"]
    assert shown(owner_client, ada, source="tragt")[0] == raw
    assert shown(owner_client, ada, start="2026-03-03")[0] == []
    text = owner_client.get(page_of(ada), {"source": "tragt"}).content.decode()
    assert '<option value="tragt" selected>In Tragt</option>' in text
    assert "</small></summary>" in text
    assert "· tragt</small>" not in text


def test_pages_of_a_timeline_go_on_where_they_ended(
    owner_client: Client, ada: Person, make_deal: OpenDeal, put: Put
) -> None:
    make_deal(contact=ada.pk)
    hours = [number // 5 for number in range(60)]
    Activity.objects.bulk_create(
        Activity(kind="note", title=f"n{n}", person=ada, company_id=ada.company_id if n % 2 else None, at=after(hour))
        for n, hour in enumerate(hours)
    )
    put([(f"e{n}", "u:ada", after(hour)) for n, hour in enumerate(hours)])
    for record in (ada, Company.objects.get()):
        pages: list[list[str]] = []
        asked: dict[str, str] = {}
        while True:
            said, older = shown(owner_client, record, part=bool(asked), **asked)
            pages.append(said)
            if not older:
                break
            asked = dict(parse_qsl(older))
        every = [one for page in pages for one in page if one[0] in "ne" and one[1:].isdigit()]
        assert [len(page) for page in pages[:3]] == [20, 50, 50]
        assert len(every) == 120
        assert set(every) == {f"{kind}{n}" for n in range(60) for kind in "ne"}
        times = [hours[int(one[1:])] for one in every]
        assert times == sorted(times, reverse=True)
    part = owner_client.get(page_of(ada), {"before": f"{int(after(1).timestamp())}000000.0.x"}, headers=PART)
    assert b"<html" not in part.content
    assert owner_client.get(page_of(ada), {"before": "yesterday"}).status_code == 404


def test_seller_reads_of_no_deal_and_nobody_whom_they_do_not_see(
    make_user: Callable[..., User], client_of: Callable[[User], Client], owner: User, sold: Deal, ada: Person, put: Put
) -> None:
    Organisation.objects.update(sellers_see="own")
    seller = make_user(Role.SELLER, "anna@example.org", "Anna")
    bo = Person.objects.create(name="Bo Berg", company=ada.company, owner=owner)
    Identifier.objects.create(actor="u:bo", person=bo)
    add_activity(Entry("call", "About Bo", at=after(7)), About(person=bo.pk), who=COMMAND_LINE)
    put([("Contract Signed", "u:bo", after(8), {"title": "Secret"}, {"company": "Nordlys"})], batch="import:2")
    Deal.objects.filter(pk=sold.pk).update(owner=owner)
    client, company = client_of(seller), Company.objects.get()
    assert shown(client, ada)[0] == ["Rang Ada", "Page Viewed"]
    said, _ = shown(client, company)
    assert said == ["Contract Signed", "Page Viewed", "Rang Ada", "Page Viewed"]
    text = client.get(page_of(company), TIMELINE).content.decode()
    assert not [one for one in ("Bo Berg", "Secret", "About Bo", "Lamps", "They like it") if one in text]


def test_one_who_stands_in_several_rows_has_what_was_done_about_each(
    owner_client: Client, ada: Person, put: Put
) -> None:
    other = Person.objects.create(name="Ada L.")
    Identifier.objects.create(actor="u:al", person=other)
    add_activity(Entry("call", "Rang Ada L.", at=NOON), About(person=other.pk), who=COMMAND_LINE)
    put([("Call Logged", "u:al", NOON, {}, {"source": "tragt"}), ("Page Viewed", "u:al", after(1))])
    merge("u:ada", "u:al", who=SYSTEM)
    assert shown(owner_client, ada)[0] == shown(owner_client, other)[0] == ["Page Viewed", "Rang Ada L."]
    for row in (ada, other):
        page = owner_client.get(page_of(row), TIMELINE).context["timeline"]
        assert page.address == page_of(row), "what leads on stays on this page"


@pytest.mark.parametrize("code", ["person", "company"])
def test_page_asks_the_database_as_often_whatever_happened(
    owner_client: Client, sold: Deal, ada: Person, make_deal: OpenDeal, put: Put, code: str
) -> None:
    record = ada if code == "person" else Company.objects.get()
    owner_client.get(page_of(record), TIMELINE)
    few = queries(lambda: owner_client.get(page_of(record), TIMELINE))
    for number in range(7):
        deal = make_deal(name=f"Deal {number}", company=ada.company_id, contact=ada.pk)
        person = Person.objects.create(name=f"P{number}", company=ada.company)
        Identifier.objects.create(actor=f"u:p{number}", person=person)
        add_member(deal.pk, person.pk, "user", who=COMMAND_LINE)
        add_activity(Entry("note", f"Note {number}", at=after(number)), About(deal=deal.pk), who=COMMAND_LINE)
    put([("Page Viewed", f"u:p{number}", after(number)) for number in range(7)], batch="import:2")
    owner_client.get(page_of(record), TIMELINE)
    assert queries(lambda: owner_client.get(page_of(record), TIMELINE)) == few
    assert (Member.objects.filter(person=ada).count(), Move.objects.filter(deal=sold).count()) == (8, 2)


def test_reader_who_sees_no_deals_has_the_timeline_of_the_log(
    owner_client: Client, sold: Deal, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = User.has_perm
    monkeypatch.setattr(User, "has_perm", lambda self, name, obj=None: name != "deals.see" and may(self, name, obj))
    answer = owner_client.get(page_of(ada), TIMELINE)
    assert answer.status_code == 200
    assert sold.pk
    names = [line.called for line in answer.context["timeline"].lines]
    assert "Call Logged" in names
    assert "They like it" not in answer.content.decode()
