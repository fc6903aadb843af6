"""Conditions as JSON: what was written is read back, and what is no condition is refused."""

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, AnyOf, Compare, Member
from tragt.funnel.condition import Condition
from tragt.funnel.condition_json import as_json, from_json

VALUES = st.one_of(st.text(max_size=5), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.floats(allow_nan=False))
COMPARISONS = st.one_of(
    st.builds(Compare, st.text(min_size=1, max_size=5), st.sampled_from(["equals", "greater", "not_equals"]), VALUES),
    st.builds(Compare, st.text(min_size=1, max_size=5), st.just("in"), st.lists(VALUES, max_size=3).map(tuple)),
    st.builds(Compare, st.text(min_size=1, max_size=5)),
    st.builds(Compare, st.just("since"), st.just("less"), st.datetimes(timezones=st.just(UTC)) | st.dates()),
    st.builds(Member, st.text(max_size=5)),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda parts: (
        st.builds(AllOf, st.lists(parts, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(parts, max_size=3).map(tuple))
    ),
    max_leaves=5,
)


@settings(max_examples=50)
@given(CONDITIONS)
def test_condition_property_reads_back_as_it_was_written(condition: Condition) -> None:
    assert from_json(as_json(condition)) == condition


@pytest.mark.parametrize(
    "given_json",
    [
        {},
        {"type": "compare"},
        {"type": "compare", "property": "a", "operator": "like", "value": 1},
        {"type": "compare", "property": "a", "operator": "equals", "value": 1, "of": 2},
        {"type": "compare", "property": "a", "operator": "equals"},
        {"type": "compare", "property": "", "operator": "is_set"},
        {"type": "compare", "property": "a", "operator": "less", "value": {"type": "date", "day": "2026-02-30"}},
        {"type": "all", "parts": "ab"},
    ],
)
def test_json_that_is_no_condition_is_refused(given_json: dict[str, object]) -> None:
    with pytest.raises(InvalidDefinition):
        from_json(given_json)
