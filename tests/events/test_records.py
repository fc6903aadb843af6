"""Records of delimited text."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.events.records import Shape, cut, repair

THREE = Shape(",", 3)


@pytest.mark.parametrize(
    ("data", "end", "intact"),
    [
        (b"1,2,3\n4,5,6\n", 12, True),
        (b"1,2,3\n4,5", 6, True),
        (b"1,2", 0, True),
        (b"1,2,3\n4,5\n6,7,8,9\n", 18, False),
        (b"1,2,3\n\n4,5,6\n", 13, False),
        (b'1,"2\n,2",3\n4,"5', 11, True),
        (b'1,"2""2",3\r\n', 12, True),
        (b'1,"",3\n', 7, True),
        (b'1,5" pipe,3\n', 12, False),
        (b'1,"2"x,3\n', 9, False),
        (b'1, "2",3\n', 9, False),
    ],
)
def test_cut_finds_the_last_whole_record_and_whether_all_are_intact(data: bytes, end: int, intact: bool) -> None:
    found = cut(data, THREE)
    assert (found.end, found.intact) == (end, intact)


@pytest.mark.parametrize(
    ("data", "good", "broken"),
    [
        (b"1,2,3\n4,5\n6,7,8\n", [2, 4], {3: "2 cells; the header has 3"}),
        (b"1,2,3,4\n5,6,7\n", [3], {2: "4 cells; the header has 3"}),
        (b"1,2,3,, \n", [2], {}),
        (b'1,"2,3\n4,5,6\n', [3], {2: "a quote is opened and not closed, or not followed by a separator"}),
        (b'1,"2"x,3\n4,5,6\n', [3], {2: "a quote is opened and not closed, or not followed by a separator"}),
        (b'1,"2\n2",3\n\n4,5,6\n', [2, 4], {}),
        (b'1,"2\n2"\n4,5,6\n', [4], {2: "2 cells; the header has 3", 3: "1 cells; the header has 3"}),
        (b'1,5" pipe,3\n', [2], {}),
        (b"1,\0,3\n4,5,6\n", [3], {2: "there is a zero byte in it; text has none"}),
        (b"1,\xff,3\n4,\xc3\xb8,6\n", [3], {2: "some bytes are not UTF-8, as the rest of the file is"}),
    ],
)
def test_repair_names_broken_records_and_keeps_the_others(data: bytes, good: list[int], broken: dict[int, str]) -> None:
    found = repair(data, THREE, 2, final=True)
    assert found.rows == good
    assert {row.row: row.reason for row in found.broken} == broken


def test_repair_open_quote_at_the_end_is_carried_over_until_the_text_is_final() -> None:
    found = repair(b'1,2,3\n4,"5\n', THREE, 2, final=False)
    assert (found.rows, found.rest, found.row) == ([2], b'4,"5\n', 3)
    assert not found.broken


CELLS = st.text(st.sampled_from('ab",\n\r ;ø'), max_size=6)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12)


@settings(max_examples=150)
@given(TABLES)
def test_records_written_by_the_standard_library_come_back(rows: list[tuple[str, str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    data = file.getvalue().encode()
    found = repair(data, THREE, 1, final=True)
    assert [tuple(cells) for cells in csv.reader(io.StringIO("\n".join(found.good), newline=""))] == rows
    assert cut(data, THREE).end == len(data)
    assert cut(data, THREE).intact
