"""Where in the lake an identifier stands: for a keyed hash of it the files and rows that may hold its events.

The unit of observation is the pair of an identifier (an actor, a deal, a company, a session) and a block of rows of a
file. Two identifiers may share a hash, so that a block may hold none of the events: who reads it compares.

Files: ``locator.hashes`` (32 bits each, ascending), ``locator.ends`` (64 bits each: where the list of each hash ends),
``locator.blocks`` (the lists: ascending numbers of blocks as differences in LEB128, the first to 0, behind each a byte:
in which of 255 equal parts of the file's time its newest event there lies, 0 at the very start) and ``files.parquet``
(``path``, ``rows``, ``first``: number of the file's first block, ``grain``: rows of a block, ``since`` and ``until``:
time of the oldest and newest event). ``runs.parquet`` says which rows of a file hold events of a name (``file``, its
place in ``files.parquet``, ``name``, ``offset``, ``rows``). A block is as many rows as a page of a column holds, the
least that can be read: `GRAIN`.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from tragt.lake.index.arrays import I32, I64, U8, U32, Bool, mapped, stored
from tragt.lake.index.hashing import hashes
from tragt.lake.parts import PAGE

__all__ = ["BLOCK", "GRAIN", "Locator", "LocatorDraft"]

BLOCK: Final = 1 << 16
GRAIN: Final = PAGE
_FILES = "files.parquet"
_RUNS = "runs.parquet"
_PARTS = 255
_TIME = pl.Datetime("us", "UTC")


class LocatorDraft:
    """A locator in the making.

    Args:
        files: ``path`` and ``rows``, in the order in which they are read.
    """

    def __init__(self, files: pl.DataFrame) -> None:
        blocks = _blocks(files, GRAIN)
        self.files = files.select("path", "rows", first=blocks.cum_sum() - blocks, grain=pl.lit(GRAIN))
        self._seen = np.zeros((0, 3), np.int32)
        self._entries: list[tuple[I32, I32, U8]] = []
        self._times: list[tuple[int, int]] = []
        self._runs: list[pl.DataFrame] = []

    def enter(self, events: pl.DataFrame, codes: Iterable[I32], known: int) -> None:
        """Enter the next file.

        Args:
            events: ``time`` and ``name`` of its events.
            codes: The numbers of their identifiers, a column at a time, a row an event, −1 where there is none.
            known: How many numbers are given by now.
        """
        from tragt.lake.index.kernels import entered  # noqa: PLC0415 - the compiler takes long to load

        if known > len(self._seen):
            more = max(known, 2 * len(self._seen)) - len(self._seen)
            self._seen = np.concatenate([self._seen, np.tile(np.array([-1, 0, 0], np.int32), (more, 1))])
        file = len(self._times)
        parts, times = _parted(events["time"].to_physical().to_numpy())
        for column, each in enumerate(codes):
            blocks = int(self.files["first"][file]), GRAIN, column
            self._entries.append(entered(each, blocks, self._seen, parts))
        self._times.append(times)
        self._runs.append(_runs_of(events["name"], file))

    def write(self, folder: Path, texts: pl.Series, key: bytes) -> None:
        """Write the locator.

        Args:
            folder: Where.
            texts: The identifiers by their numbers.
            key: Key of the hashes.
        """
        from tragt.lake.index.kernels import distributed, shortened  # noqa: PLC0415 - the compiler takes long to load

        starts = np.zeros(len(texts) + 1, np.int64)
        seen = self._seen[: len(texts), 1]
        np.cumsum(seen, out=starts[1 : len(seen) + 1])
        starts[len(seen) + 1 :] = starts[len(seen)]
        blocks, newest, cursor = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.uint8), starts[:-1].copy()
        for entries in self._entries:
            distributed(entries, cursor, blocks, newest)
        self._entries.clear()
        hashed = hashes(texts, key)
        found, ends, lists = shortened(hashed, np.argsort(hashed), starts, blocks, newest)
        stored(folder / "locator.hashes", found)
        stored(folder / "locator.ends", ends)
        stored(folder / "locator.blocks", lists)
        times = pl.DataFrame(self._times, {"since": pl.Int64, "until": pl.Int64}, orient="row")
        self.files.with_columns(times.select(pl.all().cast(_TIME))).write_parquet(folder / _FILES)
        pl.concat([_RUN.to_frame(), *self._runs]).write_parquet(folder / _RUNS, statistics=False)


class Locator:
    """The locator of a generation.

    Args:
        folder: The generation.
        key: Key of the hashes.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key
        self.files = pl.read_parquet(folder / _FILES)
        self._grain = int(str(self.files["grain"].max() or GRAIN))

    def blocks(self, identifiers: pl.Series) -> pl.DataFrame:
        """Where events of identifiers may stand, in large pieces: for many identifiers.

        Args:
            identifiers: String.

        Returns:
            ``path``, ``offset`` (row in the file) and ``rows``, by file and offset.
        """
        large = pl.col("offset") // BLOCK * BLOCK
        found = self.grains(identifiers.unique()).select("path", offset=large, rows=pl.lit(BLOCK)).unique()
        return found.sort("path", "offset")

    def grains(self, identifiers: pl.Series, names: Sequence[str] | None = None) -> pl.DataFrame:
        """Where events of identifiers may stand, as closely as it is known: for few identifiers.

        Args:
            identifiers: String.
            names: Names of events; None means all.

        Returns:
            ``which`` (place of the identifier among those asked for), ``path``, ``offset`` (row in the file), ``rows``
            and ``last`` (no event of it there is newer), by identifier, file and offset.
        """
        from tragt.lake.index.kernels import listed  # noqa: PLC0415 - the compiler takes long to load

        asked, low, high = self._found(identifiers)
        which, blocks, newest = listed(self._lists, low, high)
        if names is not None:
            named = self._named(names)[blocks]
            which, blocks, newest = which[named], blocks[named], newest[named]
        first = self.files["first"].to_numpy()
        file = np.searchsorted(first, blocks, side="right") - 1
        since, until = (self.files[name].to_physical().to_numpy()[file] for name in ("since", "until"))
        last = since - (since - until) * newest // _PARTS
        return pl.DataFrame(
            {
                "which": asked[which],
                "path": self.files["path"].gather(file),
                "offset": (blocks - first[file]) * self._grain,
                "rows": np.full(len(blocks), self._grain),
                "last": pl.Series(last).cast(_TIME),
            },
            _GRAINS,
        )

    def _found(self, identifiers: pl.Series) -> tuple[I64, I64, I64]:
        """The places of those identifiers that may stand somewhere, and where the list of each begins and ends."""
        given = np.flatnonzero(identifiers.is_not_null().to_numpy())
        asked = hashes(identifiers.drop_nulls(), self._key).astype(np.uint32)
        places = np.searchsorted(self._hashes, asked)
        there = places < len(self._hashes)
        there[there] = self._hashes[places[there]] == asked[there]
        places = places[there]
        low = np.where(places > 0, self._ends[np.maximum(places - 1, 0)], 0)
        return given[there], low, self._ends[places]

    @cached_property
    def _hashes(self) -> U32:
        return mapped(self._folder / "locator.hashes", np.uint32)

    @cached_property
    def _ends(self) -> I64:
        return mapped(self._folder / "locator.ends", np.int64)

    @cached_property
    def _lists(self) -> U8:
        return mapped(self._folder / "locator.blocks", np.uint8)

    def _named(self, names: Sequence[str]) -> Bool:
        """Which blocks hold events of some names."""
        runs = self._runs.filter(pl.col("name").is_in(list(names)))
        first = self.files["first"].to_numpy()[runs["file"].to_numpy()]
        begin, end = runs["offset"].to_numpy(), (runs["offset"] + runs["rows"] - 1).to_numpy()
        change = np.zeros(self._size + 1, np.int64)
        np.add.at(change, first + begin // self._grain, 1)
        np.add.at(change, first + end // self._grain + 1, -1)
        return np.cumsum(change[:-1]) > 0

    @cached_property
    def _runs(self) -> pl.DataFrame:
        return pl.read_parquet(self._folder / _RUNS)

    @cached_property
    def _size(self) -> int:
        """How many blocks there are."""
        return int(_blocks(self.files, self._grain).sum())


_GRAINS = pl.Schema({"which": pl.Int64(), "path": pl.String(), "offset": pl.Int64(), "rows": pl.Int64(), "last": _TIME})
_RUN = pl.Schema({"file": pl.Int64(), "name": pl.String(), "offset": pl.Int64(), "rows": pl.Int64()})


def _runs_of(names: pl.Series, file: int) -> pl.DataFrame:
    """Which rows of a file hold events of a name."""
    runs = names.rle().struct.unnest().select(name="value", rows=pl.col("len").cast(pl.Int64))
    offset = pl.col("rows").cum_sum() - pl.col("rows")
    return runs.select(pl.lit(file, pl.Int64).alias("file"), "name", offset.alias("offset"), "rows")


def _parted(times: I64) -> tuple[U8, tuple[int, int]]:
    """In which part of the time between the oldest and the newest each lies, upwards; and these two."""
    if not len(times):
        return np.zeros(0, np.uint8), (0, 0)
    since, until = int(times.min()), int(times.max())
    parts = -((since - times) * _PARTS // max(until - since, 1))
    return parts.astype(np.uint8), (since, until)


def _blocks(files: pl.DataFrame, grain: int) -> pl.Series:
    """How many blocks each file has."""
    return (files["rows"] + grain - 1) // grain
