"""A receiver that listens on this machine, webhooks that lead to it, and deals to tell of."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook

from tests.web.crm.conftest import OpenDeal, ada, make_deal, pipeline, reason, stages
from tragt.web.accounts.models import User
from tragt.web.shell.acting import Who
from tragt.web.webhooks.actions.endpoints import Draft, make_endpoint
from tragt.web.webhooks.models import Endpoint

__all__ = ["Made", "OpenDeal", "Receiver", "Wish", "ada", "make_deal", "pipeline", "reason", "stages"]


@dataclass
class Wish:
    """What is answered to a request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    seconds: float = 0


@dataclass
class Came:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What it tells."""
        told: dict[str, Any] = json.loads(self.body)
        return told


class Receiver:
    """Takes what comes, and answers as it is wished: the first wish first, and the last one from then on."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.wishes: list[Wish] = []
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()
        self.leave = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                wish = receiver.take(Came(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                receiver.leave.wait(wish.seconds)
                try:
                    self.send_response(wish.status)
                    for name, value in {"Content-Length": str(len(wish.body)), **wish.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(wish.body)
                except OSError:
                    pass
                finally:
                    receiver.through()

            def log_message(self, *_said: object) -> None:
                """Nothing is said."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def take(self, came: Came) -> Wish:
        with self._lock:
            self.came.append(came)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if len(self.wishes) > 1:
                return self.wishes.pop(0)
            return self.wishes[0] if self.wishes else Wish()

    def through(self) -> None:
        with self._lock:
            self.at_once -= 1

    def close(self) -> None:
        self.leave.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Listens on this machine, which the installation allows."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    listening = Receiver()
    yield listening
    listening.close()


@dataclass
class Made:
    """A webhook with its secret."""

    endpoint: Endpoint
    secret: str

    def verified(self, came: Came) -> Any:
        """What a request tells, once the signature is verified by the package of the specification."""
        return Webhook(self.secret).verify(came.body, came.headers)


@pytest.fixture
def hook(receiver: Receiver, owner: User) -> Callable[..., Made]:
    """Makes webhooks: ``hook("deal.won", by=user)``, of all types where none is named."""

    def make(*types: str, by: User | None = None, address: str = "") -> Made:
        return Made(*make_endpoint(Draft("Accounting", address or receiver.address, types), who=Who.of(by or owner)))

    return make
