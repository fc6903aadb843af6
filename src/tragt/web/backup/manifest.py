"""What a backup says of itself: what it was made of, and what each of its files must be. The unit is the backup."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

__all__ = ["FORMAT", "LakeHeld", "Manifest", "Member", "decoded", "encoded", "name_of"]

FORMAT = 1
_BEGINNING, _END = "manifest-", ".json"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a backup.

    Attributes:
        bytes: Its length.
        sha256: Its hash, as hexadecimal digits.
    """

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LakeHeld:
    """The event log in a backup.

    Attributes:
        version: Of the table; -1 where there was none.
        files: How many.
        events: How many.
    """

    version: int = -1
    files: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        format: Of the archive.
        tragt: Version of Tragt that made it.
        made: The moment that it shows, UTC.
        database: ``sqlite`` or ``postgresql``.
        migrations: The migrations of each database, as ``app.name``.
        tables: Rows of each table, by database.
        sequences: The last key that was given out, by sequence; with PostgreSQL only.
        lake: The event log.
        members: Its files.
    """

    format: int = FORMAT
    tragt: str
    made: datetime
    database: str
    migrations: dict[str, list[str]]
    tables: dict[str, dict[str, int]]
    sequences: dict[str, int] = field(default_factory=dict)
    lake: LakeHeld
    members: dict[str, Member]


def encoded(manifest: Manifest) -> bytes:
    """The manifest as it stands in the archive."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def name_of(content: bytes) -> str:
    """What the file of a manifest is called: its name tells whether it is whole."""
    return f"{_BEGINNING}{hashlib.sha256(content).hexdigest()}{_END}"


def decoded(name: str, content: bytes) -> Manifest | None:
    """The manifest in a file of an archive; None where the file is none, or is not whole."""
    if not name.startswith(_BEGINNING) or name != name_of(content):
        return None
    return msgspec.json.decode(content, type=Manifest)
