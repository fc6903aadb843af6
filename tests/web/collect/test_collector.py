"""The tracking API as clients see it: what is taken, what is answered, and when."""

import gzip
import json
from collections.abc import Sequence

import pytest

from tests.web.collect.conftest import Hand, MakeKey, basic
from tragt.events.tracking import Kind, as_sent
from tragt.events.tracking.bodies import LARGEST_BATCH
from tragt.web.accounts.actions.keys import revoke_write_key
from tragt.web.accounts.models import WriteKey
from tragt.web.collect import senders
from tragt.web.inbox.actions import Row
from tragt.web.inbox.models import Raw, Rejected
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.limits import Limit

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = {"type": "page", "userId": "u1"}


def test_call_is_on_disk_when_it_is_answered(make_key: MakeKey) -> None:
    answer = Hand().send("/v1/track", {"event": "A", "userId": "u1"}, basic(make_key()))
    assert (answer.status, answer.told) == (200, {"success": True})
    (raw,) = Raw.objects.all()
    assert (raw.number, raw.trusted, raw.source) == (1, True, f"key-{WriteKey.objects.get().pk}")
    assert as_sent(bytes(raw.calls))[0]["event"] == "A"


def test_nothing_is_answered_well_before_it_is_written(make_key: MakeKey) -> None:
    def fails(_raw: Sequence[Row], _rejected: Sequence[Row]) -> None:
        raise OSError("disk full")

    answer = Hand(fails).send("/v1/page", PAGE, basic(make_key()))
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert not Raw.objects.exists()


def test_batch_takes_the_good_and_keeps_the_bad_with_the_reason(make_key: MakeKey) -> None:
    answer = Hand().send("/v1/batch", {"batch": [PAGE, {"type": "page"}, PAGE]}, basic(make_key()))
    assert answer.status == 200
    assert answer.told["accepted"] == 2
    assert [one["index"] for one in answer.told["rejected"]] == [1]
    (rejected,) = Rejected.objects.all()
    assert (rejected.code, rejected.field, bytes(rejected.call)) == ("id.missing", "userId", b'{"type": "page"}')


def test_single_call_that_is_turned_away_is_answered_with_field_and_reason(make_key: MakeKey) -> None:
    answer = Hand().send("/v1/track", {"userId": "u1"}, basic(make_key()))
    assert answer.status == 400
    assert (answer.told["success"], answer.told["code"], answer.told["field"]) == (False, "event.missing", "event")
    assert Rejected.objects.count() == 1


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b"[" * 9999, b'{"batch":{}}'])
def test_body_that_is_no_json_of_calls_is_answered_with_400(make_key: MakeKey, body: bytes) -> None:
    assert Hand().send("/v1/batch", body, basic(make_key())).status == 400


def test_gzip_is_read_and_bombs_are_not(make_key: MakeKey) -> None:
    hand, headers = Hand(), {**basic(make_key()), "Content-Encoding": "gzip", "Content-Type": "text/plain"}
    assert hand.send("/v1/p", gzip.compress(json.dumps(PAGE).encode()), headers).status == 200
    assert hand.send("/v1/p", b"{}", headers).status == 400
    assert hand.send("/v1/p", gzip.compress(b" " * (LARGEST_BATCH + 1)), headers).status == 413
    assert hand.send("/v1/p", b" " * (LARGEST_BATCH + 1), basic("x")).status == 413


def test_key_may_stand_in_header_query_or_body(make_key: MakeKey) -> None:
    hand, key = Hand(), make_key()
    assert hand.send("/v1/page", {**PAGE, "writeKey": key}).status == 200
    assert hand.send("/beacon/v1/batch", {"batch": [PAGE]}, query=f"writeKey={key}").status == 200


def test_unknown_or_missing_or_revoked_key_is_refused(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tragt.web.collect.senders._PACE", 0.0)
    hand, key = Hand(), make_key()
    assert hand.send("/v1/page", PAGE, basic(key)).status == 200
    revoke_write_key(SYSTEM, WriteKey.objects.get())
    assert [hand.send("/v1/page", PAGE, basic(given)).status for given in (key, "nonsense", "")] == [401, 401, 401]
    assert Raw.objects.count() == 1


def test_public_key_sends_from_its_origins_only(make_key: MakeKey) -> None:
    hand, headers = Hand(), basic(make_key("public", ["https://shop.example"]))
    good = hand.send("/v1/page", PAGE, {**headers, "Origin": "https://shop.example"})
    assert (good.status, good.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    assert hand.send("/v1/page", PAGE, {**headers, "Origin": "https://other.example"}).status == 403


def test_public_key_cannot_forge_what_is_reserved(make_key: MakeKey) -> None:
    answer = Hand().send("/v1/track", {"event": "Deal Won", "userId": "u1"}, basic(make_key("public")))
    assert (answer.status, answer.told["code"]) == (400, "event.reserved")
    assert not Raw.objects.exists()


def test_sender_who_sends_too_much_waits_and_others_do_not(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "PUBLIC", Limit(rate=0.5, burst=2))
    hand, public, secret = Hand(), basic(make_key("public")), basic(make_key())
    assert [hand.send("/v1/page", PAGE, public).status for _ in range(3)] == [200, 200, 429]
    assert int(hand.send("/v1/page", PAGE, public).headers["retry-after"]) == 2
    assert hand.send("/v1/page", PAGE, public, address="203.0.113.5").status == 200
    assert [hand.send("/v1/page", PAGE, secret).status for _ in range(4)] == [200] * 4


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/t", "/sourceConfig/", "/v1/projects/WK/settings"])
def test_browser_may_ask_before_it_sends(path: str) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    answer = Hand().send(path, b"", asked, method="OPTIONS")
    assert answer.status == 204
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(
        name in allowed for name in ("authorization", "content-type", "anonymousid", "sentat", "rsa-retry-attempt")
    )


def test_browser_clients_are_told_where_to_send(make_key: MakeKey) -> None:
    hand, key = Hand(), make_key("public")
    segment = hand.send(f"/v1/projects/{key}/settings", headers={"Host": "t.example:8000"}, method="GET")
    assert segment.told["integrations"]["Segment.io"] == {
        "apiKey": key,
        "apiHost": "t.example:8000/v1",
        "protocol": "http",
    }
    rudder = hand.send("/sourceConfig/", headers=basic(key), method="GET", query=f"writeKey={key}")
    assert (rudder.told["source"]["writeKey"], rudder.told["source"]["enabled"]) == (key, True)
    assert hand.send("/v1/projects/nonsense/settings", method="GET").status == 401


def test_other_paths_and_other_methods(make_key: MakeKey) -> None:
    hand = Hand()
    assert hand.send("/v1/batch", method="GET", headers=basic(make_key())).status == 405
    assert hand.send("/funnels/").status == 299


def test_too_much_waiting_is_answered_with_503(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tragt.web.collect.writing._MOST_BYTES", 10)
    assert Hand().send("/v1/page", PAGE, basic(make_key())).status == 503


def test_description_names_every_call_and_the_fields_they_have() -> None:
    told = Hand().send("/v1/openapi.json", method="GET").told
    assert set(told["paths"]) == {"/v1/batch", *(f"/v1/{kind}" for kind in Kind)}
    fields = told["components"]["schemas"]["Call"]["properties"]
    assert {"userId", "anonymousId", "messageId", "properties", "traits", "context", "originalTimestamp"} <= set(fields)


def test_snippet_is_served_where_the_calls_go() -> None:
    hand = Hand()
    found = hand.raw("/tragt.js", method="GET")
    assert (found.status, found.headers["content-type"].partition(";")[0]) == (200, "text/javascript")
    assert hand.raw("/tragt.js", {"If-None-Match": found.headers["etag"]}, method="GET").status == 304
