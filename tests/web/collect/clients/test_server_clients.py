"""Server clients, unchanged, against a real installation: what they are told to send is what arrives."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.web.collect.clients.calls import DAYS_AGO, History, by_name, history
from tests.web.collect.clients.installation import Installation

pytestmark = pytest.mark.long

PROGRAMS = Path(__file__).parent / "programs"
COMMANDS = {"python": [sys.executable, "send.py"], "node": ["node", "send.js"]}
PATIENCE_SECONDS = 60
LIBRARIES = {
    "segment python": "analytics-python",
    "rudder python": "analytics-python",
    "segment node": "@segment/analytics-node",
    "rudder node": "analytics-node",
}


@dataclass(frozen=True, slots=True)
class Client:
    """A client, and the machine that it runs on.

    Attributes:
        name: Whose client it is, and in what language.
        gzip: Whether it compresses what it sends.
        ahead: By how much its machine's clock is wrong.
    """

    name: str
    gzip: bool
    ahead: timedelta

    def __str__(self) -> str:
        return self.name.replace(" ", "-") + ("-gzip" if self.gzip else "")

    def sends(
        self, told: History, installation: Installation, key: str, modules: str
    ) -> subprocess.CompletedProcess[str]:
        """Send a history with a program of its own; it ends with 1 where the client gave a call up."""
        whose, language = self.name.split()
        order = {
            "client": whose,
            "address": installation.address,
            "key": key,
            "gzip": self.gzip,
            "ahead": self.ahead.total_seconds(),
            "calls": told.calls,
        }
        return subprocess.run(
            COMMANDS[language],
            cwd=PROGRAMS,
            env={**os.environ, "NODE_PATH": modules},
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )


CLIENTS = [
    Client("segment python", gzip=False, ahead=timedelta(hours=3)),
    Client("segment python", gzip=True, ahead=timedelta(0)),
    Client("rudder python", gzip=True, ahead=timedelta(days=-400)),
    Client("segment node", gzip=False, ahead=timedelta(minutes=-20)),
    Client("rudder node", gzip=True, ahead=timedelta(hours=11)),
    Client("rudder node", gzip=False, ahead=timedelta(0)),
]


@pytest.fixture
def modules(client: Client, request: pytest.FixtureRequest) -> str:
    """Where Node finds its clients; those of Python need none."""
    return str(request.getfixturevalue("node_modules")) if client.name.endswith("node") else ""


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_server_client_sends_history_and_all_of_it_arrives(
    installation: Installation, client: Client, modules: str
) -> None:
    told, key = history(str(client)), installation.key("secret")
    began = datetime.now(UTC)
    sent = client.sends(told, installation, key.key, modules)
    rows = installation.arrivals(key, len(told.events))
    ended = datetime.now(UTC)

    assert sent.returncode == 0, sent.stderr
    assert sorted((row.event for row in rows), key=by_name) == sorted(told.events, key=by_name)
    for row in rows:
        past = timedelta(days=DAYS_AGO) if row.event.name == "Product Viewed" else timedelta(0)
        assert began <= row.time + past <= ended, row
        assert row.id.startswith(f"{key.source}:")
        assert row.context["library"]["name"] == LIBRARIES[client.name]
    assert installation.claims_of(f"u:{told.user}") == {f"a:{told.visitor}", f"a:{told.older}"}
    person = installation.person(f"u:{told.user}")
    assert (person["name"], person["email"]) == (told.name, told.email)


@pytest.mark.parametrize("client", [CLIENTS[0], CLIENTS[2], CLIENTS[3]], ids=str)
def test_server_client_with_an_unknown_key_gives_up_and_says_why(
    installation: Installation, client: Client, modules: str
) -> None:
    sent = client.sends(history("nobody"), installation, "tragt_secret_unknown", modules)
    assert sent.returncode == 1
    assert "401" in sent.stderr
