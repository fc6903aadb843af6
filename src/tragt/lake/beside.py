"""Events that are settled and not in the table yet: files beside it, which readers take for files of it.

They may be read and nothing else; what is written builds on the table alone. The unit of observation is the file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tragt.lake.storage import Storage
from tragt.lake.table import FILES, Snapshot, Table

__all__ = ["Beside", "Look", "Part", "Shown"]


@dataclass(frozen=True, slots=True)
class Part:
    """A file beside the table.

    Attributes:
        first: The settled batch that it begins with.
        last: The settled batch that it ends with: a table that holds that one holds them all.
        path: Where it is.
    """

    first: int
    last: int
    path: Path


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside the table.

    Attributes:
        newest: Says which state this is; it changes with every file.
        files: The files.
    """

    newest: str
    files: Sequence[Part]

    def in_part(self, settled: int) -> bool:
        """Whether a table holds some of a file, and not all of it.

        Args:
            settled: The last settled batch that it holds.
        """
        return any(file.first <= settled < file.last for file in self.files)


Look = Callable[[int], Beside]
"""Looks at what lies beside the table now, leaving out what a settled batch and those before it hold."""


class Shown:
    """The table as readers see it.

    Args:
        table: The table.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.look: Look | None = None

    @property
    def storage(self) -> Storage:
        """Where it is."""
        return self._table.storage

    def snapshot(self) -> Snapshot:
        """The newest version with what lies beside it; looked at first, for it moves from there into the table."""
        if self.look is None:
            return self._table.snapshot()
        beside = self.look(0)
        base = self._table.snapshot()
        while beside.in_part(base.settled):  # where two settle at once
            beside = self.look(base.settled)
            base = self._table.snapshot()
        return self.over(base, beside)

    def over(self, base: Snapshot, beside: Beside | None) -> Snapshot:
        """A version with what lies beside it.

        Args:
            base: The version.
            beside: What lay there before the version was looked at.
        """
        if beside is None:
            return base
        files = [str(file.path) for file in beside.files if file.last > base.settled]
        if not files:
            return base
        added = pl.DataFrame({"path": files}, schema={"path": FILES["path"]}).match_to_schema(
            FILES, missing_columns="insert"
        )
        return Snapshot(base.version, pl.concat([base.files, added]), base.settled, beside.newest)
