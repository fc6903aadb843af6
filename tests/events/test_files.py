"""What a file is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tragt.errors import InvalidFile
from tragt.events import read
from tragt.events.files import FileKind, open_file

CSV = b"user_id,event,timestamp\na,Visit,2024-03-13 10:21:14\n"
LINE = b'{"event": "Visit", "userId": "u", "timestamp": "2024-03-13T10:21:14Z"}\n'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
HTML = b"\n<!DOCTYPE html><html><table><tr><td>id</td></tr></table></html>"

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return written


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (CSV, FileKind.CSV),
        (b"[id],event\n1,a\n", FileKind.CSV),
        (b"{id},event\n1,a\n", FileKind.CSV),
        (LINE, FileKind.JSON_LINES),
        (LINE.decode().encode("utf-16"), FileKind.JSON_LINES),
        (b'{\n "events": []\n}', FileKind.JSON),
        (b"[\n {}]", FileKind.JSON),
        (b"PAR1" + b"x" * 20, FileKind.PARQUET),
        (b"ARROW1\0\0", FileKind.ARROW),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", FileKind.EXCEL),
    ],
)
def test_open_file_kind_is_told_by_content(content: bytes, kind: FileKind) -> None:
    assert open_file(content, None).kind is kind


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a", "a.log"])
def test_open_file_text_may_have_any_other_name(write: Write, name: str) -> None:
    assert open_file(write(name, CSV), None).kind is FileKind.CSV


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", CSV, "a.xlsx is a text file, but its name says a workbook"),
        ("a.parquet", CSV, "a.parquet is a text file, but its name says a Parquet file"),
        ("a.csv", LINE, "a.csv is JSON lines, but its name says a text file"),
        ("a.json", CSV, "a.json is a text file, but its name says JSON"),
        ("a.csv", b"PAR1" + b"x" * 20, "a.csv is a Parquet file, but its name says a text file"),
        ("a.xlsx", b"PAR1" + b"x" * 20, "a.xlsx is a Parquet file"),
    ],
)
def test_open_file_that_is_not_what_its_name_says_is_refused(
    write: Write, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(InvalidFile, match=words) as caught:
        read(write(name, content))
    assert caught.value.code == "events.not_what_it_says"


def test_open_file_format_overrules_the_name(write: Write) -> None:
    assert len(read(write("a.xlsx", CSV), format="csv")) == 1


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", PNG, "a picture"),
        ("a.xls", HTML, "a web page"),
        ("a.csv", HTML, "a web page"),
        ("a.csv", b"<?xml version='1.0'?><a/>", "XML"),
        ("a.csv", b"%PDF-1.7", "a PDF document"),
        ("a.csv", bytes(range(1, 256)) * 20, "not text"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd" + b"x" * 9, "compressed with Zstandard"),
    ],
)
def test_open_file_that_holds_no_table_is_refused(write: Write, name: str, content: bytes, what: str) -> None:
    with pytest.raises(InvalidFile, match=what) as caught:
        read(write(name, content))
    assert caught.value.code == "events.not_a_table"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n", b"\0\0\0"])
def test_open_file_with_nothing_in_it_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(content)
    assert caught.value.code == "events.empty_file"


def test_open_file_folder_or_missing_file_is_refused(tmp_path: Path) -> None:
    for path, code in [(tmp_path, "is_a_folder"), (tmp_path / "no.csv", "no_such_file"), ("x" * 5000, "cannot_open")]:
        with pytest.raises(InvalidFile) as caught:
            read(path)
        assert caught.value.code == f"events.{code}"


def test_open_file_without_permission_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_self: Path, _mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    path = write("a.csv", CSV)
    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(InvalidFile, match="Change its permissions") as caught:
        read(path)
    assert caught.value.code == "events.no_permission"
