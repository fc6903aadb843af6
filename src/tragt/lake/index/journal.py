"""Which units an import's undoing, an erasure or an anonymising touches, noted before it is committed.

A note without a commit is harmless: units are read anew that need not be. A commit without a note is noticed, since
the log of the table names the markers of its removals: then no unit of the generation is trusted.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import polars as pl

from tragt.lake.index.disk import replaced
from tragt.lake.table import Marker

__all__ = ["Journal"]


class Journal:
    """The notes of a generation.

    Args:
        folder: The generation.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "journal"

    def note(self, marker: Marker, touched: pl.DataFrame) -> None:
        """Note, durably, what a commit touches.

        Args:
            marker: The marker of the commit.
            touched: ``unit`` and ``session`` (not cut), a row an event; either may be missing.
        """
        path = self._path(marker)
        path.parent.mkdir(exist_ok=True)
        known = [pl.read_parquet(path)] if path.exists() else []
        with replaced(path) as aside:
            pl.concat([*known, touched.select("unit", "session")]).unique().write_parquet(aside, statistics=False)

    def touched(self, markers: Sequence[Marker]) -> pl.DataFrame | None:
        """What some commits touched; None where one of them was not noted.

        Args:
            markers: The markers of the commits.

        Returns:
            ``unit`` and ``session``, as they were noted.
        """
        paths = [self._path(marker) for marker in markers]
        if not all(path.exists() for path in paths):
            return None
        found = [pl.read_parquet(path) for path in paths]
        return pl.concat(found) if found else pl.DataFrame(schema={"unit": pl.String, "session": pl.String})

    @property
    def empty(self) -> bool:
        """Whether nothing was noted."""
        return not self._folder.exists() or not any(self._folder.iterdir())

    def _path(self, marker: Marker) -> Path:
        return (
            self._folder / f"{blake2b(f'{marker.version}:{marker.app}'.encode(), digest_size=16).hexdigest()}.parquet"
        )
