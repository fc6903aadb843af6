"""An installation whose processes are killed, stopped and started again, and what became of what it acknowledged."""

import itertools
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import psycopg

from tests.web.collect.faults.orders import FOLDER, Orders
from tests.web.collect.faults.postgres import Postgres, postgres
from tests.web.collect.faults.sending import Log
from tragt.lake import Lake

__all__ = ["Installation", "Place", "Process", "running"]

ROOT = Path(__file__).resolve().parents[4]
FILES = {"inbox": "tragt-inbox.sqlite3", "main": "tragt.sqlite3"}
PATIENCE_SECONDS = 120.0
"""Something is wrong after so long; how busy the machine is makes no difference to what is asserted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where events are on their way, at one moment.

    Attributes:
        told: How many own events wait in the outbox.
        deliveries: How many deliveries are not settled.
        settled: How many settled batches the lake does not hold.
        held: How many settled batches the lake holds, and the inbox too.
    """

    told: int
    deliveries: int
    settled: int
    held: int

    def between(self) -> set[str]:
        """The hand-overs that are not done."""
        names = {
            "outbox -> recent": self.told,
            "inbox -> recent": self.deliveries,
            "recent -> lake": self.settled,
            "lake -> delete": self.held,
        }
        return {name for name, number in names.items() if number}


@dataclass(frozen=True, slots=True)
class Process:
    """A child of the nursery.

    Attributes:
        number: Its number.
        orders: Where its end is noted.
    """

    number: int
    orders: Orders

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.number, number)

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        code = self.orders.read(f"ended {self.number}")
        return int(code) if code else None


class Installation:
    """A home, its web server, and what its nursery has started.

    Args:
        folder: An empty folder.
        database: The server of its database; None where databases are files.
    """

    def __init__(self, folder: Path, database: Postgres | None) -> None:
        self.home, self.said, self.database = folder / "home", folder / "said", database
        (folder / "orders").mkdir()
        self.orders = Orders(folder / "orders")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
        self._environment = kept | {
            "TRAGT_HOME": str(self.home),
            "TRAGT_LOG_LEVEL": "warning",
            "TRAGT_DATABASE_URL": database.address if database else "",
            FOLDER: str(folder / "orders"),
        }
        self._numbers = itertools.count()
        self._read = set[str]()
        self._noted = 0
        self._nursery, self.server = self._started("nursery"), self._started("web", str(self.port))
        assert self._nursery.stdout is not None
        said = self._nursery.stdout.readline()
        assert said, self.said.read_text()[-3000:]
        self.key, number = said.split()
        self._source = f"key-{number}:"
        self._lake = Lake.open(self.home / "lake")
        self.settler, self.teller = self.start("settler"), self.start("teller")

    def _started(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.web.collect.faults.processes", *arguments]
        with self.said.open("a") as said:
            pipe = subprocess.PIPE if arguments == ("nursery",) else subprocess.DEVNULL
            out = pipe if arguments == ("nursery",) else said
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdin=pipe, stdout=out, stderr=said, text=True
            )

    # ------------------------------------------------------------ what the nursery starts

    def start(self, what: str) -> Process:
        """Start a ``settler``, one that is ``alone``, or a ``teller``."""
        assert self._nursery.stdin is not None
        number = next(self._numbers)
        print(what, number, file=self._nursery.stdin, flush=True)
        self.until(lambda: self.orders.read(f"start {number}"))
        return Process(int(self.orders.read(f"start {number}")), self.orders)

    # ------------------------------------------------------------ web

    @property
    def worker(self) -> int:
        """The number of the process that answers."""
        return int(self.orders.read("worker") or 0)

    def wait_for_another(self, worker: int) -> None:
        """Wait until another process answers; a server that was killed itself is started, as a supervisor does."""
        self.until(lambda: not Path(f"/proc/{worker}").exists())
        if self.server.poll() is not None:
            self.server = self._started("web", str(self.port))
        self.until(lambda: self.worker != worker)

    # ------------------------------------------------------------ what it holds

    def ask(self, question: str, of: str = "inbox") -> list[int]:
        """The first column of what a database answers."""
        if self.database:
            with psycopg.connect(self.database.address) as connection:
                return [row[0] for row in connection.execute(question.encode())]
        with closing(sqlite3.connect(f"file:{self.home}/{FILES[of]}?mode=ro", uri=True, timeout=20)) as file:
            return [row[0] for row in file.execute(question)]

    def place(self) -> Place:
        """Where events are on their way now; asked for in the order in which they move."""
        (told,) = self.ask("SELECT count(*) FROM tragt_outbox_pending", "main")
        (deliveries,) = self.ask("SELECT count(*) FROM tragt_inbox_raw")
        keys = self.ask("SELECT id FROM tragt_inbox_recent")
        until = self.settled()
        held = sum(key <= until for key in keys)
        return Place(told, deliveries, len(keys) - held, held)

    def settled(self) -> int:
        """The key of the last settled batch that the lake holds."""
        return self._lake.snapshot().settled

    def is_free(self) -> bool:
        """Whether nobody is within a transaction that keeps others from writing."""
        if self.database:
            waiting = "wait_event = 'ClientRead' AND state <> 'idle'"
            return self.ask(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}") == [0]
        return all(self._takes_writes(name) for name in FILES.values())

    def _takes_writes(self, name: str) -> bool:
        with closing(sqlite3.connect(self.home / name, timeout=0.5, isolation_level=None)) as file:
            try:
                file.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            file.execute("ROLLBACK")
            return True

    def check(self, log: Log) -> None:
        """Compare what came into the lake since the last time with what senders know, once everything is there."""
        self.until(lambda: not self.place().between())
        self.hear(log)
        files = set(self._lake.snapshot().files["path"]) - self._read
        self._read |= files
        paths = [self.home / "lake" / path for path in files]
        ids = pl.read_parquet(paths, columns=["id"])["id"] if paths else pl.Series("id", dtype=pl.String)
        log.check(ids.cast(pl.String).str.strip_prefix(self._source).to_list())

    def hear(self, log: Log) -> None:
        """Note what was told since the last time."""
        noted = self.orders.path("told").read_bytes()[self._noted :]
        whole = noted[: noted.rfind(b"\n") + 1]
        self._noted += len(whole)
        for line in whole.splitlines():
            what, ids = json.loads(line)
            log.tell(ids, acknowledged=what == "acknowledged")

    def distinct(self) -> tuple[int, int]:
        """How many events the lake holds, and how many ids."""
        ids = self._lake.read(columns=["id"])["id"]
        return len(ids), ids.n_unique()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that comes true soon."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert self._nursery.poll() is None, self.said.read_text()[-3000:]
            assert time.monotonic() < end, f"on their way: {self.place()}; said: {self.said.read_text()[-3000:]}"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self.server.terminate()
        self._nursery.stdin.close()
        self._nursery.stdout.close()
        for process in (self.server, self._nursery):
            process.wait(PATIENCE_SECONDS)


@contextmanager
def running(folder: Path, make_home: Callable[[Path], Path], *, on_postgres: bool = False) -> Iterator[Installation]:
    """An installation that runs.

    Args:
        folder: An empty folder.
        make_home: Makes its home, where its databases are files.
        on_postgres: Whether its database is a PostgreSQL server of its own; it is files where not.
    """
    if not on_postgres:
        make_home(folder / "home")
    with ExitStack() as until_end:
        installation = Installation(folder, until_end.enter_context(postgres()) if on_postgres else None)
        until_end.callback(installation.stop)
        installation.until(lambda: installation.worker or installation.server.poll() is not None)
        assert installation.worker, installation.said.read_text()[-3000:]
        yield installation
