"""The body of a request to the tracking API: one call or a batch, read, checked, and made ready to be kept.

The unit of observation is the request. Whatever bytes come, what is kept can be read again.
"""

import base64
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

from tragt.events.tracking.calls import LARGEST, Call, Kind, Moment, Sender, accepted, decoded, moment
from tragt.events.tracking.refusals import Refusal, of_decoding

__all__ = ["LARGEST_BATCH", "MOST_CALLS", "PATHS", "Body", "TooLarge", "Turned", "inflated", "key_of", "read"]

LARGEST_BATCH = 4 * 2**20
"""Bytes of the largest request, before and after it is inflated."""

MOST_CALLS = 2500
"""Calls of the largest batch."""

BATCH = "batch"

PATHS = {
    **{f"/v1/{kind}": str(kind) for kind in Kind},
    **{f"/v1/{kind[0]}": str(kind) for kind in Kind},
    **dict.fromkeys(("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"), BATCH),
}
"""Where calls are sent to, and what is sent there."""


class TooLarge(ValueError):
    """More bytes than a request may have."""


class Batch(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Several calls in one request."""

    batch: list[msgspec.Raw]
    sent_at: Moment = None
    write_key: str | None = None
    context: msgspec.Raw = msgspec.Raw()


class Keyed(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A body, for the write key in it."""

    write_key: str | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """A call that is not taken.

    Attributes:
        refusal: Why.
        call: Its JSON.
    """

    refusal: Refusal
    call: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What a request holds.

    Attributes:
        calls: The calls that are taken, a JSON array; each has its type and its messageId.
        number: How many.
        sent: When it was sent, by the sender's clock; None where it does not say.
        turned: The calls that are not taken.
        batch: Whether it is a batch, which is taken even where some of its calls are not.
    """

    calls: bytes
    number: int
    sent: datetime | None
    turned: tuple[Turned, ...]
    batch: bool


_HIGH, _LOW = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"\\(?:" + _HIGH + rb"\\" + _LOW + rb"|(?P<half>" + _HIGH + rb"|" + _LOW + rb")|.)", re.DOTALL)

_batch = msgspec.json.Decoder(Batch)
_object = msgspec.json.Decoder(dict[str, Any])
_keyed = msgspec.json.Decoder(Keyed)


def inflated(body: bytes) -> bytes:
    """The bytes of a body that was sent with gzip.

    Raises:
        TooLarge: It is more than a request may have.
        ValueError: It is not gzip.
    """
    unpacking = zlib.decompressobj(wbits=31)
    try:
        whole = unpacking.decompress(body, LARGEST_BATCH + 1)
    except zlib.error as problem:
        raise ValueError("not gzip") from problem
    if len(whole) > LARGEST_BATCH or unpacking.unconsumed_tail:
        raise TooLarge
    if not unpacking.eof:
        raise ValueError("gzip that ends too soon")
    return whole


def key_of(authorization: str, query: str | None, body: bytes) -> str:
    """The write key that a request names; empty where it names none.

    Args:
        authorization: The header, ``Basic`` with the key as user, or ``Bearer``.
        query: The parameter ``writeKey`` of the address.
        body: The body, whose field ``writeKey`` counts where the header has none.
    """
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[0]
        except ValueError:
            return ""
    if scheme.lower() == "bearer":
        return given.strip()
    if query:
        return query
    try:
        return _keyed.decode(body).write_key or ""
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ""


def read(body: bytes, what: str, *, trusted: bool, received: datetime) -> Body | Refusal:
    """What a request holds, call by call; a refusal where it cannot be read at all.

    Args:
        body: The bytes, inflated.
        what: What is sent to its path, a value of `PATHS`.
        trusted: Whether a secret key sends it.
        received: When it came, UTC.
    """
    try:
        body.decode()
        body = _mended(body) if b"\\u" in body else body
        batch = _batch.decode(body) if what == BATCH else Batch([msgspec.Raw(body.strip())])
        sent, shared = moment(batch.sent_at), _shared(batch)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        return of_decoding(problem)
    except (OverflowError, ValueError):
        return Refusal("time.range", "sentAt", "sentAt is no time of ISO 8601. Correct it, or leave it out.")
    if len(batch.batch) > MOST_CALLS:
        said = f"A batch holds at most {MOST_CALLS} calls; this one {len(batch.batch)}."
        return Refusal("batch.long", "batch", said)
    sender = Sender(trusted, received, sent)
    taken: list[bytes] = []
    turned: list[Turned] = []
    for place, raw in enumerate(batch.batch):
        found = _taken(_with(bytes(raw), shared), None if what == BATCH else what, sender, place)
        if isinstance(found, Refusal):
            turned.append(Turned(found, bytes(raw)[:LARGEST]))
        else:
            taken.append(found)
    return Body(b"[" + b",".join(taken) + b"]", len(taken), sent, tuple(turned), what == BATCH)


def _shared(batch: Batch) -> dict[str, Any]:
    """The context that all calls of a batch have in common."""
    text = bytes(batch.context)
    return {} if text in (b"", b"null") else _object.decode(text)


def _with(raw: bytes, shared: dict[str, Any]) -> bytes:
    """A call with the context of its batch, as far as it does not say otherwise."""
    if not shared or not raw.startswith(b"{"):
        return raw
    try:
        call = _object.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return raw
    own = call.get("context")
    if own is None or isinstance(own, dict):
        call["context"] = {**shared, **(own or {})}
    return msgspec.json.encode(call)


def _taken(raw: bytes, kind: str | None, sender: Sender, place: int) -> bytes | Refusal:
    """A call as it is kept, or why it is not."""
    if len(raw) > LARGEST:
        return Refusal("call.large", "", f"A call has at most {LARGEST} bytes; this one {len(raw)}.", place)
    if not raw.startswith(b"{"):
        return Refusal("json", "", "A call is an object.", place)
    call = decoded(raw, place)
    if isinstance(call, Refusal):
        return call
    kind = kind or (call.type or call.action or "").lower()
    return accepted(call, kind, sender, place) or _completed(raw, call, kind)


def _mended(body: bytes) -> bytes:
    """A body without halves of characters, which are left where a script cut a text: each gives way to U+FFFD."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], body)


def _completed(raw: bytes, call: Call, kind: str) -> bytes:
    """The call with its type and messageId, which some clients leave out; of two of one name the last counts."""
    lacking = b""
    if call.type != kind:
        lacking += b',"type":"' + kind.encode() + b'"'
    if not call.message_id or not str(call.message_id).strip():
        lacking += b',"messageId":"tragt-' + uuid4().hex.encode() + b'"'
    return raw[:-1] + lacking + b"}" if lacking else raw
