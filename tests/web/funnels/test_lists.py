"""The lists behind a step: they lead to the records, and a task can be planned for all who are listed."""

import re
from collections.abc import Callable
from itertools import chain

import polars as pl
import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.funnels.conftest import Bring
from tragt import Funnel, read
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.crm.models import Activity, Deal, Pipeline, SegmentMember, Stage
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting.parts import Part
from tragt.web.funnels.models import SavedFunnel
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def deals(bring: Bring, owner: User) -> SavedFunnel:
    """Twelve deals that are created, six of them won; four have a row, and a person stands beside each."""
    rows = [(f"k{one}", "Created", "2026-01-05", f"p{one}") for one in range(12)]
    rows += [(f"k{one}", "Won", "2026-02-05", f"p{one}") for one in range(6)]
    frame = pl.DataFrame(rows, schema=["deal", "event", "time", "person"], orient="row")
    bring(read(frame, zone="Europe/Copenhagen"))
    stage = Stage.objects.create(pipeline=Pipeline.objects.create(name="Sales"), name="Need", position=0)
    company = Company.objects.create(key="nordlys", name="Nordlys")
    for one in range(4):
        about = {"pipeline": stage.pipeline, "stage": stage, "company": company, "currency": "DKK"}
        Deal.objects.create(key=f"k{one}", name=f"Lamps {one}", owner=owner if one else None, **about)
    return save(COMMAND_LINE, Funnel.of("Created", "Won", unit="deal"), "Deals")


@pytest.fixture
def people(bring: Bring, organisation: object) -> SavedFunnel:  # noqa: ARG001
    """Three persons who visited; of one there is a row, with a company."""
    rows = [(name, event, "2026-01-05") for name in ("u:ada", "u:bo", "u:cy") for event in ("Visited", "Paid")]
    bring(read(pl.DataFrame(rows, schema=["person", "event", "time"], orient="row"), zone="Europe/Copenhagen"))
    company = Company.objects.create(key="nordlys", name="Nordlys")
    person = Person.objects.create(name="Ada", email="ada@nordlys.dk", company=company)
    Identifier.objects.create(actor="u:u:ada", person=person)
    return save(COMMAND_LINE, Funnel.of("Visited", "Paid"), "People")


def test_deals_of_a_list_are_called_by_name_and_lead_to_their_pages(deals: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{deals.pk}/steps/2/?outcome=entered").content.decode()

    for deal in Deal.objects.all():
        assert f'<a href="/deals/{deal.pk}/">{deal.name}</a>' in page or f'href="/deals/{deal.pk}/"' in page
    assert ">k5<" in re.sub(r"\s", "", page), "what has no row keeps its key"


def test_persons_of_a_list_lead_to_their_pages_and_companies(people: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{people.pk}/steps/1/?outcome=entered").content.decode()
    row = next(part for part in page.split("<tr>") if "Ada" in part)

    assert f'href="/people/{Person.objects.get().pk}/"' in row
    assert f'href="/people/companies/{Company.objects.get().pk}/"' in row


@pytest.fixture
def sources(bring: Bring, organisation: object) -> SavedFunnel:  # noqa: ARG001
    """Of eight who came by an advertisement six stayed away, of four by mail one, and one came from nowhere."""
    came = [(f"a{one}", "ads") for one in range(8)] + [(f"m{one}", "mail") for one in range(4)] + [("n0", None)]
    rows = [(name, "Visited", "2026-01-05", source) for name, source in came]
    rows += [(name, "Paid", "2026-01-06", None) for name in ("a0", "a1", "m0", "m1", "m2", "n0")]
    rows += [("m3", "Left", "2026-03-01", None)]
    frame = pl.DataFrame(rows, schema=["person", "event", "time", "source"], orient="row")
    bring(read(frame, zone="Europe/Copenhagen"))
    return save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="7d"), "Shop")


def test_list_is_narrowed_to_those_who_entered_with_a_value(sources: SavedFunnel, owner_client: Client) -> None:
    step = f"/funnels/{sources.pk}/steps/1/"

    def listed(query: str) -> list[str]:
        page = owner_client.get(f"{step}?outcome=expired{query}")
        return sorted(one.named.label for one in page.context["people"])

    everybody = listed("")
    parts = [listed(f"&by=source&value={value}") for value in ("ads", "mail", "", "none such")]
    assert [len(one) for one in parts] == [6, 1, 0, 0]
    assert sorted(chain.from_iterable(parts)) == everybody
    page = owner_client.get(f"{step}?outcome=expired&by=source&value=ads")
    assert [(tab.outcome, tab.count) for tab in page.context["tabs"]] == [("entered", 8), ("passed", 2), ("expired", 6)]
    assert "Source: ads" in page.content.decode()
    assert owner_client.get(f"{step}?by=shoe+size&value=ads").status_code == 404

    saved = f"{step}segment/?outcome=expired&by=source&value=ads"
    owner_client.post(saved, {"name": "Write to them"})
    assert SegmentMember.objects.filter(segment__name="Write to them").count() == 6
    rows = b"".join(owner_client.get(f"{step}list.csv?outcome=expired&by=source&value=ads")).decode().splitlines()
    assert len(rows) == 1 + 6


def test_list_of_one_value_that_would_take_long_is_that_of_all(
    sources: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Part, "at_hand", lambda *_asked: False)
    step = f"/funnels/{sources.pk}/steps/1/"
    answer = owner_client.get(f"{step}?outcome=expired&by=source&value=ads", follow=True)
    assert answer.redirect_chain == [(f"{step}?outcome=expired", 302)]
    assert "too large to list those of one value" in answer.content.decode()


def test_list_of_deals_asks_no_query_a_row(deals: SavedFunnel, owner_client: Client) -> None:
    def look(outcome: str) -> int:
        return queries(lambda: owner_client.get(f"/funnels/{deals.pk}/steps/1/?outcome={outcome}"))

    look("entered")
    assert look("entered") == look("open")


def test_task_is_planned_for_all_listed_in_one_act_and_taken_back(
    deals: SavedFunnel, owner: User, owner_client: Client
) -> None:
    address = f"/funnels/{deals.pk}/steps/2/tasks/?outcome=entered"
    form = {"title": "Ask for a word about us", "due": "2026-03-02", "owner": "", "next": f"/funnels/{deals.pk}/"}
    assert owner_client.post(address, form).headers["Location"] == f"/funnels/{deals.pk}/"

    tasks = Activity.objects.filter(title="Ask for a word about us")
    assert {task.deal.name for task in tasks if task.deal} == {f"Lamps {one}" for one in range(4)}
    assert {task.owner for task in tasks} == {owner}
    assert {task.company.name for task in tasks if task.company} == {"Nordlys"}
    (row,) = AuditRow.objects.filter(verb="activities.edit")
    assert row.details["changed"] == 4

    page = owner_client.get(f"/funnels/{deals.pk}/steps/2/")
    shown = re.sub(r"<[^>]+>", " ", page.content.decode())
    assert "4 tasks were planned. 2 have no record yet" in shown
    done = tasks.first()
    assert done is not None
    Activity.objects.filter(pk=done.pk).update(version=2)
    change = page.context["undoable"].change
    owner_client.post(f"/records/deal/many/{change}/undo/", {"next": "/"})
    assert list(tasks.values_list("pk", flat=True)) == [done.pk], "what somebody touched since stays"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"title": " "}, "Write a word about it first."),
        ({"title": "x" * 201}, "in 200 letters at most"),
        ({"title": "Ring", "due": "soon"}, "This is no day."),
        ({"title": "Ring", "owner": "99999"}, "cannot sign in"),
    ],
)
def test_task_that_cannot_be_is_refused_with_why(
    deals: SavedFunnel, owner_client: Client, form: dict[str, str], said: str
) -> None:
    back = f"/funnels/{deals.pk}/steps/2/"
    page = owner_client.post(f"{back}tasks/?outcome=entered", {**form, "next": back}, follow=True)

    assert said in page.content.decode()
    assert not Activity.objects.exists()


def test_who_may_plan_nothing_is_refused(
    deals: SavedFunnel, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    viewer = client_of(make_user(Role.VIEWER))

    assert viewer.post(f"/funnels/{deals.pk}/steps/2/tasks/", {"title": "Ring"}).status_code == 403
    assert b"Plan a task" not in viewer.get(f"/funnels/{deals.pk}/steps/2/").content
