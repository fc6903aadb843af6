"""Calls that were taken, as they are kept until they are settled."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.events.tracking import Delivery, Read, as_sent, rows_of
from tragt.events.tracking.bodies import BATCH, Body, read
from tragt.events.tracking.objects import compact

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

TEXTS = st.text(max_size=6)
IDS = st.text("ab 1ø", max_size=4) | st.integers(0, 99)
OBJECTS = st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2), max_size=3)
TOLD = {
    "messageId": st.text("abc", min_size=1, max_size=4),
    "userId": IDS,
    "anonymousId": IDS,
    "previousId": IDS,
    "groupId": IDS,
    "event": st.sampled_from(["Order Completed", " Signed Up"]),
    "name": TEXTS,
    "timestamp": st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 22)).map(lambda at: at.isoformat() + "Z"),  # noqa: DTZ001
    "properties": OBJECTS,
    "traits": OBJECTS,
    "context": OBJECTS | st.just({"groupId": "g", "traits": {"email": "ann@example.org"}, "ip": "203.0.113.9"}),
}
KINDS = st.sampled_from(["track", "page", "screen", "identify", "group", "alias"])
CALLS = st.lists(st.fixed_dictionaries({"type": KINDS}, optional=TOLD), min_size=1, max_size=5)


def taken(calls: list[dict[str, Any]] | bytes) -> Body:
    told = calls if isinstance(calls, bytes) else json.dumps(calls).encode()
    found = read(b'{"batch":' + told + b"}", BATCH, trusted=True, received=NOW)
    assert isinstance(found, Body)
    return found


def rows(body: Body) -> Read:
    return rows_of([Delivery(body.calls, "key-1", True, int(NOW.timestamp() * 1_000_000))])


@given(CALLS)
def test_calls_that_are_sent_again_as_they_were_taken_become_the_same_events(calls: list[dict[str, Any]]) -> None:
    first = taken(calls)
    again = taken(msgspec.json.encode(as_sent(first.calls)))
    assert again.number == first.number
    assert rows(again).rows.equals(rows(first).rows)
    assert rows(again).touches.equals(rows(first).touches)


def test_calls_of_one_context_keep_it_once() -> None:
    context = {"library": {"name": "a library with a long name"}}
    calls = [{"type": "page", "userId": f"u{number}", "context": context} for number in range(50)]
    body = taken(calls)
    assert body.calls.count(b"a library with a long name") == 1
    assert set(rows(body).rows["context"]) == {json.dumps(context, separators=(",", ":"))}


@given(OBJECTS, st.sampled_from([None, 2]), st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\t:\r\n")]))
def test_object_without_blanks_holds_what_it_held(
    told: dict[str, Any], indent: int | None, marks: tuple[str, str]
) -> None:
    for ascii_only in (True, False):
        text = json.dumps(told, indent=indent, separators=marks, ensure_ascii=ascii_only)
        assert compact(text) == json.dumps(told, separators=(",", ":"), ensure_ascii=ascii_only)


@pytest.mark.parametrize("text", ["", "null", "{}"])
def test_object_that_is_not_there_is_empty(text: str) -> None:
    assert compact(text) == "{}"
