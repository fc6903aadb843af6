"""Steps that stand for stages are read from their conditions, and said by their names in each language."""

import pytest

from tragt.funnel import AllOf, AnyOf, Compare, Funnel, Match, Member, Step
from tragt.funnel.condition import Condition
from tragt.funnel.sentence import sentence
from tragt.funnel.stage_steps import Kind, told

EVENTS = ("Deal Stage Entered", "Deal Created")
OURS = Compare("pipeline", "in", ("Sales", "Old Sales"))


def keyed(key: int, name: str, *others: int) -> AnyOf:
    named = AnyOf((Compare("to", "in", (name,)), Compare("stage", "in", (name,))))
    apart = tuple(Compare("stage_key", "not_equals", other) for other in others)
    return AnyOf((Compare("stage_key", "equals", key), AllOf((OURS, named, *apart))))


def by_name(*names: str) -> AnyOf:
    return AnyOf(tuple(Compare(told_as, "equals", name) for name in names for told_as in ("to", "stage")))


ENDS = AnyOf((OURS, Compare("stage_key", "in", (7, 3, 5))))
SIZE = Compare("size", "greater", 5)


@pytest.mark.parametrize(
    ("condition", "stands", "rest"),
    [
        (keyed(3, "Offer", 5), [(Kind.STAGE, 3, "Offer", "Sales")], None),
        (AllOf((SIZE, keyed(3, "Offer"))), [(Kind.STAGE, 3, "Offer", "Sales")], SIZE),
        (AnyOf((keyed(3, "A"), keyed(5, "B"))), [(Kind.STAGE, 3, "A", "Sales"), (Kind.STAGE, 5, "B", "Sales")], None),
        (by_name("A", "B"), [(Kind.NAMED, 0, "A", ""), (Kind.NAMED, 0, "B", "")], None),
        (AllOf((by_name("A"), SIZE, OURS)), [(Kind.NAMED, 0, "A", "")], AllOf((SIZE, OURS))),
        (ENDS, [(Kind.END, 3, "", "Sales")], None),
        (Compare("mark", "equals", "mql"), [(Kind.MARK, 0, "mql", "")], None),
        (Compare("mark", "equals", "blue"), [], Compare("mark", "equals", "blue")),
        (AnyOf((Compare("to", "equals", "A"),)), [], AnyOf((Compare("to", "equals", "A"),))),
        (AnyOf((keyed(3, "A"), SIZE)), [], AnyOf((keyed(3, "A"), SIZE))),
        (Member("4"), [], Member("4")),
        (None, [], None),
    ],
)
def test_condition_of_stages_is_read_and_what_is_asked_besides(
    condition: Condition | None, stands: list[tuple[Kind, int, str, str]], rest: Condition | None
) -> None:
    found, besides = told(condition)
    assert [(one.kind, one.key, one.name, one.pipeline) for one in found] == stands
    assert besides == rest


FUNNEL = Funnel.of(
    Step(EVENTS, keyed(3, "Need", 5), label="Need"),
    Step(EVENTS, AllOf((keyed(5, "Offer", 3), SIZE)), label="Offer"),
    Step(("Deal Won",), ENDS),
    unit="deal",
    lost=(Match(("Deal Lost",), ENDS), Match(EVENTS, by_name("Dead"))),
)


def test_stages_are_said_by_their_names() -> None:
    text = sentence(FUNNEL)
    assert "stage_key" not in text
    assert "“Offer” (in “Sales”, where size is over 5), then “Deal Won” (in “Sales”)" in text
    assert "“Deal Lost” (in “Sales”) or “Dead” counts as lost." in text


def test_pipeline_is_said_once_where_all_steps_are_its_own_and_else_at_each_step() -> None:
    one = Funnel(FUNNEL.steps, unit="deal")
    assert sentence(one).endswith("The stages and their ends are those of “Sales”.")
    assert sentence(one, "da").endswith("Stadierne og afslutningerne er dem i »Sales«.")
    assert "“Need” (in “Sales”)" in sentence(FUNNEL)


def test_step_over_a_stage_without_a_name_of_its_own_says_its_condition() -> None:
    bare = Funnel.of(Step(EVENTS, by_name("Need")), Step(EVENTS, by_name("Offer")), unit="deal")
    assert "where to is “Need” or stage is “Need”" in sentence(bare)
