"""Tables as Excel workbooks: numbers as numbers, text as text and never as formulas or links."""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
from xlsxwriter import Workbook

__all__ = ["MEDIA", "MOST_ROWS", "sheet_name", "workbook"]

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
"""More than these take longer to write than a reader should wait; they are to be had as CSV."""

_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_LONGEST_NAME, _LONGEST_HEAD, _LONGEST_TEXT = 31, 240, 32_767
_FORMATS: Any = {pl.Float64: "#,##0.##", pl.Int64: "0", pl.Datetime: "yyyy-mm-dd hh:mm", pl.Date: "yyyy-mm-dd"}


def workbook(rows: Sequence[Sequence[object]], heads: Sequence[str], name: str, shares: Sequence[int] = ()) -> bytes:
    """A workbook of one sheet.

    Args:
        rows: The rows; None is an empty cell. Times with a zone are written as they read there.
        heads: What each column is called; where two are called the same they are numbered.
        name: What the sheet is called, as far as Excel allows.
        shares: Columns that hold shares of 1, shown as per cent.
    """
    heads = _distinct(heads)
    columns = zip(*rows, strict=True) if rows else ([] for _ in heads)
    frame = pl.DataFrame([_column(head, list(values)) for head, values in zip(heads, columns, strict=True)])
    held = io.BytesIO()
    with Workbook(held, _PLAIN) as book:
        frame.write_excel(
            book,
            sheet_name(name),
            table_style="Table Style Light 1",
            dtype_formats=_FORMATS,
            column_formats={heads[place]: "0.0%" for place in shares},
            autofit=True,
            freeze_panes=(1, 0),
        )
    return held.getvalue()


def sheet_name(name: str) -> str:
    """A name as Excel takes it for a sheet: at most 31 letters as it counts them, and none that it keeps for itself.

    Args:
        name: Any text.
    """
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name)
    plain = plain.encode("utf-16-le", "ignore")[: 2 * _LONGEST_NAME].decode("utf-16-le", "ignore")
    plain = " ".join(plain.split()).strip("' ")
    return "Tragt" if plain.casefold() in ("", "history") else plain


def _distinct(heads: Sequence[str]) -> list[str]:
    made: dict[str, str] = {}
    for head in heads:
        number, tried = 1, head[:_LONGEST_HEAD]
        while tried.casefold() in made:
            number += 1
            tried = f"{head[:_LONGEST_HEAD]} {number}"
        made[tried.casefold()] = tried
    return list(made.values())


def _column(head: str, values: Sequence[object]) -> pl.Series:
    local = [one.replace(tzinfo=None) if isinstance(one, datetime) else one for one in values]
    column = pl.Series(head, local, strict=False)
    return column.str.slice(0, _LONGEST_TEXT) if column.dtype == pl.String else column
