"""Export, erasure and anonymising of one person."""

import csv
import io
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.utils import timezone

from tests.web.people.conftest import START, Put
from tragt.errors import InvalidDefinition, NotAllowed, NotFound, TragtError
from tragt.web.accounts.models import AuditRow, User
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job, State
from tragt.web.jobs.registry import find
from tragt.web.jobs.worker import drain
from tragt.web.log.actions import hide_batch, touch
from tragt.web.log.models import HiddenBatch, Tombstone
from tragt.web.people import queries
from tragt.web.people.actions import (
    edit_person,
    erase_now,
    erase_person,
    export_person,
    finish_erasures,
    learn_claims,
    learn_people,
    merge,
    rights,
)
from tragt.web.people.archive import archive
from tragt.web.people.models import Erasure, Person
from tragt.web.shell.acting import SYSTEM, Who
from tragt.web.shell.personal import Document, Store, Subject

pytestmark = pytest.mark.django_db

ANNA, BO = "anna@nordlys.dk", "bo@nordlys.dk"


@pytest.fixture
def known(put: Put) -> None:
    """Anna and Bo, with a visit of each and one nobody is known of."""
    put([("Visited", "u:1", START), ("Visited", "u:2", START), ("Visited", "a:9", START + timedelta(hours=1))])
    learn_people(pl.DataFrame({"actor": ["u:1", "u:2"], "email": [ANNA, BO]}), cause="import:1", who=SYSTEM)


def persons() -> list[str]:
    return sorted(queries.event_log().frame["person"].cast(pl.String).to_list())


@pytest.mark.usefixtures("known")
def test_found_by_address_number_identifier_and_by_events_alone() -> None:
    def ids(text: str) -> list[str]:
        return [one.id for one in queries.found(text)]

    assert ids(" Anna@Nordlys.DK ") == ids("u:1") == ids("1") == ["u:1"]
    assert ids("9") == ids("a:9") == ["a:9"]
    assert ids("anna") == ids("u:") == []
    merge("u:0", "u:1", who=SYSTEM)
    assert ids(ANNA) == ids("0") == ids("1") == ["u:0"]


@pytest.mark.usefixtures("known")
def test_erase_strikes_at_once_and_finishing_removes_what_led_to_the_person() -> None:
    erasure = erase_person("u:1", SYSTEM)
    assert persons() == ["a:9", "u:2"]
    assert queries.found(ANNA) == []
    assert queries.persons_of(["u:1"])[0].label == "1"
    assert (erasure.subject["emails"], Tombstone.objects.count(), queries.waiting()) == ([ANNA], 1, 1)
    assert finish_erasures() == 1
    erasure.refresh_from_db()
    assert (erasure.subject, erasure.finished is not None, queries.waiting()) == ({}, True, 0)
    assert (persons(), Tombstone.objects.count(), Person.objects.count()) == (["a:9", "u:2"], 0, 1)
    assert finish_erasures() == 0


@pytest.mark.usefixtures("known")
def test_finishing_that_fails_between_files_and_rows_is_completed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    erasure = erase_person("u:1", SYSTEM)
    whole = queries.register

    def broken() -> list[object]:
        raise OSError("No space left on device")

    monkeypatch.setattr(rights, "purge", broken)
    with pytest.raises(OSError, match="No space"):
        finish_erasures()
    monkeypatch.undo()
    stores = [store for store in whole() if not store.name.startswith("file:")]
    monkeypatch.setattr(rights, "register", lambda: [*stores[:2], None, *stores[2:]])
    finish_erasures()
    erasure.refresh_from_db()
    assert erasure.finished is not None
    assert persons() == ["a:9", "u:2"]


@pytest.mark.usefixtures("known")
def test_finishing_waits_until_no_import_or_upload_is_under_way(home: Path) -> None:
    erasure = erase_person("u:1", SYSTEM)
    hide_batch("import:2")
    job = Job.objects.create(name="imports.run", subject="import:2", state=State.RUNNING)
    with pytest.raises(TragtError, match="import is under way"):
        erase_now(BO)
    assert queries.waiting() == 1, "nobody else was struck"
    assert drained_again(erasure)
    Job.objects.update(state=State.FAILED)
    assert not drained_again(erasure), "an import that failed is hidden for good"

    erasure = erase_person("u:2", SYSTEM)
    job.delete()
    with pytest.raises(TragtError, match="import is under way"):
        finish_erasures()
    HiddenBatch.objects.update(since=timezone.now() - timedelta(hours=2))
    (home / "incoming").mkdir()
    (home / "incoming" / "now.csv").write_text("2")
    with pytest.raises(TragtError, match="being uploaded"):
        finish_erasures()
    os.utime(home / "incoming" / "now.csv", (0, 0))
    assert finish_erasures() == 1
    assert list((home / "incoming").iterdir()) == []


def drained_again(erasure: Erasure) -> bool:
    """Whether the job of the night puts the erasure off by minutes."""
    night = enqueue(find("people.finish_erasures"), SYSTEM)
    drain()
    night.refresh_from_db()
    erasure.refresh_from_db()
    waits = night.state == State.WAITING and night.run_after < timezone.now() + timedelta(minutes=11)
    assert waits == (erasure.finished is None)
    night.delete()
    return waits


@pytest.mark.usefixtures("known")
def test_import_that_came_and_went_while_files_were_rewritten_brings_nobody_back(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase_person("u:1", SYSTEM)
    apply = rights._apply
    came: list[bool] = []

    def interrupted(store: Store, kind: str, subject: Subject) -> int:
        touched = apply(store, kind, subject)
        if store.name == "file:event log" and not came:
            came.append(True)
            put([("Visited", "u:1", START)], "import:2")
            touch()
        return touched

    monkeypatch.setattr(rights, "_apply", interrupted)
    assert finish_erasures() == 1
    assert persons() == ["a:9", "u:2"]


@pytest.mark.usefixtures("known")
def test_rows_that_fail_leave_everything_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    erasure = erase_person("u:1", SYSTEM)
    monkeypatch.setattr(rights, "register", lambda: [*queries.register(), None])
    with pytest.raises(AttributeError):
        finish_erasures()
    monkeypatch.undo()
    erasure.refresh_from_db()
    assert (erasure.subject["emails"], Person.objects.count()) == ([ANNA], 2)
    finish_erasures()
    assert Person.objects.count() == 1


@pytest.mark.usefixtures("known")
def test_struck_person_is_neither_merged_nor_edited() -> None:
    key = Person.objects.get(email=ANNA).pk
    erase_person("u:1", SYSTEM)
    with pytest.raises(InvalidDefinition, match="being erased"):
        merge("u:1", "u:2", who=SYSTEM)
    with pytest.raises(NotFound):
        edit_person(key, {"name": "Anna"}, who=SYSTEM)


@pytest.mark.usefixtures("known")
def test_erase_now_needs_exactly_one_person() -> None:
    learn_people(pl.DataFrame({"actor": ["u:3"], "email": [BO]}), cause="import:2", who=SYSTEM)
    with pytest.raises(NotFound):
        erase_now("nobody@nordlys.dk")
    with pytest.raises(InvalidDefinition, match="u:2, u:3"):
        erase_now(BO)
    assert erase_now(ANNA).finished is not None
    assert persons() == ["a:9", "u:2"]


@pytest.mark.usefixtures("known")
def test_erasing_one_who_shared_a_machine_leaves_the_others_visits(put: Put) -> None:
    put([("Visited", "a:shared", START + timedelta(hours=hours)) for hours in range(6)], batch="import:2")
    claims = [("a:shared", "u:1", START), ("a:shared", "u:2", START + timedelta(hours=4))]
    learn_claims(pl.DataFrame(claims, ["actor", "user", "at"], orient="row"), cause="import:1", who=SYSTEM)
    assert persons() == ["a:9"] + ["u:1"] * 5 + ["u:2"] * 3
    erase_person("u:1", SYSTEM)
    assert persons() == ["a:9"] + ["u:2"] * 3
    finish_erasures()
    assert persons() == ["a:9"] + ["u:2"] * 3


@pytest.mark.usefixtures("known")
def test_rights_need_their_permissions_and_the_audit_tells_of_no_value(make_user: object, owner: User) -> None:
    assert callable(make_user)
    seller = Who.of(make_user("seller"))
    for act in (export_person, erase_person):
        with pytest.raises(NotAllowed):
            act("u:1", seller)
    export_person("u:1", Who.of(owner)).close()
    erase_person("u:1", Who.of(owner))
    finish_erasures()
    verbs = list(AuditRow.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["people.export", "people.erase", "people.erase"]
    told = json.dumps(list(AuditRow.objects.values("target", "details", "fields")))
    assert "anna" not in told
    assert "u:1" not in told
    assert Erasure.objects.get().asked_by == f"user:{owner.pk}"


@pytest.mark.usefixtures("known")
def test_export_holds_events_and_rows_as_json_and_as_tables(owner: User) -> None:
    with export_person("u:1", Who.of(owner)) as file, zipfile.ZipFile(file) as bundle:
        everything = json.loads(bundle.read("everything.json"))
        table = bundle.read("tragt_people.Person.csv").decode("utf-8-sig")
    assert [event["name"] for event in everything["file:event log"]] == ["Visited"]
    assert [row["email"] for row in csv.DictReader(io.StringIO(table))] == [ANNA]


def test_archive_cells_that_a_spreadsheet_would_compute_are_quoted(tmp_path: Path) -> None:
    rows = [{"name": '=HYPERLINK("x")', "number": -3, "at": timezone.now(), "none": None, "list": [1, "é"]}]
    (tmp_path / "scan").write_bytes(b"a face")
    documents = [Document("files/1-scan.png", tmp_path / "scan"), Document("files/2-gone.png", tmp_path / "gone")]
    with archive({"file:x": rows, "empty": []}, documents, tmp_path / "new") as file, zipfile.ZipFile(file) as bundle:
        assert bundle.namelist() == ["everything.json", "file-x.csv", "files/1-scan.png"]
        assert bundle.read("files/1-scan.png") == b"a face"
        cells = next(csv.DictReader(io.StringIO(bundle.read("file-x.csv").decode("utf-8-sig"))))
    assert (cells["name"], cells["number"], cells["none"], cells["list"]) == ('\'=HYPERLINK("x")', "-3", "", '[1, "é"]')
