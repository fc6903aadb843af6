"""The file of a backup: a plain tar, whose last member, the manifest, tells what the others must be.

Databases are compressed, files of the event log are already. Whoever has no Tragt can unpack it with ``tar``.
"""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from tragt.errors import InvalidFile, TragtError
from tragt.web.backup.manifest import FORMAT, Manifest, Member, decoded, encoded, name_of

__all__ = ["DATABASE", "ERASURES", "LAKE", "Packer", "packed", "unpack", "unpacked"]

DATABASE, LAKE, ERASURES = "database/", "lake/", "erasures.jsonl"
_PIECE = 1 << 20
_LARGEST_MANIFEST = 1 << 28
_QUICK = 1
_MODE = 0o600


@dataclass(slots=True)
class _Hashed:
    """A file that is hashed as it is read."""

    file: IO[bytes]
    sha256: "hashlib._Hash"

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.sha256.update(piece)
        return piece


class Packer:
    """Writes a backup.

    Args:
        file: Where; only its owner may read it.
    """

    def __init__(self, file: Path) -> None:
        self._out = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb")
        self._tar = tarfile.TarFile(fileobj=self._out, mode="w", format=tarfile.PAX_FORMAT)
        self.members: dict[str, Member] = {}

    def add(self, name: str, file: Path) -> None:
        """Put a file into the archive, as long as it is now.

        Args:
            name: What it is called there.
            file: Where it is.
        """
        with file.open("rb") as given:
            size = os.fstat(given.fileno()).st_size
            hashed = _Hashed(given, hashlib.sha256())
            self._tar.addfile(_named(name, size), hashed)
        self.members[name] = Member(size, hashed.sha256.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Put the manifest at the end, and let all of it be on disk."""
        content = encoded(manifest)
        self._tar.addfile(_named(name_of(content), len(content)), io.BytesIO(content))
        self._tar.close()
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()

    def close(self) -> None:
        """Leave it, finished or not."""
        self._out.close()


def packed(file: Path) -> Path:
    """A file compressed beside itself, in its place."""
    small = file.with_name(f"{file.name}.gz")
    with file.open("rb") as given, gzip.GzipFile(small, "wb", compresslevel=_QUICK, mtime=0) as out:
        shutil.copyfileobj(given, out, _PIECE)
    file.unlink()
    return small


def unpacked(file: Path) -> Path:
    """A compressed file as it was before, in its place."""
    large = file.with_name(file.name.removesuffix(".gz"))
    with gzip.open(file, "rb") as given, large.open("wb") as out:
        shutil.copyfileobj(given, out, _PIECE)
    file.unlink()
    return large


def unpack(file: Path, into: Path, allowed: Callable[[str], bool]) -> Manifest:
    """Bring the files of a backup into a folder; every one is then what the manifest says.

    Args:
        file: The backup.
        into: An empty folder.
        allowed: Tells of a name whether a backup may hold it.

    Raises:
        InvalidFile: It is no backup, or is damaged.
        TragtError: A newer Tragt wrote it.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            manifest, found = _members(tar, into, allowed)
    except (tarfile.TarError, EOFError, UnicodeError, ValueError, msgspec.DecodeError) as problem:
        raise _damaged(file, str(problem)) from problem
    if manifest is None:
        raise _damaged(file, "its end is missing")
    wrong = {name for name, _ in found.items() ^ manifest.members.items()}
    if wrong:
        raise _damaged(file, f"{min(wrong)} is not what it was")
    return manifest


def _members(
    tar: tarfile.TarFile, into: Path, allowed: Callable[[str], bool]
) -> tuple[Manifest | None, dict[str, Member]]:
    found: dict[str, Member] = {}
    for member in tar:
        given = tar.extractfile(member) if member.isreg() else None
        if given is None or not _is_plain(member.name):
            raise ValueError(f"{member.name!r} has no place in a backup")
        if member.size <= _LARGEST_MANIFEST and "/" not in member.name and member.name.startswith("manifest-"):
            content = given.read()
            _check_format(content)
            return decoded(member.name, content), found
        if not allowed(member.name) or member.name in found:
            raise ValueError(f"{member.name!r} has no place in a backup")
        found[member.name] = _kept(given, into / member.name)
    return None, found


def _kept(given: IO[bytes], place: Path) -> Member:
    place.parent.mkdir(parents=True, exist_ok=True)
    hashed = _Hashed(given, hashlib.sha256())
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as out:
        shutil.copyfileobj(hashed, out, _PIECE)
        size = out.tell()
        out.flush()
        os.fsync(out.fileno())
    return Member(size, hashed.sha256.hexdigest())


def _check_format(content: bytes) -> None:
    """Tell of an archive that only a newer Tragt can read, before its manifest is read as ours."""
    said = msgspec.json.decode(content)
    if isinstance(said, dict) and isinstance(said.get("format"), int) and said["format"] > FORMAT:
        raise TragtError(
            "backup.newer",
            f"This backup was made by Tragt {said.get('tragt', '')}, which is newer than this one. Install that "
            "version, or a later one, and restore again; nothing was changed.",
        )


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def _named(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, _MODE
    return info


def _damaged(file: Path, why: str) -> InvalidFile:
    return InvalidFile(
        "backup.damaged",
        f"{file} is no whole backup ({why}). Nothing was changed; copy it again from where it was kept, or restore "
        "another backup.",
        file=str(file),
    )
