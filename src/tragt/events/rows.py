"""Rows of any source as frames of bounded size. The unit of observation is the row of the source."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from tragt.events.numerals import Decimal

__all__ = ["ROW", "Batch", "Broken", "Report", "Table", "unique_names"]

ROW = "\0row"
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that does not have the shape of its source.

    Attributes:
        row: Its number.
        given: What stood there.
        reason: What is wrong with it.
        cells: Its cells, as far as they could be told apart.
    """

    row: int
    given: str
    reason: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a source.

    Attributes:
        frame: Columns of the source and ``ROW``, the number of each row (UInt32).
        broken: Rows that are not in the frame.
    """

    frame: pl.DataFrame
    broken: tuple[Broken, ...] = ()


class Table(Protocol):
    """A source of rows that can be gone through more than once.

    Attributes:
        name: What to call the source in messages.
        columns: Names of its columns, unique and not empty. JSON may have more of them further on.
        decimal: The decimal sign of numbers that could be read both ways, where the format settles it.
        sample: Some of its first rows, all columns.
    """

    name: str
    columns: tuple[str, ...]
    decimal: Decimal | None
    sample: pl.DataFrame

    def batches(self, columns: Sequence[str] | None, report: Report) -> Iterator[Batch]:
        """Go through the rows.

        Args:
            columns: Columns to keep; None for all, also those that are only met on the way.
            report: Told how much of how much was read: bytes of a text file, else rows.
        """
        ...


def one_column(name: str) -> str:
    """The name without the ``^`` of one that starts with it and ends in ``$``: Polars would take it for a pattern."""
    return name.lstrip("^") if name.startswith("^") and name.endswith("$") else name


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of columns that are neither empty nor repeated.

    Args:
        names: The header as given.

    Returns:
        The same names, trimmed, and as `one_column` gives them; an empty one becomes ``column 3``, a repeated one
        ``name (2)``.
    """
    taken: set[str] = set()
    unique = []
    for place, name in enumerate(names, start=1):
        wanted = one_column(name.replace("\0", "").strip().strip("\ufeff")) or f"column {place}"
        free, count = wanted, 1
        while free in taken:
            count += 1
            free = f"{wanted} ({count})"
        taken.add(free)
        unique.append(free)
    return tuple(unique)
