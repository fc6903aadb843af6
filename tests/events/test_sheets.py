"""Workbooks."""

import io
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tragt.errors import InvalidFile
from tragt.events import read

at = datetime.fromisoformat
HEADER = ["user_id", "event", "time", "amount"]


Rows = list[list[object]]


def book(*rows: list[object], first: int = 0, more: dict[str, Rows] | None = None) -> bytes:
    """A workbook with a sheet of these rows under the header, and perhaps more sheets."""
    file = io.BytesIO()
    written = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheets: dict[str, Rows] = {"Data": [[*HEADER], *rows], **(more or {})}
    for name, cells in sheets.items():
        page: Any = written.add_worksheet(name)
        for number, row in enumerate(cells):
            page.write_row(first + number, 0, row)
    written.close()
    return file.getvalue()


def test_read_sheet_with_native_times_and_numbers() -> None:
    log = read(book(["a", "Visit", at("2024-03-13 10:21:14"), 1.5], [7, "Cart", at("2024-03-14 00:00"), 2]))
    assert log.frame["time"].to_list() == [at("2024-03-13 10:21:14Z"), at("2024-03-14 00:00Z")]
    assert log.frame["person"].to_list() == ["a", "7"]
    assert log.frame["properties.amount"].to_list() == [1.5, 2.0]
    assert set(log.frame["precision"]) == {"exact"}


def test_read_sheet_with_native_dates_knows_the_day_only() -> None:
    log = read(book(["a", "Visit", at("2024-03-13"), 1], ["b", "Cart", at("2024-03-14"), 2]), zone="Europe/Copenhagen")
    assert set(log.frame["precision"]) == {"day"}
    assert log.frame["time"][0] == datetime(2024, 3, 12, 23, tzinfo=UTC)


def test_read_sheet_with_serials_and_text_beside_native_dates() -> None:
    log = read(book(["a", "Visit", 45631, 1], ["a", "Cart", "13/03/2024", 1], ["a", "Buy", at("2024-03-13 10:00"), 1]))
    assert log.frame["time"].dt.date().to_list() == [at("2024-12-05").date(), *[at("2024-03-13").date()] * 2]
    assert log.frame["precision"].to_list() == ["day", "day", "exact"]


def test_read_sheet_rejects_by_the_row_of_the_sheet() -> None:
    log = read(book(["a", "Visit", "TBD", 1], [], ["", "", "", ""], ["b", "Visit", "2024-03-13", 1], first=2))
    assert [(row.row, row.field, row.given) for row in log.rejected.first] == [(4, "time", "TBD")]
    assert len(log) == 1


def test_read_sheet_is_the_named_one_or_the_first_with_rows() -> None:
    more: dict[str, Rows] = {"Other": [[*HEADER], ["x", "Buy", "2024-03-13", 3]], "Empty": []}
    data = book(["a", "Visit", "2024-03-13", 1], more=more)
    assert read(data).frame["name"].to_list() == ["Visit"]
    assert read(data, sheet="Other").frame["name"].to_list() == ["Buy"]
    assert read(data, sheet=1).frame["name"].to_list() == ["Buy"]
    with pytest.raises(InvalidFile, match="'Data', 'Other', 'Empty'") as caught:
        read(data, sheet="Nope")
    assert caught.value.code == "events.no_such_sheet"


def test_read_empty_sheet_has_no_rows() -> None:
    with pytest.raises(InvalidFile) as caught:
        read(book())
    assert caught.value.code == "events.no_rows"
    with pytest.raises(InvalidFile) as caught:
        read(book(more={"Empty": []}), sheet="Empty")
    assert caught.value.code == "events.no_rows"


def test_read_damaged_workbook_is_refused() -> None:
    data = bytearray(book(["a", "Visit", "2024-03-13", 1]))
    with pytest.raises(InvalidFile) as caught:
        read(bytes(data[:-200]))
    assert caught.value.code == "events.broken_archive"
    with pytest.raises(InvalidFile, match="password") as caught:
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000)
    assert caught.value.code == "events.broken_workbook"


def test_read_sheet_gives_what_the_same_csv_gives() -> None:
    rows: list[list[object]] = [[f"u{n % 5}", "Visit", f"2024-03-{n % 28 + 1:02} 10:21:14", n * 1.5] for n in range(50)]
    sheet = read(book(*rows)).frame
    csv = read(pl.DataFrame(rows, schema=HEADER, orient="row", strict=False).write_csv().encode()).frame
    assert set(sheet["id"]) == set(csv["id"])
