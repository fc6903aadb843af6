"""From a backup to a folder that is a home again. Nothing that stands elsewhere is touched until it is whole."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tragt.errors import InvalidFile, NotAllowed, NotFound
from tragt.lake import Lake
from tragt.web.backup.archive import DATABASE, ERASURES, LAKE, unpack, unpacked
from tragt.web.backup.erasures import LIST, Entry, read, union
from tragt.web.backup.held import MAIN, counted
from tragt.web.backup.manifest import Manifest
from tragt.web.backup.moment import INBOX
from tragt.web.backup.taking import ON_RECORDS, SECRETS, UPLOADS
from tragt.web.backup.workplace import synchronise

__all__ = ["Restored", "check_place", "put_in_place", "unpack_home"]

_CARRIED = (*SECRETS, LIST)
_FILES = {MAIN: "tragt.sqlite3", INBOX: "tragt-inbox.sqlite3"}
TABLES = "tables"
"""Where the rows for a database server lie until they are in it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A home that was unpacked and checked, and serves nobody yet.

    Attributes:
        home: Its folder.
        manifest: What the backup says of itself.
        erasures: Every erasure that some list knows.
        replayed: Those that were done in the backup's home already, though its database does not know them.
        listed: Whether a list was found outside of the backup, which is at most as old as the backup itself.
    """

    home: Path
    manifest: Manifest
    erasures: list[Entry]
    replayed: frozenset[str]
    listed: bool = False


def check_place(home: Path, *, replace: bool) -> None:
    """See that a home may be put somewhere. The key, the settings and the list of erasures may wait there for it.

    Args:
        home: Where to.
        replace: Whether what is there may be moved aside.

    Raises:
        NotAllowed: Something is there, or the folder cannot be moved.
        NotFound: There is no folder that it could stand in.
    """
    if not home.parent.is_dir():
        raise NotFound("backup.no_folder", f"There is no folder {home.parent}. Make it, or name another with --to.")
    if home.is_mount():
        raise NotAllowed(
            "backup.mounted",
            f"{home} is a disk of its own and cannot be exchanged. Name a folder in it: --to {home}/tragt",
        )
    there = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    if not replace and set(there) - set(_CARRIED):
        raise NotAllowed(
            "backup.not_empty",
            f"{home} holds something already ({there[0]}). Name another folder with --to, or move what is there aside "
            "with --replace; nothing was changed.",
        )


def unpack_home(file: Path, home: Path, before: Path, lists: list[Path]) -> Restored:
    """Make a home of a backup, and see that every file and every number is what it was.

    Args:
        file: The backup.
        home: A folder that does not exist.
        before: The home in whose place it shall stand: what the backup lacks of key and settings is taken from it,
            and its list of erasures is read.
        lists: Further lists of erasures.

    Raises:
        NotFound: There is no such file.
        InvalidFile: It is no backup, or is damaged.
        TragtError: A newer Tragt wrote it.
    """
    for one in (file, *lists):
        if not one.is_file():
            raise NotFound("backup.no_file", f"There is no file {one}. Nothing was changed; name another.")
    home.mkdir(mode=0o700)
    manifest = unpack(file, home, _allowed)
    if manifest.database == "sqlite":
        _place_databases(home, manifest, file)
    else:
        (home / DATABASE).rename(home / TABLES)
    _check_lake(home, manifest, file)
    own = read(home / LIST)
    known = union([own, read(before / LIST), *map(read, lists)])
    for name in SECRETS:
        if not (home / name).exists() and (before / name).is_file():
            (home / name).write_bytes((before / name).read_bytes())
            (home / name).chmod(0o600)
    replayed = frozenset(entry.id for entry in own if entry.replayed)
    return Restored(home, manifest, known, replayed, bool(lists) or (before / LIST).is_file())


def put_in_place(made: Path, home: Path, now: datetime) -> Path | None:
    """Let a home stand where it shall; where the one before stands now, None where there was none.

    Args:
        made: The home, whole.
        home: Where it shall stand.
        now: The moment, for the name of the one before.
    """
    aside = None
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()
    elif home.exists():
        aside = home.with_name(f"{home.name}.before-{now:%Y-%m-%d-%H%M%S}")
        home.rename(aside)
    made.rename(home)
    synchronise(home.parent)
    return aside


def _allowed(name: str) -> bool:
    return name in (*SECRETS, ERASURES) or name.startswith((DATABASE, LAKE, UPLOADS, ON_RECORDS))


def _place_databases(home: Path, manifest: Manifest, file: Path) -> None:
    for name, tables in manifest.tables.items():
        packed = home / DATABASE / f"{name}.sqlite3.gz"
        if name not in _FILES or not packed.is_file():
            raise _differs(file, f"the database {name}")
        place = home / _FILES[name]
        _read_or(file, name, lambda packed=packed: unpacked(packed)).rename(place)  # type: ignore[misc]
        with closing(sqlite3.connect(place)) as database:
            sound = database.execute("PRAGMA quick_check").fetchone() == ("ok",)
            if not sound or counted(database) != tables:
                raise _differs(file, f"the database {name}")
    os.rmdir(home / DATABASE)  # noqa: PTH106 - it must be empty


def _read_or(file: Path, name: str, act: Callable[[], Path]) -> Path:
    try:
        return act()
    except (OSError, EOFError) as problem:
        raise _differs(file, f"the database {name}") from problem


def _check_lake(home: Path, manifest: Manifest, file: Path) -> None:
    log = Lake.open(home / LAKE)
    found = log.snapshot()
    there = all((home / LAKE / path).is_file() for path in found.files["path"])
    events = int(found.files["rows"].sum())
    told = manifest.lake
    if not there or (found.version, found.files.height, events) != (told.version, told.files, told.events):
        raise _differs(file, "the event log")


def _differs(file: Path, what: str) -> InvalidFile:
    return InvalidFile(
        "backup.differs",
        f"In {file} {what} is not what the backup says of it. Nothing was changed; restore another backup.",
        file=str(file),
    )
