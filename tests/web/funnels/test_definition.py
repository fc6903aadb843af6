"""A definition kept as text is the definition, and what is no definition is refused."""

import json
import math
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.funnel.strategies import GRIDS, funnels
from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Match, Member, Step
from tragt.errors import InvalidDefinition
from tragt.funnel.condition import Condition, Operator
from tragt.funnel.durations import LONGEST
from tragt.web.funnels.definition import VERSION, from_json, to_json

texts = st.text(min_size=1, max_size=12)
zones = st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
values = st.one_of(
    st.text(max_size=12),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC) | zones),
)


@st.composite
def compares(draw: st.DrawFn) -> Compare:
    operator = draw(st.sampled_from(Operator))
    several = st.lists(values, max_size=3).map(tuple)
    value = {Operator.IN: several, Operator.IS_SET: st.none()}.get(operator, values)
    return Compare(draw(texts), operator, draw(value))


conditions: st.SearchStrategy[Condition] = st.recursive(
    compares() | st.builds(Member, texts),
    lambda parts: (
        st.builds(AllOf, st.lists(parts, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(parts, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
names = st.lists(texts, min_size=1, max_size=3).map(tuple)
lengths = st.timedeltas(min_value=timedelta(microseconds=1), max_value=LONGEST)


@st.composite
def elaborate(draw: st.DrawFn) -> Funnel:
    """Funnels with every field of theirs, and names and values of every kind."""
    steps = [
        Step(
            draw(names),
            draw(st.none() | conditions),
            draw(st.none() | lengths) if place else None,
            optional=place == 1 and draw(st.booleans()),
            label=draw(st.just("") | texts),
        )
        for place in range(3)
    ]
    return Funnel(
        steps=tuple(steps),
        unit=draw(st.sampled_from(("person", "company", "deal", "session"))),
        window=draw(st.none() | st.just("session") | lengths),
        hold=draw(st.lists(texts, max_size=3, unique=True).map(tuple)),
        exclude=draw(st.lists(st.builds(Exclude, names.map(lambda n: (*n, "not a step"))), max_size=2).map(tuple)),
        lost=draw(
            st.lists(st.builds(Match, names.map(lambda n: (*n, "not a step")), conditions), max_size=2).map(tuple)
        ),
        tolerance=draw(st.timedeltas(min_value=timedelta(0), max_value=LONGEST)),
        where=draw(st.none() | conditions),
        robots=draw(st.booleans()),
        own=draw(st.booleans()),
        name=draw(st.text(max_size=9)),
    )


@pytest.mark.soak
@given(elaborate() | st.sampled_from(GRIDS).flatmap(funnels))
def test_definition_kept_as_text_is_the_same(funnel: Funnel) -> None:
    text = to_json(funnel)
    read = from_json(text)

    assert read == funnel
    assert to_json(read) == text
    assert [type(one) for one in _values(read)] == [type(one) for one in _values(funnel)]


def _values(funnel: Funnel) -> list[object]:
    """The values of conditions one level deep: equal values of another type would compare otherwise."""
    asked = [step.where for step in funnel.steps if isinstance(step.where, Compare)]
    return [value for one in asked for value in (one.value if isinstance(one.value, tuple) else (one.value,))]


def test_definition_is_small_and_named_plainly() -> None:
    assert json.loads(to_json(Funnel.of("Visited", "Signed Up|Registered", window="14d"))) == {
        "version": VERSION,
        "unit": "person",
        "steps": [
            {"names": ["Visited"], "label": "Visited"},
            {"names": ["Signed Up", "Registered"], "label": "Signed Up or Registered"},
        ],
        "window_us": 14 * 86_400_000_000,
    }


def test_definition_with_an_infinite_value_is_kept() -> None:
    funnel = Funnel.of(Step(("A",), Compare("value", "less", math.inf)), "B")

    assert from_json(to_json(funnel)) == funnel


GOOD = json.loads(to_json(Funnel.of("A", "B")))


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "definition.unreadable", "truncated"),
        ("[]", "definition.unreadable", "object"),
        (json.dumps(GOOD | {"version": 2}), "definition.version", "newer"),
        (json.dumps(GOOD | {"color": "red"}), "definition.unreadable", "color"),
        (json.dumps(GOOD | {"unit": "cat"}), "definition.unreadable", "$.unit"),
        (json.dumps(GOOD | {"steps": [{"names": [1]}]}), "definition.unreadable", "$.steps[0].names[0]"),
        (json.dumps(GOOD | {"window_us": 10**30}), "definition.unreadable", "longer"),
        (json.dumps(GOOD | {"window_us": -1}), "funnel.window_not_positive", "longer than nothing"),
        (json.dumps(GOOD | {"steps": GOOD["steps"][:1]}), "funnel.too_few_steps", "two"),
        (
            json.dumps(
                GOOD
                | {
                    "where": {
                        "type": "compare",
                        "property": "p",
                        "operator": "less",
                        "value": {"type": "date", "day": "31/12/26"},
                    }
                }
            ),
            "definition.unreadable",
            "31/12/26",
        ),
    ],
)
def test_definition_that_is_none_is_refused(text: str, code: str, says: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        from_json(text)

    assert (refused.value.code, says in refused.value.message) == (code, True), refused.value.message
