"""Numbers in text."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.events.numerals import Decimal, Style, integers, number_style, numbers


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        (["1", "-20", "0"], Style.WHOLE),
        (["1.5", "2"], Style.POINT),
        (["1,234.56", "7"], Style.POINT),
        (["1e-5", "2.5E3"], Style.POINT),
        (["1,5", "2"], Style.COMMA),
        (["1.234,56", "12"], Style.COMMA),
        (["1 234,56", "1\u00a0234 567"], Style.COMMA),
        (["1.234.567,5"], Style.COMMA),
        (["1 234", "5 678"], Style.POINT),
        (["1.234", "5.678"], Style.EITHER),
        (["1,234", "56"], Style.EITHER),
        (["1.234", "0.5"], Style.POINT),
        (["1.234", "1,5"], Style.COMMA),
        (["1.234,56", "1,234.56"], None),
        (["007"], None),
        (["+45 12345678"], None),
        (["$5"], None),
        (["12 34 56 78"], None),
        (["1234567890123456789"], None),
        (["nan"], None),
    ],
)
def test_number_style_of_a_column_is_what_fits_every_value(texts: list[str], style: Style | None) -> None:
    assert number_style(pl.Series(texts)) is style


def test_numbers_are_read_by_their_style_and_others_are_missing() -> None:
    assert numbers(pl.Series(["1.234,56", "-0,5", "x", None]), Decimal.COMMA).to_list() == [1234.56, -0.5, None, None]
    assert numbers(pl.Series(["1,234.56", ".5", "1,5", None]), Decimal.POINT).to_list() == [1234.56, 0.5, None, None]
    assert integers(pl.Series(["12", "012", "1.0", None])).to_list() == [12, None, None, None]


@settings(max_examples=50)
@given(st.lists(st.decimals(-(10**12), 10**12, places=2), min_size=1, max_size=20), st.booleans())
def test_numbers_written_with_thousands_come_back(values: list[object], comma: bool) -> None:
    written = pl.Series([f"{value:,.2f}" for value in values])
    if comma:
        written = written.str.replace_many({",": ".", ".": ","})
    decimal = Decimal.COMMA if comma else Decimal.POINT
    assert number_style(written) is (Style.COMMA if comma else Style.POINT)
    assert numbers(written, decimal).to_list() == [float(value) for value in values]  # type: ignore[arg-type]
