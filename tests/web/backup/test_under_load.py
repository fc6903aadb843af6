"""A backup that is taken while thousands of events a second come holds each that was acknowledged before, once.

Meanwhile somebody sells: moves deals, saves persons, adds files; what the backup holds of that is of one moment. The
server, the settler and who tells own events are those of the tests of faults; the home that is restored is settled and
counted. `make test` has one round on files, `make soak` and `make postgres` one on PostgreSQL too.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from tests.web.backup.selling import FOUND, SEED, Seller, at_work
from tests.web.collect.faults.installation import Installation, running
from tests.web.collect.faults.rounds import Round, coming
from tests.web.collect.faults.sending import Log
from tests.web.collect.test_faults import on_files, on_postgres
from tragt.lake import Lake
from tragt.web.backup.manifest import Manifest
from tragt.web.backup.moment import Places
from tragt.web.backup.taking import take

ROOT = Path(__file__).resolve().parents[3]
SETTLE = "from tragt.cli.application import enter; enter(); from tragt.web.collect.settler import drain; drain()"

pytestmark = [pytest.mark.soak, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]


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
def test_backup_under_load_restored_holds_each_event_acknowledged_before_it_once(
    tmp_path: Path, make_home: Callable[[Path], Path], database: str
) -> None:
    log, made = Log(), tmp_path / "made"
    with running(tmp_path, make_home, on_postgres=database == "PostgreSQL") as installation:
        seller = seller_of(installation)
        for _ in range(3):
            seller.once()
        # Senders send what was due whatever the machine can do: while events come, little else is waited for.
        with at_work(seller) as sells, coming(installation, log):
            round_ = Round(installation, log, random.Random())
            installation.until(lambda: installation.settled() > 1)
            round_.comes_through(5)
            sells(1)
            installation.hear(log)
            acknowledged = {number for number, known in enumerate(bytes(log._acknowledged)) if known}
            answered = seller.so_far()
            taken = take(places_of(installation), tmp_path / "b.tar", datetime.now(UTC))
            round_.comes_through(5)
        address = empty_database(installation)
        said = run(made, address, "-m", "tragt.cli.app", "restore", str(taken.file))
        assert "is as it was at" in said
        found = json.loads(run(made, address, "-c", FOUND).splitlines()[-1])
        run(made, address, "-c", SETTLE)
        held = Lake.open(made / "lake").read(columns=["id", "name", "deal"])
        ids = held["id"].cast(pl.String)
        installation.hear(log)
        own = ids.is_in([one for one in ids.to_list() if one.startswith("own:") and one not in log._named])
        numbers = [log._number(one) for one in ids.filter(~own).str.strip_prefix(installation._source)]
        assert len(set(numbers)) == len(numbers), "some are twice in the restored log"
        assert acknowledged <= set(numbers)
        assert_sold(found, seller, answered, taken.manifest)
        assert_told(found, held.filter(own))
    rate = log.taken / log.seconds
    print(
        f"{taken.manifest.lake.events} of {len(ids)} events in the log, {len(acknowledged)} before; {rate:.0f} a second"
        f"; {len(found['moves'])} moves, {len(found['persons'])} persons, {len(found['files'])} files"
    )


def seller_of(installation: Installation) -> Seller:
    """Somebody who sells in an installation."""
    address = installation.database.address if installation.database else ""
    given = json.loads(run(installation.home, address, "-c", SEED).splitlines()[-1])
    return Seller(f"http://127.0.0.1:{installation.port}", given["key"], given["stages"], given["deals"])


def assert_sold(found: dict[str, Any], seller: Seller, answered: Any, manifest: Manifest) -> None:
    """What was sold is as it was at one moment: all that was answered before, nothing that was not sent, all whole.

    Args:
        found: What the restored home holds, as `FOUND` says it.
        seller: What was answered until the end.
        answered: What was answered before the backup began.
        manifest: Of the backup.
    """
    moves, persons, files = answered
    main = next(tables for tables in manifest.tables.values() if "tragt_crm_deal" in tables)
    assert found["tables"] == {name: main[name] for name in found["tables"]}, "as the manifest says"
    stood = Counter(deal for deal, _origin, _stage, _last in found["moves"])
    for deal, _key, version, stage in found["deals"]:
        history = [one for one in found["moves"] if one[0] == deal]
        assert stood[deal] == version, "a version for each move, the first of which made the deal"
        assert [one[1] for one in history[1:]] == [one[2] for one in history[:-1]], "each begins where the last ended"
        assert [one[3] for one in history] == [False] * (version - 1) + [True]
        assert history[-1][2] == stage
        assert moves.get(deal, 0) <= version - 1 <= seller.moves.get(deal, 0)
    assert set(persons) <= set(found["persons"]) <= set(seller.persons)
    assert set(files) <= {name for name, *_ in found["files"]}
    for name, size, bytes_there, text in found["files"]:
        assert size == bytes_there == len(text)
        assert text == seller.files[name]


def assert_told(found: dict[str, Any], own: pl.DataFrame) -> None:
    """The log tells each move of each deal once, now that everything is settled.

    Args:
        found: What the restored home holds.
        own: Events that the application told of itself.
    """
    assert own["id"].n_unique() == len(own)
    keys = {deal: key for deal, key, _version, _stage in found["deals"]}
    told = Counter(own.filter(pl.col("name") == "Deal Stage Entered")["deal"].cast(pl.String).to_list())
    stood = Counter(keys[deal] for deal, _origin, _stage, _last in found["moves"])
    assert {key: told[key] for key in keys.values()} == dict(stood)
