"""Erasure is proved: everything is found before, in every store, and nothing after."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.web.people.erasure import NEEDLES, proof

ROOT = Path(__file__).resolve().parents[3]
TABLES = {
    "table tragt_crm_activity",
    "table tragt_crm_deal",
    "table tragt_files_file",
    "table tragt_jobs_job",
    "table tragt_mail_outgoingmail",
    "table tragt_people_consentrow",
    "table tragt_people_duplicate",
    "table tragt_people_edge",
    "table tragt_people_identifier",
    "table tragt_people_person",
    "table tragt_people_statement",
    "table tragt_inbox_raw",
    "table tragt_inbox_recent",
    "table tragt_inbox_rejected",
    "table tragt_outbox_pending",
    "table tragt_webforms_submission",
}
FILES = {"beside the lake", "cache", "files", "incoming", "index", "lake files", "uploads"}
SQLITE = {"tragt.sqlite3", "tragt.sqlite3-wal", "tragt-inbox.sqlite3-wal"}

Proof = dict[str, Any]


@pytest.fixture(scope="module", params=["erase", "anonymise"])
def proved(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path]
) -> Proof:
    """The proof over a home with a database file, done by a process of its own."""
    home = make_home(tmp_path_factory.mktemp("proof") / "home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.people.erasure_process", request.param],
        cwd=ROOT,
        env={**kept, "TRAGT_HOME": str(home), "TRAGT_LOG_LEVEL": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {"kind": request.param, **json.loads(done.stdout.splitlines()[-1])}


def test_erasure_positive_control_finds_the_person_in_every_store(proved: Proof) -> None:
    assert set(proved["before"]) == TABLES | FILES | SQLITE
    assert set(proved["before"]["lake files"]) == set(proved["before"]["index"]) == set(NEEDLES)
    assert set(proved["before"]["tragt.sqlite3"]) | {"visitor"} == set(NEEDLES)
    assert set(proved["exported"]) == set(NEEDLES)
    waiting = {"tragt_inbox.Raw", "tragt_inbox.Rejected", "tragt_outbox.Pending", "tragt_webforms.Submission"}
    assert {f"{name}.csv" for name in waiting} <= set(proved["exported_from"])


def test_erasure_leaves_nothing_in_any_byte_of_the_home(proved: Proof) -> None:
    assert proved["after"] == {}
    assert (proved["intact"], proved["free"]) == ("ok", 0), "the file was not written anew"


def test_erasure_lowers_figures_by_exactly_the_person_and_anonymising_by_nothing(proved: Proof) -> None:
    before, struck, after = proved["figures_before"], proved["struck"], proved["figures_after"]
    assert before["events"] == {"Asked": 41, "Visited": 25, "Bought": 21}
    if proved["kind"] == "anonymise":
        assert before == struck == after
        return
    assert struck == after
    assert (after["entered"], after["passed"], after["companies"]) == (before["entered"] - 1, before["passed"] - 1, 0)
    assert after["events"] == {"Asked": 40, "Visited": 22, "Bought": 20}


def test_erasure_takes_of_what_was_on_its_way_only_what_was_the_persons(proved: Proof) -> None:
    gone = proved["kind"] == "erase"
    deals = {"Deal Created": 1, "Deal Stage Entered": 1} if gone else {"Deal Created": 2, "Deal Stage Entered": 2}
    assert proved["on_their_way"] == deals | (
        {"Pinged": 2, "Call Logged": 1} if gone else {"Pinged": 4, "Call Logged": 3}
    )
    assert proved["left"] == {
        "turned away": 1,
        "sent by forms": 1 if gone else 4,
        "deals": 2,
        "about deals": 2 if gone else 3,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["erase", "anonymise"])
def test_erasure_leaves_no_row_in_the_database_under_test(home: Path, kind: str) -> None:
    found = proof(kind, home)
    assert found.before.keys() >= TABLES, connection.vendor
    assert found.after == {}
