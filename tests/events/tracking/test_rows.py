"""Calls as rows of the log, and as what they tell of who is who."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tragt.events.tracking import Delivery, Read, bodies, rows_of
from tragt.events.tracking.addresses import truncated

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(*calls: dict[str, Any], trusted: bool = True, address: str = "") -> Read:
    told = {"batch": [{"messageId": f"m{place}", **call} for place, call in enumerate(calls)]}
    found = bodies.read(json.dumps(told).encode(), bodies.BATCH, trusted=trusted, received=NOW)
    assert isinstance(found, bodies.Body)
    return rows_of([Delivery(found.calls, "key-1", trusted, int(NOW.timestamp() * 1e6), address, "curl/8")])


def test_track_call_is_an_event_of_its_user() -> None:
    call = {"type": "track", "event": " Order Completed ", "userId": 7, "properties": {"total": 9.5, "deal_id": "D1"}}
    (row,) = read(call).rows.to_dicts()
    assert row["id"] == "key-1:m0"
    assert (row["name"], row["actor"], row["deal"], row["company"]) == ("Order Completed", "u:7", "D1", None)
    assert row["properties"] == '{"total":9.5,"deal_id":"D1"}'


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("page", "Page Viewed"),
        ("screen", "Screen Viewed"),
        ("identify", "Identified"),
        ("group", "Group Joined"),
        ("alias", "Alias Made"),
    ],
)
def test_other_calls_have_names_of_their_own(kind: str, name: str) -> None:
    rows = read({"type": kind, "userId": "u", "groupId": "g", "previousId": "p", "name": "Home"}).rows
    assert rows["name"].to_list() == [name]


def test_page_keeps_its_name_and_category_unless_its_properties_do() -> None:
    rows = read(
        {"type": "page", "userId": "u", "name": "Home", "category": "Docs", "properties": {"url": "/"}},
        {"type": "page", "userId": "u", "name": "Home", "properties": {"name": "Start"}},
    ).rows
    assert [json.loads(text) for text in rows["properties"]] == [
        {"url": "/", "name": "Home", "category": "Docs"},
        {"name": "Start"},
    ]


def test_visitor_who_is_known_counts_as_the_user_and_tells_who_it_was() -> None:
    found = read(
        {"type": "track", "event": "A", "userId": "u", "anonymousId": "v"}, {"type": "page", "anonymousId": "v"}
    )
    assert found.rows["actor"].to_list() == ["u:u", "a:v"]
    (touch,) = found.touches.to_dicts()
    assert (touch["kind"], touch["anonymous"], touch["user"], touch["trusted"]) == ("touch", "a:v", "u:u", True)


def test_traits_of_identify_come_from_either_place_and_never_stay_in_the_context() -> None:
    found = read(
        {"type": "identify", "userId": "u", "traits": {"b": 2}, "context": {"traits": {"a": 1}, "locale": "da"}}
    )
    assert json.loads(found.touches["traits"][0]) == {"a": 1, "b": 2}
    assert found.rows["context"].to_list() == ['{"locale":"da"}']


def test_alias_and_group_tell_what_they_join() -> None:
    found = read(
        {"type": "alias", "userId": "u", "previousId": "old"},
        {"type": "group", "userId": "u", "groupId": "acme", "traits": {"name": "Acme"}},
        {"type": "track", "event": "A", "userId": "u", "context": {"groupId": "acme"}},
    )
    assert found.touches.select("kind", "user", "previous", "group", "traits").rows() == [
        ("alias", "u:u", "old", None, None),
        ("group", "u:u", None, "acme", '{"name":"Acme"}'),
    ]
    assert found.rows["company"].to_list() == [None, "acme", "acme"]


def test_address_is_cut_and_that_of_a_server_is_not_taken_for_a_persons() -> None:
    call = {"type": "page", "userId": "u"}
    told = {**call, "context": {"ip": "203.0.113.77"}}
    assert read(told).rows["context"].to_list() == ['{"ip":"203.0.113.0"}']
    assert read(call, trusted=True, address="198.51.100.0").rows["context"].to_list() == ["{}"]
    assert read(call, trusted=False, address="198.51.100.0").rows["context"].to_list() == ['{"ip":"198.51.100.0"}']


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2::3", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("nonsense", ""),
    ],
)
def test_truncated_address_names_a_network(given: str, kept: str) -> None:
    assert truncated(given) == kept
