"""A condition means one thing, asked of one mapping or of a frame."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition
from tragt.funnel.condition import AllOf, AnyOf, Compare, Condition, Member, expression, holds

NOON = datetime(2024, 1, 10, 12, tzinfo=UTC)
DAY = date(2024, 1, 10)


@pytest.mark.parametrize(
    ("operator", "value", "given_value", "expected"),
    [
        ("equals", "pro", "pro", True),
        ("equals", "pro", "Pro", False),
        ("equals", "pro", None, False),
        ("equals", 1, 1.0, True),
        ("equals", 1, True, False),
        ("equals", True, True, True),
        ("equals", "1", 1, False),
        ("not_equals", "pro", "free", True),
        ("not_equals", "pro", "pro", False),
        ("not_equals", "pro", None, True),
        ("not_equals", 1, "1", True),
        ("equals", 1.0, float("nan"), False),
        ("not_equals", 1.0, float("nan"), True),
        ("greater", 1.0, float("nan"), False),
        ("is_set", None, float("nan"), False),
        ("in", ("pro", "team"), "team", True),
        ("in", ("pro", "team"), "free", False),
        ("in", ("pro", "team"), None, False),
        ("in", (), "pro", False),
        ("in", (1, "1"), "1", True),
        ("contains", "ice", "price", True),
        ("contains", "Ice", "price", False),
        ("contains", ".", "price", False),
        ("contains", "", "price", True),
        ("contains", "1", 1, False),
        ("contains", "ice", None, False),
        ("greater", 3, 4, True),
        ("greater", 3, 3, False),
        ("greater", 3, 2.9, False),
        ("greater", 3, "4", False),
        ("greater", 0, True, False),
        ("greater", "a", "b", True),
        ("greater", NOON, NOON.replace(hour=13), True),
        ("greater", 3, None, False),
        ("less", 3, 2.5, True),
        ("less", 3, 3, False),
        ("less", DAY, DAY.replace(day=9), True),
        ("less", DAY, NOON, False),
        ("less", 3, None, False),
        ("is_set", None, "", True),
        ("is_set", None, 0, True),
        ("is_set", None, None, False),
    ],
)
def test_comparison_by_the_table_gives_the_same_for_a_mapping_and_a_frame(
    operator: str, value: Any, given_value: Any, *, expected: bool
) -> None:
    condition = Compare("p", operator, value)
    frame = pl.DataFrame({"properties.p": [given_value]})
    assert holds(condition, {"p": given_value}) is expected
    assert on_frame(condition, frame) == [expected]


@pytest.mark.parametrize(
    ("operator", "value", "expected"), [("equals", 1, False), ("not_equals", 1, True), ("is_set", None, False)]
)
def test_comparison_of_a_property_the_log_lacks_is_as_if_absent(operator: str, value: Any, *, expected: bool) -> None:
    condition = Compare("q", operator, value)
    assert holds(condition, {}) is expected
    assert on_frame(condition, pl.DataFrame({"properties.p": [1]})) == [expected]


def test_condition_none_always_holds() -> None:
    assert holds(None, {})
    assert on_frame(None, pl.DataFrame({"properties.p": [1]})) == [True]


def test_condition_of_no_parts_is_all_true_and_any_false() -> None:
    assert holds(AllOf(()), {})
    assert not holds(AnyOf(()), {})


def test_membership_is_asked_of_the_units_segments() -> None:
    condition = AllOf((Member("Big"), Compare("p", "equals", 1)))
    assert holds(condition, {"p": 1}, {"Big"})
    assert not holds(condition, {"p": 1}, {"Small"})
    assert not holds(condition, {"p": 2}, {"Big"})


def test_membership_of_an_event_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="segments hold units") as refused:
        expression(AnyOf((Member("Big"),)), {})
    assert refused.value.code == "condition.segment_of_event"


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("equals", None),
        ("equals", ("a",)),
        ("in", "a"),
        ("in", None),
        ("is_set", 1),
        ("greater", (1, 2)),
        ("contains", None),
    ],
)
def test_comparison_with_the_wrong_kind_of_value_is_refused(operator: str, value: Any) -> None:
    with pytest.raises(InvalidDefinition, match="it takes") as refused:
        Compare("p", operator, value)
    assert refused.value.code == "condition.wrong_value"


@pytest.mark.parametrize("value", [float("nan"), NOON.replace(tzinfo=None)], ids=["nan", "naive"])
def test_comparison_with_what_cannot_be_compared_is_refused(value: Any) -> None:
    with pytest.raises(InvalidDefinition, match="a number must be one, and a time needs a zone"):
        Compare("p", "greater", value)


def test_comparison_with_an_unknown_operator_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="allowed are equals, not_equals") as refused:
        Compare("p", "like", "a")
    assert refused.value.code == "condition.unknown_operator"


def on_frame(condition: Condition | None, frame: pl.DataFrame) -> list[bool | None]:
    return frame.with_columns(kept=expression(condition, frame.schema))["kept"].to_list()


COLUMNS: dict[str, tuple[pl.DataType, st.SearchStrategy[Any]]] = {
    "text": (pl.String(), st.sampled_from(["", "a", "ab", "b.", "B", "1"])),
    "category": (pl.Categorical(), st.sampled_from(["a", "ab", "b"])),
    "whole": (pl.Int64(), st.integers(-2, 2)),
    "real": (pl.Float64(), st.sampled_from([-1.5, 0.0, 1.0, 2.5])),
    "truth": (pl.Boolean(), st.booleans()),
    "time": (pl.Datetime("us", "UTC"), st.sampled_from([NOON, NOON.replace(hour=13)])),
    "day": (pl.Date(), st.sampled_from([DAY, DAY.replace(day=11)])),
}
ONE_VALUE = st.one_of(*(values for _, values in COLUMNS.values()))
PROPERTIES = st.sampled_from([*COLUMNS, "missing"])


def comparisons() -> st.SearchStrategy[Compare]:
    ordinary = st.sampled_from(["equals", "not_equals", "contains", "greater", "less"])
    return st.one_of(
        st.builds(Compare, PROPERTIES, ordinary, ONE_VALUE),
        st.builds(Compare, PROPERTIES, st.just("in"), st.lists(ONE_VALUE, max_size=3).map(tuple)),
        st.builds(Compare, PROPERTIES),
    )


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    comparisons(),
    lambda inner: (
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=5,
)
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, (_, values) in COLUMNS.items()}), min_size=1, max_size=5
)


@given(CONDITIONS, ROWS)
def test_condition_on_random_data_gives_the_same_for_a_mapping_and_a_frame(
    condition: Condition, rows: list[dict[str, Any]]
) -> None:
    frame = pl.DataFrame(rows, schema={name: dtype for name, (dtype, _) in COLUMNS.items()})
    frame = frame.rename({name: f"properties.{name}" for name in COLUMNS})
    assert on_frame(condition, frame) == [holds(condition, row) for row in rows]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, (1, 10**40)])
def test_whole_number_that_no_column_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        Compare("amount", "in" if isinstance(value, tuple) else "greater", value)
    assert refused.value.code == "condition.too_large"
    frame = pl.DataFrame({"properties.amount": [2**63 - 1]})
    largest = Compare("amount", "equals", 2**63 - 1)
    assert frame.select(expression(largest, frame.schema)).item()
