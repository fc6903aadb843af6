"""The pages of collecting: sources, what was turned away, and events as they arrive."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.db import connections, transaction
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from tests.web.collect.conftest import Hand, MakeKey, basic
from tragt.errors import NotFound
from tragt.web.accounts.models import AuditRow, User, WriteKey
from tragt.web.collect import actions, live, streaming
from tragt.web.collect.settling import Settler
from tragt.web.inbox.models import Raw, Rejected
from tragt.web.log.models import Tombstone
from tragt.web.log.queries import lake
from tragt.web.outbox.actions import OwnEvent, tell
from tragt.web.shell import rooms
from tragt.web.shell.acting import Who

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("home", "organisation"),
]


def call(number: int, **fields: object) -> dict[str, object]:
    return {"type": "track", "event": "Signed Up", "userId": f"u{number}", "messageId": f"m{number}", **fields}


def send(key: str, *calls: dict[str, object]) -> None:
    assert Hand().send("/v1/batch", {"batch": list(calls)}, basic(key)).status == 200


def settle(*, commit: bool = False) -> None:
    settler = Settler()
    settler.settle()
    if commit:
        settler.commit(now=True)


def shown(answer: object) -> str:
    """A page as a reader sees it: words without marks and without needless blanks."""
    text = re.sub(r"<(script|style|head)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)  # type: ignore[attr-defined]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def queries_of(client: Client, address: str) -> int:
    """How many queries a page costs over all databases, once what is remembered is known."""
    client.get(address)
    with ExitStack() as stack:
        counted = [stack.enter_context(CaptureQueriesContext(one)) for one in connections.all()]
        assert client.get(address).status_code in (200, 204)
    return sum(map(len, counted))


# ---------------------------------------------------------------- sources


def test_sources_without_a_key_lead_to_making_one(
    owner_client: Client, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    assert 'href="/settings/keys/?new=write#write"' in owner_client.get("/sources/").content.decode()
    assert client_of(make_user("viewer")).get("/sources/").status_code == 403
    assert Client().get("/sources/").status_code == 302


def test_sources_many_cost_as_many_queries_as_few(owner_client: Client, make_key: MakeKey) -> None:
    for number in range(2):
        send(make_key(), call(number), {"userId": "u"})
    settle(commit=True)
    few = queries_of(owner_client, "/sources/")
    for number in range(20):
        send(make_key(), call(number), {"userId": "u"})
    settle()
    for key in range(20):
        Raw.objects.create(source=f"key-{key}", trusted=True, received=key, number=1, calls=b"[]")
    assert queries_of(owner_client, "/sources/") == few
    assert few <= 11


def test_sources_tell_volume_latest_event_and_what_waits(owner_client: Client, make_key: MakeKey) -> None:
    key = make_key()
    now = datetime.now(UTC)
    with time_machine.travel(now - timedelta(days=3), tick=True):
        send(key, call(1), call(2))
        settle(commit=True)
    with time_machine.travel(now - timedelta(days=20), tick=True):
        send(key, call(3))
        settle(commit=True)
    send(key, call(4, timestamp=now.isoformat()), call(5, event="Order Completed"), {"userId": "nobody"})
    settle()
    send(key, call(6))
    Raw.objects.update(received=int((now - timedelta(minutes=3)).timestamp() * 1e6))
    page = shown(owner_client.get("/sources/"))
    assert re.search(r"Shop Secret 2 4 Order Completed .* 1 1 call for 3", page), page
    assert "Calls have waited for 3" in page
    one = shown(owner_client.get(f"/sources/{WriteKey.objects.get().pk}/"))
    assert "2 events today (UTC) 4 in 7 days 5 in the log 1 turned away in 30 days" in one


def test_source_page_gives_instructions_with_address_and_without_the_key(
    owner_client: Client, make_key: MakeKey
) -> None:
    public, secret = make_key("public", ["https://shop.example"]), make_key("secret")
    pages = {}
    for row in WriteKey.objects.all():
        page = owner_client.get(f"/sources/{row.pk}/", HTTP_HOST="testserver").content.decode()
        assert public not in page
        assert secret not in page
        pages[row.kind] = unescape(page)
    assert '<script async src="http://testserver/tragt.js" data-key="YOUR_WRITE_KEY"></script>' in pages["public"]
    assert "https://shop.example" in pages["public"]
    for client in ("@segment/analytics-next", "@rudderstack/analytics-js", "curl http://testserver/v1/track"):
        assert client in pages["public"]
    for client in ("segment.analytics", "rudderstack.analytics", "analytics-node", "rudder-sdk-node", "curl http"):
        assert client in pages["secret"]
    assert "tragt.js" not in pages["secret"]
    assert owner_client.get("/sources/999/").status_code == 404


# ---------------------------------------------------------------- what was turned away


def nameless(number: int) -> list[dict[str, object]]:
    """Calls that do not say what happened."""
    return [{"type": "track", "userId": f"u{one}"} for one in range(number)]


def turned(key: str, *calls: dict[str, object]) -> list[Rejected]:
    Rejected.objects.all().delete()
    send(key, *calls)
    return list(Rejected.objects.order_by("pk"))


def test_turned_away_call_that_is_mended_is_taken_at_its_own_time(
    owner: User, owner_client: Client, make_key: MakeKey
) -> None:
    came = datetime.now(UTC) - timedelta(days=12)
    with time_machine.travel(came, tick=False):
        (row,) = turned(make_key(), {"type": "track", "userId": "u1", "messageId": "m1"})
    page = owner_client.get("/sources/turned-away/")
    assert "The call does not say what happened. Give event a name." in shown(page)
    address = f"/sources/turned-away/{row.pk}/"
    assert '"messageId": "m1"' in unescape(owner_client.get(address).content.decode())
    refused = owner_client.post(address, {"call": '{"type": "track", "event": " ", "userId": "u1"}'})
    assert refused.status_code == 422
    assert Rejected.objects.filter(pk=row.pk).exists()
    mended = json.dumps({"type": "track", "userId": "u1", "messageId": "m1", "event": "Signed Up"})
    answer = owner_client.post(address, {"call": mended}, follow=True)
    assert "The call was taken." in shown(answer)
    assert not Rejected.objects.exists()
    settle(commit=True)
    (event,) = lake().read(columns=["name", "actor", "time", "received"]).to_dicts()
    assert (event["name"], event["actor"]) == ("Signed Up", "u:u1")
    assert abs(event["time"] - came) < timedelta(milliseconds=1)
    assert event["received"] == event["time"]
    audit = AuditRow.objects.get(verb="sources.mend")
    assert (audit.user, audit.details) == (owner, {"code": "event.missing"})
    assert owner_client.get(address).status_code == 404


def test_turned_away_call_of_a_public_key_stays_bound_to_what_such_a_key_may(
    owner_client: Client, make_key: MakeKey
) -> None:
    (row,) = turned(make_key("public"), call(1, event="Deal Won"))
    answer = owner_client.post(f"/sources/turned-away/{row.pk}/", {"call": json.dumps(call(1, event="deal won"))})
    assert answer.status_code == 422
    assert not Raw.objects.exists()


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"a":' * 2000, '{"type":"track","event":"A","userId":"\\u0000"}'])
def test_turned_away_call_mended_badly_says_why(owner_client: Client, make_key: MakeKey, text: str) -> None:
    (row,) = turned(make_key(), {"type": "track", "userId": "u1"})
    answer = owner_client.post(f"/sources/turned-away/{row.pk}/", {"call": text})
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert not Raw.objects.exists()


def test_turned_away_calls_of_one_reason_are_sent_again_at_once(
    owner_client: Client, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = turned(make_key(), *nameless(5), {"type": "track"})
    for row in rows[:3]:
        Rejected.objects.filter(pk=row.pk).update(call=json.dumps(call(row.pk)).encode())
    monkeypatch.setattr(actions, "AT_ONCE", 4)
    asked = {"code": "event.missing", "field": "event", "source": rows[0].source}
    page = shown(owner_client.post("/sources/turned-away/again/", asked, follow=True))
    assert "3 calls were taken." in page
    assert "1 call was turned away again" in page
    assert "1 more call waits" in page
    assert set(Rejected.objects.values_list("code", flat=True)) == {"event.missing", "id.missing"}
    settle(commit=True)
    assert lake().read(columns=["id"]).height == 3
    assert AuditRow.objects.get(verb="sources.again").details == {"code": "event.missing", "number": 3}


def test_turned_away_calls_are_thrown_away_one_by_one_or_by_reason(owner_client: Client, make_key: MakeKey) -> None:
    rows = turned(make_key(), *nameless(4), {"type": "track"})
    owner_client.post(f"/sources/turned-away/{rows[0].pk}/throw-away/")
    assert Rejected.objects.count() == 4
    asked = {"code": "event.missing", "field": "event", "source": ""}
    page = shown(owner_client.post("/sources/turned-away/throw-away/", asked, follow=True))
    assert "3 calls are thrown away." in page
    assert [row.code for row in Rejected.objects.all()] == ["id.missing"]


def test_turned_away_call_sent_again_by_two_at_once_is_taken_once(owner: User, make_key: MakeKey) -> None:
    (row,) = turned(make_key(), {"type": "track", "userId": "u1"})
    assert actions.mend(Who.of(owner), row, json.dumps(call(1))) is None
    with pytest.raises(NotFound):
        actions.mend(Who.of(owner), row, json.dumps(call(2)))
    assert Raw.objects.count() == 1


def test_turned_away_list_many_calls_costs_as_many_queries_as_few(owner_client: Client, make_key: MakeKey) -> None:
    rows = turned(make_key(), *nameless(2))
    address = f"/sources/turned-away/?source={rows[0].source}&code=event.missing&field=event"
    few = queries_of(owner_client, address)
    turned(make_key(), *nameless(60))
    Rejected.objects.update(source=rows[0].source)
    assert queries_of(owner_client, address) == few
    assert owner_client.get(address).content.decode().count(">Mend<") == 25


def test_turned_away_is_mended_by_those_who_may(
    make_user: Callable[..., User], client_of: Callable[[User], Client], make_key: MakeKey
) -> None:
    (row,) = turned(make_key(), {"type": "track", "userId": "u1"})
    seller = client_of(make_user("seller"))
    for address in ("/sources/turned-away/", f"/sources/turned-away/{row.pk}/", "/live/", "/live/stream/?after=0"):
        assert seller.get(address).status_code == 403
    for address in ("again/", "throw-away/", f"{row.pk}/", f"{row.pk}/throw-away/"):
        assert seller.post(f"/sources/turned-away/{address}", {"code": "event.missing"}).status_code == 403
    assert Rejected.objects.count() == 1


# ---------------------------------------------------------------- live

FOLLOW = re.compile(r'data-follow="([^"]+)"')
AFTER = re.compile(r"^id: (\d+)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page looks once for what came, and its stream ends."""
    monkeypatch.setattr(streaming, "LASTS_SECONDS", 0.0)


def follow(page: object) -> str:
    found = FOLLOW.search(page.content.decode())  # type: ignore[attr-defined]
    assert found
    return unescape(found[1])


def told(client: Client, address: str, after: str = "") -> str:
    """What an open page is told, by a client that was told up to `after` before."""

    async def listen() -> str:
        listener = AsyncClient()
        listener.cookies = client.cookies
        answer: Any = await listener.get(address, headers={"Last-Event-ID": after} if after else {})
        assert answer["Content-Type"] == "text/event-stream"
        return b"".join([piece async for piece in answer.streaming_content]).decode()

    return async_to_sync(listen)()


def test_live_tells_what_comes_once_and_nothing_where_nothing_did(owner_client: Client, make_key: MakeKey) -> None:
    key = make_key()
    send(key, call(1, event="In the lake"))
    settle(commit=True)
    send(key, call(2, event="Beside it"))
    settle()
    page = owner_client.get("/live/")
    assert [page.content.decode().count(f"<b>{name}</b>") for name in ("In the lake", "Beside it")] == [1, 1]
    address = follow(page)
    assert "data:" not in told(owner_client, address)
    send(key, call(3, event="Came since"), call(4, event="<b>bold</b>"))
    settle()
    part = told(owner_client, address)
    assert "<b>Came since</b>" in part
    assert "&lt;b&gt;bold" in part
    assert "Beside it" not in part
    (after,) = AFTER.findall(part)
    assert "data:" not in told(owner_client, address, after)
    settle(commit=True)
    assert "data:" not in told(owner_client, address, after)
    send(key, call(5, event="After the commit"))
    settle()
    part = told(owner_client, address, after)
    assert "After the commit" in part
    assert "Came since" not in part
    (after,) = AFTER.findall(part)
    send(key, call(6, event="In the lake at once"))
    settle(commit=True)
    part = told(owner_client, address, after)
    assert "In the lake at once" in part
    (after,) = AFTER.findall(part)
    assert "data:" not in told(owner_client, address, after)


def test_live_shows_what_happened_to_a_deal_of_which_nobody_is_known(owner_client: Client) -> None:
    with transaction.atomic():
        tell(OwnEvent("Deal Created", deal="7"))
    settle()
    assert "Deal Created" in shown(owner_client.get("/live/"))


def test_live_filters_by_source_name_and_person(owner_client: Client, make_key: MakeKey) -> None:
    first, second = make_key(), make_key()
    for key, number in ((first, 1), (second, 2)):
        send(key, call(number, event=f"E{number}"), call(number + 10, event="Both", anonymousId="v"))
        settle(commit=number == 1)
    send(first, {"type": "page", "anonymousId": "v", "name": "Start"})
    settle()
    sources = [f"key-{key}" for key in WriteKey.objects.order_by("pk").values_list("pk", flat=True)]
    asked = {
        f"source={sources[0]}": {"E1", "Both", "Page Viewed"},
        f"source={sources[1]}": {"E2", "Both"},
        "name=Both": {"Both"},
        "person=u2": {"E2"},
        "person=v": {"Page Viewed"},
        f"source={sources[0]}&person=u12": set(),
        "source=unknown": {"E1", "E2", "Both", "Page Viewed"},
    }
    for query, names in asked.items():
        page = owner_client.get(f"/live/?{query}").content.decode()
        assert set(re.findall(r"</time> <b>([^<]+)</b>", page)) == names, query
        part = told(owner_client, f"/live/stream/?after=0&{query}")
        assert set(re.findall(r"</time> <b>([^<]+)</b>", part)) <= names, query


def test_live_many_events_at_once_are_counted_beyond_the_newest(owner_client: Client, make_key: MakeKey) -> None:
    send(make_key(), *(call(number) for number in range(70)))
    settle()
    part = told(owner_client, "/live/stream/?after=0")
    assert part.count("<summary") == live.MOST
    assert "and 20 more in this moment" in part


def test_live_event_opens_with_all_it_came_with(owner_client: Client, make_key: MakeKey) -> None:
    send(make_key(), call(1, properties={"plan": "pro <b>", "deal_id": "d7"}, context={"groupId": "Ørsted"}))
    settle()
    page = owner_client.get("/live/").content.decode()
    address = unescape(re.findall(r'<details hx-get="([^"]+)"', page)[0])
    part = owner_client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert '"plan": "pro <b>"' in unescape(part)
    assert "pro <b>" not in part
    assert "<main" not in part
    for word in ("d7", "Ørsted", "u:u1"):
        assert word in part
    assert "<main" in owner_client.get(address).content.decode()
    settle(commit=True)
    assert '"plan"' in unescape(owner_client.get(address).content.decode())
    for wrong in ("/live/event/?id=x&at=1", "/live/event/?id=x&at=x", "/live/event/?at=99999999999999999999"):
        assert owner_client.get(wrong).status_code == 404
    for wrong in ("-1", "x", "²", "9" * 30):
        assert owner_client.get(f"/live/stream/?after={wrong}").status_code == 404


def test_live_leaves_out_who_is_struck(owner_client: Client, make_key: MakeKey) -> None:
    key = make_key()
    send(key, call(1, event="Lake"), call(2))
    settle(commit=True)
    send(key, call(1, event="Beside", messageId="m1b"), call(2, messageId="m2b"))
    settle()
    Tombstone.objects.create(actor="u:u1")
    for page in (owner_client.get("/live/").content.decode(), told(owner_client, "/live/stream/?after=0")):
        assert ">u2<" in page
        assert ">u1<" not in page  # a token of the page may hold u1


def test_rooms_of_collecting_stand_where_their_reader_may_enter(owner_client: Client) -> None:
    page = owner_client.get("/sources/").content.decode()
    assert 'href="/live/"' in page
    assert {"collect:sources", "collect:live"} <= set(rooms._rooms)
