"""A running installation, looked at from outside: its keys, the events that came in, and who is who."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.web.collect.clients.calls import Arrived, Event
from tragt.lake.lake import Lake

__all__ = ["Installation", "Key", "arrived", "made_keys"]

COLUMNS = ("id", "time", "name", "actor", "company", "deal", "source", "properties", "context")
PATIENCE_SECONDS = 20.0
PACE_SECONDS = 0.1

# Keys are made as people make them, by the action; this process has a Django of its own with other tables.
MAKING_KEYS = """
import json, sys
from tragt.web.project.home import set_up_django
set_up_django()
from tragt.web.accounts.actions import create_write_key
from tragt.web.shell.acting import COMMAND_LINE
made = [create_write_key(COMMAND_LINE, "Shop", kind, origins) for kind, origins in json.load(sys.stdin)]
print(json.dumps([[shown.key, shown.row.pk] for shown in made]))
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A write key.

    Attributes:
        key: The key itself.
        source: What the log calls events that came with it.
    """

    key: str
    source: str


def made_keys(home: Path, number: int, site: str) -> dict[str, list[Key]]:
    """Make keys of each kind.

    Args:
        home: The installation.
        number: How many of each.
        site: The only origin from where browsers may send with the public ones.
    """
    asked = [(kind, [site] if kind == "public" else []) for kind in ("public", "secret") for _ in range(number)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", MAKING_KEYS],
        env={**environment, "TRAGT_HOME": str(home)},
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    made = [Key(key, f"key-{number}") for key, number in json.loads(ended.stdout)]
    return {"public": made[:number], "secret": made[number:]}


def arrived(home: Path, source: str) -> list[Arrived]:
    """The events of a source that readers see: those of the last minutes, and those in the lake.

    Args:
        home: The installation.
        source: What the log calls the sender.

    Returns:
        In no order; an event that settled twice is there twice.
    """
    with _database(home, "tragt-inbox.sqlite3") as inbox:
        batches = [pl.read_ipc(io.BytesIO(rows)) for (rows,) in inbox.execute("SELECT rows FROM tragt_inbox_recent")]
    recent = [_sent_by(source, batch) for batch in batches]
    if (home / "lake").exists():
        held = _sent_by(source, Lake.open(home / "lake").read(columns=COLUMNS))
        # A batch stands in both for the moment between its commit and its going.
        recent = [held, *(batch.join(held, on="id", how="anti") for batch in recent)]
    return [_arrived(row) for rows in recent for row in rows.iter_rows(named=True)]


def _sent_by(source: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(COLUMNS).filter(pl.col("source").cast(pl.String) == source)


def _arrived(row: dict[str, Any]) -> Arrived:
    properties, context = json.loads(row["properties"] or "{}"), json.loads(row["context"] or "{}")
    event = Event(row["name"], row["actor"], properties, row["company"], row["deal"])
    return Arrived(row["id"], row["time"], row["source"], event, context)


@contextmanager
def _database(home: Path, name: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{home / name}?mode=ro", uri=True, timeout=10)) as connection:
        yield connection


@dataclass(frozen=True, slots=True)
class Installation:
    """A running `tragt up`.

    Attributes:
        address: Where its pages and its tracking API are.
        home: Its home folder.
        unused: Write keys that nobody has sent with yet, by their kind.
        said: What it printed.
    """

    address: str
    home: Path
    unused: dict[str, list[Key]]
    said: list[str]

    def key(self, kind: str) -> Key:
        """A write key of one's own, ``public`` or ``secret``."""
        return self.unused[kind].pop()

    def arrivals(self, key: Key, number: int) -> list[Arrived]:
        """What came from a source, once that many events are there."""
        end = time.monotonic() + PATIENCE_SECONDS
        while len(found := arrived(self.home, key.source)) < number:
            if time.monotonic() > end:
                lacking = f"{len(found)} of {number} events came within {PATIENCE_SECONDS} seconds"
                pytest.fail(f"{lacking}: {[row.event.name for row in found]}\n{''.join(self.said[-20:])}")
            time.sleep(PACE_SECONDS)
        return found

    def claims_of(self, user: str) -> set[str]:
        """The visitors whose history a user has: the edges of the ledger that stand."""
        with _database(self.home, "tragt.sqlite3") as database:
            asked = "SELECT actor FROM tragt_people_edge WHERE kind = 'claim' AND undone IS NULL AND user = ?"
            return {actor for (actor,) in database.execute(asked, [user])}

    def merges_of(self, user: str) -> set[str]:
        """The known users with whom a user is one: the edges of the ledger that stand."""
        with _database(self.home, "tragt.sqlite3") as database:
            asked = "SELECT actor, user FROM tragt_people_edge WHERE kind = 'merge' AND undone IS NULL"
            return {one for pair in database.execute(asked) if user in pair for one in pair} - {user}

    def person(self, actor: str) -> dict[str, object]:
        """What is known of the person that an actor is: the fields of the row in the CRM; empty where there is none."""
        with _database(self.home, "tragt.sqlite3") as database:
            database.row_factory = sqlite3.Row
            asked = (
                "SELECT person.* FROM tragt_people_person person JOIN tragt_people_identifier identifier "
                "ON identifier.person_id = person.id WHERE identifier.actor = ?"
            )
            row = database.execute(asked, [actor]).fetchone()
            return dict(row) if row else {}
