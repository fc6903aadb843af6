"""Files as they lie: what they really are, and their bytes."""

import io
import os
import re
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import msgspec

from tragt.errors import InvalidFile
from tragt.events.archives import open_gzip, open_member, the_member
from tragt.events.encodings import EIGHT_BIT, as_utf8, detect_encoding
from tragt.events.rows import Report

__all__ = ["BLOCK", "HEAD", "File", "FileKind", "open_file"]

BLOCK = 8 << 20
HEAD = 256 << 10


class FileKind(StrEnum):
    """What a file is."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    JSON = "json"
    EXCEL = "excel"
    PARQUET = "parquet"
    ARROW = "arrow"


_ENDINGS = {
    ".csv": FileKind.CSV, ".tsv": FileKind.CSV, ".tab": FileKind.CSV,
    ".jsonl": FileKind.JSON_LINES, ".ndjson": FileKind.JSON_LINES, ".json": FileKind.JSON,
    ".xlsx": FileKind.EXCEL, ".xlsm": FileKind.EXCEL, ".xlsb": FileKind.EXCEL, ".xls": FileKind.EXCEL,
    ".ods": FileKind.EXCEL, ".parquet": FileKind.PARQUET, ".pq": FileKind.PARQUET,
    ".arrow": FileKind.ARROW, ".feather": FileKind.ARROW, ".ipc": FileKind.ARROW,
}  # fmt: skip
_READABLE = ((b"PAR1", FileKind.PARQUET), (b"ARROW1", FileKind.ARROW), (b"\xd0\xcf\x11\xe0", FileKind.EXCEL))
_UNREADABLE = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_MARKUP = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<table", "a web page"), (b"<?xml", "XML"))
_JSON = re.compile(rb"\[?\s*\{\s*[\"}]|\[\s*\]")
_WHAT = {
    FileKind.CSV: "a text file",
    FileKind.JSON_LINES: "JSON lines",
    FileKind.JSON: "JSON",
    FileKind.EXCEL: "a workbook",
    FileKind.PARQUET: "a Parquet file",
    FileKind.ARROW: "an Arrow file",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be read again and again.

    Attributes:
        name: What to call it in messages.
        kind: What it is, by its content.
        size: Its size in bytes, as it lies.
        head: Its first bytes, unpacked; the whole of a file of up to 256 KiB.
    """

    name: str
    kind: FileKind
    size: int
    head: bytes
    _source: Path | bytes
    _unpack: Callable[[BinaryIO], BinaryIO]

    def open(self) -> BinaryIO:
        """The unpacked bytes from the start."""
        return self._unpack(_open(self._source))

    def open_packed(self) -> BinaryIO:
        """The bytes as they lie, from the start."""
        return _open(self._source)

    @property
    def source(self) -> Path | bytes:
        """Where the bytes lie."""
        return self._source

    def blocks(self, report: Report) -> Generator[bytes, None, None]:
        """The unpacked bytes in blocks of 8 MiB.

        Args:
            report: Told how many bytes of how many were read, as they lie, before each block.
        """
        with closing(self.open_packed()) as packed, closing(self._unpack(packed)) as stream:
            while block := stream.read(BLOCK):
                report(packed.tell(), self.size)
                yield block


def open_file(source: str | os.PathLike[str] | bytes, given_format: str | None) -> File:
    """Find out what a file is.

    Args:
        source: Its path, or its bytes.
        given_format: What the caller says it is; None to go by its name and content.

    Raises:
        InvalidFile: It is not there, cannot be opened, is empty, cannot be read by anything here, or is
            something else than its name says.
    """
    where = source if isinstance(source, bytes) else Path(source)
    name = "The data" if isinstance(where, bytes) else where.name or str(where)
    size = _size(where, name)
    if size == 0:
        raise InvalidFile("events.empty_file", f"{name} is empty: it has no header and no rows.", file=name)
    with closing(_open(where)) as packed:
        unpack, inner = _wrapping(packed, name)
        packed.seek(0)
        with closing(unpack(packed)) as stream:
            head = stream.read(HEAD)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise InvalidFile("events.empty_file", f"{name} holds nothing but blanks.", file=name)
    kind = _kind(head, inner, name, given_format)
    return File(name, kind, size, head, where, unpack)


def _open(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _size(source: Path | bytes, name: str) -> int:
    if isinstance(source, bytes):
        return len(source)
    try:
        if source.is_dir():
            raise InvalidFile("events.is_a_folder", f"{source} is a folder; give a file in it.", file=name)
        with source.open("rb") as file:
            return file.seek(0, io.SEEK_END)
    except FileNotFoundError:
        raise InvalidFile(
            "events.no_such_file", f"There is no file {source}. Check the name and the folder.", file=name
        ) from None
    except PermissionError:
        raise InvalidFile(
            "events.no_permission", f"{source} may not be read by this user. Change its permissions.", file=name
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidFile(
            "events.cannot_open", f"{name[:80]} cannot be opened: {_why(error)}.", file=name[:80]
        ) from error


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _wrapping(packed: BinaryIO, name: str) -> tuple[Callable[[BinaryIO], BinaryIO], str]:
    """How to unpack a file, and the name of what is inside."""
    magic = packed.read(4)
    if magic.startswith(b"\x1f\x8b"):
        return lambda file: open_gzip(file, name), name.removesuffix(".gz")
    if magic in (b"PK\x03\x04", b"PK\x05\x06"):
        member = the_member(packed, name)
        if member is not None:
            return lambda file: open_member(file, member, name), member
    return lambda file: file, name


def _kind(head: bytes, inner: str, name: str, given_format: str | None) -> FileKind:
    found = _content(head, name)
    claimed = FileKind(given_format) if given_format else _ENDINGS.get(Path(inner).suffix.lower())
    if claimed is None or claimed is found or {claimed, found} == {FileKind.JSON, FileKind.JSON_LINES}:
        return found
    says = f"format={given_format!r}" if given_format else "its name says"
    raise InvalidFile(
        "events.not_what_it_says",
        f"{name} is {_WHAT[found]}, but {says} {_WHAT[claimed]}. Give the right file, rename it, "
        f"or say format={found.value!r}.",
        file=name,
        found=found.value,
        claimed=claimed.value,
    )


def _content(head: bytes, name: str) -> FileKind:
    if head.startswith(b"PK\x03\x04"):
        return FileKind.EXCEL
    for magic, kind in _READABLE:
        if head.startswith(magic):
            return kind
    for magic, what in _UNREADABLE:
        if head.startswith(magic):
            raise _unreadable(name, what)
    encoding = detect_encoding(head)
    if encoding == EIGHT_BIT and _is_binary(head):
        raise _unreadable(name, "not text")
    text = b"".join(as_utf8([head], encoding)).lstrip()
    for magic, what in _MARKUP:
        if text[:100].lower().startswith(magic):
            raise _unreadable(name, what)
    if not _JSON.match(text):
        return FileKind.CSV
    return FileKind.JSON_LINES if _is_object(text.partition(b"\n")[0]) else FileKind.JSON


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _is_binary(head: bytes) -> bool:
    """Whether control characters other than zero bytes, tabs and line ends are more than one in twenty."""
    control = bytes(code for code in range(1, 32) if code not in b"\t\n\r\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f")
    return 20 * (len(head) - len(head.translate(None, control))) > len(head)


def _unreadable(name: str, what: str) -> InvalidFile:
    return InvalidFile(
        "events.not_a_table",
        f"{name} is {what}. Tables are read from CSV, JSON lines, Excel, Parquet and Arrow files; "
        "export or save the data as one of these.",
        file=name,
        found=what,
    )
