"""A backup that is taken while thousands of events a second come holds each that was acknowledged before, once.

The server, the settler and who tells own events are those of the tests of faults; the home that is restored is settled
and counted. `make test` has one round on files, `make soak` and `make postgres` one on PostgreSQL too.
"""

import os
import random
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest

from tests.web.collect.faults.installation import Installation, running
from tests.web.collect.faults.rounds import Round, coming
from tests.web.collect.faults.sending import Log
from tests.web.collect.test_faults import on_files, on_postgres
from tragt.lake import Lake
from tragt.web.backup.moment import Places
from tragt.web.backup.taking import take

ROOT = Path(__file__).resolve().parents[3]
SETTLE = "from tragt.cli.application import enter; enter(); from tragt.web.collect.settler import drain; drain()"

pytestmark = [pytest.mark.long, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]


def run(home: Path, database: str, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    environment = kept | {"TRAGT_HOME": str(home), "TRAGT_DATABASE_URL": database}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def places_of(installation: Installation) -> Places:
    home = installation.home
    address = installation.database.address if installation.database else f"sqlite:///{home}/tragt.sqlite3"
    return Places(home, home / "lake", address, f"{home}/tragt-inbox.sqlite3")


def empty_database(installation: Installation) -> str:
    """The address of an empty database beside that of the installation; empty where databases are files."""
    if not installation.database:
        return ""
    with closing(psycopg.connect(installation.database.address, autocommit=True)) as server:
        server.execute("CREATE DATABASE restored")
    return installation.database.address.rpartition("/")[0] + "/restored"


@pytest.mark.parametrize(
    "database", [pytest.param("files", marks=on_files), pytest.param("PostgreSQL", marks=on_postgres)]
)
def test_backup_under_load_restored_holds_each_event_acknowledged_before_it_once(tmp_path: Path, database: str) -> None:
    log, made = Log(), tmp_path / "made"
    with running(tmp_path, on_postgres=database == "PostgreSQL") as installation:
        with coming(installation, log):
            round_ = Round(installation, log, random.Random())
            installation.until(lambda: installation.settled() > 1)
            round_.comes_through(5)
            installation.hear(log)
            acknowledged = {number for number, known in enumerate(bytes(log._acknowledged)) if known}
            taken = take(places_of(installation), tmp_path / "b.tar", datetime.now(UTC))
            round_.comes_through(5)
        address = empty_database(installation)
        said = run(made, address, "-m", "tragt.cli.app", "restore", str(taken.file))
        assert "is as it was at" in said
        run(made, address, "-c", SETTLE)
        ids = Lake.open(made / "lake").read(columns=["id"])["id"].cast(pl.String)
        installation.hear(log)
        numbers = [log._number(one) for one in ids.str.strip_prefix(installation._source)]
        assert len(set(numbers)) == len(numbers), "some are twice in the restored log"
        assert acknowledged <= set(numbers)
    rate = log.taken / log.seconds
    print(
        f"{taken.manifest.lake.events} of {len(ids)} events in the log, {sum(acknowledged)} before; {rate:.0f} a second"
    )
