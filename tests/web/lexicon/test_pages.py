"""The pages of events: what there is, what it means, which names are one."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import polars as pl
import pytest
import time_machine
from django.test import Client

from tests.web.conftest import queries as asked
from tests.web.lexicon.conftest import Bring, Happened
from tragt.events import read
from tragt.lake import Marker
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.jobs.registry import find
from tragt.web.lexicon import actions, queries
from tragt.web.lexicon.actions import Said
from tragt.web.lexicon.models import Apart, Entry, Merge
from tragt.web.lexicon.personal_data import STORES
from tragt.web.log.actions import hide_batch, show_batch, strike
from tragt.web.log.queries import lake
from tragt.web.shell import rooms
from tragt.web.shell.acting import COMMAND_LINE as ME
from tragt.web.shell.personal import Subject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "organisation")]

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENT = "/events/event/?name="


def text(answer: object) -> str:
    """A page as a reader sees it: words without marks and without needless blanks."""
    page = re.sub(r"<(script|style|head|nav)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)  # type: ignore[attr-defined]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def daily(name: str, first: date, last: date) -> list[tuple[str, str, str]]:
    days = range((last - first).days + 1)
    return [(f"p{number % 4}", name, str(first + timedelta(days=number))) for number in days]


def sent(rows: list[tuple[str, str, str]], batch: str = "collect:2026-03-01") -> None:
    """Puts events into the lake as if a client had sent them."""
    frame = pl.DataFrame(
        {
            "id": [f"{batch}:{number}" for number in range(len(rows))],
            "time": [datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC) for _, _, day in rows],
            "name": [name for _, name, _ in rows],
            "actor": [f"u:{who}" for who, _, _ in rows],
            "source": ["key-7"] * len(rows),
            "received": [NOON] * len(rows),
            "properties": ["{}"] * len(rows),
        },
        schema_overrides={"time": pl.Datetime("us", "UTC"), "received": pl.Datetime("us", "UTC")},
    )
    lake().append(frame, marker=Marker(batch, 1), batch=batch)


@pytest.fixture
def shop(home: Path) -> None:  # noqa: ARG001
    """A shop that sends: visits daily, demos until two weeks ago, chats of late, two spellings of signing up."""
    begun = TODAY - timedelta(days=80)
    sent(
        [
            *daily("Visited", begun, TODAY),
            *daily("Demo Asked", begun, TODAY - timedelta(days=14)),
            *daily("Chat Opened", TODAY - timedelta(days=5), TODAY),
            *daily("Signed Up", TODAY - timedelta(days=40), TODAY),
            ("p1", "signed_up", str(TODAY - timedelta(days=3))),
        ]
    )


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOON, tick=True):
        yield


def test_page_without_events_says_what_will_stand_there(owner_client: Client) -> None:
    assert "No events yet" in text(owner_client.get("/events/"))
    assert owner_client.get(f"{EVENT}Visited").status_code == 404


@pytest.mark.usefixtures("shop")
def test_list_counts_each_event_in_all_and_in_the_last_seven_and_thirty_days(owner_client: Client) -> None:
    page = text(owner_client.get("/events/"))
    assert "Visited 7 30 81 12 Dec 2025 2 Mar 2026 key-7" in page
    assert "Demo Asked vanished 0 16 67 12 Dec 2025 16 Feb 2026" in page
    assert "Chat Opened new 6 6 6 25 Feb 2026 2 Mar 2026" in page


@pytest.mark.usefixtures("shop")
def test_vanished_events_stand_at_the_top_with_since_when_until_they_are_hidden(owner_client: Client) -> None:
    page = text(owner_client.get("/events/"))
    assert "1 event stopped coming Demo Asked : the last one came on 16 Feb 2026" in page
    (room,) = (one for one in rooms._rooms.values() if one.url_name == "lexicon:events")
    assert room.notices is not None
    assert room.notices() == 1
    assert re.search(r"Events</span> <span class=\"tag warn\">1<", owner_client.get("/sources/").content.decode())
    owner_client.post("/events/hide/", {"name": "Demo Asked", "hide": ""})
    find("lexicon.look")(type("Nobody", (), {"report": lambda *_: None})())
    assert room.notices() == 0
    assert "stopped coming" not in text(owner_client.get("/events/"))


def test_event_of_a_file_has_not_vanished_since_the_file_ends(happened: Happened, owner_client: Client) -> None:
    happened(
        [*daily("Visited", date(2025, 1, 1), date(2025, 6, 1)), *daily("Left", date(2025, 1, 1), date(2025, 5, 1))]
    )
    page = text(owner_client.get("/events/"))
    assert "1 event stopped coming Left" in page
    assert "Visited 7 30 152" in page
    assert "end with the last day of your data, 1 Jun 2025" in page


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Visited", "Demo Asked", "Signed Up", "Chat Opened", "signed_up"]),
        ("?order=name", ["Chat Opened", "Demo Asked", "Signed Up", "signed_up", "Visited"]),
        ("?order=-name", ["Visited", "Signed Up", "signed_up", "Demo Asked", "Chat Opened"]),
        ("?order=-first", ["signed_up", "Chat Opened", "Signed Up", "Demo Asked", "Visited"]),
        ("?show=new", ["Chat Opened", "signed_up"]),
        ("?show=vanished", ["Demo Asked"]),
        ("?show=undescribed&text=ask", ["Demo Asked"]),
        ("?text=SIGN", ["Signed Up", "signed_up"]),
        ("?text=%00&order=-nonsense&show=x&page=y", ["Visited", "Demo Asked", "Signed Up", "Chat Opened", "signed_up"]),
    ],
)
def test_list_is_filtered_searched_and_ordered(owner_client: Client, query: str, names: list[str]) -> None:
    page = owner_client.get(f"/events/{query}").content.decode()
    found = re.findall(r'<th scope="row" class="what"><span><a href="[^"]*">([^<]*)</a>', page)
    assert sorted(found) == sorted(names)
    if "order" in query:
        assert [name.casefold() for name in found][:1] == [names[0].casefold()]


@pytest.mark.usefixtures("shop")
def test_event_is_described_shown_and_undescribed_again(owner_client: Client) -> None:
    said = {"display": " Blev  kunde ", "description": "The form was sent.", "owner": User.objects.get().pk}
    assert owner_client.post(f"{EVENT}Signed+Up", said).status_code == 302
    page = text(owner_client.get(f"{EVENT}Signed+Up"))
    assert "Blev kunde Hide Signed Up · The form was sent." in page.replace(" Offer again", "")
    assert "Blev kunde Signed Up The form was sent." in text(owner_client.get("/events/"))
    assert "Blev kunde" in text(owner_client.get("/events/?text=form"))
    row = AuditRow.objects.filter(verb="lexicon.edit").get()
    assert (row.details, row.fields) == ({"what": "described"}, ["display", "description", "owner"])
    assert "Described the event Signed Up" in text(owner_client.get("/settings/audit/"))
    owner_client.post(f"{EVENT}Signed+Up", {"display": "", "description": "", "owner": ""})
    assert not Entry.objects.exists()


@pytest.mark.usefixtures("shop")
def test_event_cannot_be_called_like_another(owner_client: Client) -> None:
    for name in ("Visited", "Chat Opened"):
        answer = owner_client.post(f"{EVENT}Signed+Up", {"display": name})
        assert answer.status_code == 422
        assert f"Another event, “{name}”, is called “{name}”" in text(answer)
    assert owner_client.post(f"{EVENT}Signed+Up", {"display": "x" * 101}).status_code == 422
    assert not Entry.objects.exists()


def test_event_with_a_very_long_name_is_shown_and_cannot_be_described(home: Path, owner_client: Client) -> None:  # noqa: ARG001
    name = "x" * 401
    sent([("p", name, "2026-03-01")])
    assert owner_client.get(f"{EVENT}{name}").status_code == 200
    assert owner_client.post(f"{EVENT}{name}", {"description": "Long"}).status_code == 422
    assert "more than 400 characters" in text(
        owner_client.post("/events/hide/", {"name": name, "hide": ""}, follow=True)
    )
    assert not Entry.objects.exists()


@pytest.mark.usefixtures("shop")
def test_proposal_is_merged_and_undone_on_the_page(owner_client: Client) -> None:
    page = text(owner_client.get("/events/spellings/"))
    assert "signed_up 1 counts as Signed Up 41 They differ in capitals, marks, plural or tense alone." in page
    pair = {"spelling": "signed_up", "kept": "Signed Up"}
    owner_client.post("/events/spellings/merge/", pair)
    assert "Signed Up also signed_up 8" in text(owner_client.get("/events/"))
    one = text(owner_client.get(f"{EVENT}signed_up"))
    assert "42 in the log" in one
    assert "signed_up 1 event, counted here since 2 Mar 2026" in one
    assert "No two names look like one." in text(owner_client.get("/events/spellings/"))
    owner_client.post(f"/events/spellings/{Merge.objects.get().pk}/undo/", {"from": "Signed Up"})
    assert "Signed Up 7 30 41" in text(owner_client.get("/events/"))
    owner_client.post("/events/spellings/apart/", pair)
    assert Apart.objects.count() == 1
    assert "No two names look like one." in text(owner_client.get("/events/spellings/"))


@pytest.mark.usefixtures("shop")
def test_merge_that_cannot_be_says_why(owner_client: Client) -> None:
    def told(pair: dict[str, str]) -> str:
        return text(owner_client.post("/events/spellings/merge/", pair, follow=True))

    assert "The log holds no event “Nothing”." in told({"spelling": "Visited", "kept": "Nothing"})
    assert "“Visited” and “Visited” are one name already." in told({"spelling": "Visited", "kept": "Visited"})
    assert owner_client.post("/events/spellings/merge/", {"spelling": "Visited"}).status_code == 400
    assert "Somebody undid this already." in text(owner_client.post("/events/spellings/99/undo/", follow=True))
    assert not Merge.objects.exists()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("role", Role)
def test_everybody_sees_events_and_marketing_and_above_edit_them(
    role: Role, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    client = client_of(make_user(role, email="one@example.org"))
    for address in ("/events/", f"{EVENT}Visited", "/events/spellings/"):
        assert client.get(address).status_code == 200
    edits = role in (Role.OWNER, Role.MANAGER, Role.MARKETING)
    assert (client.post("/events/hide/", {"name": "Visited", "hide": ""}).status_code == 302) is edits
    assert (client.post(f"{EVENT}Visited", {"description": "Seen"}).status_code == 302) is edits
    pair = {"spelling": "signed_up", "kept": "Signed Up"}
    assert (client.post("/events/spellings/merge/", pair).status_code == 302) is edits
    assert Client().get("/events/").status_code == 302


def test_event_page_describes_properties_and_shows_no_value_of_a_person(bring: Bring, owner_client: Client) -> None:
    rows = [
        {
            "user_id": f"u{number}",
            "event": "Signed Up",
            "timestamp": f"2026-02-0{number + 1}T09:00:00Z",
            "plan": "pro",
            "contact": "Åse Kvalheim",
            "reply_to": f"ann{number}@example.org",
            "callback": "+45 12 34 56 78",
            "seats": number,
            "note": f"Note number {number}",
        }
        for number in range(5)
    ]
    bring(read(pl.DataFrame(rows)))
    page = text(owner_client.get(f"{EVENT}Signed+Up"))
    assert "All 5 events were looked at." in page
    assert re.search(r"plan text 100\s?% 1 pro", page), page
    assert re.search(r"seats number 100\s?% 5 0 1 2 3 4", page), page
    assert re.search(r"note text 100\s?% 5 not shown", page), page
    for personal in ("Kvalheim", "example.org", "34 56", "Note number"):
        assert personal not in page
    link = "/events/property/?name=Signed+Up&property=plan"
    assert owner_client.post(link, {"display": "Package", "description": "What they pay for"}).status_code == 302
    assert "Package plan What they pay for" in text(owner_client.get(f"{EVENT}Signed+Up"))
    assert owner_client.get("/events/property/?name=Signed+Up&property=none").status_code == 404


@pytest.mark.usefixtures("shop")
def test_pages_cost_as_many_queries_for_many_events_as_for_few(owner_client: Client) -> None:
    addresses = ("/events/", f"{EVENT}Visited", "/events/spellings/")

    def costs() -> list[int]:
        for address in addresses:
            owner_client.get(address)
        return [asked(lambda address=address: owner_client.get(address)) for address in addresses]  # type: ignore[misc]

    few = costs()
    rows = [("p", f"{name} {number}", "2026-02-20") for number in range(30) for name in ("Item Seen", "item_seen")]
    sent(rows, "collect:2026-03-02")
    for number in range(0, 30, 2):
        actions.merge(ME, f"item_seen {number}", f"Item Seen {number}")
        actions.describe(ME, f"Item Seen {number}", Said(f"Item no. {number}", "Seen"))
    assert costs() == few
    assert max(few) <= 26


@pytest.mark.usefixtures("shop")
def test_live_calls_events_as_people_do_and_offers_neither_hidden_nor_merged_names(owner_client: Client) -> None:
    actions.describe(ME, "Visited", Said("Seen on the site"))
    actions.merge(ME, "signed_up", "Signed Up")
    actions.hide(ME, "Demo Asked")
    page = owner_client.get("/live/").content.decode()
    assert '<b>Seen on the site</b> <code class="soft">Visited</code>' in page
    offered = re.findall(r'<option value="([^"]*)"(?: label="([^"]*)")?></option>', page)
    assert offered == [("Visited", "Seen on the site"), ("Signed Up", ""), ("Chat Opened", "")]


@pytest.mark.usefixtures("shop")
def test_hidden_batches_and_struck_persons_count_nowhere() -> None:
    def totals() -> dict[str, tuple[int, int, int]]:
        return {
            one.name: (one.counted.total, one.counted.month, sum(one.counted.weeks)) for one in queries.events().events
        }

    before = totals()
    sent([("p9", "Visited", "2026-02-20"), ("p9", "Left", "2026-02-20")], "collect:2026-02-28")
    more = totals()
    assert more["Visited"] == tuple(number + 1 for number in before["Visited"])
    assert more["Left"] == (1, 1, 1)
    hide_batch("collect:2026-02-28")
    assert totals() == before
    show_batch("collect:2026-02-28")
    bounds = {"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")}
    strike(pl.DataFrame({"actor": ["u:p9"], "start": [None], "end": [None]}, schema_overrides=bounds))
    assert totals() == before
    until = datetime(2026, 2, 25, tzinfo=UTC)
    strike(pl.DataFrame({"actor": ["u:p1"], "start": [until], "end": [None]}, schema_overrides=bounds))
    mine = [
        one for one in daily("Visited", TODAY - timedelta(days=80), TODAY) if one[0] == "p1" and one[2] >= "2026-02-25"
    ]
    assert totals()["Visited"] == tuple(number - len(mine) for number in before["Visited"])


def test_description_that_names_a_person_is_exported_and_blanked(happened: Happened) -> None:
    happened(daily("Visited", TODAY, TODAY))
    actions.describe(ME, "Visited", Said("Visit", "Ask Ann@example.org or +4512345678, not joann@example.org"))
    store = next(one for one in STORES if one.name.endswith("Entry"))
    ann = Subject(1, frozenset({"u:17"}), frozenset({"ann@example.org"}), frozenset({"+4512345678"}))
    assert [row["event"] for row in store.export(ann)] == ["Visited"]
    assert store.erase(ann) == 1
    assert Entry.objects.get().description == "Ask … or …, not joann@example.org"
    assert store.erase(ann) == 0
