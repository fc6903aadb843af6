"""Compressed files."""

import gzip
import io
import zipfile

import pytest

from tragt.errors import InvalidFile
from tragt.events import archives, read

CSV = b"user_id,event,timestamp\na,Visit,2024-03-13 10:21:14\nb,Cart,2024-03-14 10:21:14\n"


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_gzip_and_zip_of_one_file_are_read() -> None:
    assert len(read(gzip.compress(CSV))) == 2
    assert len(read(zipped({"events.csv": CSV, "__MACOSX/._events.csv": b"?"}))) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(CSV * 50_000)[:-900], "events.broken_archive"),
        (gzip.compress(CSV)[:30], "events.broken_archive"),
        (zipped({"a.csv": CSV, "b.csv": CSV}), "events.wrong_archive"),
        (zipped({"a.csv": CSV})[:-30], "events.broken_archive"),
        (zipped({}), "events.wrong_archive"),
    ],
    ids=["cut gzip", "short gzip", "two files", "cut zip", "no file"],
)
def test_archive_that_is_broken_or_holds_no_one_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(data)
    assert caught.value.code == code


def test_gzip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_RATIO_FROM", 1 << 20)
    with pytest.raises(InvalidFile, match="unpacks to more than") as caught:
        read(gzip.compress(CSV[:24] + CSV[24:] * 100_000))
    assert caught.value.code == "events.inflates_too_far"


def test_workbook_bomb_is_refused_whatever_size_it_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_WORKBOOK", 4 << 20)
    bomb = bytearray(zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"\0" * (8 << 20)}))
    claimed = (8 << 20).to_bytes(4, "little")
    assert bomb.count(claimed) == 2
    with pytest.raises(InvalidFile) as caught:
        read(bytes(bomb.replace(claimed, (100).to_bytes(4, "little"))))
    assert caught.value.code == "events.inflates_too_far"
