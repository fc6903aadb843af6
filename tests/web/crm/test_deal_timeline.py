"""The timeline of a deal: what was done, how it moved and what the log tells, in one order, by pages, each once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tests.web.people.conftest import Put, home, put
from tragt.lake.index import Kind
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.committee import add_member
from tragt.web.crm.actions.moving import move_deal
from tragt.web.crm.happened import Happened, Place
from tragt.web.crm.models import Activity, Deal, Move, Stage
from tragt.web.log import queries as log
from tragt.web.people.models import Identifier, Person
from tragt.web.people.queries.assignments import assignment
from tragt.web.shell.acting import COMMAND_LINE

__all__ = ["home", "put"]

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PART = {"HX-Request": "true"}


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def address(deal: Deal) -> str:
    return f"/deals/{deal.pk}/timeline/"


def shown(client: Client, deal: Deal, **asked: str) -> tuple[list[str], str]:
    """What a page of the timeline says, and the query of the next one."""
    answer = client.get(address(deal), asked)
    assert answer.status_code == 200
    page = answer.context["timeline"]
    assert isinstance(page, Happened)
    said: list[str] = []
    for run in page.runs:
        said += [line.called for line in run.lines]
        said += [str(run.activity)] if run.activity else []
        said += [f"{run.move.kind} {run.move.stage_name}"] if run.move else []
    return said, page.older


def at(deal: Deal, *moments: datetime) -> None:
    """Let the moves of a deal have been at these times."""
    for move, moment in zip(Move.objects.filter(deal=deal), moments, strict=True):
        Move.objects.filter(pk=move.pk).update(at=moment)


def noted(deal: Deal, title: str, moment: datetime, kind: str = "note") -> Activity:
    return add_activity(Entry(kind, title, at=moment), About(deal=deal.pk), who=COMMAND_LINE)


@pytest.fixture
def sold(make_deal: OpenDeal, stages: dict[str, Stage], ada: Person, put: Put) -> Deal:
    """A deal with Ada that moved, was noted about, and of which the log tells."""
    deal = make_deal("Contact", contact=ada.pk, company=ada.company_id)
    move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE)
    at(deal, NOON, after(2))
    noted(deal, "They like it", after(1))
    noted(deal, "Rang Ada", after(3), "call")
    add_activity(Entry("task", "Send the offer", due=after(900)), About(deal=deal.pk), who=COMMAND_LINE)
    own = {"source": "tragt", "deal": deal.key}
    put(
        [
            ("Deal Created", "u:ada", NOON, {}, own),
            ("Deal Stage Entered", "u:ada", NOON, {}, own),
            ("Page Viewed", "u:ada", after(0.5)),
            ("Deal Stage Entered", "u:ada", after(2), {}, own),
            ("Call Logged", None, after(3), {}, own),
            ("Contract Opened", None, after(4), {}, {"deal": deal.key}),
            ("Page Viewed", "u:bo", after(5)),
            ("Deal Stage Entered", "u:ada", after(6), {}, {"deal": "another"}),
        ]
    )
    return deal


@pytest.fixture
def seller(make_user: Callable[..., User], organisation: Organisation) -> User:
    """Somebody who sees their own records alone."""
    Organisation.objects.filter(pk=organisation.pk).update(sellers_see="own")
    return make_user(Role.SELLER, "anna@example.org", "Anna")


def test_timeline_tells_all_that_happened_once_in_one_order(owner_client: Client, sold: Deal) -> None:
    said, older = shown(owner_client, sold)
    assert said == [
        "Deal Stage Entered",  # of another deal of Ada
        "Contract Opened",
        "Rang Ada",
        "entered Need",
        "They like it",
        "Page Viewed",
        "created Contact",
    ]
    assert older == ""


def test_deal_without_people_tells_its_own_events(owner_client: Client, make_deal: OpenDeal, put: Put) -> None:
    deal = make_deal()
    put([("Contract Opened", None, after(1), {"title": "Lamps"}, {"deal": deal.key})])
    said, _ = shown(owner_client, deal)
    assert said == ["created Contact", "Contract Opened"]
    page = owner_client.get(address(deal)).content.decode()
    opened = re.search(r'href="(/deals/\d+/timeline/touch/\?[^"]+)"', page)
    assert opened
    assert "Contract Opened" in owner_client.get(opened[1].replace("&amp;", "&")).content.decode()
    other = make_deal(name="Candles")
    asked = opened[1].replace("&amp;", "&").replace(f"/{deal.pk}/", f"/{other.pk}/")
    assert owner_client.get(asked).status_code == 404


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"kind": "activities"}, ["Rang Ada", "They like it"]),
        ({"kind": "moves"}, ["entered Need", "created Contact"]),
        ({"kind": "events"}, ["Deal Stage Entered", "Contract Opened", "Page Viewed"]),
        ({"name": "Deal Stage Entered"}, ["Deal Stage Entered"] * 3),
        ({"source": "tragt", "kind": ""}, ["Call Logged", *["Deal Stage Entered"] * 2, "Deal Created"]),
        ({"end": "2026-03-01"}, []),
        ({"start": "2026-03-03"}, []),
        ({"kind": "nonsense"}, None),
    ],
)
def test_timeline_is_narrowed_by_kind_event_source_and_day(
    owner_client: Client, sold: Deal, asked: dict[str, str], expected: list[str] | None
) -> None:
    said, _ = shown(owner_client, sold, **asked)
    everything = shown(owner_client, sold)[0]
    assert said == (everything if expected is None else expected)


def test_pages_of_a_timeline_leave_nothing_out_and_show_nothing_twice(
    owner_client: Client, make_deal: OpenDeal, ada: Person, put: Put, stages: dict[str, Stage]
) -> None:
    deal = make_deal(contact=ada.pk)
    stage = stages["Need"]
    common = {"deal": deal, "kind": "entered", "pipeline": stage.pipeline, "stage": stage, "currency": "DKK"}
    # Several of each at each moment, so that pages end among them.
    hours = [number // 7 for number in range(120)]
    Move.objects.filter(deal=deal).delete()
    Move.objects.bulk_create(Move(**common, stage_name=f"m{n}", at=after(hour)) for n, hour in enumerate(hours))
    Activity.objects.bulk_create(
        Activity(kind="note", title=f"n{n}", deal=deal, at=after(hour)) for n, hour in enumerate(hours)
    )
    put([(f"e{n}", "u:ada", after(hour)) for n, hour in enumerate(hours)])
    pages: list[list[str]] = []
    asked: dict[str, str] = {}
    while True:
        said, older = shown(owner_client, deal, **asked)
        pages.append(said)
        if not older:
            break
        asked = dict(parse_qsl(older))
        assert len(pages) < 20
    every = [one for page in pages for one in page]
    expected = {f"entered m{n}" for n in range(120)} | {f"n{n}" for n in range(120)} | {f"e{n}" for n in range(120)}
    assert [len(page) for page in pages] == [50] * 7 + [10]
    assert (len(every), set(every)) == (360, expected)
    first = owner_client.get(address(deal), headers=PART).context["timeline"]
    assert sum(len(run.lines) or 1 for run in first.runs) == 20
    assert shown(owner_client, deal, **dict(parse_qsl(first.older)))[0] == every[20:70]
    times = [hours[int(re.sub(r"\D", "", one))] for one in every]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "place", ["x", "1", "1.9.5", "1.1.x", "1.2.", "9" * 30 + ".1.5", "1.1." + "9" * 30, "-1.-1.3", "..", "1.0"]
)
def test_place_that_is_none_is_refused_and_any_other_answers(owner_client: Client, sold: Deal, place: str) -> None:
    answer = owner_client.get(address(sold), {"before": place}, headers=PART)
    assert answer.status_code == (200 if place == "1.0" else 400)


@pytest.mark.parametrize("moment", [-(6 * 10**16), 10**17, 0])
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_place_at_the_ends_of_time_is_a_page(owner_client: Client, sold: Deal, moment: int, rank: int) -> None:
    assert str(Place.of(f"{moment}.{rank}.5")).endswith(f".{rank}.5")
    assert owner_client.get(address(sold), {"before": f"{moment}.{rank}.5"}).status_code == 200


def test_timeline_asks_as_often_whatever_happened(owner_client: Client, sold: Deal, ada: Person, put: Put) -> None:
    owner_client.get(address(sold))
    few = queries(lambda: owner_client.get(address(sold)))
    for number in range(9):
        person = Person.objects.create(name=f"P{number}", company=ada.company)
        Identifier.objects.create(actor=f"u:p{number}", person=person)
        add_member(sold.pk, person.pk, "user", who=COMMAND_LINE)
        noted(sold, f"Note {number}", after(10 + number))
    put([("Page Viewed", f"u:p{number}", after(number)) for number in range(9)], batch="import:2")
    owner_client.get(address(sold))
    assert queries(lambda: owner_client.get(address(sold))) == few


def test_seller_is_told_neither_who_nor_what_of_whom_they_do_not_see(
    seller: User, client_of: Callable[[User], Client], owner: User, make_deal: OpenDeal, ada: Person, put: Put
) -> None:
    mine, hidden = make_deal(owner=seller.pk, contact=ada.pk), make_deal(owner=owner.pk, name="Hidden", contact=ada.pk)
    Person.objects.filter(pk=ada.pk).update(owner=owner)
    put(
        [
            ("Page Viewed", "u:ada", after(1)),
            ("Contract Signed", "u:ada", after(2), {"title": "Secret"}, {"deal": mine.key}),
            ("Contract Read", None, after(3), {}, {"deal": hidden.key}),
        ]
    )
    client = client_of(seller)
    said, _ = shown(client, mine)
    assert said == ["created Contact", "Contract Signed"]
    assert "Ada" not in client.get(address(mine)).content.decode()
    assert client.get(address(hidden)).status_code == 404
    touch = re.search(r'href="(/deals/\d+/timeline/touch/\?[^"]+)"', client.get(address(mine)).content.decode())
    assert touch
    assert client.get(touch[1].replace("&amp;", "&")).status_code == 404


def test_what_a_page_leaves_out_does_not_let_older_things_come_first(
    seller: User, client_of: Callable[[User], Client], owner: User, make_deal: OpenDeal, ada: Person, put: Put
) -> None:
    mine, hidden = make_deal(owner=seller.pk, contact=ada.pk), make_deal(owner=owner.pk, name="Hidden")
    at(mine, NOON)
    noted(mine, "A note", after(1))
    put([("Contract Signed", "u:ada", after(10), {}, {"deal": hidden.key}) for _ in range(60)])
    put([("Page Viewed", "u:ada", after(2))], batch="import:2")
    client = client_of(seller)
    first, older = shown(client, mine)
    rest, _ = shown(client, mine, **dict(parse_qsl(older)))
    assert [*first, *rest] == ["Page Viewed", "A note", "created Contact"]


@pytest.mark.parametrize("kind", [Kind.DEAL, Kind.PERSON, Kind.COMPANY])
def test_deal_finds_its_own_events_by_an_index_too(owner_client: Client, sold: Deal, kind: Kind) -> None:
    before = shown(owner_client, sold)
    log.index(kind).build(assignment(kind))
    assert log.index(kind).current()
    assert shown(owner_client, sold) == before


def test_page_of_a_deal_shows_what_is_to_come_and_leads_to_what_was(owner_client: Client, sold: Deal) -> None:
    page = owner_client.get(f"/deals/{sold.pk}/").content.decode()
    assert "Send the offer" in page
    assert "They like it" not in page
    assert f'hx-get="{address(sold)}" hx-trigger="load"' in page
    part = owner_client.get(address(sold), headers=PART).content.decode()
    assert "<html" not in part
    assert part.index("Rang Ada") < part.index("From Contact to Need") < part.index("They like it")


def test_program_reads_what_the_log_tells_of_a_deal(
    program_of: Callable[..., Client], owner: User, make_deal: OpenDeal, put: Put
) -> None:
    deal = make_deal()
    put([("Contract Opened", None, after(hour), {"page": hour}, {"deal": deal.key}) for hour in range(60)])
    program = program_of(owner)
    first = program.get(f"/api/v1/deals/{deal.pk}/timeline").json()
    rest = program.get(f"/api/v1/deals/{deal.pk}/timeline", {"cursor": first["next"]}).json()
    pages = [one["properties"]["page"] for one in [*first["items"], *rest["items"]]]
    assert (pages, rest["next"]) == (list(range(59, -1, -1)), None)
