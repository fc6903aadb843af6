"""Receives an uploaded file: straight to the disk of the home folder, never into memory."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from tragt.errors import InvalidFile, TragtError
from tragt.web.imports import files

__all__ = ["Received", "ReceivedFile", "Receiver", "receive_path"]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole.

    Attributes:
        path: Where it lies, alone in a folder among those of files on their way in; its name is safe.
        size: In bytes.
        sha256: Of its bytes.
    """

    path: Path
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """Its name, made safe."""
        return self.path.name

    def remove(self) -> None:
        """Remove it; nothing happens where it was taken or removed already."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


if TYPE_CHECKING:
    _Uploaded = UploadedFile[bytes]
else:
    _Uploaded = UploadedFile


class ReceivedFile(_Uploaded):
    """A received file as Django's forms know files."""

    def __init__(self, received: Received) -> None:
        super().__init__(None, received.name, "application/octet-stream", received.size)
        self.received = received


class Receiver(FileUploadHandler):
    """Writes an upload to the home folder while it arrives.

    A trouble ends the upload; what was written is removed, and `trouble` says what it was.
    """

    trouble: TragtError | None = None

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.chunk_size = _BLOCK
        self._out: IO[bytes] | None = None
        self._path: Path | None = None
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self.remove()
        self._hash, self._size = hashlib.sha256(), 0
        try:
            self._path = files.place_for(files.safe_name(self.file_name or ""))
            self._out = self._path.open("xb")
        except OSError as problem:
            self._stop(files.disk_trouble(problem))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Some bytes of it."""
        del start
        self._size += len(raw_data)
        if self._size > files.limit_bytes():
            self._stop(too_large(files.limit_bytes()))
        self._hash.update(raw_data)
        assert self._out is not None
        try:
            self._out.write(raw_data)
        except OSError as problem:
            self._stop(files.disk_trouble(problem))

    def file_complete(self, file_size: int) -> ReceivedFile | None:
        """All of it is there."""
        del file_size
        assert self._out is not None
        assert self._path is not None
        try:
            self._out.close()
        except OSError as problem:
            self._stop(files.disk_trouble(problem))
        return ReceivedFile(Received(self._path, self._size, self._hash.hexdigest()))

    def upload_interrupted(self) -> None:
        """The browser went away."""
        self.remove()

    def remove(self) -> None:
        """Remove what was written and not taken."""
        if self._out is not None:
            self._out.close()
            self._out = None
        if self._path is not None:
            shutil.rmtree(self._path.parent, ignore_errors=True)
            self._path = None

    def _stop(self, trouble: TragtError) -> None:
        self.trouble = trouble
        try:
            self.remove()
        finally:
            raise StopUpload(connection_reset=False)


def receive_path(path: Path) -> Received:
    """Take a copy of a file of this machine, for the command line.

    Args:
        path: The file.

    Raises:
        InvalidFile: It cannot be read, is too large, or the disk has no room.
    """
    copy = files.place_for(files.safe_name(path.name))
    found, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as source, copy.open("xb") as out:
            while block := source.read(_BLOCK):
                size += len(block)
                found.update(block)
                out.write(block)
    except OSError as problem:
        shutil.rmtree(copy.parent, ignore_errors=True)
        if problem.filename == str(path):
            raise InvalidFile(
                "imports.cannot_read",
                f"{path} cannot be read: {problem.strerror}. Check its name and its permissions.",
                file=path.name,
                why=str(problem.strerror),
            ) from None
        raise files.disk_trouble(problem) from problem
    return Received(copy, size, found.hexdigest())


def too_large(limit: int) -> InvalidFile:
    """What to say of a file that is too large."""
    return InvalidFile(
        "imports.too_large",
        f"The file is larger than {limit // 10**6} MB, the most this installation takes (TRAGT_UPLOAD_LIMIT_MB). "
        "Split it, or compress it with gzip.",
        limit=limit // 10**6,
    )
