"""A small installation without the application, and one whose events pass from store to store all the time."""

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tests.lake.making import events, filled
from tragt.lake import Lake, Marker
from tragt.lake.table import SETTLED
from tragt.web.backup.moment import Places

__all__ = ["Firm", "at_work", "connected", "contents", "made", "places_in"]

TABLES = {
    "tragt.sqlite3": ("outbox (id INTEGER PRIMARY KEY)", "person (id INTEGER PRIMARY KEY, name TEXT)"),
    "tragt-inbox.sqlite3": ("raw (id INTEGER PRIMARY KEY)", "recent (id INTEGER PRIMARY KEY, numbers TEXT)"),
}


def places_in(home: Path) -> Places:
    """Where an installation in a folder keeps what it has."""
    return Places(home, home / "lake", f"sqlite:///{home}/tragt.sqlite3", f"{home}/tragt-inbox.sqlite3")


def connected(file: Path) -> sqlite3.Connection:
    """A connection as the application has it."""
    connection = sqlite3.connect(file, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def made(home: Path) -> Places:
    """An installation with something in every store."""
    home.mkdir()
    for name, tables in TABLES.items():
        with closing(connected(home / name)) as file:
            file.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT)")
            file.execute("INSERT INTO django_migrations (app, name) VALUES ('tragt_log', '0001_initial')")
            for table in tables:
                file.execute(f"CREATE TABLE {table}")
    with closing(connected(home / "tragt.sqlite3")) as file:
        file.executemany("INSERT INTO person (name) VALUES (?)", [(f"Person {number}",) for number in range(200)])
    filled(home / "lake", range(50), range(50, 90))
    (home / "secret").write_text("a key")
    (home / "tragt.toml").write_text('language = "da"\n')
    (home / "uploads" / "7" / "original").mkdir(parents=True)
    (home / "uploads" / "7" / "original" / "æbler.csv").write_text("person,event\n")
    (home / "uploads" / "incoming").mkdir()
    (home / "uploads" / "incoming" / "half").write_text("not whole")
    (home / "index").mkdir()
    (home / "index" / "postings").write_text("derived")
    return places_in(home)


def contents(home: Path) -> dict[str, object]:
    """What the stores of an installation hold."""
    found: dict[str, object] = {}
    for name in TABLES:
        with closing(sqlite3.connect(home / name)) as file:
            found[name] = list(file.iterdump())
    found["lake"] = Lake.open(home / "lake").read().sort("id").rows()
    others = [path for path in home.rglob("*") if path.is_file() and path.parts[len(home.parts)] == "uploads"]
    return found | {str(path.relative_to(home)): path.read_text() for path in others}


@dataclass(slots=True)
class Firm:
    """An installation at work: numbers are acknowledged into raw or outbox, settled into recent, committed to the lake.

    Attributes:
        home: Where it is.
        acknowledged: The last number that was acknowledged.
        over: Set to end it.
        failed: What went wrong in it.
    """

    home: Path
    acknowledged: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    failed: list[BaseException] = field(default_factory=list)

    def collect(self) -> None:
        """Acknowledge numbers, every tenth into the outbox."""
        main, inbox = (connected(self.home / name) for name in TABLES)
        with closing(main), closing(inbox):
            while not self.over.wait(0.0003):
                number = self.acknowledged + 1
                table, file = ("raw", inbox) if number % 10 else ("outbox", main)
                file.execute(f"INSERT INTO {table} VALUES (?)", (number,))
                self.acknowledged = number

    def settle(self) -> None:
        """Hand over: raw and outbox to recent, and recent to the lake; always write there, then mark here."""
        lake, key, held = Lake.open(self.home / "lake"), 0, 0
        main, inbox = (connected(self.home / name) for name in TABLES)
        with closing(main), closing(inbox):
            while not self.over.is_set():
                key = self._to_recent(inbox, inbox, "raw", key)
                key = self._to_recent(main, inbox, "outbox", key)
                if key >= held + 6:
                    held = self._to_lake(lake, inbox, held, key)

    @staticmethod
    def _to_lake(lake: Lake, inbox: sqlite3.Connection, held: int, key: int) -> int:
        rows = inbox.execute("SELECT numbers FROM recent WHERE id > ? ORDER BY id", (held,))
        numbers = [number for (text,) in rows for number in json.loads(text)]
        marker = Marker(SETTLED, key, after=held)
        lake.append(events(numbers, source="sent"), marker=marker, batch="collect", known_new=True)
        inbox.execute("DELETE FROM recent WHERE id <= ?", (key,))
        return key

    @staticmethod
    def _to_recent(source: sqlite3.Connection, inbox: sqlite3.Connection, table: str, key: int) -> int:
        numbers = [number for (number,) in source.execute(f"SELECT id FROM {table} ORDER BY id LIMIT 100")]
        if not numbers:
            return key
        last = numbers[-1]
        together = source is inbox
        inbox.execute("BEGIN IMMEDIATE")
        inbox.execute("INSERT INTO recent VALUES (?, ?)", (key + 1, json.dumps(numbers)))
        if together:
            inbox.execute(f"DELETE FROM {table} WHERE id <= ?", (last,))
        inbox.execute("COMMIT")
        if not together:
            source.execute(f"DELETE FROM {table} WHERE id <= ?", (last,))
        return key + 1

    def goes_on(self, number: int) -> None:
        """Wait until so many more were acknowledged."""
        until = self.acknowledged + number
        while self.acknowledged < until and not self.over.is_set():
            time.sleep(0.005)

    def run(self, act: str) -> None:
        """Do one of these until it is over."""
        try:
            getattr(self, act)()
        except BaseException as problem:  # noqa: BLE001 - the test shall see it
            self.failed.append(problem)
            self.over.set()

    @staticmethod
    def places_of_numbers(home: Path) -> tuple[Counter[int], set[int]]:
        """How often each number is in raw, recent and lake as readers see them, and which are in the outbox."""
        lake = Lake.open(home / "lake")
        held = lake.snapshot().settled
        ids = lake.read(columns=["id"])["id"].cast(pl.String)
        found = Counter(map(int, ids.filter(ids.str.starts_with("sent:")).str.strip_prefix("sent:")))
        with closing(sqlite3.connect(home / "tragt-inbox.sqlite3")) as inbox:
            found.update(number for (number,) in inbox.execute("SELECT id FROM raw"))
            for (text,) in inbox.execute("SELECT numbers FROM recent WHERE id > ?", (held,)):
                found.update(json.loads(text))
        with closing(sqlite3.connect(home / "tragt.sqlite3")) as main:
            return found, {number for (number,) in main.execute("SELECT id FROM outbox")}


@contextmanager
def at_work(home: Path) -> Iterator[Firm]:
    """An installation at work; what went wrong in it is raised at the end."""
    firm = Firm(home)
    threads = [threading.Thread(target=firm.run, args=(act,)) for act in ("collect", "settle")]
    for thread in threads:
        thread.start()
    try:
        yield firm
    finally:
        firm.over.set()
        for thread in threads:
            thread.join()
    assert not firm.failed, firm.failed
