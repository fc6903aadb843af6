"""Folders for what is not finished: gone afterwards, and swept by the next one where a process was killed."""

import errno
import fcntl
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tragt.errors import TragtError

__all__ = ["explained", "synchronise", "workplace"]

_LOCK = "lock"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def workplace(beside: Path, prefix: str) -> Iterator[Path]:
    """A folder that only this process uses.

    Args:
        beside: The folder that it stands in, so that what is finished is renamed and not copied.
        prefix: How its name begins; others of that name that nobody works in any more are removed.
    """
    for left in beside.glob(f"{prefix}*"):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=beside))
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn errors of disks and databases into ours.

    Args:
        place: The folder that is written to.

    Raises:
        TragtError: The disk is full (``backup.full``), or something else failed (``backup.failed``).
    """
    try:
        yield
    except _troubles() as problem:
        said = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        if getattr(problem, "errno", None) in _NO_ROOM or "disk is full" in said:
            raise TragtError(
                "backup.full",
                f"The disk of {place} is full. Nothing was left there; make room, or name a place on another disk.",
            ) from problem
        raise TragtError(
            "backup.failed", f"It could not be done ({said}). Nothing was left behind; mend that and try again."
        ) from problem


def synchronise(path: Path) -> None:
    """Let a file, or the names in a folder, be on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_left(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _troubles() -> tuple[type[Exception], ...]:
    """What can go wrong on a disk and in a database; of one on a server, only where it was spoken to."""
    driver = sys.modules.get("psycopg")
    return (OSError, sqlite3.Error, driver.Error) if driver else (OSError, sqlite3.Error)
