"""The tracking API in front of the pages: requests to its paths are answered here, without Django."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import msgspec
from asgiref.sync import sync_to_async

from tragt.events.tracking.addresses import Seen
from tragt.events.tracking.bodies import LARGEST_BATCH, PATHS, Body, TooLarge, inflated, key_of, read
from tragt.events.tracking.refusals import Refusal
from tragt.web.collect import openapi
from tragt.web.collect.robots import ahead
from tragt.web.collect.senders import Key, Keys
from tragt.web.collect.snippet import serving as snippet
from tragt.web.collect.starting import starting
from tragt.web.collect.visitors import address_of
from tragt.web.collect.writing import Full, Kept, Writer
from tragt.web.inbox.models import Mark
from tragt.web.shell.limits import Limits

__all__ = ["Collector"]

SLOWEST_SECONDS = 30.0
AGAIN_SECONDS = 5
ALLOWED = (
    "Authorization, Content-Type, Content-Encoding, AnonymousId, SentAt, X-Retry-Count, Rsa-Recovered, "
    "Rsa-Retry-Attempt, Rsa-Since-Last-Attempt, Rsa-Since-First-Attempt, Rsa-Retry-Reason"
)
LONGEST_AGENT = 300
SNIPPET = "/tragt.js"

log = logging.getLogger(__name__)


class _Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: HTTPStatus, code: str, message: str, *, again: float = 0, field: str = "") -> None:
        super().__init__(message)
        self.status, self.again = status, again
        self.told = {"code": code, "message": message, **({"field": field} if field else {})}


class Collector:
    """Answers the tracking API, and hands everything else on.

    Args:
        pages: The application behind it.
        writer: Brings into the inbox what came.
        keys: The write keys.
    """

    def __init__(self, pages: Any, writer: Writer | None = None, keys: Keys | None = None) -> None:
        self._pages = pages
        self._writer = writer or Writer()
        self._keys = keys or Keys()
        self._limits = Limits()

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        starts = scope["type"] == "http" and starting(path)
        if scope["type"] != "http" or not (path in PATHS or starts or path in (openapi.PATH, SNIPPET)):
            await self._pages(scope, receive, send)
            return
        if path == SNIPPET:
            await _give(snippet.answer(scope["headers"]), scope["method"], send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"]
        if method == "OPTIONS":
            await _answer(send, HTTPStatus.NO_CONTENT, b"", headers)
        elif path == openapi.PATH and method == "GET":
            await _answer(send, HTTPStatus.OK, openapi.description(), headers)
        elif starts and method == "GET":
            await self._start(scope, headers, send)
        elif method != "POST" or path not in PATHS:
            allowed = "POST" if path in PATHS else "GET"
            said = _error("method", f"Send this with {allowed}.")
            more = [(b"allow", f"{allowed}, OPTIONS".encode())]
            await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, said, headers, more=more)
        else:
            await self._take(scope, receive, send, headers)

    async def _take(self, scope: Mapping[str, Any], receive: Any, send: Any, headers: Mapping[str, str]) -> None:
        again = 0.0
        try:
            status, answer = await self._taken(scope, headers, receive)
        except _Refused as refused:
            status, again = refused.status, refused.again
            answer = msgspec.json.encode({"success": False, **refused.told})
        await _answer(send, status, answer, headers, again)

    async def _taken(self, scope: Mapping[str, Any], headers: Mapping[str, str], receive: Any) -> tuple[int, bytes]:
        received = datetime.now(UTC)  # noqa: TID251 - the moment at which a request comes is its own
        body = await _body(headers, receive)
        query = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("writeKey", [None])[0]
        key = await self._key(key_of(headers.get("authorization", ""), query, body), headers.get("origin"))
        address = address_of((scope.get("client") or ("", 0))[0], headers.get("x-forwarded-for", ""))
        addresses = self._keys.addresses
        found = read(
            body, PATHS[scope["path"]], trusted=key.trusted, received=received, names=key.names, addresses=addresses
        )
        if isinstance(found, Refusal):
            raise _Refused(HTTPStatus.BAD_REQUEST, found.code, found.message, field=found.field)
        calls = found.number + len(found.turned)
        if key.limit and (waits := self._limits.take((key.number, address), calls, key.limit)):
            raise _Refused(
                HTTPStatus.TOO_MANY_REQUESTS, "rate", "This sends too much at once. Send it again later.", again=waits
            )
        try:
            await self._writer.keep(_kept(found, key, received, addresses.seen(address), headers))
        except Full:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "full", _LATER, again=AGAIN_SECONDS) from None
        except Exception as problem:  # noqa: BLE001 - whatever the disk or the database has, the client tries again
            log.warning("What was sent could not be kept: %s", problem)
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", _LATER, again=AGAIN_SECONDS) from None
        return _told(found)

    async def _key(self, given: str, origin: str | None) -> Key:
        if self._keys.stale:
            try:
                await sync_to_async(self._keys.read, thread_sensitive=False)()
            except Exception as problem:  # noqa: BLE001 - the keys as last known still hold
                log.warning("The write keys could not be read: %s", problem)
                if not self._keys.known:
                    raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", _LATER, again=AGAIN_SECONDS) from None
        key = self._keys.find(given)
        if key is None:
            said = "This write key is not known, or was revoked." if given else "A write key is needed."
            raise _Refused(HTTPStatus.UNAUTHORIZED, "key", f"{said} Tragt shows its keys under Settings.")
        if origin and key.origins and origin not in key.origins:
            raise _Refused(HTTPStatus.FORBIDDEN, "origin", f"This key may not be used from {origin[:200]}.")
        return key

    async def _start(self, scope: Mapping[str, Any], headers: Mapping[str, str], send: Any) -> None:
        """What browser clients ask for before they send anything."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("writeKey", [None])[0]
        found = starting(scope["path"])
        given = found.key if found and found.key else key_of(headers.get("authorization", ""), query, b"")
        try:
            key = await self._key(given, headers.get("origin"))
        except _Refused as refused:
            answer = msgspec.json.encode({"success": False, **refused.told})
            await _answer(send, refused.status, answer, headers, refused.again)
            return
        host = headers.get("host", "localhost")
        secure = scope.get("scheme") == "https" or headers.get("x-forwarded-proto") == "https"
        answer = found.answer(given, key.source, host, secure=secure) if found else b""
        await _answer(send, HTTPStatus.OK, answer, headers)


_LATER = "Nothing was taken. Send it again later."


async def _body(headers: Mapping[str, str], receive: Any) -> bytes:
    if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > LARGEST_BATCH:
        raise _too_large()
    pieces, size = [], 0
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Refused(HTTPStatus.BAD_REQUEST, "cut", "The body ended before it was whole. Send it again.")
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > LARGEST_BATCH:
                    raise _too_large()
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise _Refused(HTTPStatus.REQUEST_TIMEOUT, "slow", "The body did not come in time. Send it again.") from None
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if "gzip" not in headers.get("content-encoding", "").lower():
        return body
    try:
        return inflated(body)
    except TooLarge:
        raise _too_large() from None
    except ValueError as problem:
        said = f"Content-Encoding says gzip, but the body is {problem}."
        raise _Refused(HTTPStatus.BAD_REQUEST, "gzip", said) from None


def _too_large() -> _Refused:
    said = f"A request has at most {LARGEST_BATCH} bytes, inflated too. Send smaller batches."
    return _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", said)


def _kept(body: Body, key: Key, received: datetime, seen: Seen, headers: Mapping[str, str]) -> Kept:
    at, sent = _microseconds(received), None if body.sent is None else _microseconds(body.sent)
    agent = "".join(filter(str.isprintable, headers.get("user-agent", "")[:LONGEST_AGENT]))
    mark = _mark(key, seen, headers)
    raw = (key.source, key.trusted, at, sent, seen.kept, agent, mark, body.number, body.calls) if body.number else None
    rejected = [
        (key.source, key.trusted, at, sent, mark, one.refusal.code, one.refusal.field[:60], _plain(one), one.call)
        for one in body.turned
    ]
    return Kept(raw, rejected, len(body.calls) + sum(len(one.call) for one in body.turned))


def _mark(key: Key, seen: Seen, headers: Mapping[str, str]) -> str:
    """What is seen of a request; a server's address and headers tell nothing of the person that it tells of."""
    if key.test:
        return Mark.TEST.value
    if key.trusted:
        return ""
    if seen.own:
        return Mark.OWN.value
    return Mark.PREFETCH.value if ahead(headers) else Mark.MACHINE.value if seen.machine else ""


def _plain(turned: Any) -> str:
    return "".join(filter(str.isprintable, turned.refusal.message[:300]))


def _told(body: Body) -> tuple[int, bytes]:
    """The answer once everything is on disk."""
    if not body.turned:
        return HTTPStatus.OK, b'{"success":true}'
    if body.batch:
        rejected = [one.refusal.told() for one in body.turned]
        return HTTPStatus.OK, msgspec.json.encode({"success": True, "accepted": body.number, "rejected": rejected})
    told = body.turned[0].refusal.told()
    return HTTPStatus.BAD_REQUEST, msgspec.json.encode({"success": False, **told})


async def _answer(
    send: Any, status: int, body: bytes, asked: Mapping[str, str], again: float = 0, more: Iterable[Any] = ()
) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"access-control-allow-origin", asked.get("origin", "*").encode("latin-1")),
        (b"access-control-expose-headers", b"retry-after"),
        (b"vary", b"origin"),
        (b"cache-control", b"no-store"),
        *more,
    ]
    if "access-control-request-method" in asked:
        headers += [
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", ALLOWED.encode()),
            (b"access-control-max-age", b"86400"),
        ]
    if again:
        headers.append((b"retry-after", str(max(1, round(again))).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _give(answer: snippet.Answer, method: str, send: Any) -> None:
    await send({"type": "http.response.start", "status": int(answer.status), "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _error(code: str, message: str) -> bytes:
    return msgspec.json.encode({"success": False, "code": code, "message": message})


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
