"""What a request to the tracking API holds: taken, turned away, or no call at all."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.events.tracking import Delivery, Refusal, as_sent, rows_of
from tragt.events.tracking.bodies import BATCH, LARGEST_BATCH, MOST_CALLS, PATHS, Body, TooLarge, inflated, key_of, read
from tragt.events.tracking.calls import LARGEST

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MICROSECONDS = int(NOW.timestamp() * 1_000_000)


def held(told: object, what: str = BATCH, *, trusted: bool = False) -> Body:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    found = read(body, what, trusted=trusted, received=NOW)
    assert isinstance(found, Body), found
    return found


def refused(told: dict[str, Any], *, trusted: bool = False) -> tuple[str, str]:
    """Code and field of why a single call is turned away."""
    found = held({"batch": [{"userId": "u1", **told}]}, trusted=trusted)
    assert found.number == 0
    (turned,) = found.turned
    return turned.refusal.code, turned.refusal.field


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"type": "track"}, ("event.missing", "event")),
        ({"type": "track", "event": "  "}, ("event.missing", "event")),
        ({"type": "track", "event": "deal won "}, ("event.reserved", "event")),
        ({"type": "nope"}, ("type.unknown", "type")),
        ({}, ("type.unknown", "type")),
        ({"type": "page", "userId": None}, ("id.missing", "userId")),
        ({"type": "page", "userId": "", "anonymousId": " "}, ("id.missing", "userId")),
        ({"type": "page", "userId": {"a": 1}}, ("type", "userId")),
        ({"type": "page", "userId": True}, ("type", "userId")),
        ({"type": "page", "userId": "x" * 391}, ("text.long", "userId")),
        ({"type": "page", "userId": "u\x00"}, ("text.unprintable", "userId")),
        ({"type": "alias"}, ("alias.incomplete", "previousId")),
        ({"type": "group"}, ("group.missing", "groupId")),
        ({"type": "track", "event": "A", "properties": [1]}, ("type", "properties")),
        ({"type": "identify", "traits": "a"}, ("type", "traits")),
        ({"type": "track", "event": "A", "timestamp": "yesterday"}, ("time.range", "timestamp")),
        ({"type": "track", "event": "A", "timestamp": -1e30}, ("time.range", "timestamp")),
        ({"type": "track", "event": "A", "timestamp": "1965-01-01T00:00:00Z"}, ("time.range", "timestamp")),
        (
            {"type": "track", "event": "A", "originalTimestamp": "2999-01-01T00:00:00Z"},
            ("time.range", "originalTimestamp"),
        ),
        ({"type": "track", "event": "A", "properties": {"a": "x" * LARGEST}}, ("call.large", "")),
    ],
)
def test_call_that_cannot_be_taken_names_the_field(told: dict[str, Any], why: tuple[str, str]) -> None:
    assert refused(told) == why


def test_reserved_name_is_taken_from_a_secret_key() -> None:
    assert held({"batch": [{"type": "track", "event": "Deal Won", "userId": "u"}]}, trusted=True).number == 1


def test_visitor_may_give_and_withdraw_consent() -> None:
    calls = [{"type": "track", "event": name, "anonymousId": "a"} for name in ("Consent Given", "Consent Withdrawn")]
    assert held({"batch": calls}).number == 2


def test_batch_takes_the_good_and_lists_the_bad_by_their_place() -> None:
    found = held(
        {"batch": [{"type": "page", "userId": "u"}, {"type": "page"}, {"type": "screen", "anonymousId": "a"}, 7]}
    )
    assert found.number == 2
    assert [one.refusal.place for one in found.turned] == [1, 3]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"batch":7}', b'{"batch":', b'\xff{"batch":[]}', b"[" * 50_000]
)
def test_body_that_is_no_batch_is_refused(body: bytes) -> None:
    assert isinstance(read(body, BATCH, trusted=True, received=NOW), Refusal)


def test_batch_with_objects_in_each_other_without_end_is_refused() -> None:
    body = b'{"batch":[{"type":"page","userId":"u","properties":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}]}"
    found = read(body, BATCH, trusted=True, received=NOW)
    assert isinstance(found, Refusal)
    assert found.code == "nesting"


def test_half_a_character_is_mended_and_whole_ones_stay() -> None:
    texts = [r"\ud800", r"\ud83d\ude00", r"\udc00x", r"\\ud800", r"\u0000"]
    calls = ",".join(f'{{"type":"page","userId":"u","properties":{{"a":"{text}"}}}}' for text in texts)
    kept = as_sent(held(f'{{"batch":[{calls}]}}'.encode()).calls)
    assert [json.loads(bytes(call["properties"]))["a"] for call in kept] == [
        "\ufffd",
        "\U0001f600",
        "\ufffdx",
        "\\ud800",
        "\0",
    ]


def test_number_that_no_computer_has_still_settles() -> None:
    calls = ",".join(f'{{"type":"{kind}","userId":"u","properties":{{"a":1e999}}}}' for kind in ("page", "screen"))
    found = held(f'{{"batch":[{calls},{{"type":"identify","userId":"u","traits":{{"a":1e999}}}}]}}'.encode())
    assert rows_of([Delivery(found.calls, "key-1", True, MICROSECONDS)]).rows.height == 3


def test_too_many_calls_are_refused() -> None:
    body = json.dumps({"batch": [{}] * (MOST_CALLS + 1)}).encode()
    found = read(body, BATCH, trusted=True, received=NOW)
    assert isinstance(found, Refusal)
    assert found.code == "batch.long"


@pytest.mark.parametrize(
    ("path", "kind"), [("/v1/track", "track"), ("/v1/t", "track"), ("/v1/i", "identify"), ("/v1/s", "screen")]
)
def test_path_says_what_a_call_is_whatever_its_type_says(path: str, kind: str) -> None:
    call = {"userId": "u", "event": "A", "type": "page", "groupId": "g", "previousId": "p"}
    (kept,) = as_sent(held(call, PATHS[path]).calls)
    assert kept["type"] == kind


def test_call_without_message_id_gets_one() -> None:
    first, second = as_sent(held({"batch": [{"type": "page", "userId": "u"}] * 2}).calls)
    assert first["messageId"] != second["messageId"]


def test_gzip_bomb_is_too_large_and_other_bytes_are_no_gzip() -> None:
    assert inflated(gzip.compress(b"{}")) == b"{}"
    with pytest.raises(TooLarge):
        inflated(gzip.compress(b" " * (LARGEST_BATCH + 1)))
    for body in (b"no gzip", gzip.compress(b"x" * 1000)[:-9]):
        with pytest.raises(ValueError, match="gzip"):
            inflated(body)


def test_key_is_found_in_header_query_or_body() -> None:
    assert key_of("Basic V0sxMjM6", None, b"") == "WK123"
    assert key_of("Basic %%%", "x", b"") == ""
    assert key_of("Bearer WK1", None, b"") == "WK1"
    assert key_of("", "WK2", b'{"writeKey":"other"}') == "WK2"
    assert key_of("", None, b'{"writeKey":"WK3"}') == "WK3"
    assert key_of("", None, b"[" * 9999) == ""


def test_time_is_that_of_the_receivers_clock() -> None:
    """Segment's specification: timestamp = receivedAt - (sentAt - originalTimestamp)."""
    sent = NOW + timedelta(days=400)
    call = {"type": "page", "userId": "u", "timestamp": (sent - timedelta(minutes=5)).isoformat()}
    assert times(held({"batch": [call], "sentAt": sent.isoformat()})) == [NOW - timedelta(minutes=5)]
    past = {**call, "timestamp": (sent - timedelta(days=40)).isoformat(), "originalTimestamp": sent.isoformat()}
    assert times(held({"batch": [past], "sentAt": sent.isoformat()})) == [NOW - timedelta(days=40)]
    ahead = {"type": "page", "userId": "u", "timestamp": (NOW + timedelta(hours=3)).isoformat()}
    assert times(held({"batch": [ahead]})) == [NOW]
    short = {"type": "page", "userId": "u", "timestamp": "2015-2-02T00:30:08.276Z"}
    assert times(held({"batch": [short]})) == [datetime(2015, 2, 2, 0, 30, 8, 276000, tzinfo=UTC)]
    told = {"type": "page", "userId": "u", "timestamp": 1_600_000_000_000}
    assert times(held({"batch": [told]})) == [datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)]


def test_context_of_a_batch_is_that_of_its_calls_where_they_say_nothing_else() -> None:
    calls = [{"type": "page", "userId": "u", "context": {"a": 1}}, {"type": "page", "userId": "u"}]
    kept = as_sent(held({"batch": calls, "context": {"a": 0, "b": 0}}).calls)
    assert [json.loads(bytes(call["context"])) for call in kept] == [{"a": 1, "b": 0}, {"a": 0, "b": 0}]


def times(body: Body) -> list[datetime]:
    found: list[datetime] = rows_of([Delivery(body.calls, "key-1", True, MICROSECONDS)]).rows["time"].to_list()
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "messageId",
    "timestamp",
    "sentAt",
    "traits",
]
CALLS = st.dictionaries(
    st.sampled_from([*FIELDS, "properties", "context", "name"]),
    JSON | st.sampled_from(["track", "page", "alias", "2026-01-01T00:00:00Z", {"ip": "1.2.3.4", "traits": {"a": 1}}]),
)


@given(st.lists(CALLS, max_size=6), JSON)
def test_whatever_json_comes_what_is_taken_becomes_events(calls: list[dict[str, Any]], sent: Any) -> None:
    body = json.dumps({"batch": calls, "sentAt": sent}).encode()
    found = read(body, BATCH, trusted=True, received=NOW)
    if isinstance(found, Body):
        assert found.number + len(found.turned) == len(calls)
        rows = rows_of([Delivery(found.calls, "key-1", True, MICROSECONDS)]).rows
        assert rows.height == found.number
        assert rows["time"].is_between(datetime(1990, 1, 1, tzinfo=UTC), NOW).all()


@given(st.binary(max_size=60))
def test_whatever_bytes_come_there_is_an_answer(body: bytes) -> None:
    for what in (BATCH, "track"):
        read(body, what, trusted=False, received=NOW)
    key_of("", None, body)
