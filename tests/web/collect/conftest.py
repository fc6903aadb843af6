"""What the tests of collecting share: write keys, and a hand that sends."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.web.collect.loopback import Running, serving
from tragt.web.accounts.actions.keys import create_write_key
from tragt.web.collect.asgi import Collector
from tragt.web.collect.writing import Writer
from tragt.web.inbox.actions import Row, keep
from tragt.web.shell.acting import SYSTEM

MakeKey = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the collector answered."""

    status: int
    headers: Mapping[str, str]
    told: Any


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """An empty home folder."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path]) -> Iterator[Running]:
    """A whole Tragt on loopback, for everything that a stranger may send to it."""
    with serving(make_home(tmp_path_factory.mktemp("loopback") / "home")) as running:
        yield running


@pytest.fixture
def make_key(db: None) -> MakeKey:  # noqa: ARG001
    """Makes a write key: ``make_key("public", ["https://shop.example"])``."""

    def make(kind: str = "secret", origins: Sequence[str] = ()) -> str:
        return create_write_key(SYSTEM, "Shop", kind, origins).key

    return make


class Hand:
    """Sends requests to a collector, without a network; what it writes, it writes before it answers."""

    def __init__(self, write: Callable[[Sequence[Row], Sequence[Row]], None] = keep) -> None:
        self._writer = Writer(write)
        self.collector = Collector(_pages, self._writer)

    def send(
        self,
        path: str,
        body: object = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        query: str = "",
        address: str = "198.51.100.7",
    ) -> Answer:
        """One request and its answer."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "client": (address, 1),
            "scheme": "http",
        }
        found = asyncio.run(self._answer(scope, sent))
        return replace(found, told=json.loads(found.told or "null"))

    def raw(self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> Answer:
        """A request without a body, and its answer as it comes."""
        named = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {"type": "http", "method": method, "path": path, "headers": named, "client": ("198.51.100.7", 1)}
        return asyncio.run(self._answer(scope, b""))

    async def _answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        try:
            await self.collector(scope, receive, send)
        finally:
            self._writer.close()
        start, end = told
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, end["body"])


async def _pages(_scope: object, _receive: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def basic(key: str) -> dict[str, str]:
    """The header by which clients name their key."""
    import base64  # noqa: PLC0415

    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
