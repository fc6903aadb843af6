"""Workbooks as batches of text. The unit of observation is the row of a sheet."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import fastexcel
import polars as pl
import polars.selectors as cs

from tragt.errors import InvalidFile
from tragt.events.archives import check_workbook
from tragt.events.files import File
from tragt.events.numerals import Decimal
from tragt.events.rows import ROW, Batch, Report, unique_names

__all__ = ["Sheet"]

_BATCH = 200_000
_SAMPLE = 10_000


class Sheet:
    """One sheet of a workbook; its first row that is not blank is the header.

    Args:
        file: The workbook.
        sheet: Name or number (from 0) of the sheet; None for the first that is not empty.
    """

    decimal: Decimal | None = Decimal.POINT

    def __init__(self, file: File, sheet: str | int | None) -> None:
        self.name = file.name
        if file.head.startswith(b"PK"):
            with closing(file.open_packed()) as packed:
                check_workbook(packed, file.name)
        cells = _cells(file, sheet)
        filled = cells.select(pl.any_horizontal(pl.all().is_not_null()).arg_true()).to_series()
        self._top = int(filled[0]) if len(filled) else 0
        header = [str(cell or "") for cell in cells.row(self._top)] if len(filled) else []
        self.columns = unique_names(header)
        body = cells.slice(self._top + 1).rename(dict(zip(cells.columns, self.columns, strict=True)))
        self._body = body.with_row_index(ROW, self._top + 2).filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
        self.sample = self._body.head(_SAMPLE)

    def batches(self, columns: Sequence[str] | None, report: Report) -> Iterator[Batch]:
        """Go through the rows; see `Table`."""
        kept = cs.by_name(ROW, *(name for name in self.columns if columns is None or name in columns))
        for start in range(0, self._body.height, _BATCH):
            report(start, self._body.height)
            yield Batch(self._body.slice(start, _BATCH).select(kept))


def _cells(file: File, sheet: str | int | None) -> pl.DataFrame:
    """All cells of a sheet as text; dates as ISO 8601, blanks missing."""
    source = file.source
    try:
        book = fastexcel.read_excel(source if isinstance(source, bytes) else Path(source).read_bytes())
        names = book.sheet_names
        wanted = names if sheet is None else [_sheet(names, sheet, file.name)]
        for name in wanted:
            loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            cells = pl.DataFrame(loaded).with_columns(pl.all().str.strip_chars().replace("", None))
            if cells.height or name == wanted[-1]:
                return cells
    except fastexcel.FastExcelError as error:
        raise InvalidFile(
            "events.broken_workbook",
            f"{file.name} cannot be read as a workbook ({str(error).splitlines()[0]}). It may be damaged or "
            "protected by a password: save it again without one, or as CSV.",
            file=file.name,
        ) from error
    return pl.DataFrame()


def _sheet(names: Sequence[str], sheet: str | int, file: str) -> str:
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return names[sheet]
    if sheet in names:
        return str(sheet)
    raise InvalidFile(
        "events.no_such_sheet",
        f"{file} has no sheet {sheet!r}; it has {', '.join(map(repr, names))}.",
        given=sheet,
        sheets=list(names),
    )
