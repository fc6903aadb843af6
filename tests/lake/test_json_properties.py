"""Properties as JSON and back."""

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tragt.lake.json_properties import UNUSUAL, encoded, tokens, typed

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["2024-03-31", "true", "1", "null", '"', "\\", ',"a":1', '{"a":2}', ":[", "a,", "}", "\\u002d"]
)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
KINDS: dict[Any, st.SearchStrategy[Any]] = {
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.Float64: st.floats(allow_nan=False, allow_infinity=False),
    pl.Boolean: st.booleans(),
    pl.Date: st.dates(date(1, 1, 1), date(9999, 12, 31)),
    pl.Datetime("us", "UTC"): MOMENTS,
    pl.String: TEXT,
}
COLUMN = st.sampled_from(list(KINDS)).flatmap(
    lambda kind: st.lists(st.none() | KINDS[kind], min_size=4, max_size=4).map(lambda values: (kind, values))
)


def read(objects: pl.Series, names: list[str]) -> list[pl.Series]:
    found = objects.alias("properties").to_frame().select(tokens(names))
    return [typed(found[str(place)], found[UNUSUAL], name) for place, name in enumerate(names)]


# An example tries sixteen values; the nightly round tries as many examples as of any test.
FEWER = settings(max_examples=max(60, ROUNDS // 4))


@FEWER
@given(st.dictionaries(TEXT, COLUMN, max_size=4))
def test_properties_come_back_from_json_as_they_were(columns: dict[str, tuple[Any, list[Any]]]) -> None:
    frame = pl.DataFrame({name: pl.Series(values, dtype=kind) for name, (kind, values) in columns.items()})
    objects = encoded(frame) if columns else pl.Series(["{}"])
    for row, text in zip(frame.iter_rows(named=True), objects, strict=False):
        plain = {key: value for key, value in row.items() if value is not None}
        wanted = {key: str(value) if isinstance(value, date) else value for key, value in plain.items()}
        got = json.loads(text)
        assert got.keys() == wanted.keys()
        assert all(got[key] == wanted[key] for key in wanted if not isinstance(plain[key], datetime))
    for series in read(objects, list(columns)):
        original = frame[series.name]
        assert series.to_list() == original.to_list()
        assert series.dtype == original.dtype or original.null_count() == len(original)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=4,
)


@FEWER
@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b", ",", "a.b", "é"]), JSON), min_size=1, max_size=4), st.booleans()
)
def test_objects_written_by_others_are_read_as_json_means_them(objects: list[dict[str, Any]], blanks: bool) -> None:
    separators = (", ", ": ") if blanks else (",", ":")
    texts = pl.Series([json.dumps(each, ensure_ascii=False, separators=separators) for each in objects])
    for series in read(texts, ["a", "b", ",", "a.b", "é"]):
        wanted = [each.get(series.name) for each in objects]
        if all(isinstance(value, str) or value is None for value in wanted):
            assert series.to_list() == wanted
        else:
            assert series.is_null().to_list() == [value is None for value in wanted]


@pytest.mark.parametrize(
    ("objects", "dtype", "values"),
    [
        (['{"a":1}', '{"a":2.5}', "{}"], pl.Float64, [1.0, 2.5, None]),
        (['{"a":1}', '{"a":"x"}'], pl.String, ["1", "x"]),
        (['{"a":true}', '{"a":1}'], pl.String, ["true", "1"]),
        (['{"a":"2024-01-31"}'], pl.String, ["2024-01-31"]),
        ([r'{"a":"2024\u002d01\u002d31"}', '{"a":"soon"}'], pl.String, ["2024-01-31", "soon"]),
        (['{"a":99999999999999999999}'], pl.Float64, [1e20]),
        (['{"b":{"a":1}}', '{"a":2}'], pl.Int64, [None, 2]),
        (['{"b":1}'], pl.String, [None]),
    ],
)
def test_property_has_the_type_on_which_all_values_agree(objects: list[str], dtype: Any, values: list[Any]) -> None:
    (series,) = read(pl.Series(objects), ["a"])
    assert series.dtype == dtype
    assert series.to_list() == values


def test_numbers_that_are_none_are_missing_in_json() -> None:
    frame = pl.DataFrame({"a": [float("nan"), float("inf"), 1.5]})
    assert encoded(frame).to_list() == ["{}", "{}", '{"a":1.5}']
