"""The event log of this installation and its indexes, opened once in a process.

An index is told of events that leave the lake by the object that takes them out. So every process that opens the lake
knows each index that lies beside it, also one that another process began in between.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from tragt.lake import Lake
from tragt.lake.index import Index, Kind
from tragt.web.log.arriving import Arriving
from tragt.web.shell import organisation

__all__ = ["index", "index_folder", "lake"]


@dataclass(slots=True)
class _Store:
    lake: Lake
    indexes: dict[Kind, tuple[str, Index]] = field(default_factory=dict)

    def index(self, kind: Kind) -> Index:
        """The index of a kind, in the organisation's zone of now."""
        zone = organisation.current().time_zone
        known = self.indexes.get(kind)
        if known is None or known[0] != zone:
            known = self.indexes[kind] = zone, Index(index_folder(), self.lake, kind, ZoneInfo(zone))
        return known[1]


_lock = threading.RLock()
_stores: dict[Path, _Store] = {}


def lake() -> Lake:
    """The one lake of this installation, which tells every index that there is of what leaves it."""
    with _lock:
        store = _store()
        for kind in Kind:
            if kind not in store.indexes and (index_folder() / kind).exists():
                store.index(kind)
        return store.lake


def index(kind: Kind) -> Index:
    """The index of one kind of unit, which may have no generation yet.

    Args:
        kind: What is counted.
    """
    with _lock:
        return _store().index(kind)


def index_folder() -> Path:
    """Where the indexes lie."""
    folder: Path = settings.TRAGT.lake
    return folder.with_name("index")


def _store() -> _Store:
    folder: Path = settings.TRAGT.lake
    with _lock:
        if folder not in _stores:
            _stores[folder] = _Store(Lake.open(folder))
            _stores[folder].lake.beside(Arriving(folder.with_name("arriving")).look)
        return _stores[folder]
