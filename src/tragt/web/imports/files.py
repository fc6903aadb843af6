"""Uploaded files as they lie in the home folder. The unit of observation is the upload.

Each import has a folder ``uploads/<key>`` with the file as it came, ``head.arrow`` (its first rows, from which the
mapping page is made) and ``rejected.csv``. All three hold what the file holds of persons: they are removed some
time after the import (see `ageing`), at its undo, and at the erasure of anyone who stands in them; so is
``work.lock``, which is empty. A file on its way in lies in ``uploads/incoming`` and is swept away after a day.
"""

import errno
import fcntl
import re
import shutil
import time
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tragt.errors import InvalidFile

__all__ = [
    "disk_trouble",
    "folder_of",
    "head_of",
    "incoming",
    "is_worked_on",
    "limit_bytes",
    "original_of",
    "place_for",
    "rejected_of",
    "remove_folder",
    "safe_name",
    "stray_folders",
    "worked_on",
]

_STRAY_SECONDS = 86_400
_HEAD, _REJECTED, _WORK = "head.arrow", "rejected.csv", "work.lock"
_LONGEST_NAME = 100
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def uploads() -> Path:
    """The folder of all uploads."""
    return Path(settings.TRAGT.home) / "uploads"


def incoming() -> Path:
    """The folder of files on their way in; made when it is asked for."""
    folder = uploads() / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def place_for(name: str) -> Path:
    """A place for a file on its way in, alone in a folder of its own.

    Args:
        name: Its safe name.
    """
    folder = incoming() / uuid.uuid4().hex
    folder.mkdir(mode=0o700)
    return folder / name


def folder_of(key: int) -> Path:
    """The folder of an import."""
    return uploads() / str(key)


def head_of(key: int) -> Path:
    """The first rows of an import's file."""
    return folder_of(key) / _HEAD


def rejected_of(key: int) -> Path:
    """The rows that could not be read."""
    return folder_of(key) / _REJECTED


def original_of(key: int, name: str) -> Path:
    """The file as it came; its name cannot be one of ours."""
    return folder_of(key) / "original" / name


def limit_bytes() -> int:
    """The largest file that is taken."""
    return int(settings.TRAGT.upload_limit_mb) * 10**6


def safe_name(given: str) -> str:
    """A name of a file that means nothing to a file system, from what a browser sent.

    Args:
        given: Any text; folders in it are cut off.

    Returns:
        At most 100 characters, never empty, its ending kept.
    """
    bare = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    bare = "".join(letter for letter in bare if letter.isprintable() and letter not in '<>:"|?*').strip(" .")
    bare = f"_{bare}" if _DEVICES.match(bare) else bare
    stem, dot, ending = bare.rpartition(".")
    if not dot:
        stem, ending = bare, ""
    ending = ending[:12]
    while len(f"{stem}{dot}{ending}".encode()) > _LONGEST_NAME * 2 or len(stem) > _LONGEST_NAME - 13:
        stem = stem[:-1]
    return f"{stem or 'file'}{dot}{ending}"


def disk_trouble(problem: OSError) -> InvalidFile:
    """What to say where the disk did not take a file."""
    if problem.errno in _NO_ROOM:
        return InvalidFile(
            "imports.disk_full",
            "The disk is full: nothing of the file was kept, and nothing else is lost. Make room and upload it again.",
        )
    return InvalidFile(
        "imports.cannot_store",
        f"The file could not be stored ({problem.strerror}). Give Tragt the right to write its home folder, "
        "and upload it again.",
        why=str(problem.strerror),
    )


@contextmanager
def worked_on(key: int) -> Iterator[None]:
    """Let other processes see that this one works on an import without a job; the system ends that with the process.

    Args:
        key: Of the import. Where another process works on it so, that is waited for.
    """
    folder_of(key).mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder_of(key) / _WORK).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_worked_on(key: int) -> bool:
    """Whether a process works on an import without a job."""
    try:
        with (folder_of(key) / _WORK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def remove_folder(key: int) -> bool:
    """Remove everything that lies of an import; True where there was something."""
    folder = folder_of(key)
    there = folder.is_dir()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def stray_folders(known: set[int]) -> Iterator[Path]:
    """What lies in the uploads for more than a day and belongs to no import.

    Args:
        known: Keys of all imports.
    """
    if not uploads().is_dir():
        return
    before = time.time() - _STRAY_SECONDS  # noqa: TID251 - compared with the clock of the disk
    for path in [*uploads().iterdir(), *incoming().iterdir()]:
        ours = path.name == "incoming" or (path.name.isdigit() and int(path.name) in known)
        if not ours and path.stat().st_mtime < before:
            yield path
