"""Files of rates: both forms, and what is wrong in them."""

from datetime import date
from decimal import Decimal

import pytest

from tragt.errors import InvalidFile
from tragt.web.money.rates_file import Given, Wrong, number_of, read

WIDE = """Date,USD,JPY,DKK,EEK,ISK,
1999-01-05,1.179,130.96,7.4495,15.6466,81.53,
1999-01-04,1.1789,133.73,7.4501,15.6466,N/A,
"""


def test_file_of_the_european_central_bank_gives_each_rate_of_each_day() -> None:
    found = read(WIDE.encode())
    assert found.wrong == ()
    assert len(found.rates) == 9
    assert found.rates[5] == Given(date(1999, 1, 4), "USD", Decimal("1.1789"))
    assert not [rate for rate in found.rates if rate.currency == "ISK" and rate.day == date(1999, 1, 4)]


def test_file_of_one_day_as_the_bank_publishes_it_is_read() -> None:
    found = read(b"Date, USD, JPY, \n20 November 2026, 1.0422, 162.10, \n")
    assert found.rates[0] == Given(date(2026, 11, 20), "USD", Decimal("1.0422"))


def test_long_file_takes_the_good_rows_and_names_the_others() -> None:
    rows = [
        "currency;rate;day",
        "sek;11,123;2026-01-02",
        "SEK;11,2;02.01.2026",
        "SEK;11.2;soon",
        "KRONER;11.2;2026-01-05",
        "EUR;1;2026-01-05",
        "NOK;-3;2026-01-05",
        "",
        "USD;1.12345678901;2026-01-05",
        "GBP",
    ]
    found = read("\n".join(rows).encode("utf-8-sig"))
    assert found.rates == (Given(date(2026, 1, 2), "SEK", Decimal("11.123")),)
    assert found.wrong == (
        Wrong(3, "twice", "SEK 02.01.2026"),
        Wrong(4, "day", "soon"),
        Wrong(5, "currency", "KRONER"),
        Wrong(6, "currency", "EUR"),
        Wrong(7, "rate", "NOK -3"),
        Wrong(9, "rate", "USD 1.12345678901"),
        Wrong(10, "day", ""),
    )


@pytest.mark.parametrize("content", [b"", b"name,email\nAnna,a@x.dk\n", b"\xff\xfe\x00", b"day,currency\n"])
def test_file_of_anything_else_is_refused_with_what_it_needs(content: bytes) -> None:
    with pytest.raises(InvalidFile, match="day, currency and rate"):
        read(content)


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "Infinity", "1e10", "1_000x", "", "1,5"])
def test_number_that_is_no_rate_is_none(text: str) -> None:
    assert number_of(text) is None
