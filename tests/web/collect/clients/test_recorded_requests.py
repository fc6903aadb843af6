"""What clients were seen to send, and what the specification shows, sent to a real installation as it stands there."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web.collect.clients.calls import Arrived, Fields
from tests.web.collect.clients.installation import Installation, Key
from tests.web.collect.clients.posting import event_of, post
from tests.web.collect.conftest import basic

pytestmark = pytest.mark.long

KINDS = {"t": "track", "p": "page", "s": "screen", "i": "identify", "g": "group", "a": "alias"}
KEPT = ("Content-Type", "Content-Encoding", "User-Agent")
# The page on the HTTP API tells the type of a call by where it stands, here by its line.
UNTYPED = {110: "identify", 151: "track", 192: "page", 225: "screen", 260: "group", 299: "alias", 428: "identify"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that is sent.

    Attributes:
        kind: Its type.
        call: It, with the context of its batch.
        left: When its client sent it, by the client's clock; None where it does not say.
    """

    kind: str
    call: Fields
    left: str | None

    def fits(self, row: Arrived, began: datetime, ended: datetime) -> bool:
        """Whether a row is of the time that the call tells, sent between two moments; nothing lies ahead."""
        told = [moment(self.call[name]) for name in ("originalTimestamp", "timestamp") if self.call.get(name)]
        if told and not self.left:
            return row.time == min(told)
        ago = moment(self.left) - min(told) if told and self.left else timedelta(0)
        return began <= row.time + max(ago, timedelta(0)) <= ended


def moment(told: str) -> datetime:
    """A time of ISO 8601; one example of the specification writes a month with one digit."""
    return datetime.fromisoformat(re.sub(r"-(\d)-", r"-0\1-", told))


def send(installation: Installation, request: Any, key: Key) -> dict[str, Sent]:
    """Send a recorded request with another key; the calls in it by their messageIds."""
    path, body = request["path"].replace("WK123", key.key), request["body"]
    headers = {name: value for name, value in request["h"].items() if name in KEPT}
    if "Authorization" in request["h"]:
        headers |= basic(key.key)
    if "writeKey" in body:
        body = {**body, "writeKey": key.key}
    assert post(installation.address, path, body, headers).status == 200, request
    last = path.partition("?")[0].rpartition("/")[2]
    return {
        call["messageId"]: Sent(call.get("type", KINDS.get(last, last)), call, call.get("sentAt") or body.get("sentAt"))
        for call in body.get("batch", [body])
    }


def test_recorded_requests_sent_twice_arrive_once_as_their_clients_meant(
    installation: Installation, shared_data: Path
) -> None:
    recorded = json.loads((shared_data / "tracking_requests" / "captures.json").read_text())
    key, last = installation.key("secret"), installation.key("secret")
    calls: dict[str, Sent] = {}
    began = datetime.now(UTC)
    for request in recorded * 2:
        if request["m"] == "POST":
            calls |= send(installation, request, key)
    ended = datetime.now(UTC)
    # Settled is in the order of coming: once this is there, so is all that will come.
    post(installation.address, "/v1/track", {"event": "Done", "userId": "u1"}, basic(last.key))
    installation.arrivals(last, 1)
    rows = installation.arrivals(key, len(calls))

    assert sorted(row.message for row in rows) == sorted(calls)
    for row in rows:
        sent = calls[row.message]
        assert row.event == event_of(sent.call, sent.kind)
        assert row.context["library"] == sent.call["context"]["library"]
        assert sent.fits(row, began, ended), (row, sent)


@dataclass(frozen=True, slots=True)
class Example:
    """A payload of the specification that is a call, or a batch of them.

    Attributes:
        path: Where it is sent to.
        body: It, with messageIds of its own: the examples share one.
        calls: The calls in it, by their messageIds.
    """

    path: str
    body: Fields
    calls: dict[str, Sent]

    @property
    def names_nobody(self) -> bool:
        """Whether it is shortened so far that it says of nobody what happened."""
        named = ("userId", "user_id", "anonymousId")
        return not any(sent.call.get(name) for sent in self.calls.values() for name in named)


def example(source: str, line: int, payload: Fields, **_: object) -> Example:
    calls = {}
    for number, call in enumerate(payload.get("batch", [payload])):
        call["messageId"] = f"{source.rpartition('/')[2]}:{line}:{number}"
        kind = call.get("type") or call.get("action") or UNTYPED[line]
        context = {**payload.get("context", {}), **call.get("context", {})}
        calls[call["messageId"]] = Sent(kind, {**call, "context": context}, call.get("sentAt"))
    path = "batch" if "batch" in payload else next(iter(calls.values())).kind
    return Example(f"/v1/{path}", payload, calls)


def test_examples_of_the_specification_arrive_as_it_says(installation: Installation, shared_data: Path) -> None:
    """Segment's specification: the payloads on its pages spec/ and on the page of the HTTP API."""
    lines = (shared_data / "segment_spec" / "segment_payloads.jsonl").read_text().splitlines()
    examples = [example(**line) for line in map(json.loads, lines) if line["parses"]]
    key = installation.key("secret")
    began = datetime.now(UTC)
    for one in examples:
        answer = post(installation.address, one.path, one.body, basic(key.key))
        if one.names_nobody:
            assert (answer.status, answer.told["code"]) == (400, "id.missing"), one
        else:
            assert (answer.status, answer.told) == (200, {"success": True}), one
    ended = datetime.now(UTC)
    calls = {name: sent for one in examples if not one.names_nobody for name, sent in one.calls.items()}
    rows = installation.arrivals(key, len(calls))

    assert sorted(row.message for row in rows) == sorted(calls)
    for row in rows:
        sent = calls[row.message]
        assert row.event == event_of(sent.call, sent.kind)
        assert sent.fits(row, began, ended), (row, sent)
        assert {name: row.context.get(name) for name in kept(sent.call)} == kept(sent.call)


def kept(call: Fields) -> Fields:
    """The context of a call as the log keeps it: traits stand elsewhere, and of an address its network."""
    context = {name: value for name, value in call["context"].items() if name != "traits"}
    if "ip" in context:
        context["ip"] = context["ip"].rpartition(".")[0] + ".0"
    return context
