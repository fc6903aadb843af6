"""Calls as rows of the event log, and as what they tell of who is who. The unit of observation is the call.

What is not done here: dropping what came twice, sessions, and judging who is a robot.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

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

_PLACES = (Kind.PAGE, Kind.SCREEN)
_TELLING = (Kind.IDENTIFY, Kind.GROUP, Kind.ALIAS)

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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TOLD = (b'"ip"', b'"traits"', b'"groupId"', b'"sessionId"', b'"userAgent"')
_REMEMBERED = 10_000


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
        rows: The events, with the columns of the log that a call fills, and ``agent``: the program that
            acted for the person, as far as it is known; a server that tells of a person is not that.
        touches: What tells of who is who, the columns of `TOUCHES`.
    """

    rows: pl.DataFrame
    touches: pl.DataFrame


class _Context(NamedTuple):
    """What a call tells beside what happened."""

    text: str
    group: str = ""
    session: str = ""
    agent: str = ""
    traits: dict[str, Any] | None = None


def rows_of(deliveries: Iterable[Delivery]) -> Read:
    """The events that deliveries hold, in the order in which they came.

    Args:
        deliveries: What came; every call in it was accepted.
    """
    rows: list[tuple[object, ...]] = []
    touches: list[tuple[object, ...]] = []
    contexts: dict[tuple[bytes, str], _Context] = {}
    for delivery in deliveries:
        for call in _calls.decode(delivery.calls):
            _add(call, delivery, contexts, rows, touches)
        if len(contexts) > _REMEMBERED:
            contexts.clear()
    return Read(_frame(rows, ROWS), _frame(touches, TOUCHES))


def joined(parts: Sequence[Read]) -> Read:
    """What several readings hold, one after the other."""
    return Read(
        pl.concat([ROWS.to_frame(), *(part.rows for part in parts)]),
        pl.concat([TOUCHES.to_frame(), *(part.touches for part in parts)]),
    )


def _frame(rows: Sequence[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Rows as a frame; a moment is a number of microseconds."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    plain = {name: pl.Int64() if isinstance(dtype, pl.Datetime) else dtype for name, dtype in schema.items()}
    series = [pl.Series(name, values, plain[name]) for name, values in zip(schema, columns, strict=True)]
    return pl.DataFrame(series).cast(schema)


def _add(
    call: Call,
    delivery: Delivery,
    contexts: dict[tuple[bytes, str], _Context],
    rows: list[tuple[object, ...]],
    touches: list[tuple[object, ...]],
) -> None:
    kind, known, anonymous = call.type or "", call.known, call.anonymous
    shared = bytes(call.context), delivery.address if not delivery.trusted else ""
    context = contexts.get(shared)
    if context is None:
        context = contexts[shared] = _context(*shared)
    properties, deal = _properties(call, kind, context)
    at = call.happened(delivery.received, delivery.sent) or delivery.received
    moment = (at - _EPOCH) // _MICROSECOND
    user, visitor = f"u:{known}" if known else None, f"a:{anonymous}" if anonymous else None
    group = call.group or context.group or None
    rows.append(
        (
            f"{delivery.source}:{call.message_id}",
            moment,
            NAMES.get(kind) or (call.event or "").strip(),  # type: ignore[call-overload]
            user or visitor,
            group,
            deal,
            context.session or None,
            delivery.source,
            (delivery.received - _EPOCH) // _MICROSECOND,
            properties,
            context.text,
            context.agent or (None if delivery.trusted else delivery.agent) or None,
        )
    )
    telling = kind in _TELLING
    if telling or (user and visitor):
        traits = properties if telling and kind != Kind.ALIAS and properties != "{}" else None
        of = kind if telling else "touch"
        touches.append((of, visitor, user, call.previous or None, group, traits, moment, delivery.trusted))


def _properties(call: Call, kind: str, context: _Context) -> tuple[str, str | None]:
    """The properties as the log keeps them, and the deal that they name."""
    raw = bytes(call.traits if kind in _TELLING else call.properties)
    placed = kind in _PLACES and (call.name or call.category)
    if kind != Kind.IDENTIFY and not placed and b"deal" not in raw:
        return _compact(raw), None
    told = _decoded(raw)
    if kind == Kind.IDENTIFY:
        return _written({**(context.traits or {}), **told}), None
    if placed:
        told = {
            **{field: value for field, value in (("name", call.name), ("category", call.category)) if value},
            **told,
        }
    return _written(told), _text(told.get("deal_id") or told.get("dealId")) or None


def _context(raw: bytes, address: str) -> _Context:
    """A context as the log keeps it: without traits, which belong to the person, and with a network for an address."""
    if not address and not any(name in raw for name in _TOLD):
        return _Context(_compact(raw))
    told = _decoded(raw)
    traits = told.pop("traits", None)
    if "ip" in told:
        told["ip"] = truncated(str(told["ip"]))
    elif address:
        told["ip"] = address
    group, session, agent = (_text(told.get(name)) for name in ("groupId", "sessionId", "userAgent"))
    return _Context(_written(told), group, session, agent, traits if isinstance(traits, dict) else None)


def _compact(raw: bytes) -> str:
    """An object without blanks."""
    return msgspec.json.format(raw, indent=-1).decode() if raw and raw != b"null" else "{}"


def _decoded(raw: bytes) -> dict[str, Any]:
    if not raw or raw == b"null":
        return {}
    try:
        return _object.decode(raw)
    except msgspec.ValidationError:  # a number that no computer has
        found: dict[str, Any] = json.loads(raw)
        return found


def _written(told: dict[str, Any]) -> str:
    return _encoder.encode(told).decode() if told else "{}"


def _text(told: object) -> str:
    return str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""
