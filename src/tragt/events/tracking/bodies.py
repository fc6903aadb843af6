"""The body of a request to the tracking API: one call or a batch, read, checked, and made ready to be kept.

The unit of observation is the request. Whatever bytes come, what is kept can be read again.
"""

import base64
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tragt.events.tracking.addresses import Addresses
from tragt.events.tracking.calls import LARGEST, Call, Kind, Moment, Sender, accepted, decoded, moment
from tragt.events.tracking.fields import Fields, times
from tragt.events.tracking.refusals import Refusal, of_decoding
from tragt.events.tracking.taken import packed

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


class Calls(msgspec.Struct, frozen=True, gc=False):
    """The calls of a batch, decoded."""

    batch: list[Call]


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
        calls: The calls that are taken, as `taken.packed` gives them.
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

_DEEPEST = 100
_TEXT, _BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL), re.compile(rb"[][{}]")
_BLANKS = (b"\n", b"\r", b"\t")

_batch = msgspec.json.Decoder(Batch)
_all_calls = msgspec.json.Decoder(Calls)
_object = msgspec.json.Decoder(dict[str, Any])
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_keyed = msgspec.json.Decoder(Keyed)

_ADDRESS = re.compile(rb'"(?:i|\\u0069)(?:p|\\u0070)"\s*:\s*("[^"]*"?)?')
_USUAL = Addresses()


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


def read(
    body: bytes,
    what: str,
    *,
    trusted: bool,
    received: datetime,
    names: frozenset[str] = frozenset(),
    addresses: Addresses = _USUAL,
) -> Body | Refusal:
    """What a request holds, call by call; a refusal where it cannot be read at all.

    Args:
        body: The bytes, inflated.
        what: What is sent to its path, a value of `PATHS`.
        trusted: Whether a secret key sends it.
        received: When it came, UTC.
        names: The events that its key may send; empty means all.
        addresses: What is kept of the addresses that calls tell of, taken or not. A secret key's call of one's own
            network gets ``own`` as ``traffic`` of its context, one of a data centre or scanner ``machine``.
    """
    try:
        body.decode()
        escaped = b"\\" in body
        body = _mended(body) if escaped and b"\\u" in body else body
        batch = _batch.decode(body) if what == BATCH else Batch([msgspec.Raw(body.strip())])
        sent, shared = moment(batch.sent_at), _shared(batch)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        return of_decoding(problem)
    except (OverflowError, ValueError):
        return Refusal("time.range", "sentAt", "sentAt is no time of ISO 8601. Correct it, or leave it out.")
    if len(batch.batch) > MOST_CALLS:
        said = f"A batch holds at most {MOST_CALLS} calls; this one {len(batch.batch)}."
        return Refusal("batch.long", "batch", said)
    sender = Sender(trusted, received, sent, names, plain=body.isascii() and not escaped and b"\x7f" not in body)
    calls = _calls(body, what, batch.batch, shared)
    kinds = [what] * len(calls) if what != BATCH else ["" if isinstance(one, Refusal) else one.kind for one in calls]
    one_line = sender.plain and not any(blank in body for blank in _BLANKS)
    found = _together(calls, kinds, sender, one_line=one_line) or _one_by_one(calls, kinds, sender, one_line=one_line)
    policy = _Policy(addresses, trusted)
    turned = [
        Turned(refusal, policy.call(_with(bytes(batch.batch[refusal.place]), shared))[:LARGEST])
        for refusal in found.refusals
    ]
    kept = packed(found.taken, found.times, policy.context)
    return Body(kept, len(found.times), sent, tuple(turned), what == BATCH)


@dataclass(frozen=True, slots=True)
class _Found:
    """The calls that are taken, when they happened, and why others are not."""

    taken: Fields
    times: Sequence[datetime]
    refusals: Sequence[Refusal] = ()


def _together(
    calls: Sequence[Call | Refusal], kinds: Sequence[str], sender: Sender, *, one_line: bool
) -> _Found | None:
    """Calls of which nothing is unusual; None where that may not be so."""
    sound = [call for call in calls if isinstance(call, Call)]
    if len(sound) < len(calls):
        return None
    given = Fields(sound, kinds, one_line)
    found = times(given, sender)
    return None if found is None else _Found(given, found)


def _one_by_one(calls: Sequence[Call | Refusal], kinds: Sequence[str], sender: Sender, *, one_line: bool) -> _Found:
    """Calls, each looked at for what may be wrong with it."""
    taken: list[tuple[Call, str, datetime]] = []
    refusals: list[Refusal] = []
    for place, (call, kind) in enumerate(zip(calls, kinds, strict=True)):
        at = accepted(call, kind, sender, place) if isinstance(call, Call) else call
        if isinstance(at, Refusal):
            refusals.append(at)
        elif isinstance(call, Call):
            taken.append((call, kind, at))
    given = Fields([call for call, _, _ in taken], [kind for _, kind, _ in taken], one_line)
    return _Found(given, [at for _, _, at in taken], refusals)


def _calls(body: bytes, what: str, raws: Sequence[msgspec.Raw], shared: dict[str, Any]) -> Sequence[Call | Refusal]:
    """The calls of a request: decoded all at once where that can be, else one by one, for what is wrong with each."""
    if what == BATCH and not shared and max(map(len, raws), default=0) <= LARGEST and not any(map(_is_deep, raws)):
        with suppress(msgspec.DecodeError, RecursionError):
            return _all_calls.decode(body).batch
    return [_call(_with(bytes(raw), shared), place) for place, raw in enumerate(raws)]


def _call(raw: bytes, place: int) -> Call | Refusal:
    if len(raw) > LARGEST:
        return Refusal("call.large", "", f"A call has at most {LARGEST} bytes; this one {len(raw)}.", place)
    if not raw.startswith(b"{"):
        return Refusal("json", "", "A call is an object.", place)
    if _is_deep(raw):
        return Refusal("nesting", "", "Objects stand in each other too deeply. Send flatter ones.", place)
    return decoded(raw, place)


def _is_deep(raw: bytes | msgspec.Raw) -> bool:
    """Whether objects stand in each other deeper than all that read them later have room for."""
    text = bytes(raw)
    if text.count(b"[") + text.count(b"{") <= _DEEPEST:
        return False
    depth = 0
    for sign in _BRACKET.findall(_TEXT.sub(b"", text)):
        depth += 1 if sign in b"[{" else -1
        if depth > _DEEPEST:
            return True
    return False


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


@dataclass(frozen=True, slots=True)
class _Policy:
    """What is kept of the addresses that calls tell of."""

    addresses: Addresses
    trusted: bool

    def context(self, raw: bytes) -> bytes:
        """A context that tells no more of an address than may be written down."""
        if b'"ip"' not in raw and b"\\" not in raw:
            return raw
        context = _fields.decode(raw)
        if "ip" not in context:
            return raw
        seen = self.addresses.seen(_plain(context["ip"]))
        context["ip"] = msgspec.Raw(msgspec.json.encode(seen.kept))
        if not self.addresses.kept:
            del context["ip"]
        if self.trusted and seen.own:
            context.setdefault("traffic", msgspec.Raw(b'"own"'))
        elif self.trusted and seen.machine:
            context.setdefault("traffic", msgspec.Raw(b'"machine"'))
        return msgspec.json.encode(context)

    def call(self, raw: bytes) -> bytes:
        """A call likewise; one that nobody can read tells of no address."""
        try:
            call = _fields.decode(raw)
            told = bytes(call.get("context", b""))
            kept = self.context(told)
        except (msgspec.DecodeError, RecursionError):
            return _ADDRESS.sub(b'"ip":""', raw)
        return raw if kept == told else msgspec.json.encode({**call, "context": msgspec.Raw(kept)})


def _plain(raw: msgspec.Raw) -> str:
    """A text of JSON; empty where it is something else."""
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.DecodeError:
        return ""


def _mended(body: bytes) -> bytes:
    """A body without halves of characters, which are left where a script cut a text: each gives way to U+FFFD."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], body)
