"""Settled events that the lake does not hold yet, as files beside it: what makes an event visible within a second.

The files are copies of what the inbox holds, made by whoever reads first and shared by all processes of a machine.
Many small batches become one file; a file goes once the lake holds its batches.
"""

import io
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl

from tragt.lake.beside import Beside, Part
from tragt.lake.schema import conformed
from tragt.web.inbox import queries as inbox
from tragt.web.inbox.models import Recent

__all__ = ["Arriving", "events_in"]

_TOGETHER = 32
_LEFT_SECONDS = 60.0
BATCH = "settled"


class Arriving:
    """What lies beside a lake.

    Args:
        folder: Where the files are put.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen = Beside("", ())
        self._most = 0

    def look(self, held: int) -> Beside:
        """What lies there now.

        Args:
            held: The last settled batch that the lake is known to hold; files begin after it.
        """
        found = inbox.keys()
        keys = [key for key in found if key > held]
        state = f"{keys[0]}-{keys[-1]}" if keys else ""
        with self._lock:
            if state != self._seen.newest or not all(file.path.exists() for file in self._seen.files):
                self._seen = Beside(state, [self._file(group) for group in _groups(keys)])
                self._tidy(keys)
            return self._seen

    def _file(self, keys: Sequence[int]) -> Part:
        """A file of some batches; made where it is not there."""
        path = self._folder / f"{keys[0]}-{keys[-1]}.parquet"
        while not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            batches = inbox.recent(keys[0] - 1, keys[-1])
            frames = [events_in(batch) for batch in batches] or [pl.DataFrame()]
            conformed(pl.concat(frames, how="diagonal"), BATCH).drop("month").write_parquet(aside, compression="lz4")
            with suppress(FileNotFoundError):  # taken for one that was left, where the clock jumped
                aside.replace(path)
        return Part(keys[0], keys[-1], path)

    def _tidy(self, keys: Sequence[int]) -> None:
        """Remove files whose batches are in the lake, and what nobody uses any more; others may be at work here too."""
        used, here = {file.path for file in self._seen.files}, set(keys)
        self._most = max([self._most, *keys])
        for path in self._folder.glob("*"):
            last = path.stem.rpartition("-")[2] if path.suffix == ".parquet" else ""
            in_the_lake = last.isdecimal() and int(last) <= self._most and int(last) not in here
            if path not in used and (in_the_lake or _left(path)):
                path.unlink(missing_ok=True)


def events_in(batch: Recent) -> pl.DataFrame:
    """The events of a settled batch, with columns of the log."""
    return pl.read_ipc(io.BytesIO(bytes(batch.rows)))


def _groups(keys: Sequence[int]) -> list[Sequence[int]]:
    """Batches that stand in one file: files double as batches come, so that a batch is written few times over."""
    groups: dict[int, list[int]] = {}
    for key in keys:
        size = _TOGETHER
        while (key // size + 1) * size > keys[-1] + 1:
            size //= 2
        groups.setdefault(key // size * size, []).append(key)
    return list(groups.values())


def _left(path: Path) -> bool:
    """Whether a file is so old that nobody makes or reads it any more."""
    try:
        return time.time() - path.stat().st_mtime > _LEFT_SECONDS  # noqa: TID251 - compared with the clock of the disk
    except FileNotFoundError:
        return False
