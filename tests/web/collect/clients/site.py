"""A web site on an origin of its own, whose pages load the browser clients. It stands in for a firm's site."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["Site", "website"]

PAGE = b"<!doctype html><html lang=en><meta charset=utf-8><title>Shop</title><h1>Shop</h1>"


@dataclass(frozen=True, slots=True)
class Site:
    """A running web site: a page at every address, and scripts at theirs.

    Attributes:
        origin: Scheme, host and port.
        scripts: The files of the scripts by their paths.
    """

    origin: str
    scripts: dict[str, Path] = field(default_factory=dict)

    def answer(self, path: str) -> tuple[str, bytes]:
        """Type and text of what stands at a path."""
        if path in self.scripts:
            return "text/javascript; charset=utf-8", self.scripts[path].read_bytes()
        return "text/html; charset=utf-8", PAGE


@contextmanager
def website() -> Iterator[Site]:
    """Run a web site on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = site.answer(self.path.partition("?")[0])
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the class it overrides
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
