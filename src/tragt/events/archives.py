"""Compressed files, opened only as far as they stay within bounds."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from tragt.errors import InvalidFile

__all__ = ["Inflating", "check_workbook", "open_gzip", "open_member", "the_member"]

MAX_INFLATED = 16 << 30
MAX_RATIO = 250
MAX_WORKBOOK = 2 << 30
_RATIO_FROM = 64 << 20
_STEP = 1 << 20
_DAMAGE = (
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class Inflating(io.RawIOBase):
    """A decompressed stream that stops where an honest file would have ended.

    Args:
        stream: The decompressed bytes.
        name: What to call the file in messages.
        packed: Tells how many compressed bytes were read so far.
    """

    def __init__(self, stream: BinaryIO, name: str, packed: Callable[[], int]) -> None:
        super().__init__()
        self._stream, self._name, self._packed = stream, name, packed
        self._size = 0

    def readable(self) -> bool:
        """Whether the stream can be read: always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer from the stream; fewer bytes than it holds are allowed, 0 is the end."""
        try:
            data = self._stream.read(len(buffer))
        except _DAMAGE as error:
            raise _broken(self._name, error) from error
        self._size += len(data)
        _check(self._name, self._size, self._packed())
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the stream below too."""
        self._stream.close()
        super().close()


def open_gzip(file: BinaryIO, name: str) -> BinaryIO:
    """What a gzip file holds, within bounds.

    Args:
        file: The compressed file.
        name: What to call it in messages.
    """
    inside = cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return io.BufferedReader(Inflating(inside, name, file.tell), _STEP)


def open_member(file: BinaryIO, member: str, name: str) -> BinaryIO:
    """What one member of a zip archive holds, within bounds.

    Args:
        file: The archive.
        member: Name of the member.
        name: What to call the archive in messages.
    """
    try:
        archive = zipfile.ZipFile(file)
        packed = archive.getinfo(member).compress_size
        inside = cast("BinaryIO", archive.open(member))
    except _DAMAGE as error:
        raise _broken(name, error) from error
    return io.BufferedReader(Inflating(inside, name, lambda: packed), _STEP)


def the_member(file: BinaryIO, name: str) -> str | None:
    """The one file that a zip archive holds.

    Args:
        file: The archive.
        name: What to call it in messages.

    Returns:
        Name of the member; None where the archive is a workbook.

    Raises:
        InvalidFile: There is none, there are several, it is encrypted, or the archive is damaged.
    """
    try:
        members = zipfile.ZipFile(file).infolist()
    except _DAMAGE as error:
        raise _broken(name, error) from error
    names = [m.filename for m in members]
    if any(inside in names for inside in ("xl/workbook.xml", "xl/workbook.bin", "content.xml")):
        return None
    files = [m for m in members if not m.is_dir() and not m.filename.startswith(("__MACOSX/", "."))]
    if len(files) == 1 and not files[0].flag_bits & 1:
        return files[0].filename
    held = "an encrypted file" if len(files) == 1 else f"{len(files)} files"
    raise InvalidFile(
        "events.wrong_archive",
        f"{name} is a zip archive with {held}; it must hold exactly one, not encrypted. Unpack it and give one file.",
        file=name,
        members=[m.filename for m in files],
    )


def check_workbook(file: BinaryIO, name: str) -> None:
    """Refuse a workbook that unpacks to more than it may, whatever sizes it claims.

    Args:
        file: The workbook.
        name: What to call it in messages.

    Raises:
        InvalidFile: It is larger than allowed when unpacked, or damaged.
    """
    packed = file.seek(0, io.SEEK_END)
    size = 0
    try:
        archive = zipfile.ZipFile(file)
        for member in archive.infolist():
            member.file_size = MAX_WORKBOOK + 1  # what it claims is not believed
            with archive.open(member) as stream:
                while block := stream.read(_STEP):
                    size += len(block)
                    _check(name, size, packed, MAX_WORKBOOK)
    except _DAMAGE as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> InvalidFile:
    return InvalidFile(
        "events.broken_archive",
        f"{name} is compressed (as workbooks are too), and damaged, encrypted or cut off ({error}). "
        "Save or download it again.",
        file=name,
    )


def _check(name: str, size: int, packed: int, limit: int = 0) -> None:
    limit = limit or MAX_INFLATED
    if size > limit or (size > _RATIO_FROM and size > MAX_RATIO * max(packed, 1)):
        raise InvalidFile(
            "events.inflates_too_far",
            f"{name} unpacks to more than {size >> 20} MiB from {packed / (1 << 20):.1f} MiB; allowed are "
            f"{limit >> 20} MiB and {MAX_RATIO} times its size. If it is honest, unpack it first.",
            file=name,
            limit=limit,
        )
