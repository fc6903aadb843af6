"""Bytes and rows stay one: whatever dies in between, no row lacks its bytes, and no bytes stay without a row."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.web.files.conftest import PutFile
from tragt.errors import InvalidFile, NotFound
from tragt.web.accounts.models import AuditRow
from tragt.web.crm.models import Deal
from tragt.web.files import actions
from tragt.web.files.actions import add_file, purge, remove_file, restore_file
from tragt.web.files.media import UNKNOWN, media_of
from tragt.web.files.models import File
from tragt.web.files.naming import safe_name
from tragt.web.files.store import path_of, receive
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import COMMAND_LINE

OFFICE = "application/vnd.openxmlformats-officedocument."
ROOT = Path(__file__).resolve().parents[3]


def lying(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*") if path.is_file()}


def aged(path: Path, hours: float) -> None:
    moment = path.stat().st_mtime - hours * 3600
    os.utime(path, (moment, moment))


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\Ida\\Tilbud.docx", "Tilbud.docx"),
        ("..", "file"),
        ("a\0b.txt", "ab.txt"),
        ("a\r\nX-Header: 1.txt", "aX-Header 1.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\ud800.txt", "txt"),
        ("CON.txt", "_CON.txt"),
        (".htaccess", "htaccess"),
        ("  ", "file"),
        ("Æblegrød på 5 °C.pdf", "Æblegrød på 5 °C.pdf"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("報" * 300 + ".pdf", "報" * 65 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 118),
    ],
)
def test_name_given_is_made_safe_and_keeps_its_ending(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@given(st.text(max_size=400))
def test_name_of_any_text_is_short_printable_and_the_same_when_made_safe_again(given: str) -> None:
    name = safe_name(given)
    assert 0 < len(name) <= 120
    assert len(name.encode()) <= 200
    assert name.isprintable()
    assert not set(name) & set('/\\<>:"|?*')
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("beginning", "end", "media"),
    [
        (b"%PDF-1.7", b"", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", b"", "image/png"),
        (b"RIFF....WEBPVP8 ", b"", "image/webp"),
        (b"....ftypisom", b"", "video/mp4"),
        (
            b"PK\x03\x04....",
            b"...xl/workbook.xml...",
            OFFICE + "spreadsheetml.sheet",
        ),
        (
            b"PK\x03\x04" + b"." * 26 + b"mimetypeapplication/vnd.oasis.opendocument.textPK",
            b"",
            "application/vnd.oasis.opendocument.text",
        ),
        (b"PK\x03\x04....", b"", "application/zip"),
        (b"<html><script>", b"", "text/plain"),
        (b"<svg xmlns=", b"", "text/plain"),
        ("æ".encode() * 2047 + b"a" + "ø".encode()[:1], b"", "text/plain"),
        (b"caf\xe9", b"", UNKNOWN),
        (b"MZ\x00\x01", b"", UNKNOWN),
        (b"", b"", UNKNOWN),
    ],
)
def test_media_type_is_what_the_content_is(beginning: bytes, end: bytes, media: str) -> None:
    assert media_of(beginning, end) == media


@pytest.mark.django_db
def test_file_lies_under_a_name_that_says_nothing_readable_by_its_owner_only(
    home: Path, put_file: PutFile, deal: Deal
) -> None:
    row = put_file(deal, "offer.txt", b"lamps")
    path = path_of(row.place)
    assert path == home / "files" / row.place[:2] / row.place
    assert len(row.place) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert put_file(deal, "offer.txt", b"lamps").place != row.place


@pytest.mark.django_db
def test_file_on_a_record_that_is_not_there_leaves_nothing(home: Path, deal: Deal) -> None:
    for kind, key in (("deal", deal.pk + 1), ("user", 1), ("deal", 2**70)):
        with pytest.raises(NotFound, match="no such record"):
            add_file(receive([b"lamps"]), "offer.txt", kind, key, who=COMMAND_LINE)
    assert lying(home) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("fails_at", ["write", "fsync", "rename"])
def test_full_disk_says_so_and_leaves_nothing(
    home: Path, deal: Deal, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def pieces() -> Iterator[bytes]:
        yield b"lamps"
        if fails_at == "write":
            full()

    if fails_at == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    if fails_at == "rename":
        monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(InvalidFile, match="The disk is full") as refused:
        add_file(receive(pieces()), "offer.txt", "deal", deal.pk, who=COMMAND_LINE)
    assert refused.value.code == "files.disk_full"
    assert lying(home) == set()
    assert not File.objects.exists()


@pytest.mark.django_db
def test_file_is_not_kept_where_its_row_cannot_be_written(
    home: Path, deal: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(File, "save", fails)
    with pytest.raises(RuntimeError):
        add_file(receive([b"lamps"]), "offer.txt", "deal", deal.pk, who=COMMAND_LINE)
    assert lying(home) == set()


KILLED = """
import os, signal, sys
from tragt.web.project.configuration import load
from tragt.web.project.home import prepare

prepare(load())
from tragt.web.files import store
from tragt.web.files.actions import add_file
from tragt.web.files.models import File
from tragt.web.people.models import Company
from tragt.web.shell.acting import COMMAND_LINE

company, _made = Company.objects.get_or_create(key="nordlys", name="Nordlys")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "written":
    store._media = die
elif sys.argv[1] == "renamed":
    File.save = die
elif sys.argv[1] == "night":
    from tragt.web.files.actions import purge
    print(purge(), File.objects.count())
    sys.exit()
add_file(store.receive([b"lamps"]), "offer.txt", "company", company.pk, who=COMMAND_LINE)
"""


def test_process_killed_between_bytes_and_row_leaves_no_row_and_its_bytes_go_at_night(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}

    def program(how: str) -> str:
        command = [sys.executable, "-c", KILLED, how]
        environment = {**kept, "TRAGT_HOME": str(tmp_path), "TRAGT_LOG_LEVEL": "error"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout

    for how in ("written", "renamed", "whole"):
        program(how)
    stray, whole = sorted((path for path in (tmp_path / "files").rglob("*") if path.is_file()), key=os.path.getmtime)
    assert program("night").split() == ["0", "1"], "what is young may get its row in a moment"
    for path in (stray, whole):
        aged(path, 25)
    assert program("night").split() == ["1", "1"]
    assert not stray.exists()
    assert whole.read_bytes() == b"lamps"
    (half,) = (tmp_path / "incoming").iterdir()
    assert half.suffix == ".file", "an erasure empties the folder of what is on its way in"


@pytest.mark.django_db
def test_file_removed_can_be_put_back_for_a_day_and_is_gone_then(
    home: Path, put_file: PutFile, deal: Deal, django_capture_on_commit_callbacks: object
) -> None:
    now = timezone.now()
    first, second = put_file(deal), put_file(deal)
    with time_machine.travel(now, tick=False):
        remove_file(first.pk, who=COMMAND_LINE)
        remove_file(second.pk, who=COMMAND_LINE)
    with time_machine.travel(now + timedelta(hours=23), tick=False):
        assert purge() == 0
        restore_file(first.pk, who=COMMAND_LINE)
    with time_machine.travel(now + timedelta(hours=24), tick=False):
        with pytest.raises(NotFound):
            restore_file(second.pk, who=COMMAND_LINE)
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            assert purge() == 1
    assert lying(home) == {first.place}
    assert AuditRow.objects.get(verb="files.purge").details == {"number": 1}


@pytest.mark.django_db
def test_files_of_records_that_are_gone_go_at_night(
    home: Path, put_file: PutFile, deal: Deal, ada: Person, firm: Company, django_capture_on_commit_callbacks: object
) -> None:
    kept = put_file(deal)
    put_file(ada)
    put_file(firm)
    ada.delete()
    firm.delete()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert purge() == 2
    assert lying(home) == {kept.place}
    assert actions.purge() == 0
