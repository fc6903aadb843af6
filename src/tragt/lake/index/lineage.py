"""What became of the files of the lake since a generation was built, by the log of the table. The unit is the file.

Appends bring new files. Compaction and removals write files anew: what they hold stood in the files they replace.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

import msgspec
from deltalake._internal import DeltaFileSystemHandler

from tragt.lake.index.disk import replaced
from tragt.lake.storage import Storage
from tragt.lake.table import Marker, Snapshot

__all__ = ["Lineage", "State", "lineage", "remember"]

_FILE = "lineage.json"


class State(StrEnum):
    """What a file holds."""

    KEPT = "kept"  # as it was
    MOVED = "moved"  # events that the generation covers, without those that were removed
    NEW = "new"  # events that came since
    MIXED = "mixed"  # both


@dataclass(frozen=True, slots=True)
class Lineage:
    """What became of the files.

    Attributes:
        state: Of each file of the newer version.
        removals: Commits that took events out or changed them.
        known: Whether the log still tells; else nothing can be said of any file but those that are kept.
    """

    state: Mapping[str, State]
    removals: tuple[Marker, ...]
    known: bool

    def of(self, *states: State) -> list[str]:
        """The files in some states.

        Args:
            states: Which.
        """
        return [path for path, state in self.state.items() if state in states]


@dataclass(frozen=True, slots=True)
class _Commit:
    act: str
    marker: Marker | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    origin: Mapping[str, str]


def lineage(storage: Storage, folder: Path, covered: Sequence[str], since: int, now: Snapshot) -> Lineage:
    """What became of the files of a generation.

    Args:
        storage: The lake.
        folder: The generation, which remembers how far this was followed: upkeep cleans the log's entries away.
        covered: Its files.
        since: Its version.
        now: A newer version.
    """
    known = _remembered(folder) or _Followed(since, dict.fromkeys(covered, State.KEPT), ())
    commits = _commits(storage, known.version, now.version)
    begin = now.version - len(commits)
    if known.version < begin and _files_before(commits, now) != set(known.state):
        return _unknown(covered, now)
    state, removals = dict(known.state), list(known.removals)
    for commit in commits:
        if commit.act in ("remove", "erase", "anonymise", "expire") and commit.marker:
            removals.append((commit.marker.app, commit.marker.version))
        elif commit.act not in ("append", "compact") and (commit.added or commit.removed):
            return _unknown(covered, now)
        before = {path: state.pop(path, State.MIXED) for path in commit.removed}
        for path in commit.added:
            state[path] = _state(commit, path, before)
    if set(state) != set(now.files["path"]):
        return _unknown(covered, now)
    return Lineage(state, tuple(Marker(*each) for each in removals), known=True)


def remember(folder: Path, found: Lineage, version: int) -> None:
    """Keep what became of the files, for when the log no longer tells.

    Args:
        folder: The generation.
        found: What became of them.
        version: Up to which version of the lake.
    """
    if found.known:
        markers = tuple((each.app, each.version) for each in found.removals)
        with replaced(folder / _FILE) as aside:
            aside.write_bytes(msgspec.json.encode(_Followed(version, dict(found.state), markers)))


class _Followed(msgspec.Struct, frozen=True):
    """What became of the files up to a version."""

    version: int
    state: dict[str, State]
    removals: tuple[tuple[str, int], ...]


def _remembered(folder: Path) -> _Followed | None:
    path = folder / _FILE
    return msgspec.json.decode(path.read_bytes(), type=_Followed) if path.exists() else None


def _unknown(covered: Sequence[str], now: Snapshot) -> Lineage:
    kept = set(covered)
    state = {path: State.KEPT if path in kept else State.MIXED for path in now.files["path"]}
    return Lineage(state, (), known=False)


def _commits(storage: Storage, after: int, last: int) -> list[_Commit]:
    """The newest commits after a version, in order, as far back as the log has all of them."""
    found: list[_Commit] = []
    for version in range(last, after, -1):
        commit = _commit(storage, version)
        if commit is None:
            break
        found.append(commit)
    return found[::-1]


def _files_before(commits: Sequence[_Commit], now: Snapshot) -> set[str]:
    """The files before some commits, the last of which made the version of now."""
    files = set(now.files["path"])
    for commit in reversed(commits):
        files = (files - set(commit.added)) | set(commit.removed)
    return files


def _state(commit: _Commit, path: str, before: Mapping[str, State]) -> State:
    if commit.act == "append":
        return State.NEW
    origin = commit.origin.get(path)
    found = {before.get(origin, State.MIXED)} if origin else set(before.values())
    old = {State.MOVED if state is State.KEPT else state for state in found}
    return old.pop() if len(old) == 1 else State.MIXED


def _commit(storage: Storage, version: int) -> _Commit | None:
    text = _entry(storage, f"_delta_log/{version:020}.json")
    if text is None:
        return None
    actions = [json.loads(line) for line in text.splitlines() if line]
    told = next((each["commitInfo"].get("tragt") for each in actions if "commitInfo" in each), None) or {}
    marker = Marker(told["app"], told["version"]) if "app" in told else None
    added = tuple(unquote(each["add"]["path"]) for each in actions if "add" in each)
    removed = tuple(unquote(each["remove"]["path"]) for each in actions if "remove" in each)
    return _Commit(told.get("act", ""), marker, added, removed, told.get("from", {}))


def _entry(storage: Storage, relative: str) -> str | None:
    """A file of the table's log; None where it was cleaned away."""
    try:
        if storage.folder is not None:
            return Path(storage.path(relative)).read_text()
        file = DeltaFileSystemHandler(storage.address, storage.options).open_input_file(relative)
        return bytes(file.read(file.size())).decode()
    except (FileNotFoundError, OSError):
        return None
