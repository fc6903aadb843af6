"""Rows that were left out."""

import csv
from pathlib import Path

import polars as pl
import pytest

from tragt.events import Rejection, read, rejections
from tragt.events.rejections import Faults, escaped

CSV = b"""user_id,event,timestamp,note
a,Visit,2024-03-13 10:21:14,fine
b,Visit,2024-02-31,=1+1
c,,2024-03-13 10:21:14,-5
d,Visit
,Visit,2024-03-13 10:21:14,
"""


def test_rejections_name_row_field_what_was_given_and_why() -> None:
    found = read(CSV).rejected
    assert found.first == (
        Rejection(3, "timestamp", "2024-02-31", "there is no such day"),
        Rejection(4, "event", "", "the name of an event is needed"),
        Rejection(5, "", "d,Visit", "2 cells; the header has 4"),
        Rejection(6, "user_id", "", "a person, company, deal or session is needed"),
    )
    assert str(found.first[0]) == "row 3, timestamp: '2024-02-31' given; there is no such day"
    assert str(found.first[2]) == "row 5: 'd,Visit' given; 2 cells; the header has 4"
    assert found.total == len(found) == 4


def test_rejections_frame_holds_the_rows_as_the_source_had_them() -> None:
    frame = read(CSV).rejected.frame
    assert frame.columns == ["row", "field", "given", "reason", "user_id", "event", "timestamp", "note"]
    assert frame["user_id"].to_list() == ["b", "c", "d", None]
    assert frame["timestamp"].to_list() == ["2024-02-31", "2024-03-13 10:21:14", None, "2024-03-13 10:21:14"]


def test_rejections_file_escapes_formulas_and_can_be_read_by_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "rejected.csv"
    read(CSV).rejected.write_csv(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["note"] for row in rows] == ["'=1+1", "'-5", "", ""]
    assert [row["row"] for row in rows] == ["3", "4", "5", "6"]


def test_rejections_cells_beyond_the_header_are_kept_too() -> None:
    frame = read(b"user,event,time\na,Visit,2024-03-13\nb,Visit,2024-03-13,more,most\n").rejected.frame
    assert frame["beyond the header"].to_list() == ["more, most"]


def test_rejections_columns_called_as_ours_get_another_name() -> None:
    frame = read(b"row,user,event,time\n1,a,Visit,2024-03-13\n2,,Visit,2024-03-13\n").rejected.frame
    assert frame.columns[4:] == ["row (2)", "user", "event", "time"]


def test_rejections_of_millions_are_counted_and_the_first_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejections, "_MOST_ROWS", 5)
    monkeypatch.setattr(rejections, "_MOST_FIRST", 3)
    found = read(CSV.split(b"b,")[0] + b"b,Visit,TBD,\nb,Visit\n" * 10).rejected
    assert (found.total, found.frame.height, len(found.first)) == (20, 5, 3)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_escaped_cell_is_no_formula(cell: str) -> None:
    assert escaped(cell) == f"'{cell}"
    assert escaped("a" + cell) == "a" + cell


def test_faults_first_one_of_a_row_counts() -> None:
    faults = Faults(3)
    faults.add(pl.Series([True, False, None]), "one", pl.Series([1, 2, 3]), "wrong")
    faults.add(pl.Series([True, True, False]), "two", pl.Series([4, 5, 6]), pl.Series(["x", "y", "z"]))
    found = faults.rejected(pl.DataFrame({"\0row": [10, 11, 12], "a": [[1], [2], [3]]}))
    assert found is not None
    assert found.rows() == [(10, "one", "1", "wrong", "[1]"), (11, "two", "5", "y", "[2]")]
    assert faults.bad.to_list() == [True, True, False]
