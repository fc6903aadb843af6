"""The bytes of files, as they lie in the home folder. The unit of observation is the file.

A file is written under a temporary name in ``incoming``, which an erasure sweeps, synchronised, and renamed to
``files/<two digits>/<32 digits>``: a name that says nothing, given out once. Only then is there a row. So a row has its
bytes, and what a process left that died in between is bytes without a row, which the night removes.
"""

import errno
import hashlib
import os
import time
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from tragt.errors import InvalidFile, TragtError
from tragt.web.files.media import BEGINNING, END, media_of

__all__ = ["FOLDER", "Received", "keep", "limit_bytes", "path_of", "receive", "remove", "strays", "there", "too_large"]

FOLDER = "files"
STRAY_SECONDS = 86_400

_MODE = 0o600
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole and belongs to nothing yet.

    Attributes:
        place: The name that it will lie under.
        path: Where it lies until then.
        media: Its media type, from its content.
        size: In bytes.
        sha256: Of its bytes, as hexadecimal digits.
    """

    place: str
    path: Path
    media: str
    size: int
    sha256: str


def limit_bytes() -> int:
    """The largest file that is taken."""
    return int(settings.TRAGT.file_limit_mb) * 10**6


def too_large() -> InvalidFile:
    """What to say of a file that is too large."""
    most = limit_bytes() // 10**6
    return InvalidFile(
        "files.too_large",
        f"The file is larger than {most} MB, the most this installation takes (TRAGT_FILE_LIMIT_MB). "
        "Make it smaller, or put it elsewhere and note where.",
        limit=most,
    )


def path_of(place: str) -> Path:
    """Where the bytes of a file lie.

    Args:
        place: The name that they lie under.
    """
    return _folder() / place[:2] / place


def there(place: str) -> bool:
    """Whether the bytes of a file are there: somebody may have taken them out of the folder."""
    return path_of(place).is_file()


def receive(pieces: Iterable[bytes]) -> Received:
    """Bring a file into the home folder.

    Args:
        pieces: Its bytes.

    Raises:
        InvalidFile: It is too large, or the disk takes none of it. Nothing is left of it.
    """
    place = uuid.uuid4().hex
    folder: Path = settings.TRAGT.arriving[0]
    path = folder / f"{place}.file"
    try:
        with _explained():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _MODE), "w+b") as out:
                found, size = _written(pieces, out)
                media = _media(out, size)
                out.flush()
                os.fsync(out.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(place, path, media, size, found)


def keep(received: Received) -> None:
    """Put a file that arrived where it stays. Its row is written afterwards.

    Raises:
        InvalidFile: The disk does not take it.
    """
    path = path_of(received.place)
    with _explained():
        new = [folder for folder in (_folder(), path.parent) if not folder.is_dir()]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        received.path.rename(path)
        for folder in (path.parent, *(one.parent for one in new)):
            _synchronise(folder)


def remove(*places: str) -> int:
    """Remove the bytes of files; how many were there."""
    removed = 0
    for place in places:
        with _explained():
            try:
                path_of(place).unlink()
            except FileNotFoundError:
                continue
        removed += 1
    return removed


def strays(known: Collection[str]) -> Iterator[Path]:
    """What lies among the files for more than a day and belongs to no row.

    Args:
        known: The places of all rows.
    """
    if not _folder().is_dir():
        return
    before = time.time() - STRAY_SECONDS  # noqa: TID251 - compared with the clock of the disk
    for path in sorted(_folder().rglob("*")):
        if path.is_file() and path.name not in known and path.stat().st_mtime < before:
            yield path


def _folder() -> Path:
    return Path(settings.TRAGT.home) / FOLDER


def _written(pieces: Iterable[bytes], out: IO[bytes]) -> tuple[str, int]:
    found, size, most = hashlib.sha256(), 0, limit_bytes()
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise too_large()
        found.update(piece)
        out.write(piece)
    return found.hexdigest(), size


def _media(out: IO[bytes], size: int) -> str:
    out.seek(0)
    beginning = out.read(BEGINNING)
    out.seek(max(size - END, 0))
    return media_of(beginning, out.read(END))


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn errors of the disk into ours."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _NO_ROOM:
            raise InvalidFile(
                "files.disk_full",
                "The disk is full: nothing of the file was kept, and nothing else is lost. Make room and add it again.",
            ) from problem
        raise TragtError(
            "files.cannot_store",
            f"The disk did not take this ({problem.strerror}). Give Tragt the right to write its home folder, and try "
            "again.",
            why=str(problem.strerror),
        ) from problem
