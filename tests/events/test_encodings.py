"""Encodings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.errors import InvalidFile
from tragt.events.encodings import EIGHT_BIT, EightBit, as_utf8, detect_encoding, known_encoding

TEXT = "navn,beløb\nÅse,1\nBjörn,2\n" * 20
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "cp1252",
    "latin-1",
]


def decoded(data: bytes, size: int = 7) -> str:
    """The text of some bytes, given in small pieces as far as whole lines are not needed."""
    encoding = detect_encoding(data[:4096])
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    text, valid = EightBit(encoding).decode(b"".join(as_utf8(pieces, encoding)))
    assert valid
    return text.decode()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_in_any_encoding_comes_back(encoding: str) -> None:
    assert decoded(TEXT.encode(encoding)) == TEXT


@settings(max_examples=30)
@given(
    st.lists(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1), min_size=1, max_size=20),
    st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]),
    st.integers(8, 50),
)
def test_marked_text_cut_anywhere_comes_back(words: list[str], encoding: str, size: int) -> None:
    text = "name,value\n" + "\n".join(words)
    assert decoded(text.encode(encoding), size) == text


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-32-le"), (b"\xfe\xff", "utf-32-be")])
def test_mark_of_utf_16_before_utf_32_counts_for_nothing(mark: bytes, encoding: str) -> None:
    assert decoded(mark + TEXT.encode(encoding)) == TEXT


def test_eight_bit_ascii_leaves_open_what_follows() -> None:
    text = EightBit(EIGHT_BIT)
    assert text.decode(b"abc\n") == (b"abc\n", True)
    assert text.decode("ø\n".encode("cp1252")) == ("ø\n".encode(), True)


def test_eight_bit_bytes_that_windows_1252_lacks_are_latin_1() -> None:
    assert EightBit(EIGHT_BIT).decode(b"\x81\xe5\n") == ("\x81å\n".encode(), True)


def test_eight_bit_broken_bytes_after_utf_8_are_broken() -> None:
    text = EightBit(EIGHT_BIT)
    text.decode("ø\n".encode())
    assert text.decode(b"\xf8\n") == (b"\xf8\n", False)


def test_eight_bit_broken_bytes_among_utf_8_lines_do_not_make_it_western() -> None:
    lines = "ø\nå\næ\n".encode() + b"\xf8\n"
    assert EightBit(EIGHT_BIT).decode(lines) == (lines, False)


def test_zero_bytes_here_and_there_do_not_make_utf_16() -> None:
    assert detect_encoding(b"id,name\n1,a\x00b\n2,cd\n") == EIGHT_BIT


def test_known_encoding_of_no_such_name_is_refused() -> None:
    with pytest.raises(InvalidFile, match="klingon") as caught:
        known_encoding("klingon")
    assert caught.value.code == "events.unknown_encoding"
