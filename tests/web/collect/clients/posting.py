"""Requests to the tracking API, sent as bytes: those that clients were seen to send, and those of the specification."""

import gzip
import json
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.web.collect.clients.calls import Event, Fields

__all__ = ["Answer", "event_of", "post"]

NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identified",
    "group": "Group Joined",
    "alias": "Alias Made",
}
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    told: Fields


def post(address: str, path: str, body: object, headers: dict[str, str]) -> Answer:
    """Send a body as JSON, compressed where the headers say so."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_SECONDS)
    written = json.dumps(body, ensure_ascii=False).encode()
    if headers.get("Content-Encoding") == "gzip":
        written = gzip.compress(written)
    try:
        connection.request("POST", path, written, headers)
        answer = connection.getresponse()
        return Answer(answer.status, json.loads(answer.read()))
    finally:
        connection.close()


def event_of(call: Fields, kind: str) -> Event:
    """The event that a call becomes, as the specification and the documents of the tracking API say.

    Args:
        call: The call as it was sent.
        kind: Its type, or that of its path.
    """
    context = call.get("context") or {}
    user, visitor = call.get("userId") or call.get("user_id"), call.get("anonymousId")
    properties = dict(call.get("properties") or {})
    if kind in ("identify", "group"):
        properties = dict(call.get("traits") or {})
    if kind == "identify":
        properties = {**context.get("traits", {}), **properties}
    if kind in ("page", "screen"):
        properties = {**{field: call[field] for field in ("name", "category") if call.get(field)}, **properties}
    return Event(
        name=NAMES.get(kind) or call["event"],
        actor=f"u:{user}" if user else f"a:{visitor}",
        properties=properties,
        company=call.get("groupId") or context.get("groupId"),
        deal=properties.get("deal_id"),
    )
