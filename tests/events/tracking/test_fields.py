"""The calls of a request looked at together say what each of them says when it is looked at alone."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.events.tracking import Call, Delivery, Refusal, Sender, accepted, decoded, rows_of
from tragt.events.tracking.bodies import BATCH, Body, read
from tragt.events.tracking.fields import Fields, times

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SENT = NOW + timedelta(hours=2)

IDS = ["u2", "", " ", "u\n", "\u2028", "a b", " u ", "ø", 7, 0, None]
MOMENTS = ["2026-11-22T12:00:00.5+02:00", "2026-11-22T13:59:59", "2026-1-02", "2026-11-22T15:00:00Z", "2099-01-01", "x"]
OBJECTS = [{}, {"a": 1}, {"a": "b c"}, {"deal_id": "D\n1"}, {"ø": [None]}, None, 7, [{"a": 1}]]
USUAL = {"type": "track", "event": "A", "userId": "u1", "messageId": "m", "timestamp": "2026-11-22T13:00:00Z"}
CHANGES: list[tuple[str, Any]] = [
    *product(["type"], ["Track", "page", "screen", "identify", "group", "alias", "nope", None]),
    *product(["event"], ["Order Completed", " Deal  won", "deal won", "", None, "A\n"]),
    *product(["name"], ["Home", ""]),
    *product(["userId", "anonymousId", "user_id", "previousId", "groupId", "messageId"], IDS),
    *product(["timestamp", "originalTimestamp", "sentAt"], [*MOMENTS, "", "1989-12-31T00:00:00Z", 1_700_000_000]),
    *product(["properties", "traits", "context"], OBJECTS),
]
CALLS = st.lists(
    st.lists(st.sampled_from(CHANGES), max_size=3).map(lambda changes: {**USUAL, **dict(changes)}),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("names", [frozenset[str](), frozenset({"A"})])
@pytest.mark.parametrize("sent", [SENT, None])
def test_calls_looked_at_together_happened_when_each_of_them_did(
    trusted: bool, names: frozenset[str], sent: datetime | None
) -> None:
    usual = decoded(json.dumps(USUAL).encode())
    assert isinstance(usual, Call)
    for change in CHANGES:
        body = json.dumps({**USUAL, **dict([change])})
        call = decoded(body.encode())
        if isinstance(call, Call):
            sender = Sender(trusted, NOW, sent, names, plain="\\" not in body)
            together = times(Fields([usual, call], [usual.kind, call.kind]), sender)
            alone = [accepted(one, one.kind, sender) for one in (usual, call)]
            assert together in (None, alone), change


@given(CALLS, st.booleans(), st.sampled_from([None, 2]), st.booleans())
def test_call_that_is_refused_changes_nothing_of_the_others(
    told: list[dict[str, Any]], trusted: bool, indent: int | None, ascii_only: bool
) -> None:
    numbered = [{**call, "messageId": f"m{place}"} for place, call in enumerate(told)]

    def rows(calls: list[dict[str, Any]]) -> tuple[list[Any], list[Any], list[Refusal]]:
        body = json.dumps({"batch": calls, "sentAt": SENT.isoformat()}, indent=indent, ensure_ascii=ascii_only)
        found = read(body.encode(), BATCH, trusted=trusted, received=NOW)
        assert isinstance(found, Body)
        kept = rows_of([Delivery(found.calls, "key-1", trusted, int(NOW.timestamp() * 1_000_000))])
        return (
            kept.rows.rows(),
            kept.touches.rows(),
            [one.refusal for one in found.turned if one.refusal.place < len(told)],
        )

    assert rows(numbered) == rows([*numbered, {"type": "nope"}])


@pytest.mark.parametrize("kind", ["track", "page", "screen", "identify"])
def test_usual_calls_are_looked_at_together(kind: str) -> None:
    calls = [decoded(json.dumps({**USUAL, "type": kind}).encode())] * 3
    sound = [call for call in calls if isinstance(call, Call)]
    found = times(Fields(sound, [kind] * 3), Sender(False, NOW, SENT))
    assert found == [datetime(2026, 11, 22, 11, tzinfo=UTC)] * 3
