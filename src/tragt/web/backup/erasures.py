"""The list of erasures beside the data, so that a restored backup brings nobody back. The unit is the erasure.

A line holds keyed hashes of the actors that the person was, with the times at which they were it, and of the e-mail
addresses; nothing in plain. The key is made of the installation's secret key, so that the list alone cannot be tried
out with names. Lines are only ever added: a line stands there before its erasure is committed.
"""

import fcntl
import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from tragt.errors import InvalidFile
from tragt.web.backup.workplace import synchronise

__all__ = ["LIST", "Entry", "Marked", "Seal", "add", "read", "union", "written"]

LIST = "erasures.jsonl"
_PURPOSE = b"tragt erasures\0"
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Marked:
    """An actor that a person was.

    Attributes:
        mark: Keyed hash of the actor.
        start: From when on; None from the beginning.
        end: Until before when; None for ever.
    """

    mark: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An erasure that was asked for.

    Attributes:
        id: Key and moment of the erasure's row, by which a database knows that it has it.
        key: Tells the secret key that the marks were made with.
        kind: ``erase`` or ``anonymise``.
        actors: Who it was.
        emails: Marks of the e-mail addresses.
        replayed: Whether the home that holds this list was restored, and the erasure done in it again.
    """

    id: str
    key: str
    kind: str
    actors: tuple[Marked, ...]
    emails: tuple[str, ...] = ()
    replayed: bool = False


class Seal:
    """Makes marks.

    Args:
        secret: The installation's secret key.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(_PURPOSE + secret.encode()).digest()
        self.name = self.mark("")[:8]

    def mark(self, text: str) -> str:
        """The keyed hash of a text, 128 bits as hexadecimal digits."""
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:_DIGITS]


def add(file: Path, entry: Entry) -> None:
    """Add a line; once this returns, it is on disk.

    Args:
        file: The list; made where there is none.
        entry: The line.
    """
    new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        out.write((b"" if _ends_a_line(out) else b"\n") + written([entry]))
        out.flush()
        os.fsync(out.fileno())
    if new:
        synchronise(file.parent)


def read(file: Path) -> list[Entry]:
    """The lines of a list; none where there is no file.

    Args:
        file: The list.

    Raises:
        InvalidFile: It is no list of erasures.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found += [msgspec.json.decode(line, type=Entry)] if line else []
        except msgspec.DecodeError as problem:
            # A process that was killed as it wrote left this: its erasure was never committed.
            if not _is_torn(line, last=number == len(lines)):
                raise InvalidFile(
                    "backup.erasures",
                    f"Line {number} of {file} is no erasure ({problem}). Give the file {LIST} of the home as it is.",
                ) from None
    return found


def union(lists: Sequence[Sequence[Entry]]) -> list[Entry]:
    """Every erasure of some lists once, in their order."""
    return list({entry.id: entry for entries in lists for entry in entries}.values())


def written(entries: Iterable[Entry]) -> bytes:
    """The lines as they stand in a list."""
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)


def _ends_a_line(file: IO[bytes]) -> bool:
    """Whether a file is empty or ends as lines do: one who was killed may have left half of one."""
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _is_torn(line: bytes, *, last: bool) -> bool:
    return last or (line.startswith(b'{"id":') and not line.endswith(b"}"))
