"""A firm's site and a tracking API that listens, each on an origin of its own on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tragt.web.collect.snippet import answer

__all__ = ["Listener", "Site", "collecting"]

PATIENCE_SECONDS = 10
EARLY = """
window.tragt = window.tragt || [];
tragt.push(["track", "Early", { place: 1 }]);
tragt.push(["consent", true]);
"""


@dataclass(slots=True)
class Request:
    """What arrived.

    Attributes:
        path: Its path.
        key: The key of its query; empty where it stands in the body alone.
        size: Bytes of the body.
        body: What it said.
    """

    path: str
    key: str
    size: int
    body: dict[str, Any]

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.body["batch"]  # type: ignore[no-any-return]


@dataclass(slots=True)
class Listener:
    """A tracking API that takes all it is told to take.

    Attributes:
        key: The key it listens to: what a page of the test before sends when it is closed, is nothing to it.
        address: Its origin.
        requests: What arrived and was taken.
        refusals: Statuses and headers of the next answers; 200 when there are none left.
        refused: How many requests were refused.
    """

    key: str = ""
    address: str = ""
    requests: list[Request] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    refused: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, request: Request) -> tuple[int, dict[str, str]]:
        if request.body["writeKey"] != self.key:
            return HTTPStatus.UNAUTHORIZED, {}
        with self.changed:
            if self.refusals:
                self.refused += 1
                said = self.refusals.pop(0)
            else:
                self.requests.append(request)
                said = (HTTPStatus.OK, {})
            self.changed.notify_all()
        return said

    @property
    def arrived(self) -> list[dict[str, Any]]:
        """All events, those that came again too."""
        return [event for request in self.requests for event in request.events]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events as they count: a messageId once, for what nobody confirmed is sent again."""
        first: dict[str, dict[str, Any]] = {}
        for event in self.arrived:
            assert first.setdefault(event["messageId"], event) == event
        return list(first.values())

    @property
    def names(self) -> list[str]:
        """What arrived: names of tracked events, kinds of other calls."""
        return [event.get("event", event["type"]) for event in self.events]

    def named(self, name: str) -> dict[str, Any]:
        """The latest event of a name, or call of a kind, once it has arrived."""
        self.until(lambda: name in self.names)
        return next(event for event in reversed(self.events) if name in (event.get("event"), event["type"]))

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_SECONDS), (self.names, self.refused)

    def clear(self, key: str) -> None:
        with self.changed:
            self.key = key
            self.requests.clear()
            self.refusals.clear()
            self.refused = 0


@dataclass(slots=True)
class Site:
    """Pages under a strict content policy.

    Attributes:
        address: Its origin.
        api: What its pages send to.
        settings: The attributes of the script on every page.
        body: What stands in every page.
        early: Whether a script of the site's own makes calls before.
    """

    api: Listener
    address: str = ""
    settings: str = ""
    body: str = ""
    early: bool = False

    def clear(self, key: str) -> None:
        self.api.clear(key)
        self.settings, self.body, self.early = f'data-key="{key}"', "", False

    def page(self, path: str) -> bytes:
        early = '<script src="/early.js"></script>' if self.early else ""
        script = f'<script async src="{self.api.address}/tragt.js" {self.settings}></script>'
        head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Page {path}</title>{early}{script}"
        return (head + self.body).encode()

    @property
    def policy(self) -> str:
        return f"default-src 'none'; script-src 'self' {self.api.address}; connect-src {self.api.address}"


@contextmanager
def collecting() -> Iterator[Site]:
    """Serve both."""
    listener = Listener()
    site = Site(listener)

    class Quiet(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Api(Quiet):
        def do_GET(self) -> None:
            given = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers.items()]
            status, headers, body = answer(given)
            told = {name.decode().title(): value.decode() for name, value in headers}
            self.send(status, told, body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = urlsplit(self.path)
            key = parse_qs(target.query).get("writeKey", [""])[0]
            status, headers = listener.take(Request(target.path, key, len(body), json.loads(body)))
            shared = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
            self.send(status, {**shared, **headers}, b"{}")

    class Pages(Quiet):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/early.js":
                self.send(HTTPStatus.OK, {"Content-Type": "text/javascript"}, EARLY.encode())
            else:
                about = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": site.policy}
                self.send(HTTPStatus.OK, about, site.page(path))

    with _serving(Api) as listener.address, _serving(Pages) as site.address:
        yield site


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
