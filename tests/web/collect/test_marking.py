"""Whose traffic is one's own or a test, who is a robot, and what is kept of an address."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connections
from django.test import Client

import tragt
from tests.web.collect.conftest import Hand, MakeKey, basic
from tragt.web.accounts.actions.keys import change_write_key, create_write_key
from tragt.web.accounts.models import AuditRow, Role, User, WriteKey
from tragt.web.collect import senders
from tragt.web.collect.actions import change_visitors
from tragt.web.collect.settling import Settler
from tragt.web.inbox.models import Raw, Rejected
from tragt.web.log.queries import lake
from tragt.web.people.queries.log import event_log
from tragt.web.shell.acting import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home", "organisation")]

FAR, NEAR, NEAR_6 = "198.51.100.77", "203.0.113.77", "2001:db8:aa:bb::77"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def call(number: int, **fields: object) -> dict[str, object]:
    return {"type": "track", "event": "A", "anonymousId": f"v{number}", "messageId": f"m{number}", **fields}


def send(key: str, *calls: Mapping[str, object], address: str = FAR, **headers: str) -> None:
    given = {**basic(key), "User-Agent": CHROME, **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = Hand().send("/v1/batch", {"batch": list(calls)}, given, address=address)
    assert (answer.status, answer.told) == (200, {"success": True})


def marks(column: str = "traffic", settler: Settler | None = None) -> dict[str, Any]:
    """What the log says of the events, by their messageIds, once all is settled."""
    settler = settler or Settler()
    while settler.settle():
        pass
    settler.commit(now=True)
    return {key.rpartition(":")[2]: said for key, said in lake().read(columns=["id", column]).iter_rows()}


def bytes_kept(home: Path) -> bytes:
    """All that was written: the files of the lake and beside it, and every text and blob of the databases."""
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path.suffix != ".parquet")
    held = lake().read().write_json().encode() if lake().version >= 0 else b""
    rows = []
    for alias in {"default", configured.INBOX}:
        with connections[alias].cursor() as cursor:
            for name in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{name}"')
                rows += [
                    bytes(one) if isinstance(one, memoryview) else str(one).encode()
                    for row in cursor.fetchall()
                    for one in row
                ]
    return b"\n".join([files, held, *rows])


# ---------------------------------------------------------------- tests and one's own


def test_test_key_marks_what_comes_with_it() -> None:
    test, other = (create_write_key(SYSTEM, "Shop", "secret", test=one).key for one in (True, False))
    send(test, call(1))
    send(other, call(2), call(3, context={"traffic": "test", "locale": "da"}), call(4, context={"traffic": "much"}))
    assert marks() == {"m1": "test", "m2": None, "m3": "test", "m4": None}
    contexts = dict(lake().read(columns=["id", "context"]).sort("id").iter_rows())
    assert [json.loads(one) for one in contexts.values()][2:] == [{"locale": "da"}, {"traffic": "much"}]


def test_own_network_is_told_by_the_whole_address_where_a_browser_sends(make_key: MakeKey) -> None:
    change_visitors(SYSTEM, networks=["203.0.113.76/31", "2001:db8:aa:bb::/64"])
    public, secret = make_key("public"), make_key("secret")
    send(public, call(1), address=NEAR)
    send(public, call(2), address="203.0.113.78")
    send(public, call(3), address=NEAR_6)
    send(public, call(4), address="2001:db8:aa:bc::77")
    send(public, call(5, context={"ip": NEAR}))
    send(secret, call(6), address=NEAR)
    send(secret, call(7, context={"ip": NEAR}), call(8, context={"ip": FAR}), address=NEAR)
    send(public, call(9), address="127.0.0.1", X_Forwarded_For=f"{FAR}, {NEAR}")
    own = {key for key, traffic in marks().items() if traffic == "own"}
    assert own == {"m1", "m3", "m7", "m9"}
    assert NEAR.encode() not in bytes_kept(configured.TRAGT.home)


def test_own_people_are_told_by_their_mail(make_key: MakeKey, make_user: Callable[..., User]) -> None:
    make_user(Role.SELLER, email="Bo@mail.example")
    change_visitors(SYSTEM, domains=["nordlys.dk"])
    key = make_key("secret")
    send(
        key,
        call(1, userId="ann@Nordlys.dk"),
        call(2, userId="bo@mail.example"),
        call(3, userId="eva@mail.example"),
        call(4, userId="7", type="identify", traits={"email": " Cy@nordlys.dk"}),
        call(5, userId="7"),
        call(6, userId="8", type="identify", traits={"email": "cy@other-nordlys.dk", "note": "asked cy@nordlys.dk"}),
        call(7, type="identify", traits={"email": "di@nordlys.dk"}),
        call(8, userId="x@y@nordlys.dk.example"),
    )
    assert {key for key, traffic in marks().items() if traffic == "own"} == {"m1", "m2", "m4", "m5", "m7"}
    send(key, call(9, userId="7"), call(10, userId="8"))
    settler = Settler()
    assert {key for key, traffic in marks(settler=settler).items() if traffic == "own"} >= {"m9"}
    assert marks(settler=settler)["m10"] is None


def test_address_that_a_public_key_claims_for_somebody_known_makes_nobody_own(make_key: MakeKey) -> None:
    change_visitors(SYSTEM, domains=["nordlys.dk"])
    secret, public, settler = make_key("secret"), make_key("public"), Settler()
    send(secret, call(1, userId="7", type="identify", traits={"email": "eva@customer.example"}))
    marks(settler=settler)
    claims = {"type": "identify", "traits": {"email": "cy@nordlys.dk"}}
    send(public, call(2, userId="7", **claims), call(3, userId="7"), call(4, userId="8", **claims), call(5, userId="8"))
    assert {key for key, traffic in marks(settler=settler).items() if traffic} == {"m4", "m5"}
    assert {key for key, traffic in marks().items() if traffic} == {"m4", "m5"}, "as it is when all is read anew"


def test_one_person_with_an_own_one_is_own_too(make_key: MakeKey) -> None:
    change_visitors(SYSTEM, domains=["nordlys.dk"])
    key = make_key("secret")
    send(key, call(1, userId="7", type="identify", traits={"email": "cy@nordlys.dk"}), call(2, userId="8"))
    send(key, {"type": "alias", "userId": "7", "previousId": "8", "messageId": "m3"})
    assert marks()["m2"] is None
    send(key, call(4, userId="8"))
    assert marks()["m4"] == "own"


def test_device_is_own_from_the_first_own_sign_in_on(make_key: MakeKey) -> None:
    change_visitors(SYSTEM, domains=["nordlys.dk"])
    key, now = make_key("public"), datetime.now(UTC)

    def at(seconds: int) -> str:
        return (now - timedelta(seconds=seconds)).isoformat()

    settler = Settler()
    send(key, call(1, anonymousId="d", timestamp=at(90)))
    assert marks(settler=settler) == {"m1": None}
    send(
        key,
        call(2, anonymousId="d", timestamp=at(60)),
        call(3, anonymousId="d", userId="ann@nordlys.dk", timestamp=at(50)),
        call(4, anonymousId="d", timestamp=at(40)),
        call(5, anonymousId="e", timestamp=at(40)),
    )
    marks(settler=settler)
    send(key, call(6, anonymousId="d", timestamp=at(30)), call(7, anonymousId="e", timestamp=at(30)))
    expected = {"m1": None, "m2": None, "m3": "own", "m4": "own", "m5": None, "m6": "own", "m7": None}
    assert marks(settler=settler) == expected
    send(key, call(8, anonymousId="d"), call(9, anonymousId="e"))
    assert marks() == {**expected, "m8": "own", "m9": None}, "a settler that begins anew knows the device"


def test_what_is_said_holds_from_then_on_and_is_read_again(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    key, settler = make_key("public"), Settler()
    send(key, call(1, userId="ann@nordlys.dk"))
    marks(settler=settler)
    change_visitors(SYSTEM, domains=["nordlys.dk"])
    monkeypatch.setattr(time, "monotonic", lambda before=time.monotonic: before() + 60)
    send(key, call(2, userId="ann@nordlys.dk"))
    assert marks(settler=settler) == {"m1": None, "m2": "own"}


def test_funnel_leaves_own_traffic_tests_and_robots_out_unless_asked(make_key: MakeKey) -> None:
    change_visitors(SYSTEM, networks=[f"{NEAR}/32"])
    key, test = make_key("public"), create_write_key(SYSTEM, "Shop", "public", test=True).key

    def visit(number: int, key: str = key, **where: str) -> None:
        send(key, call(number), call(number, event="B", messageId=f"b{number}"), **where)

    visit(1)
    visit(2, address=NEAR)
    visit(3, test)
    visit(4, User_Agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    marks()
    for own, robots, entered in ((False, False, 1), (True, False, 3), (False, True, 2), (True, True, 4)):
        report = tragt.run(tragt.Funnel(["A", "B"], own=own, robots=robots), event_log())
        assert report.steps[0].entered == entered, (own, robots)


# ---------------------------------------------------------------- what is kept of an address


@pytest.mark.parametrize(("kept", "network"), [("network", True), ("nothing", False)])
def test_address_is_written_down_nowhere_beyond_what_is_kept(
    home: Path, make_key: MakeKey, kept: str, network: bool
) -> None:
    change_visitors(SYSTEM, address=kept)
    public, secret = make_key("public"), make_key("secret")
    ip = {"context": {"ip": NEAR}}
    Hand().send("/v1/batch", {"batch": [call(1), {"type": "track", **ip}]}, basic(public), address=NEAR_6)
    escaped = b'{"anonymousId": 1.5, "context": {"\\u0069p": "203.0.113.77"}}'
    calls = (json.dumps({**call(2), **ip}).encode(), b'{"event": ["203.0.113.9"], "context": {"ip": ["203.0.113.77"]}}')
    body = b'{"batch": [%b], "context": {"ip": "203.0.113.77"}}' % b",".join((escaped, *calls))
    Hand().send("/v1/batch", body, basic(secret), address=FAR)
    assert Raw.objects.count() == 2
    assert Rejected.objects.count() == 3
    inbox = bytes_kept(home)
    marks()
    for written in (inbox, bytes_kept(home)):
        assert not any(one.encode() in written for one in (NEAR, NEAR_6, FAR))
        assert (b"203.0.113.0" in written) == network
        assert (b"2001:db8:aa::" in written) == network
    contexts = [json.loads(one) for one in lake().read(columns=["id", "context"]).sort("id")["context"]]
    assert contexts == ([{"ip": "2001:db8:aa::"}, {"ip": "203.0.113.0"}] if network else [{}, {}])


def test_field_of_that_name_elsewhere_stays(make_key: MakeKey) -> None:
    send(make_key(), call(1, properties={"ip": "7 patents"}, context={"ip": "0.0.0.0", "device": {"ip": "x"}}))
    marks()
    (row,) = lake().read(columns=["properties", "context"]).to_dicts()
    assert json.loads(row["properties"]) == {"ip": "7 patents"}
    assert json.loads(row["context"]) == {"ip": "0.0.0.0", "device": {"ip": "x"}}


# ---------------------------------------------------------------- robots


def test_what_a_browser_prepares_ahead_is_no_humans(make_key: MakeKey) -> None:
    public, secret = make_key("public"), make_key("secret")
    send(public, call(1), Sec_Purpose="prefetch;prerender")
    send(secret, call(2), Sec_Purpose="prefetch;prerender")
    send(public, call(3))
    assert marks("human") == {"m1": 0.0, "m2": None, "m3": None}


def test_scanners_and_browsers_without_a_screen_are_no_humans(make_key: MakeKey) -> None:
    agents = ["HeadlessChrome/126.0", "PhantomJS/2.1", "Mimecast", "Mozilla/5.0 BarracudaCentral", CHROME]
    send(make_key("public"), *(call(one, context={"userAgent": agent}) for one, agent in enumerate(agents)))
    assert marks("human") == {"m0": 0.0, "m1": 0.0, "m2": 0.0, "m3": 0.0, "m4": None}


# ---------------------------------------------------------------- limits and names of a key


def test_limit_of_a_key_is_its_own_and_can_be_changed(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_PACE", 0.0)
    secret, public = make_key("secret"), make_key("public")
    row = WriteKey.objects.get(kind="secret")
    change_write_key(SYSTEM, row.pk, rate=1, burst=2)
    hand = Hand()
    assert [hand.send("/v1/track", call(one), basic(secret)).status for one in range(3)] == [200, 200, 429]
    refused = hand.send("/v1/track", call(4), basic(secret))
    assert (refused.told["code"], int(refused.headers["retry-after"]) >= 1) == ("rate", True)
    assert hand.send("/v1/track", call(5), basic(secret), address=NEAR).status == 200
    assert hand.send("/v1/track", call(6), basic(public)).status == 200
    change_write_key(SYSTEM, row.pk, rate=None, burst=None)
    assert hand.send("/v1/track", call(7), basic(secret)).status == 200


def test_key_with_a_list_of_names_sends_these_alone(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_PACE", 0.0)
    key, hand = make_key("public"), Hand()
    row = WriteKey.objects.get()
    change_write_key(SYSTEM, row.pk, names=["A", "Page Viewed"])
    one = hand.send("/v1/track", call(1, event="Other"), basic(key))
    assert (one.status, one.told["code"], one.told["field"]) == (400, "event.unlisted", "event")
    some = [
        call(2),
        call(3, type="page"),
        call(4, type="identify"),
        call(5, event="Consent Withdrawn"),
        call(6, event="a"),
    ]
    many = hand.send("/v1/batch", {"batch": some}, basic(key))
    assert (many.told["accepted"], [one["index"] for one in many.told["rejected"]]) == (3, [2, 4])
    change_write_key(SYSTEM, row.pk, names=[])
    assert hand.send("/v1/track", call(7, event="Other"), basic(key)).status == 200


def test_call_that_was_turned_away_is_taken_once_its_name_is_listed(owner_client: Client, make_key: MakeKey) -> None:
    key = make_key("public")
    row = WriteKey.objects.get()
    change_write_key(SYSTEM, row.pk, names=["A"], test=True)
    Hand().send("/v1/track", call(1, event="B"), basic(key))
    again = {"code": "event.unlisted", "field": "event"}
    page = owner_client.get("/sources/turned-away/").content.decode()
    assert "The key may not send an event of this name" in page
    owner_client.post("/sources/turned-away/again/", again)
    assert Rejected.objects.count() == 1
    change_write_key(SYSTEM, row.pk, names=["A", "B"], test=False)
    owner_client.post("/sources/turned-away/again/", again)
    assert not Rejected.objects.exists()
    assert marks() == {"m1": "test"}, "as it was when it came"


# ---------------------------------------------------------------- pages


def test_visitors_page_says_and_keeps_what_holds(owner_client: Client) -> None:
    page = owner_client.get("/settings/visitors/", REMOTE_ADDR=FAR).content.decode()
    assert FAR in page
    given = {
        "address": "nothing",
        "networks": "203.0.113.7/24\n\n2001:DB8::1\n203.0.113.0/24",
        "domains": "@Blåbær.dk\n",
    }
    assert owner_client.post("/settings/visitors/", given).status_code == 302
    shown = owner_client.get("/settings/visitors/").context["form"].initial
    assert shown == {"address": "nothing", "networks": "203.0.113.0/24\n2001:db8::1", "domains": "xn--blbr-roah.dk"}
    audited = AuditRow.objects.get(verb="visitors.edit")
    assert audited.fields == ["address", "networks", "domains"]


def test_visitors_page_tells_each_line_that_is_wrong(owner_client: Client) -> None:
    given = {"address": "network", "networks": "203.0.113.7\n10.1\n0.0.0.0/0", "domains": "gmail.com\nno domain"}
    answer = owner_client.post("/settings/visitors/", given)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert [one.partition(" is ")[0] for one in errors["networks"]] == ["Line 2: 10.1", "Line 3: 0.0.0.0/0"]
    assert [one.partition(" is ")[0] for one in errors["domains"]] == ["Line 1: gmail.com", "Line 2: no domain"]
    assert "10.1\n0.0.0.0/0" in answer.content.decode().replace("\r", "")


def test_visitors_page_is_seen_by_those_who_see_keys_and_changed_by_those_who_edit_them(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    viewer = client_of(make_user(Role.VIEWER))
    assert viewer.get("/settings/visitors/").status_code == 403
    assert viewer.post("/settings/visitors/", {"address": "nothing"}).status_code == 403


def test_live_marks_and_filters_by_who_acted(owner_client: Client, make_key: MakeKey) -> None:
    change_visitors(SYSTEM, networks=[f"{NEAR}/32"])
    key = make_key("public")
    send(key, call(1, event="Outside"))
    send(key, call(2, event="Inside"), address=NEAR)
    send(key, call(3, event="Crawled"), User_Agent="Googlebot/2.1")
    Settler().settle()
    for _place in ("beside the lake", "in the lake"):
        found = {
            who: {row.of.name for row in owner_client.get(f"/live/?who={who}").context["rows"]}
            for who in ("", "people", "robots", "own")
        }
        everybody = {"Outside", "Inside", "Crawled"}
        assert found == {"": everybody, "people": {"Outside"}, "robots": {"Crawled"}, "own": {"Inside"}}
        page = owner_client.get("/live/").content.decode()
        assert (page.count(">Own</span>"), page.count(">Robot</span>")) == (1, 1)
        Settler().commit(now=True)
