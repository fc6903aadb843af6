"""Taking a backup of an installation, which may run."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from tragt.errors import NotAllowed, NotFound
from tragt.lake.table import Snapshot
from tragt.web.backup.archive import DATABASE, ERASURES, LAKE, Packer
from tragt.web.backup.manifest import LakeHeld, Manifest
from tragt.web.backup.moment import Moment, Places, held
from tragt.web.backup.workplace import explained, synchronise, workplace

__all__ = ["ON_RECORDS", "SECRETS", "UPLOADS", "Taken", "take"]

SECRETS = ("secret", "tragt.toml")
"""The key, and the settings, in which passwords may stand."""
UPLOADS = "uploads/"
ON_RECORDS = "files/"
_UNFINISHED = "incoming"
_LOCKS = ".lock"
_LOG = "_delta_log"
_LAST = "_last_checkpoint"


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was taken.

    Attributes:
        file: Where it is.
        manifest: What it says of itself.
        key: Whether the secret key is in it.
    """

    file: Path
    manifest: Manifest
    key: bool


def take(places: Places, file: Path, now: datetime, *, secrets: bool = True) -> Taken:
    """Write a backup into one file, which is there whole or not at all.

    Args:
        places: Where the installation is.
        file: Where to; nothing may be there.
        now: The moment, UTC.
        secrets: Whether the secret key and the settings go along.

    Raises:
        NotAllowed: There is a file of this name.
        NotFound: There is no installation, or no folder for the file.
        TragtError: The disk is full or fails; a database cannot be read. Nothing is left behind.
    """
    if file.exists():
        raise NotAllowed("backup.exists", f"There is a file {file} already. Name another; nothing was written.")
    if not file.parent.is_dir():
        raise NotFound("backup.no_folder", f"There is no folder {file.parent}. Make it, or name another.")
    with explained(file.parent), workplace(file.parent, ".tragt-backup-") as folder:
        unfinished = folder / "archive"
        with closing(Packer(unfinished)) as packer:
            names = [*SECRETS, ERASURES] if secrets else [ERASURES]
            for name in names:
                if (places.home / name).is_file():
                    packer.add(name, places.home / name)
            with held(places) as moment:
                manifest = _packed(packer, places, moment, folder, now)
            packer.finish(manifest)
        _put(unfinished, file)
        synchronise(file.parent)
    return Taken(file, manifest, SECRETS[0] in manifest.members)


def _put(unfinished: Path, file: Path) -> None:
    """Give a file its name, unless another has it; memory sticks and shares know no second names, only new ones."""
    try:
        file.hardlink_to(unfinished)
    except FileExistsError:
        raise
    except OSError:
        unfinished.rename(file)


def _packed(packer: Packer, places: Places, moment: Moment, folder: Path, now: datetime) -> Manifest:
    for kept in (UPLOADS, ON_RECORDS):
        _pack_files(packer, places.home / kept, kept)
    for database in moment.databases:
        for name, content in database.files(folder):
            packer.add(DATABASE + name, content)
            content.unlink()
    _pack_lake(packer, places.lake, moment.lake)
    sequences = [database.sequences() for database in moment.databases]
    return Manifest(
        tragt=version("tragt"),
        made=now,
        database="postgresql" if places.file is None else "sqlite",
        migrations={database.name: database.migrations() for database in moment.databases},
        tables={database.name: database.tables() for database in moment.databases},
        sequences={name: last for each in sequences for name, last in each.items()},
        lake=LakeHeld(moment.lake.version, moment.lake.files.height, int(moment.lake.files["rows"].sum())),
        members=packer.members,
    )


def _pack_files(packer: Packer, folder: Path, beginning: str) -> None:
    """Files of imports, or on records; one that goes while this looks at it would have gone a moment later.

    What a row of the held moment names was there before its row was.
    """
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] == _UNFINISHED or path.suffix == _LOCKS or not path.is_file():
            continue
        try:
            packer.add(beginning + inside.as_posix(), path)
        except FileNotFoundError:
            continue


def _pack_lake(packer: Packer, lake: Path, at: Snapshot) -> None:
    if at.version < 0:
        return
    for path in sorted((lake / _LOG).iterdir()):
        if _version_of(path) <= at.version and path.is_file():
            packer.add(f"{LAKE}{_LOG}/{path.name}", path)
    for name in at.files["path"].sort():
        packer.add(LAKE + name, lake / name)


def _version_of(path: Path) -> int:
    """The version that a file of the table's log is of; of the note on the last checkpoint, that one's."""
    if path.name == _LAST:
        return int(msgspec.json.decode(path.read_bytes())["version"])
    number = path.name[:20]
    return int(number) if number.isdecimal() else 2**63
