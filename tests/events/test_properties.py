"""Properties as typed columns."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from tragt.events.numerals import Decimal
from tragt.events.properties import Kind, convert, kind_of, wider
from tragt.events.times import Clock

at = datetime.fromisoformat

CLOCK = Clock()


@pytest.mark.parametrize(
    ("texts", "kind", "dtype"),
    [
        (["1", None, "NULL"], Kind.WHOLE, pl.Int64),
        (["1.5", "2"], Kind.POINT, pl.Float64),
        (["1,5", "2"], Kind.COMMA, pl.Float64),
        (["true", "False"], Kind.BOOLEAN, pl.Boolean),
        (["2024-03-13"], Kind.DATE, pl.Date),
        (["2024-03-13 10:21:14"], Kind.TIME, pl.Datetime("us", "UTC")),
        (["2024-01"], Kind.CATEGORY, pl.Categorical),
        (["1.234,56", "1,234.56"], Kind.CATEGORY, pl.Categorical),
        ([None, None], None, pl.Null),
    ],
)
def test_kind_of_texts_is_what_fits_every_value(texts: list[str | None], kind: Kind | None, dtype: pl.DataType) -> None:
    values = pl.Series(texts, dtype=pl.String)
    assert kind_of(values, None) is kind
    typed, fine = convert(values, kind, CLOCK)
    assert fine
    assert typed.dtype == dtype


def test_kind_of_mostly_different_texts_is_text_and_of_repeated_ones_category() -> None:
    assert kind_of(pl.Series([f"note {n}" for n in range(2000)]), None) is Kind.TEXT
    assert kind_of(pl.Series([f"note {n % 50}" for n in range(2000)]), None) is Kind.CATEGORY


@pytest.mark.parametrize(
    ("decimal", "kind"), [(None, Kind.CATEGORY), (Decimal.POINT, Kind.POINT), (Decimal.COMMA, Kind.COMMA)]
)
def test_kind_of_numbers_that_read_both_ways_needs_the_decimal_sign(decimal: Decimal | None, kind: Kind) -> None:
    assert kind_of(pl.Series(["1.234", "5.678"]), decimal) is kind


def test_kind_of_looks_beyond_the_first_values_only_where_asked() -> None:
    values = pl.Series(["1"] * 200 + ["x"])
    assert kind_of(values, None) is Kind.WHOLE
    assert kind_of(values, None, throughout=True) is Kind.CATEGORY


def test_convert_value_that_does_not_fit_is_told() -> None:
    assert not convert(pl.Series(["1", "x"]), Kind.WHOLE, CLOCK)[1]
    assert convert(pl.Series(["1", "NaN", ""]), Kind.WHOLE, CLOCK)[1]


def test_wider_of_whole_and_decimal_is_decimal_and_of_others_text() -> None:
    assert wider(Kind.WHOLE, Kind.POINT) is Kind.POINT
    assert wider(Kind.COMMA, Kind.WHOLE) is Kind.COMMA
    assert wider(Kind.POINT, Kind.COMMA) is Kind.TEXT
    assert wider(Kind.DATE, None) is Kind.DATE


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pl.Series([1, None], dtype=pl.Int8), pl.Series([1, None], dtype=pl.Int64)),
        (pl.Series([1.5, float("nan")], dtype=pl.Float32), pl.Series([1.5, None], dtype=pl.Float64)),
        (pl.Series(["1.5"]).cast(pl.Decimal(10, 2)), pl.Series([1.5])),
        (pl.Series([[1, 2], None]), pl.Series(["[1, 2]", None])),
        (pl.Series([b"\x01\xff"]), pl.Series(["01ff"])),
        (pl.Series([date(2024, 3, 13)]), pl.Series([date(2024, 3, 13)])),
        (
            pl.Series([at("2024-03-13 00:00:00")]),
            pl.Series([datetime(2024, 3, 13, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")),
        ),
        (pl.Series(["a"], dtype=pl.Enum(["a", "b"])), pl.Series(["a"]).cast(pl.Categorical)),
    ],
)
def test_convert_typed_column_becomes_the_type_of_the_log(values: pl.Series, expected: pl.Series) -> None:
    typed, fine = convert(values, None, CLOCK)
    assert fine
    assert typed.equals(expected, check_dtypes=True)
