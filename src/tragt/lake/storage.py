"""Where the files of the lake are: a folder, or an object store named by its address."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from deltalake._internal import DeltaFileSystemHandler

from tragt.errors import TragtError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["Storage"]

_SCRATCH = "_scratch"
_LOCK = "_lock"
_PATIENCE = 600.0
_PAUSE = 0.02


class Storage:
    """A folder, or the part of an object store below an address such as ``s3://bucket/lake``.

    Args:
        place: The folder or address.
        options: Credentials and settings of an object store, in deltalake's words.
    """

    def __init__(self, place: Path | str, options: Mapping[str, str] | None = None) -> None:
        self.options = dict(options) if options else None
        self.folder = None if isinstance(place, str) and "://" in place else Path(place).absolute()
        self.address = str(self.folder) if self.folder else str(place).rstrip("/")

    def __str__(self) -> str:
        return self.address

    def path(self, relative: str) -> str:
        """Where a file of the lake is, for a reader.

        Args:
            relative: The file as the table names it; one that lies beside the table stays as it is.
        """
        return relative if relative.startswith("/") else f"{self.address}/{relative}"

    def missing(self, version: int | None = None) -> bool:
        """Whether there is certainly no table, or not one that has had this version.

        Args:
            version: The newest version that was seen.
        """
        if self.folder is None:
            return False
        log = self.folder / "_delta_log"
        return not (log.is_dir() if version is None else (log / f"{version:020}.json").exists())

    def checkpoint(self) -> tuple[int, int] | None:
        """What tells the newest checkpoint of the table from those before; None where there is none, or none to see."""
        try:
            found = (self.folder / "_delta_log" / "_last_checkpoint").stat() if self.folder else None
        except FileNotFoundError:
            return None
        return (found.st_mtime_ns, found.st_ino) if found else None

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A local folder for unfinished files, gone afterwards.

        In a folder it lies within, so that a finished file is moved and not copied; what a killed process
        left there is removed by `sweep`.
        """
        if self.folder is None:
            with tempfile.TemporaryDirectory(prefix="tragt-") as temporary:
                yield Path(temporary)
            return
        path = self.folder / _SCRATCH / uuid4().hex
        path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def put(self, file: Path, relative: str) -> Path:
        """Bring a finished file to its place, durably.

        Args:
            file: The file, within a `scratch` folder.
            relative: Its place, as the table will name it.

        Returns:
            Where it can be read on this machine from now on.
        """
        if self.folder is None:
            self._upload(file, relative)
            return file
        target = self.folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        _synchronise(file)
        file.rename(target)
        _synchronise(target.parent)
        return target

    def settle(self, version: int) -> None:
        """Make a commit durable.

        Args:
            version: The version it made.
        """
        if self.folder is not None:
            log = self.folder / "_delta_log"
            for path in (log / f"{version:020}.json", log, self.folder):
                _synchronise(path)

    def sweep(self) -> None:
        """Remove what killed processes left; only while nobody else may write."""
        if self.folder is not None:
            shutil.rmtree(self.folder / _SCRATCH, ignore_errors=True)

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[None]:
        """Write to the folder; other processes and threads may write too, unless one is alone.

        In an object store there is no such lock.

        Args:
            alone: Whether to wait until nobody else writes, and to keep others waiting.

        Raises:
            TragtError: Others did not finish in ten minutes.
        """
        if self.folder is None:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("ab") as file:
            end = time.monotonic() + _PATIENCE
            while not _locked(file, alone=alone):
                if time.monotonic() > end:
                    raise TragtError(
                        "lake.busy", f"Another process has been writing to {self} for ten minutes. Try again later."
                    )
                time.sleep(_PAUSE)
            yield

    def _upload(self, file: Path, relative: str) -> None:
        handler = DeltaFileSystemHandler(self.address, self.options)
        target = handler.open_output_stream(relative)
        with file.open("rb") as source:
            while chunk := source.read(1 << 22):
                target.write(chunk)
        target.close()  # type: ignore[attr-defined]


def _locked(file: IO[bytes], *, alone: bool) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:
        if sys.platform == "win32":
            return False
        raise
    return True


def _synchronise(path: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
