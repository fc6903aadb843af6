"""Rows that could not be read, and why. The unit of observation is the row of a source."""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tragt.events.rows import ROW, Broken, unique_names

__all__ = ["Collector", "Faults", "Rejection", "Rejections", "escaped"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ABOUT = ("row", "field", "given", "reason")
_BEYOND = "beyond the header"
_MOST_FIRST = 1_000
_MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that was left out.

    Attributes:
        row: Number of the row in its source. In a delimited file or a sheet the header is row 1;
            in JSON lines it is the number of the line; in a frame the first row is 1.
        field: Column at fault, as the source names it; empty where the whole row is.
        given: What stood there; empty where nothing did.
        reason: What is allowed there, in words.
    """

    row: int
    field: str
    given: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.field}" if self.field else f"row {self.row}"
        return f"{where}: {self.given!r} given; {self.reason}"


@dataclass(frozen=True, slots=True)
class Rejections:
    """All rows that were left out of a log.

    Attributes:
        total: How many rows were left out.
        first: The first of them in the order of the source, at most 1,000.
        frame: The rows as the source had them: columns ``row``, ``field``, ``given`` and ``reason``,
            then the columns of the source as text. At most 1,000,000 rows.
    """

    total: int = 0
    first: tuple[Rejection, ...] = ()
    frame: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __bool__(self) -> bool:
        return self.total > 0

    def __len__(self) -> int:
        return self.total

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a CSV file (UTF-8 with a byte order mark, so that spreadsheets read it).

        Args:
            path: File to write. Cells that a spreadsheet would take for a formula are escaped.
        """
        with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(map(escaped, self.frame.columns))
            for cells in self.frame.iter_rows():
                writer.writerow(map(escaped, cells))


def escaped(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula.

    Args:
        cell: Any value of a row.

    Returns:
        Text that starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return gets an
        apostrophe before it; anything else stays as it is.
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


class Faults:
    """What is wrong with the rows of a batch: the first fault of each.

    Args:
        height: Number of rows.

    Attributes:
        bad: Whether each row has a fault.
    """

    def __init__(self, height: int) -> None:
        self.bad = pl.repeat(False, height, eager=True)
        self._found: list[pl.DataFrame] = []

    def add(self, wrong: pl.Series, field: str, given: pl.Series, reason: str | pl.Series) -> None:
        """Note a fault of those rows that had none so far.

        Args:
            wrong: Whether each row has this fault; missing means no.
            field: Column at fault; empty where the whole row is.
            given: What stands there.
            reason: What is allowed there, for all rows or for each.
        """
        fresh = wrong.fill_null(value=False) & ~self.bad
        if not fresh.any():
            return
        self.bad = self.bad | fresh
        reasons = reason.filter(fresh) if isinstance(reason, pl.Series) else pl.lit(reason)
        cells = given.filter(fresh).cast(pl.String, strict=False).fill_null("")
        self._found.append(
            pl.DataFrame({"index": fresh.arg_true(), "field": field, "given": cells}).with_columns(reason=reasons)
        )

    def rejected(self, frame: pl.DataFrame) -> pl.DataFrame | None:
        """The rows at fault: what `Rejections.frame` says, from the frame they stand in; None without any."""
        if not self._found:
            return None
        found = pl.concat(self._found).sort("index")
        rows = frame[found["index"]]
        source = rows.drop(ROW).select(pl.all().map_batches(_as_text, return_dtype=pl.String))
        names = unique_names([*_ABOUT, *source.columns])[len(_ABOUT) :]
        about = pl.DataFrame([rows[ROW].alias("row"), found["field"], found["given"], found["reason"]])
        return pl.concat([about, source.rename(dict(zip(source.columns, names, strict=True)))], how="horizontal")


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested() or values.dtype == pl.Object:
        return pl.Series(values.name, [None if v is None else str(v) for v in values.to_list()], dtype=pl.String)
    return values.cast(pl.String, strict=False)


class Collector:
    """Gathers the rejected rows of a source.

    Args:
        columns: Columns of the source.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = unique_names([*_ABOUT, *columns])[len(_ABOUT) :]
        self._frames: list[pl.DataFrame] = []
        self._kept = 0
        self.total = 0

    def add(self, frame: pl.DataFrame | None) -> None:
        """Take rows as `Faults.rejected` gives them."""
        if frame is None:
            return
        self.total += frame.height
        kept = frame.head(_MOST_ROWS - self._kept)
        self._kept += kept.height
        self._frames.append(kept)

    def add_broken(self, broken: Iterable[Broken]) -> None:
        """Take rows that do not have the shape of their source."""
        found = [(b.row, "", b.given, b.reason, *_fitted(b.cells, len(self._columns))) for b in broken]
        if found:
            schema = {"row": pl.UInt32, **dict.fromkeys([*_ABOUT[1:], *self._columns, _BEYOND], pl.String)}
            frame = pl.DataFrame(found, schema=schema, orient="row")
            self.add(frame if frame[_BEYOND].is_not_null().any() else frame.drop(_BEYOND))

    def rejections(self) -> Rejections:
        """All of them, in the order of the source."""
        if not self._frames:
            return Rejections()
        frame = pl.concat(self._frames, how="diagonal_relaxed").sort("row", maintain_order=True)
        first = tuple(Rejection(*cells) for cells in frame.select(_ABOUT).head(_MOST_FIRST).iter_rows())
        return Rejections(self.total, first, frame)


def _fitted(cells: Sequence[str], width: int) -> list[str | None]:
    """The cells of a row of any length: those of the columns, then one with what goes beyond them."""
    beyond = ", ".join(cells[width:]) or None
    return [*cells[:width], *([None] * (width - len(cells))), beyond]
