"""A funnel's definition is read as written, and refused with a sentence where it cannot mean anything."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tragt.errors import InvalidDefinition
from tragt.funnel.condition import Compare
from tragt.funnel.definition import Count, Funnel, Order, Unit
from tragt.funnel.question import Breakdown, Period
from tragt.funnel.steps import Exclude, Match, Step

MINUTE = timedelta(minutes=1)


def step(name: str, **rules: Any) -> Step:
    return Step((name,), **rules)


def exclude(name: str, after: int = 1, before: int | None = None) -> Exclude:
    return Exclude((name,), after, before)


RULES = ("unit", "window", "order", "count", "hold", "exclude", "lost", "reopen", "tolerance")
OPTIONAL = step("O", optional=True)


def funnel(*steps: str | Step, **rules: Any) -> Callable[[], Funnel]:
    return lambda: Funnel.of(*(steps or ("A", "B", "C")), **rules)


@pytest.mark.parametrize(
    ("code", "part_of_message", "define"),
    [
        ("too_few_steps", "given 1", funnel("A")),
        ("too_few_steps", "given 1", funnel("A", OPTIONAL)),
        ("no_event_name", "must be named", funnel("A", "")),
        ("no_event_name", "must be named", funnel("A", "B|")),
        ("no_event_name", "must be named", funnel("A", "B", lost="")),
        ("no_event_name", "must be named", funnel("A", "B", exclude="X|")),
        ("optional_at_end", "'O' is first and optional", funnel(OPTIONAL, "A", "B")),
        ("optional_at_end", "'O' is last and optional", funnel("A", "B", OPTIONAL)),
        ("within_on_first", "'A' is first", funnel(step("A", within=MINUTE), "B")),
        ("within_not_positive", "'B' must come within 0:00:00", lambda: step("B", within=timedelta(0))),
        ("window_not_positive", "The window is 0:00:00", funnel(window="0d")),
        ("window_too_long", "longer than 36525 days", funnel(window="36526d")),
        ("window_too_long", "longer than 36525 days", funnel(tolerance=timedelta(days=36_526))),
        ("window_too_long", "longer than 36525 days", funnel("A", step("B", within=timedelta(days=36_526)))),
        ("tolerance_negative", "nothing or more", funnel(tolerance=-MINUTE)),
        ("hold", "up to 3 different", funnel(hold=("a", "b", "c", "d"))),
        ("hold", "up to 3 different", funnel(hold=("a", "a"))),
        ("hold", "up to 3 different", funnel(hold="")),
        ("every_without_window", "a window is needed", funnel(count="every", window=None)),
        ("every_without_window", "a window is needed", funnel("A", "B", unit="deal", count="every")),
        (
            "every_without_window",
            "a window is needed",
            funnel("A", step("B", within=MINUTE), "C", count="every", window=None),
        ),
        ("exclusion_between", "after step 2 and before step 2", funnel(exclude=exclude("X", 2, 2))),
        ("exclusion_between", "after step 3 and before step 2", funnel(exclude=exclude("X", 3, 2))),
        ("exclusion_between", "after step 0 and before step 3", funnel(exclude=exclude("X", 0))),
        ("exclusion_between", "after step 1 and before step 4", funnel(exclude=exclude("X", 1, 4))),
        ("exclusion_between", "required are [1, 3]", funnel("A", OPTIONAL, "B", exclude=exclude("X", 1, 2))),
        ("exclusion_between", "required are [1, 3]", funnel("A", OPTIONAL, "B", exclude=exclude("X", 2))),
        ("exclusion_is_step", "the same as step 'B'", funnel(exclude="B")),
        ("exclusion_is_step", "the same as step 'C'", funnel(exclude="C")),
        ("exclusion_is_step", "the same as step 'B or D'", funnel("A", "B|D", "C", exclude="D|B")),
        ("exclusion_is_step", "the same as step 'O'", funnel("A", OPTIONAL, "B", exclude="O")),
        ("anchored", "any order", funnel("A", step("B", anchored=True))),
        ("entry_any", "any order", funnel(entry="any")),
        ("any_optional", "no optional steps", funnel("A", OPTIONAL, "B", order="any")),
        ("any_within", "use the window", funnel("A", step("B", within=MINUTE), order="any")),
        ("any_exclusion", "over the whole attempt", funnel(order="any", exclude=exclude("X", 1, 2))),
        ("among", "adjacent", funnel(among="Page")),
        ("reopen_without_lost", "need events of loss", funnel(reopen="R")),
        ("lost_is_step", "'B' is both a step and a loss", funnel(lost="B")),
        ("fill_with_rules", "leave these out", funnel("A", OPTIONAL, "B", skips="fill")),
        ("fill_with_rules", "leave these out", funnel("A", step("B", within=MINUTE), skips="fill")),
        ("fill_with_rules", "leave these out", funnel(skips="fill", exclude="X")),
        ("stages_in_order", "entered in order", funnel(skips="fill", order="adjacent")),
        ("stages_in_order", "entered in order", funnel(skips="drop", order="any")),
        ("lost_is_step", "both a step and a loss", funnel("A", "B|C", lost="C|B")),
        ("exclusion_is_step", "never let pass", funnel(order="any", entry="any", exclude="A")),
        ("too_few_steps", "given 0", lambda: Funnel([])),
        ("steps_not_listed", "['Visited', 'Signed Up']", lambda: Funnel("Visited")),
        ("steps_not_listed", "a list", lambda: Funnel(None)),  # type: ignore[arg-type]
        ("no_step", "the name of an event", lambda: Funnel(["A", {"event": "B"}])),  # type: ignore[list-item]
        ("no_event_name", "'Signed Up|Registered'", lambda: Step(())),
        ("no_event_name", "given 7", lambda: Match(7)),  # type: ignore[arg-type]
        ("no_exclusion", "Exclude(…)", lambda: Funnel(["A", "B"], exclude=[{"event": "X"}])),  # type: ignore[list-item]
        ("no_match", "Match(…)", lambda: Funnel(["A", "B"], lost=7)),  # type: ignore[arg-type]
        ("no_condition", "Compare(", lambda: Step("A", where={"plan": "pro"})),  # type: ignore[arg-type]
        ("no_condition", "Compare(", lambda: Funnel(["A", "B"], where="pro")),  # type: ignore[arg-type]
        ("hold", "by their names", funnel(hold=7)),
        ("among", "named by events", funnel(order="adjacent", among=[7])),
        ("exclusion_between", "counted from 1", lambda: Exclude("X", after="A")),  # type: ignore[arg-type]
        ("exclusion_between", "after=1.0; give the number of a step", lambda: Exclude("X", after=1.0)),  # type: ignore[arg-type]
        ("exclusion_between", "before=True; give the number", lambda: Exclude("X", before=True)),
        ("no_truth", "optional='no' is neither", lambda: step("B", optional="no")),
        ("no_truth", "robots=None is neither", funnel(robots=None)),
        ("no_label", "what to call the step", lambda: step("B", label=7)),
        ("no_name", "what to call the funnel", funnel(name=None)),
        ("reopen_is_lost", "nothing would ever be lost", funnel(lost=["L", "M"], reopen="M")),
        ("unknown_unit", "allowed are person, company, deal, session", funnel(unit="user")),
        ("unknown_order", "allowed are ordered, adjacent, any", funnel(order="strict")),
        ("unknown_count", "allowed are best, first, first_ever, every", funnel(count="last")),
        ("unknown_entry", "allowed are first, any", funnel(order="any", entry="last")),
        ("unknown_skips", "allowed are fill, drop", funnel(skips="keep")),
    ],
)
def test_funnel_that_cannot_mean_anything_is_refused(
    code: str, part_of_message: str, define: Callable[[], object]
) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        define()
    assert refused.value.code == f"funnel.{code}"
    assert part_of_message in refused.value.message


@pytest.mark.parametrize(
    "define",
    [
        funnel("A", "A"),
        funnel("A", "B", exclude="A"),
        funnel("A", step("B", where=Compare("plan", "equals", "pro")), exclude="B"),
        funnel("A", OPTIONAL, "B", exclude=exclude("X", 1, 3)),
        funnel("A", OPTIONAL, "B", lost="O"),
        funnel(lost="L", reopen="R", order="any", exclude="X", entry="any"),
        funnel("A", step("B", within=MINUTE), count="every", window=None),
        funnel(count="every", window="session"),
        funnel(hold=("a", "b", "c")),
        funnel(order="adjacent", among="Page"),
        funnel(skips="fill", lost="L"),
    ],
)
def test_funnel_that_means_something_is_taken(define: Callable[[], Funnel]) -> None:
    assert define().steps


def test_funnel_with_steps_as_text_reads_alternatives() -> None:
    made = Funnel.of("Visited", "Signed Up | Registered", unit="company", window="2w", lost=["L", "K|M"], exclude="X|Y")
    assert made.unit is Unit.COMPANY
    assert [step.names for step in made.steps] == [("Visited",), ("Signed Up", "Registered")]
    assert [step.title for step in made.steps] == ["Visited", "Signed Up or Registered"]
    assert made.window == timedelta(days=14)
    assert made.lost == (Match(("L",)), Match(("K", "M")))
    assert made.exclude == (Exclude(("X", "Y"), 1, None),)


def test_names_given_twice_count_once() -> None:
    assert Step("A|B|A") == Step(["A", "B"])


def test_funnel_with_rules_as_text_equals_the_one_with_values() -> None:
    as_text = Funnel.of("A", "B", window="36h", tolerance="2 min", order="adjacent", hold="doc", among="Page", lost="L")
    as_values = Funnel(
        steps=(Step(("A",)), Step(("B",))),
        unit=Unit.PERSON,
        window=timedelta(hours=36),
        tolerance=2 * MINUTE,
        order=Order.ADJACENT,
        hold=("doc",),
        among=("Page",),
        lost=(Match(("L",)),),
    )
    assert as_text == as_values


def test_funnel_written_as_plain_text_equals_the_one_with_values() -> None:
    written = Funnel(
        steps=["Visited", "Signed Up|Registered", Step("Paid", within="2d")],
        unit="company",
        window="7d",
        order="ordered",
        count="first",
        hold="doc",
        exclude=["Left", Exclude("Asked", after=2)],
        lost="Lost|Gone",
        reopen=["Back"],
        tolerance="2s",
    )
    assert written == Funnel(
        steps=(Step(("Visited",)), Step(("Signed Up", "Registered")), Step(("Paid",), within=timedelta(days=2))),
        unit=Unit.COMPANY,
        window=timedelta(days=7),
        count=Count.FIRST,
        hold=("doc",),
        exclude=(Exclude(("Left",)), Exclude(("Asked",), 2, None)),
        lost=(Match(("Lost", "Gone")),),
        reopen=(Match(("Back",)),),
        tolerance=timedelta(seconds=2),
    )
    assert written == Funnel.of(*written.steps, **{name: getattr(written, name) for name in RULES})
    assert replace(written, name="Again").steps == written.steps


@pytest.mark.parametrize(("given", "what"), [(7, "window=7"), (0.5, "window=0.5")])
def test_length_of_time_that_is_a_number_is_refused_with_an_example(given: object, what: str) -> None:
    with pytest.raises(InvalidDefinition, match="such as '30min'") as refused:
        Funnel(["A", "B"], window=given)  # type: ignore[arg-type]
    assert refused.value.code == "duration.unreadable"
    assert what in refused.value.message


@pytest.mark.parametrize(
    ("unit", "window"),
    [("person", timedelta(days=30)), ("company", timedelta(days=30)), ("deal", None), ("session", "session")],
)
def test_window_by_default_depends_on_the_unit(unit: str, window: object) -> None:
    assert Funnel.of("A", "B", unit=unit).window == window


def test_window_none_in_words_is_unlimited() -> None:
    assert Funnel.of("A", "B", window="none").window is None


@pytest.mark.parametrize(
    ("steps", "window", "length"),
    [
        (("A", "B"), "14d", timedelta(days=14)),
        (("A", "B"), None, None),
        (("A", "B"), "session", None),
        (("A", step("B", within=MINUTE), step("C", within=3 * MINUTE)), None, 4 * MINUTE),
        (("A", step("B", within=MINUTE), step("C", within=3 * MINUTE)), "1h", timedelta(hours=1)),
        (("A", step("B", within=MINUTE), "C"), None, None),
        (("A", step("O", optional=True, within=MINUTE), step("B", within=3 * MINUTE)), None, 3 * MINUTE),
        (("A", OPTIONAL, step("B", within=3 * MINUTE)), None, 3 * MINUTE),
    ],
)
def test_length_is_the_effective_window(
    steps: tuple[str | Step, ...], window: str | None, length: timedelta | None
) -> None:
    assert Funnel.of(*steps, window=window).length == length


def test_step_with_names_as_text_reads_alternatives() -> None:
    assert Step("A|B") == Step(("A", "B")) == Step(["A", "B"])
    assert Exclude("A|B") == Exclude(("A", "B"))
    assert Match("A | B") == Match(("A", "B"))


def test_required_steps_are_those_not_optional() -> None:
    assert Funnel.of("A", OPTIONAL, "B", OPTIONAL, "C").required == (0, 2, 4)


def test_definitions_alike_are_equal_and_hash_alike() -> None:
    one, other = Funnel.of("A", "B|C", window="1h"), Funnel.of("A", "B|C", window="60min")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Funnel.of("A", "C|B", window="1h")


def test_period_as_text_equals_the_one_of_days() -> None:
    moment = datetime(2024, 4, 2, 18, 30, tzinfo=UTC)
    assert Period("2024-01-01", "2024-04-01", "2024-04-02T18:30Z") == Period(date(2024, 1, 1), date(2024, 4, 1), moment)
    assert Period(as_of=date(2024, 4, 2)).as_of == moment.replace(hour=0, minute=0, tzinfo=None)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("unreadable", {"start": "spring"}),
        ("unreadable", {"as_of": "yesterday"}),
        ("not_a_day", {"end": "2024-04-01T12:00"}),
        ("not_a_day", {"start": datetime(2024, 4, 1, 12, tzinfo=UTC)}),
    ],
)
def test_period_that_cannot_be_read_is_refused(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        Period(**given)
    assert refused.value.code == f"period.{code}"


@pytest.mark.parametrize("end", [date(2024, 1, 1), date(2023, 12, 31)])
def test_period_without_a_day_is_refused(end: date) -> None:
    with pytest.raises(InvalidDefinition, match="first day after") as refused:
        Period(date(2024, 1, 1), end)
    assert refused.value.code == "period.empty"


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("breakdown.step", {"at": "step"}),
        ("breakdown.step", {"at": "entry", "step": 1}),
        ("breakdown.top", {"top": 0}),
        ("funnel.unknown_at", {"at": "end"}),
    ],
)
def test_breakdown_that_cannot_mean_anything_is_refused(code: str, rules: dict[str, Any]) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        Breakdown("source", **rules)
    assert refused.value.code == code
