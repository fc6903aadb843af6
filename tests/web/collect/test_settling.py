"""Settling: every call that was taken is in the lake once, whatever comes between."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import time_machine
from django.conf import settings

from tests.web.collect.conftest import Hand, MakeKey, basic
from tragt.errors import TragtError
from tragt.lake.index import Kind
from tragt.web.accounts.models import WriteKey
from tragt.web.collect import settling
from tragt.web.collect.actions import mend
from tragt.web.collect.seen import Seen
from tragt.web.collect.settler import drain
from tragt.web.collect.settling import Settler
from tragt.web.inbox import actions as inbox
from tragt.web.inbox.models import Raw, Recent, Rejected
from tragt.web.inbox.personal_data import STORES
from tragt.web.log import queries as log
from tragt.web.log import store
from tragt.web.log.queries import lake
from tragt.web.people.actions import erase_person, finish_erasures, rights
from tragt.web.people.models import ConsentRow, Edge, Person
from tragt.web.people.queries.assignments import assignment
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.personal import Subject

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("home", "organisation"),
]


def call(number: int, **fields: object) -> dict[str, object]:
    return {"type": "track", "event": "A", "userId": f"u{number}", "messageId": f"m{number}", **fields}


def sent(key: str, *calls: dict[str, object]) -> None:
    assert Hand().send("/v1/batch", {"batch": list(calls)}, basic(key)).status == 200


def ids() -> list[str]:
    found: list[str] = lake().read(columns=["id"])["id"].str.split(":").list.last().sort().to_list()
    return found


def test_what_was_taken_is_in_the_lake_once(make_key: MakeKey) -> None:
    key = make_key()
    sent(key, call(1), call(2), call(1))
    sent(key, call(2), call(3))
    settler = Settler()
    assert settler.settle() == 5
    assert settler.settle() == 0
    sent(key, call(3), call(4))
    settler.settle()
    assert settler.commit(now=True) == 4
    assert ids() == ["m1", "m2", "m3", "m4"]
    assert not Raw.objects.exists()
    assert not Recent.objects.exists()


def test_new_settler_knows_what_came_before(make_key: MakeKey) -> None:
    key = make_key()
    sent(key, call(1))
    first = Settler()
    first.settle()
    first.commit(now=True)
    sent(key, call(2))
    first.settle()
    sent(key, call(1), call(2), call(3))
    second = Settler()
    second.settle()
    second.commit(now=True)
    assert ids() == ["m1", "m2", "m3"]


def test_call_that_comes_again_after_the_window_is_another(make_key: MakeKey) -> None:
    key, settler = make_key(), Settler()
    sent(key, call(1))
    settler.settle()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=9), tick=True):
        sent(key, call(1))
        settler.settle()
    settler.commit(now=True)
    assert ids() == ["m1", "m1"]


def test_call_that_is_mended_long_after_it_came_makes_no_other_come_again(make_key: MakeKey) -> None:
    key, settler = make_key(), Settler()
    with time_machine.travel(datetime.now(UTC) - timedelta(days=12), tick=True):
        Hand().send("/v1/track", {"userId": "u1"}, basic(key))
    sent(key, call(5))
    assert mend(SYSTEM, Rejected.objects.get(), json.dumps(call(1))) is None
    settler.settle()
    for number in (6, 5):
        sent(key, call(number))
        settler.settle()
    settler.commit(now=True)
    assert ids() == ["m1", "m5", "m6"]


def test_key_that_was_used_says_when(make_key: MakeKey) -> None:
    sent(make_key(), call(1))
    assert WriteKey.objects.get().last_used is None
    Settler().settle()
    assert WriteKey.objects.get().last_used is not None


def test_commit_waits_until_there_is_much_or_it_is_old(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(make_key(), call(1), call(2))
    settler = Settler()
    settler.settle()
    assert settler.commit() == 0
    monkeypatch.setattr(settling, "OLDEST", timedelta(0))
    assert settler.commit() == 2


def test_settler_that_wakes_after_its_successor_did_the_work_begins_anew(
    make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(make_key(), call(1), call(2))
    stopped, successor = Settler(), Settler()
    written = inbox.settle

    def overtaken(*given: Any) -> None:
        monkeypatch.setattr(inbox, "settle", written)
        successor.settle()
        successor.commit(now=True)
        written(*given)

    monkeypatch.setattr(inbox, "settle", overtaken)
    with pytest.raises(TragtError, match="Another process settled"):
        stopped.settle()
    assert ids() == ["m1", "m2"]


def test_settler_that_ends_between_lake_and_inbox_repeats_nothing(
    make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, settler = make_key(), Settler()
    sent(key, call(1), call(2))
    settler.settle()
    with monkeypatch.context() as broken:
        broken.setattr(inbox, "drop", lambda _until: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            settler.commit(now=True)
    again = Settler()
    sent(key, call(3))
    again.settle()
    again.commit(now=True)
    assert ids() == ["m1", "m2", "m3"]
    assert not Recent.objects.exists()


def test_delivery_that_nobody_can_read_is_turned_away_and_the_others_settle(make_key: MakeKey) -> None:
    sent(make_key(), call(1))
    Raw.objects.create(source="key-1", trusted=True, received=time.time_ns() // 1000, number=1, calls=b"[{]")
    settler = Settler()
    settler.settle()
    settler.commit(now=True)
    assert ids() == ["m1"]
    assert Rejected.objects.get().code == "unreadable"


def test_delivery_that_could_not_be_read_is_sent_again_once_it_can(
    make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
    sent(make_key(), call(1, timestamp=then.isoformat(), properties={"total": 9.5}))
    settler = Settler()
    with monkeypatch.context() as broken:
        broken.setattr(settling, "rows_of", lambda _deliveries: 1 / 0)
        settler.settle()
    turned = Rejected.objects.get()
    assert mend(SYSTEM, turned, bytes(turned.call).decode()) is None
    settler.settle()
    settler.commit(now=True)
    (row,) = lake().read().to_dicts()
    assert (row["id"].endswith(":m1"), row["time"], row["properties"]) == (True, then, '{"total":9.5}')


def test_device_that_changes_hands_within_a_batch_is_learned_in_its_order(make_key: MakeKey) -> None:
    at = [datetime.now(UTC) - timedelta(minutes=9 - minute) for minute in range(5)]
    told = [{"anonymousId": "v", "userId": user, "timestamp": at[n].isoformat()} for n, user in enumerate("aabab")]
    key, settler = make_key(), Settler()
    for part in (told[:2], told[2:]):
        sent(key, *[call(0, messageId=f"m{each['timestamp']}", **each) for each in part])
        settler.settle()
    edges = Edge.objects.order_by("at").values_list("user", "at")
    assert list(edges) == [("u:a", at[0]), ("u:b", at[2]), ("u:a", at[3]), ("u:b", at[4])]


def test_calls_tell_who_is_who(make_key: MakeKey) -> None:
    sent(make_key(), call(1, type="identify", anonymousId="v", traits={"email": "ann@example.org"}))
    Settler().settle()
    assert Person.objects.get().email == "ann@example.org"
    assert Edge.objects.values_list("actor", "user").get() == ("a:v", "u:u1")


def test_visitor_who_consents_stands_in_the_log_of_consents(make_key: MakeKey) -> None:
    told = {"purposes": ["analytics", "nonsense"], "wording": "May we count you?"}
    sent(make_key("public"), call(1, event="Consent Given", properties=told), call(2, event="Consent Given"))
    Settler().settle()
    (row,) = ConsentRow.objects.all()
    assert (row.actor, row.purpose, row.state, row.wording) == ("u:u1", "analytics", "given", "May we count you?")


def test_consent_holds_no_nul_and_each_purpose_once(make_key: MakeKey) -> None:
    told = {"purposes": ["analytics", "Analytics"] * 9, "wording": "Yes\0!", "source": "page\0"}
    sent(make_key("public"), call(1, event="Consent Given", properties=told))
    Settler().settle()
    (row,) = ConsentRow.objects.all()
    assert (row.wording, row.source) == ("Yes!", "page"), "PostgreSQL would take neither, and nothing would settle"


def test_events_keep_what_they_said(make_key: MakeKey) -> None:
    sent(make_key(), call(1, properties={"total": 9.5}, context={"ip": "203.0.113.9", "locale": "da"}))
    settler = Settler()
    settler.settle()
    settler.commit(now=True)
    (row,) = lake().read().to_dicts()
    assert (row["name"], row["actor"], json.loads(row["properties"])) == ("A", "u:u1", {"total": 9.5})
    assert json.loads(row["context"]) == {"ip": "203.0.113.0", "locale": "da"}


def test_robots_are_marked_and_servers_are_not_taken_for_robots(make_key: MakeKey) -> None:
    agents = {
        "m1": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "m2": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    }
    calls = [call(1, messageId=key, context={"userAgent": agent}) for key, agent in agents.items()]
    assert (
        Hand().send("/v1/batch", {"batch": [*calls, call(3)]}, {**basic(make_key()), "User-Agent": "curl/8"}).status
        == 200
    )
    visitor = {**basic(make_key("public")), "User-Agent": "curl/8"}
    assert Hand().send("/v1/batch", {"batch": [call(4)]}, visitor).status == 200
    settler = Settler()
    settler.settle()
    settler.commit(now=True)
    humans = dict(lake().read(columns=["id", "human"]).sort("id").iter_rows())
    assert {key.rpartition(":")[2]: value for key, value in humans.items()} == {
        "m1": 0.0,
        "m2": None,
        "m3": None,
        "m4": 0.0,
    }


def test_seen_takes_eight_bytes_an_id_and_forgets_by_the_day() -> None:
    seen, day = Seen(days=7), 86_400_000_000
    for number in range(20):
        ids = pl.Series([f"{number}-{one}" for one in range(1000)])
        assert seen.new(ids, day * (number // 2)).all()
        seen.add(ids, day * (number // 2))
        assert not seen.new(ids, day * (number // 2)).any()
    assert seen.nbytes == 8 * 1000 * 16
    assert seen.new(pl.Series(["0-1", "3-1", "4-1"]), day * 9).to_list() == [True, True, False]
    assert seen.new(pl.Series(["x", "y", "x"]), day * 9).to_list() == [True, True, False]


def test_settled_event_counts_before_the_lake_has_it_and_once_ever_after(make_key: MakeKey) -> None:
    key, settler = make_key(), Settler()
    sent(key, call(1), call(2))
    settler.settle()
    settler.commit(now=True)
    sent(key, call(3))
    before = log.version()
    settler.settle()
    assert log.version() != before
    assert log.events()["id"].str.split(":").list.last().sort().to_list() == ["m1", "m2", "m3"]
    assert [(name.name, name.count) for name in log.names()] == [("A", 3)]
    settler.commit(now=True)
    assert [(name.name, name.count) for name in log.names()] == [("A", 3)]
    assert not list((settings.TRAGT.home / "arriving").glob("*.parquet"))


def test_index_counts_what_is_settled_and_not_in_the_lake_yet(make_key: MakeKey) -> None:
    key, settler = make_key(), Settler()
    sent(key, call(1), call(2))
    settler.settle()
    settler.commit(now=True)
    store.index(Kind.PERSON).build(assignment(Kind.PERSON))
    sent(key, call(1, messageId="m3"), call(3, messageId="m4"))
    settler.settle()
    for _ in range(2):
        layered = store.index(Kind.PERSON).read(assignment(Kind.PERSON), ["A"])
        fresh = layered.fresh
        assert fresh is not None
        assert len(fresh.posting("A")) == 3
        assert layered.dirty is not None
        assert layered.dirty.sum() == 1
        settler.commit(now=True)


def test_erasure_waits_for_what_came_before_and_takes_what_was_turned_away(
    make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "PATIENCE_SECONDS", 0.1)
    key, settler = make_key(), Settler()
    sent(key, call(1), call(2))
    Hand().send("/v1/track", {"userId": "u1"}, basic(key))
    settler.settle()
    settler.commit(now=True)
    sent(key, call(1, messageId="m3"))
    erase_person("u:u1", SYSTEM)
    with pytest.raises(TragtError, match="not in the event log yet"):
        finish_erasures()
    settler.settle()
    assert settler.commit() == 1, "an erasure that waits lets the settler commit at once"
    finish_erasures()
    assert ids() == ["m2"]
    assert not Rejected.objects.exists()


def test_what_came_is_brought_into_the_lake_where_nobody_settles(make_key: MakeKey) -> None:
    sent(make_key(), call(1))
    drain()
    assert ids() == ["m1"]


def test_what_waits_to_be_settled_is_in_the_export_of_whom_it_names(make_key: MakeKey) -> None:
    told = {"properties": {"total": 9.5}, "context": {"locale": "da"}}
    sent(make_key(), call(1, **told), call(2), call(3, type="alias", previousId="u1"))
    (store,) = (one for one in STORES if one.name == "tragt_inbox.Raw")
    subject = Subject(None, frozenset({"u:u1"}))
    tracked, alias = store.export(subject)
    assert (tracked["event"], tracked["messageId"], tracked["properties"]) == ("A", "m1", {"total": 9.5})
    assert (alias["userId"], alias["previousId"]) == ("u3", "u1")
