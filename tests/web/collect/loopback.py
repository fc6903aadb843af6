"""A whole Tragt on loopback in a home of its own, with a write key of each kind: what strangers can send to.

Called as ``python -m tests.web.collect.loopback HOME`` it makes the home and says its keys.
"""

import base64
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Answer", "Running", "serving"]

ROOT = Path(__file__).resolve().parents[3]
READY = re.compile(r"ready:\s+http://[^:]+:(\d+)")
PATIENCE_SECONDS = 120.0
"""Something is wrong after so long; how busy the machine is makes no difference to what is asserted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said.

    Attributes:
        status: Its status; 0 where it hung up without a word.
        told: Its body, read as JSON where it is that.
    """

    status: int
    told: Any


@dataclass(slots=True)
class Running:
    """A running Tragt.

    Attributes:
        home: Its home.
        keys: A write key of each kind, ``secret`` and ``public``.
        process: What was started; everything else is its child.
        port: Where it listens.
    """

    home: Path
    keys: Mapping[str, str]
    process: subprocess.Popen[str]
    port: int = 0
    said: list[str] = field(default_factory=list)
    _ready: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Hear what it says, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := READY.search(line):
                self.port = int(found[1])
                self._ready.set()
        self._ready.set()

    def wait(self) -> "Running":
        """Wait until it answers."""
        self._ready.wait(PATIENCE_SECONDS)
        assert self.port, "".join(self.said)
        return self

    def connection(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def naming(self, key: str) -> dict[str, str]:
        """The header that names a write key."""
        return {"Authorization": "Basic " + base64.b64encode(f"{self.keys[key]}:".encode()).decode()}

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None, key: str = "secret") -> Answer:
        """One request and its answer."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = self.connection()
        try:
            connection.request("POST", path, sent, {**self.naming(key), **(headers or {})})
            return answer(connection.getresponse())
        except (ConnectionError, http.client.RemoteDisconnected):
            return Answer(0, None)
        finally:
            connection.close()

    def ask(self, question: str) -> list[Any]:
        """The first column of what the inbox answers."""
        with closing(sqlite3.connect(f"file:{self.home}/tragt-inbox.sqlite3?mode=ro", uri=True, timeout=20)) as file:
            return [row[0] for row in file.execute(question)]

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with closing(sqlite3.connect(f"file:{self.home}/tragt.sqlite3?mode=ro", uri=True, timeout=20)) as file:
            return file.execute(question).fetchall()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that comes true soon."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert self.process.poll() is None, "".join(self.said)[-3000:]
            assert time.monotonic() < end, "".join(self.said)[-3000:]
            time.sleep(0.05)

    def processes(self) -> dict[int, int]:
        """The most memory that each of its processes had so far, in KiB, by their numbers."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                group = int((path / "stat").read_text().rpartition(")")[2].split()[2])
                if group == self.process.pid:
                    lines = (path / "status").read_text().splitlines()
                    found[int(path.name)] = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
            except (OSError, StopIteration):  # it has just ended
                continue
        return found


def answer(response: http.client.HTTPResponse) -> Answer:
    """An answer as the server gave it."""
    text = response.read()
    try:
        return Answer(response.status, json.loads(text or b"null"))
    except ValueError:
        return Answer(response.status, text)


@contextmanager
def serving(home: Path) -> Iterator[Running]:
    """Start a Tragt, and end it.

    Args:
        home: Where its home will be.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    environment = {**kept, "TRAGT_HOME": str(home), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    made = [sys.executable, "-m", "tests.web.collect.loopback"]
    keys = json.loads(
        subprocess.check_output(made, cwd=ROOT, env=environment, text=True, stderr=subprocess.DEVNULL).splitlines()[-1]
    )
    command = [sys.executable, "-m", "tragt.cli.app", "up", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    running = Running(home, keys, process)
    listener = threading.Thread(target=running.listen, daemon=True)
    listener.start()
    try:
        yield running.wait()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
        listener.join(10)
        assert process.stdout is not None
        process.stdout.close()


def _make() -> None:
    from tragt.cli.application import enter  # noqa: PLC0415 - the settings are read only now

    enter()
    from tragt.web.accounts.actions.keys import create_write_key  # noqa: PLC0415 - the apps are loaded only now
    from tragt.web.shell.acting import COMMAND_LINE  # noqa: PLC0415

    kinds = ("secret", "public")
    print(json.dumps({kind: create_write_key(COMMAND_LINE, kind.title(), kind).key for kind in kinds}))


if __name__ == "__main__":
    _make()
