"""Files of a person who is exported, erased or anonymised, and files in a backup."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from tests.web.backup.firm import made
from tests.web.files.conftest import PutFile
from tragt.web.backup.restoring import unpack_home
from tragt.web.backup.taking import take
from tragt.web.crm.models import Deal
from tragt.web.files.actions import remove_file
from tragt.web.files.links import link_to
from tragt.web.files.models import File
from tragt.web.files.store import path_of
from tragt.web.people.actions import anonymise_person, erase_person, export_person, finish_erasures, merge
from tragt.web.people.actions.folding import drop_companies
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [erase_person, anonymise_person])
def test_person_who_goes_takes_files_and_leaves_no_name_on_those_of_others(
    home: Path, put_file: PutFile, ada: Person, deal: Deal, ask: object
) -> None:
    other = Person.objects.create(name="Ida Lund")
    Identifier.objects.create(actor="u:ida", person=other)
    theirs = [put_file(ada, "scan.png", b"a face"), put_file(ada, "cv.txt", b"Ada Lovelace")]
    remove_file(theirs[1].pk, who=COMMAND_LINE)
    signed = [put_file(deal, f"Contract_{name}.pdf") for name in ("ada@nordlys.dk", "Ada_Lovelace", "ADA-LOVELACE")]
    plain = [put_file(deal, "Contract Adam Lovelacer.pdf"), put_file(other, "cv.txt", b"Ida")]
    bundle = export_person("u:ada", SYSTEM)
    with bundle, zipfile.ZipFile(bundle) as archive:
        held = json.loads(archive.read("everything.json"))["tragt_files.File"]
        given = {row["name"]: archive.read(row["content"]) for row in held if row["content"]}
        assert sum(name.startswith("files/") for name in archive.namelist()) == len(given)
    assert [row["name"] for row in held] == ["scan.png", "cv.txt", *(row.name for row in signed)]
    assert given == {"scan.png": b"a face", "cv.txt": b"Ada Lovelace"}, "what is on a deal stays the firm's"
    link = link_to(theirs[0])
    ask("u:ada", SYSTEM)  # type: ignore[operator]
    assert ask is anonymise_person or Client().get(link).status_code == 404, "it is out of reach at once"
    finish_erasures()
    assert not File.objects.filter(pk__in=[row.pk for row in theirs]).exists()
    assert [File.objects.get(pk=row.pk).name for row in signed] == [f"{row.pk}.pdf" for row in signed]
    assert [File.objects.get(pk=row.pk).name for row in plain] == [row.name for row in plain]
    stay = {row.place for row in (*signed, *plain)}
    assert {path.name for path in (home / "files").rglob("*") if path.is_file()} == stay
    assert not any(b"a face" in path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
def test_persons_who_were_merged_take_the_files_on_both_rows(home: Path, put_file: PutFile, ada: Person) -> None:
    again = Person.objects.create(name="A. Lovelace")
    Identifier.objects.create(actor="u:ada-2", person=again)
    merge("u:ada", "u:ada-2", who=SYSTEM)
    for row in (ada, again):
        put_file(row)
    erase_person("u:ada", SYSTEM)
    finish_erasures()
    assert not File.objects.exists()
    assert not any(path.is_file() for path in (home / "files").rglob("*"))


@pytest.mark.django_db(transaction=True)
def test_file_that_comes_while_its_person_goes_stays_nowhere(
    home: Path, put_file: PutFile, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tragt.web.people.actions import rights  # noqa: PLC0415

    anonymise_person("u:ada", SYSTEM)
    rewrite = rights._rewrite_rows

    def late(*given: object) -> bool:
        put_file(ada)
        return bool(rewrite(*given))  # type: ignore[arg-type]

    monkeypatch.setattr(rights, "_rewrite_rows", late)
    finish_erasures()
    assert not File.objects.exists()
    assert not any(path.is_file() for path in (home / "files").rglob("*"))


def test_backup_restored_holds_the_files_on_records(tmp_path: Path) -> None:
    places = made(tmp_path / "home")
    kept = places.home / "files" / "0a" / ("0a" * 16)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"signed")
    taken = take(places, tmp_path / "b.tar", NOW)
    unpack_home(taken.file, tmp_path / "new", tmp_path / "nowhere", [])
    there = tmp_path / "new" / "files" / "0a" / ("0a" * 16)
    assert there.read_bytes() == b"signed"
    assert there.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_place_of_a_file_is_where_a_backup_looks(home: Path, put_file: PutFile, deal: Deal) -> None:
    assert path_of(put_file(deal).place).relative_to(home).parts[0] == "files"


@pytest.mark.django_db
def test_company_that_nobody_names_stays_with_the_files_on_it(put_file: PutFile) -> None:
    filed, bare = (Company.objects.create(key=key, name=key) for key in ("nordlys.dk", "skov.dk"))
    row = put_file(filed, "contract.pdf")
    assert drop_companies() == 1
    assert set(Company.objects.filter(pk__in=[filed.pk, bare.pk])) == {filed}
    assert File.objects.get() == row
