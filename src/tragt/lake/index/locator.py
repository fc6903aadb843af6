"""Where in the lake an identifier stands: for a keyed hash of it the files and rows that may hold its events.

The unit of observation is the pair of an identifier (an actor, a deal, a company, a session) and a block of rows of a
file. Two identifiers may share a hash, so that a block may hold none of the events: who reads it compares.

Files: ``locator.hashes`` (32 bits each, ascending), ``locator.ends`` (64 bits each: where the list of each hash ends),
``locator.blocks`` (the lists: ascending numbers of blocks as differences in LEB128, the first to 0) and
``files.parquet`` (``path``, ``rows``, ``first``: number of the file's first block, ``grain``: rows of a block). A
block is as many rows as a page of a column holds, the least that can be read: `GRAIN`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from tragt.lake.index.arrays import I32, mapped, stored
from tragt.lake.index.hashing import hashes
from tragt.lake.parts import PAGE

__all__ = ["BLOCK", "GRAIN", "Locator", "LocatorDraft"]

BLOCK: Final = 1 << 16
GRAIN: Final = PAGE
_FILES = "files.parquet"


class LocatorDraft:
    """A locator in the making.

    Args:
        files: ``path`` and ``rows``, in the order in which they are read.
    """

    def __init__(self, files: pl.DataFrame) -> None:
        blocks = _blocks(files, GRAIN)
        self.files = files.select("path", "rows", first=blocks.cum_sum() - blocks, grain=pl.lit(GRAIN))
        self._seen = np.zeros((0, 2), np.int32)
        self._entries: list[tuple[I32, I32]] = []

    def enter(self, file: int, codes: Iterable[I32], known: int) -> None:
        """Enter the identifiers of a file.

        Args:
            file: Its place.
            codes: Their numbers, a column at a time, a row an event, −1 where there is none.
            known: How many numbers are given by now.
        """
        from tragt.lake.index.kernels import entered  # noqa: PLC0415 - the compiler takes long to load

        if known > len(self._seen):
            more = max(known, 2 * len(self._seen)) - len(self._seen)
            self._seen = np.concatenate([self._seen, np.tile(np.array([-1, 0], np.int32), (more, 1))])
        for each in codes:
            self._entries.append(entered(each, int(self.files["first"][file]), GRAIN, self._seen))

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
        blocks, cursor = np.empty(starts[-1], np.int32), starts[:-1].copy()
        for whose, where in self._entries:
            distributed(whose, where, cursor, blocks)
        self._entries.clear()
        hashed = hashes(texts, key)
        found, ends, lists = shortened(hashed, np.argsort(hashed), starts, blocks)
        stored(folder / "locator.hashes", found)
        stored(folder / "locator.ends", ends)
        stored(folder / "locator.blocks", lists)
        self.files.write_parquet(folder / _FILES)


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
        return self.grains(identifiers).select("path", offset=large, rows=pl.lit(BLOCK)).unique(maintain_order=True)

    def grains(self, identifiers: pl.Series) -> pl.DataFrame:
        """Where events of identifiers may stand, as closely as it is known: for few identifiers.

        Args:
            identifiers: String.

        Returns:
            ``path``, ``offset`` (row in the file) and ``rows``, by file and offset.
        """
        from tragt.lake.index.kernels import listed  # noqa: PLC0415 - the compiler takes long to load

        known = mapped(self._folder / "locator.hashes", np.uint32)
        ends = mapped(self._folder / "locator.ends", np.int64)
        asked = np.unique(hashes(identifiers.drop_nulls().unique(), self._key)).astype(np.uint32)
        places = np.searchsorted(known, asked)
        inside = places < len(known)
        places = places[inside][known[places[inside]] == asked[inside]]
        low = np.where(places > 0, ends[np.maximum(places - 1, 0)], 0)
        found = np.zeros(int(_blocks(self.files, self._grain).sum()), np.bool_)
        listed(mapped(self._folder / "locator.blocks", np.uint8), low, ends[places], found)
        blocks = np.flatnonzero(found)
        first = self.files["first"].to_numpy()
        file = np.searchsorted(first, blocks, side="right") - 1
        offset = (blocks - first[file]) * self._grain
        return self.files[file].select("path", offset=pl.Series(offset), rows=pl.lit(self._grain))


def _blocks(files: pl.DataFrame, grain: int) -> pl.Series:
    """How many blocks each file has."""
    return (files["rows"] + grain - 1) // grain
