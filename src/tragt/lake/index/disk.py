"""Files of an index: written aside, made durable, put into place by a rename; and one builder at a time."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from tragt.errors import TragtError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["REMOVED", "locked", "removed", "replaced", "synchronise"]


REMOVED: Final = ".removed-"


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Keep every other process that asks for the same lock out; a killed process lets go of it.

    Args:
        path: The file that is locked.
        wait: Whether to wait for others; else they are an error.

    Raises:
        TragtError: Another has the lock (``index.busy``).
    """
    with path.open("ab") as file:
        try:
            if sys.platform == "win32":
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise TragtError(
                "index.busy",
                f"Another process is building the index {path.parent}. Wait until it is done.",
                place=str(path.parent),
            ) from error
        yield


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A file that appears whole and durable, or not at all.

    Args:
        path: Its place; what is there is replaced.

    Yields:
        Where to write it.
    """
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield aside
        synchronise(aside)
        aside.replace(path)
        synchronise(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def removed(folder: Path) -> bool:
    """Remove a folder, which is gone at once for whoever looks for a file in it.

    Args:
        folder: The folder.

    Returns:
        Whether it is gone; not where the system keeps files that somebody reads.
    """
    aside = folder.with_name(f"{REMOVED}{uuid4().hex}")
    try:
        folder.rename(aside)
    except OSError:
        return False
    shutil.rmtree(aside, ignore_errors=True)
    return True


def synchronise(path: Path) -> None:
    """Wait until a file or the entries of a folder are on disk.

    Args:
        path: The file or folder.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
