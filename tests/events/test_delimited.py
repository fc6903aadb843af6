"""Delimited files."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.errors import InvalidFile
from tragt.events import files
from tragt.events.delimited import Delimited
from tragt.events.files import open_file
from tragt.events.rows import ROW, Broken


def rows_of(
    source: bytes | Path, delimiter: str | None = None, encoding: str | None = None
) -> tuple[pl.DataFrame, list[Broken]]:
    table = Delimited(open_file(source, None), delimiter, encoding)
    batches = list(table.batches(None, lambda _done, _total: None))
    return pl.concat([batch.frame for batch in batches]), [row for batch in batches for row in batch.broken]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_delimited_separator_is_found(separator: str) -> None:
    text = 'id,"name, full",amount;kr\n1,"Doe, Jo|hn",5\n2,"Roe, Jane",6\n'
    data = io.StringIO(newline="")
    csv.writer(data, delimiter=separator).writerows(csv.reader(io.StringIO(text)))
    frame, broken = rows_of(data.getvalue().encode())
    assert frame.columns[1:] == ["id", "name, full", "amount;kr"]
    assert frame.height == 2
    assert not broken


def test_delimited_wrong_separator_is_refused_and_the_right_one_named() -> None:
    with pytest.raises(InvalidFile, match="delimiter=';'") as caught:
        rows_of(b"id;name\n1;a\n", ",")
    assert caught.value.code == "events.wrong_delimiter"


def test_delimited_line_that_names_the_separator_is_not_the_header() -> None:
    frame, _ = rows_of(b"sep=;\nid;name\n1;a\n")
    assert frame.rows() == [(2, "1", "a")]


def test_delimited_separator_of_one_s_own_is_taken() -> None:
    frame, _ = rows_of(b"id!name\n1!a,b\n", "!")
    assert frame.rows() == [(2, "1", "a,b")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_delimited_line_ends_of_any_kind_are_read(ending: str, last: bool) -> None:
    data = ending.join(["id,name", "1,a", "2,b"]) + (ending if last else "")
    assert rows_of(data.encode())[0].rows() == [(2, "1", "a"), (3, "2", "b")]


def test_delimited_repeated_and_empty_headers_get_names() -> None:
    frame, _ = rows_of(b"id,x,x,,x \n1,2,3,4,5\n")
    assert frame.columns == [ROW, "id", "x", "x (2)", "column 4", "x (3)"]


def test_delimited_blank_is_missing_and_rows_are_numbered_as_in_a_sheet() -> None:
    frame, _ = rows_of(b'id,name\n1,""\n\n2,\n')
    assert frame.rows() == [(2, "1", None), (4, "2", None)]


def test_delimited_quoted_blank_is_missing_too() -> None:
    assert rows_of(b'id,name\n1,""\n2,\n')[0]["name"].to_list() == [None, None]


def test_delimited_tenth_of_the_rows_broken_keeps_the_others() -> None:
    kinds = ["{0},v{0}", "{0}", "{0},v,w", '{0},"open']
    lines = [kinds[1 + n // 10 % 3 if n % 10 == 9 else 0].format(n) for n in range(1000)]
    frame, broken = rows_of(("id,value\n" + "\n".join(lines) + "\n").encode())
    assert frame["id"].to_list() == [str(n) for n in range(1000) if n % 10 != 9]
    assert [row.row for row in broken] == [n + 2 for n in range(1000) if n % 10 == 9]


def test_delimited_late_first_accent_settles_the_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK", 64)
    lines = "id,name\n" + "".join(f"{n},abc\n" for n in range(50)) + "50,Åse\n"
    assert rows_of(lines.encode("cp1252"))[0]["name"][-1] == "Åse"


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=8)
TABLES = st.lists(st.tuples(st.integers(0, 9).map(str), CELLS, CELLS), min_size=1, max_size=30)


@settings(max_examples=60)
@given(TABLES, st.integers(16, 400), st.sampled_from([",", ";", "\t"]), st.booleans())
def test_delimited_any_table_comes_back_however_it_is_cut(
    rows: list[tuple[str, str, str]], block: int, separator: str, quoted: bool
) -> None:
    text = io.StringIO(newline="")
    dialect = csv.unix_dialect if quoted else csv.excel
    csv.writer(text, dialect, delimiter=separator).writerows([("id", "first", "second"), *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", block)
        frame, broken = rows_of(text.getvalue().encode(), separator, "utf-8")
    assert not broken
    assert frame.drop(ROW).fill_null("").rows() == rows
    assert frame[ROW].to_list() == list(range(2, len(rows) + 2))


def test_delimited_odd_encodings_of_data_loader_are_read(shared_data: Path) -> None:
    folder = shared_data / "crm_formats" / "salesforce_dataloader"
    expected = [tuple(f"row{row}-{column}" for column in (1, 2, 3)) for row in (1, 2)]
    paths = sorted(folder.glob("csvtext*.csv"))
    assert len(paths) == 6
    for path in paths:
        assert rows_of(path)[0].drop(ROW).rows() == expected, path.name


def test_delimited_windows_1252_accounts_of_data_loader_are_all_read(shared_data: Path) -> None:
    folder = shared_data / "crm_formats" / "salesforce_dataloader"
    frame, broken = rows_of(folder / "data" / "accountData.csv")
    assert (frame.height, broken) == (423, [])
    assert not frame.select(pl.concat_str(pl.exclude(ROW), ignore_nulls=True).str.contains("\ufffd").any()).item()
    frame, broken = rows_of(folder / "data" / "opportunityData.csv")
    assert (frame.height, frame["AMOUNT"].cast(pl.Float64).sum()) == (38, 6_270_000)
    assert rows_of(folder / "csvEscapedQuotes.csv")[0]["column1"].to_list() == [
        '"The Best" Account',
        'The "Best" Account',
    ]


def test_delimited_users_of_segment_are_read_and_the_short_row_is_named(shared_data: Path) -> None:
    folder = shared_data / "crm_formats" / "segment_users"
    assert rows_of(folder / "users.csv")[0].height == 5
    frame, broken = rows_of(folder / "subscription-group-actions.csv")
    assert frame.height == 4
    assert [(row.row, row.reason) for row in broken] == [(6, "5 cells; the header has 6")]
