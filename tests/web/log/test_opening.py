"""A home that is opened without the application shows the events that the application shows, and no other."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import connection
from pytest_django import Settings

import tragt
from tragt.errors import NotAllowed, NotFound
from tragt.lake import Marker
from tragt.web.accounts.models import Organisation
from tragt.web.log import queries as log
from tragt.web.log.actions import hide_batch, strike
from tragt.web.people.queries import event_log

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
ROWS = [
    ("import:1", "Visited", "u:ann", 0),
    ("import:1", "Paid", "u:ann", 5),
    ("import:1", "Visited", "u:gone", 1),
    ("import:1", "Visited", "a:shared", 2),
    ("import:1", "Visited", "a:shared", 30),
    ("import:2", "Visited", "u:half", 3),
]


@pytest.fixture
def home(settings: Settings, tmp_path: Path, organisation: Organisation) -> Path:
    """A home with events, one of whose batches is hidden, one person struck, and another for some hours."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    assert organisation.time_zone != "UTC"
    for batch in ("import:1", "import:2"):
        rows = [
            {"id": f"{batch}:{place}", "name": name, "actor": actor, "time": START + timedelta(hours=hours)}
            for place, (of, name, actor, hours) in enumerate(ROWS)
            if of == batch
        ]
        told = {"properties": '{"source": "ads"}', "source": "test", "received": START}
        frame = pl.DataFrame([{**row, **told} for row in rows])
        log.lake().append(
            frame.with_columns(pl.col("time", "received").cast(pl.Datetime("us", "UTC"))),
            marker=Marker(batch, 1),
            batch=batch,
        )
    hide_batch("import:2")
    hours = START + timedelta(hours=1), START + timedelta(hours=10)
    spans = [("u:gone", None, None), ("a:shared", *hours)]
    strike(pl.DataFrame(spans, schema=["actor", "start", "end"], orient="row", infer_schema_length=None))
    return tmp_path


@pytest.fixture
def opened(home: Path) -> Path:
    """The same home with its database as a file, as an installation has it."""
    if connection.vendor != "sqlite":
        pytest.skip("the home of an installation holds a database only where that is SQLite")
    tables = {"tragt_log_hiddenbatch", "tragt_log_tombstone", "tragt_accounts_organisation"}
    with closing(sqlite3.connect(home / "tragt.sqlite3")) as file:
        file.execute("pragma journal_mode=wal")
        file.execute("pragma foreign_keys=off")
        for table in sorted(tables):
            (made,) = connection.connection.execute("select sql from sqlite_master where name = ?", [table]).fetchone()
            rows = connection.connection.execute(f"select * from {table}").fetchall()
            file.execute(made)
            for row in rows:
                file.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
        file.commit()
    return home


def test_home_shows_the_events_that_the_application_shows(opened: Path) -> None:
    found = tragt.open(opened).event_log(["source"])
    shown = event_log(properties=["source"])
    assert sorted(found.frame["id"]) == sorted(shown.frame["id"]) == ["import:1:0", "import:1:1", "import:1:4"]
    assert found.zone == shown.zone
    assert found.frame["properties.source"].unique().to_list() == ["ads"]
    assert tragt.open(opened).names()["name"].to_list() == ["Visited", "Paid"]


def test_funnel_asked_of_a_home_says_that_identifiers_are_persons(opened: Path) -> None:
    funnel = tragt.Funnel(["Visited", "Paid"], window="14d")
    report = funnel.run(tragt.open(opened), by="source", context=tragt.Context(fast=False))
    assert [step.entered for step in report.steps] == [2, 1]
    assert report.identifiers
    assert report.unseen == ()
    assert "Every identifier counts as a person of its own" in report._repr_html_()


def test_home_is_not_changed_by_reading_it(opened: Path) -> None:
    def files() -> dict[str, bytes]:
        """What lies in the home, but for the files by which SQLite's readers know of each other."""
        kept = (path for path in opened.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
        return {str(path): path.read_bytes() for path in kept}

    before = files()
    tragt.open(opened).event_log()
    assert files() == before


def test_home_without_its_database_is_refused(home: Path) -> None:
    with pytest.raises(NotAllowed, match=r"Count on the pages") as refused:
        tragt.open(home)
    assert refused.value.code == "lake.database_elsewhere"


def test_home_whose_settings_name_another_database_is_refused(opened: Path) -> None:
    (opened / "tragt.toml").write_text('database_url = "postgres://tragt@localhost/tragt"\n', encoding="utf-8")
    with pytest.raises(NotAllowed) as refused:
        tragt.open(opened)
    assert refused.value.code == "lake.database_elsewhere"


def test_home_whose_database_cannot_be_read_is_refused(opened: Path) -> None:
    (opened / "tragt.sqlite3").write_bytes(b"not a database, but long enough to be taken for one" * 20)
    with pytest.raises(NotAllowed, match="cannot be read") as refused:
        tragt.open(opened).event_log()
    assert refused.value.code == "lake.database_unreadable"


def test_folder_that_is_no_home_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="TRAGT_HOME") as refused:
        tragt.open(tmp_path)
    assert refused.value.code == "lake.no_home"


def test_home_is_opened_without_the_application(opened: Path) -> None:
    code = "import sys, tragt; tragt.open(sys.argv[1]).event_log(); print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(opened)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
