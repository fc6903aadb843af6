"""An installation whose processes are killed, stopped and started again, and what became of what it acknowledged."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.web.collect.faults.orders import FOLDER, Orders
from tragt.lake import Lake

__all__ = ["Installation", "Place", "running"]

ROOT = Path(__file__).resolve().parents[4]
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where events are on their way, at one moment.

    Attributes:
        deliveries: How many deliveries are not settled.
        settled: How many settled batches the lake does not hold.
        held: How many settled batches the lake holds, and the inbox too.
    """

    deliveries: int
    settled: int
    held: int

    def between(self) -> list[str]:
        """The hand-overs that are not done."""
        names = {"inbox -> recent": self.deliveries, "recent -> lake": self.settled, "lake -> delete": self.held}
        return [name for name, number in names.items() if number]


class Installation:
    """A home, its web server, and its settlers.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.home, self.said = folder / "home", folder / "said"
        self._orders_folder = folder / "orders"
        self._orders_folder.mkdir()
        self.orders = Orders(self._orders_folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
        self._database = _new_database() if "TRAGT_TEST_DATABASE_URL" in os.environ else ""
        self._environment = kept | {
            "TRAGT_HOME": str(self.home),
            "TRAGT_LOG_LEVEL": "warning",
            "TRAGT_DATABASE_URL": self._database,
            FOLDER: str(self._orders_folder),
        }
        self._settlers = [self._started("settler")]
        assert self._settlers[0].stdout is not None
        self.key, number = self._settlers[0].stdout.readline().split()
        self._source = f"key-{number}:"
        self.server = self._started("web", str(self.port))
        self.settler = self.start_settler()

    def _started(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.web.collect.faults.processes", *arguments]
        with self.said.open("a") as said:
            out = subprocess.PIPE if arguments == ("settler",) else said
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdin=subprocess.PIPE, stdout=out, stderr=said, text=True
            )

    # ------------------------------------------------------------ settlers

    def start_settler(self, *, alone: bool = False) -> subprocess.Popen[str]:
        """Start a settler.

        Args:
            alone: Whether it believes to be alone, whatever others do.
        """
        ready = self._settlers[-1]
        assert ready.stdin is not None
        print("start", "alone" if alone else "", file=ready.stdin, flush=True)
        self._settlers.append(self._started("settler"))
        return ready

    # ------------------------------------------------------------ web

    @property
    def worker(self) -> int:
        """The number of the process that answers."""
        return int(self.orders.read("worker") or 0)

    def watch_server(self) -> None:
        """Start the server again where it ended, as a supervisor does; it starts what answers again by itself.

        Where that ends twice in some seconds the server ends as well.
        """
        while self.server.poll() is None and not Path(f"/proc/{self.worker}").exists():
            time.sleep(0.05)
        if self.server.poll() is not None:
            self._close(self.server)
            self.server = self._started("web", str(self.port))

    # ------------------------------------------------------------ what it holds

    def ask(self, question: str) -> list[int]:
        """The first column of what the database of the inbox answers."""
        if self._database:
            with psycopg.connect(self._database) as connection:
                return [row[0] for row in connection.execute(question.encode())]
        file = f"file:{self.home}/tragt-inbox.sqlite3?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=20)) as inbox:
            return [row[0] for row in inbox.execute(question)]

    def place(self) -> Place:
        """Where events are on their way now."""
        (deliveries,) = self.ask("SELECT count(*) FROM tragt_inbox_raw")
        keys = self.ask("SELECT id FROM tragt_inbox_recent")
        until = Lake.open(self.home / "lake").snapshot().settled
        held = sum(key <= until for key in keys)
        return Place(deliveries, len(keys) - held, held)

    def ids(self) -> Counter[str]:
        """How often each id that was sent is in the lake, once everything is."""
        self.until(lambda: not self.place().between())
        ids = Lake.open(self.home / "lake").read(columns=["id"])["id"]
        return Counter(ids.str.strip_prefix(self._source).to_list())

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that comes true soon."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, f"on their way: {self.place()}; said: {self.said.read_text()[-3000:]}"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self.server.terminate()
        for process in self._settlers:
            process.kill()
        for process in (self.server, *self._settlers):
            self._close(process)

    @staticmethod
    def _close(process: subprocess.Popen[str]) -> None:
        process.wait(PATIENCE_SECONDS)
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """An installation that runs.

    Args:
        folder: An empty folder.
    """
    installation = Installation(folder)
    try:
        yield installation
    finally:
        installation.stop()


def _new_database() -> str:
    server, name = os.environ["TRAGT_TEST_DATABASE_URL"], f"faults_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server.rsplit('/', 1)[0]}/{name}"
