"""Calls as rows of the event log, and as what they tell of who is who. The unit of observation is the call.

What is not done here: dropping what came twice, sessions, and judging who is a robot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from tragt.events.tracking.addresses import truncated
from tragt.events.tracking.calls import Call, Kind

__all__ = ["NAMES", "TOUCHES", "Delivery", "Read", "joined", "rows_of"]

NAMES: Final = {
    Kind.PAGE: "Page Viewed",
    Kind.SCREEN: "Screen Viewed",
    Kind.IDENTIFY: "Identified",
    Kind.GROUP: "Group Joined",
    Kind.ALIAS: "Alias Made",
}
"""How calls other than track are called in the log."""

_TIME = pl.Datetime("us", "UTC")

ROWS: Final = pl.Schema(
    {
        "id": pl.String(),
        "time": _TIME,
        "name": pl.String(),
        "actor": pl.String(),
        "company": pl.String(),
        "deal": pl.String(),
        "session": pl.String(),
        "source": pl.String(),
        "received": _TIME,
        "properties": pl.String(),
        "context": pl.String(),
        "agent": pl.String(),
    }
)

TOUCHES: Final = pl.Schema(
    {
        "kind": pl.String(),
        "anonymous": pl.String(),
        "user": pl.String(),
        "previous": pl.String(),
        "group": pl.String(),
        "traits": pl.String(),
        "at": _TIME,
        "trusted": pl.Boolean(),
    }
)

_calls = msgspec.json.Decoder(list[Call])
_object = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in one request and was taken.

    Attributes:
        calls: The calls, a JSON array; each has its type and its messageId.
        source: What sent it, as the log calls it.
        trusted: Whether a secret key sent it.
        received: When it came, UTC.
        sent: When it was sent, by the sender's clock; None where it does not say.
        address: Where it came from, as far as it is kept; empty where it is not.
        agent: What the sender's program calls itself.
    """

    calls: bytes
    source: str
    trusted: bool
    received: datetime
    sent: datetime | None = None
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What deliveries hold.

    Attributes:
        rows: The events, with the columns of the log that a call fills, and ``agent``: the program that sent it.
        touches: What tells of who is who, the columns of `TOUCHES`.
    """

    rows: pl.DataFrame
    touches: pl.DataFrame


def rows_of(deliveries: Iterable[Delivery]) -> Read:
    """The events that deliveries hold, in the order in which they came.

    Args:
        deliveries: What came; every call in it was accepted.
    """
    rows: list[tuple[object, ...]] = []
    touches: list[tuple[object, ...]] = []
    for delivery in deliveries:
        for call in _calls.decode(delivery.calls):
            _add(call, delivery, rows, touches)
    return Read(
        pl.DataFrame(rows, schema=ROWS, orient="row"),
        pl.DataFrame(touches, schema=TOUCHES, orient="row"),
    )


def joined(parts: Sequence[Read]) -> Read:
    """What several readings hold, one after the other."""
    return Read(
        pl.concat([ROWS.to_frame(), *(part.rows for part in parts)]),
        pl.concat([TOUCHES.to_frame(), *(part.touches for part in parts)]),
    )


def _add(call: Call, delivery: Delivery, rows: list[tuple[object, ...]], touches: list[tuple[object, ...]]) -> None:
    kind, known, anonymous = call.type or "", call.known, call.anonymous
    context = _decoded(call.context)
    traits = context.pop("traits", None)
    said = call.properties if kind in (Kind.TRACK, Kind.PAGE, Kind.SCREEN) else call.traits
    properties = _decoded(said)
    if kind == Kind.IDENTIFY and isinstance(traits, dict):
        properties = {**traits, **properties}
    name = NAMES.get(kind) or (call.event or "").strip()  # type: ignore[call-overload]
    if kind in (Kind.PAGE, Kind.SCREEN):
        for field, value in (("name", call.name), ("category", call.category)):
            if value:
                properties.setdefault(field, value)
    address = truncated(str(context["ip"])) if "ip" in context else "" if delivery.trusted else delivery.address
    if address or "ip" in context:
        context["ip"] = address
    user = f"u:{known}" if known else None
    visitor = f"a:{anonymous}" if anonymous else None
    at = call.happened(delivery.received, delivery.sent) or delivery.received
    group = call.group or _text(context.get("groupId"))
    rows.append(
        (
            f"{delivery.source}:{call.message_id}",
            at,
            name,
            user or visitor,
            group or None,
            _text(properties.get("deal_id") or properties.get("dealId")) or None,
            _text(context.get("sessionId")) or None,
            delivery.source,
            delivery.received,
            _written(properties),
            _written(context),
            _text(context.get("userAgent")) or delivery.agent or None,
        )
    )
    if kind in (Kind.IDENTIFY, Kind.GROUP, Kind.ALIAS) or (user and visitor):
        of = kind if kind in (Kind.IDENTIFY, Kind.GROUP, Kind.ALIAS) else "touch"
        told = _written(properties) if of in (Kind.IDENTIFY, Kind.GROUP) and properties else None
        touches.append((of, visitor, user, call.previous or None, group or None, told, at, delivery.trusted))


def _decoded(raw: msgspec.Raw) -> dict[str, Any]:
    text = bytes(raw)
    return _object.decode(text) if text and text != b"null" else {}


def _written(told: dict[str, Any]) -> str:
    return _encoder.encode(told).decode() if told else "{}"


def _text(told: object) -> str:
    return str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""
