"""What a definition means when names are one, and how it is shown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from django.utils.translation import override, pgettext
from hypothesis import given
from hypothesis import strategies as st

from tests.funnel.strategies import Problem, problems
from tragt import Funnel, Step
from tragt.demo import DemoFirm
from tragt.events.event import Event
from tragt.events.tracking import NAMES, RESERVED
from tragt.funnel.reference import attempts
from tragt.funnel.steps import Exclude, Match
from tragt.web.lexicon.meaning import NOTHING, Lexicon
from tragt.web.lexicon.own import OWN, OWN_PROPERTIES

WORDS = Lexicon(
    merges=(("sign up", "sign_up"), ("sign_up", "Signed Up"), ("left", "Left")),
    called=(("Signed Up", "Joined"), ("Left", "Gone")),
)
SPELLED = {name: (name, f"{name} again", f"{name} once more") for name in "ABCXLRZ"}
MERGES = tuple(pair for one, two, three in SPELLED.values() for pair in ((two, one), (three, two)))
Rule = TypeVar("Rule", Match, Exclude)
CHOICES = st.integers(0, 2)


def test_step_takes_every_spelling_whichever_it_names_and_is_called_by_the_kept_one() -> None:
    for name in ("Signed Up", "sign_up", "sign up"):
        step = WORDS.meant(Funnel.of("Visited", name)).steps[1]
        assert set(step.names) == {"Signed Up", "sign_up", "sign up"}
        assert step.title == "Signed Up"
    assert WORDS.meant(Funnel.of("Visited", Step("sign_up", label="In"))).steps[1].title == "In"


def test_every_rule_takes_every_spelling() -> None:
    words = Lexicon(merges=(("left", "Left"), ("gone", "Gone"), ("Back", "back")))
    among = ["Left", "Other"]
    meant = words.meant(
        Funnel(["Visited", "Paid"], exclude="left", order="adjacent", among=among, lost="gone", reopen="back")
    )
    assert meant.exclude[0].names == ("left", "Left")
    assert meant.among == ("Left", "left", "Other")
    assert meant.lost[0].names == ("gone", "Gone")
    assert meant.reopen[0].names == ("back", "Back")


def test_definition_without_merged_names_means_itself() -> None:
    funnel = Funnel.of("Visited", "Paid|Bought", exclude="Away", lost="Lost")
    assert WORDS.meant(funnel) == funnel
    assert NOTHING.meant(funnel) is funnel


def test_definition_is_shown_with_names_as_people_call_them_and_with_labels_as_they_are() -> None:
    funnel = WORDS.meant(Funnel.of("Visited", "sign up|Registered", Step("Signed Up", label="Mine"), lost="left"))
    shown = WORDS.shown(funnel)
    assert [step.title for step in shown.steps] == ["Visited", "Joined or Registered", "Mine"]
    assert shown.lost[0].names == ("Gone",)
    assert WORDS.titles(funnel) == {
        "Visited": "Visited",
        "Signed Up or Registered": "Joined or Registered",
        "Mine": "Mine",
    }


def test_definition_in_which_two_events_are_called_the_same_is_shown_by_its_names() -> None:
    words = Lexicon(called=(("Paid", "Done"), ("Left", "Done")))
    funnel = Funnel.of("Visited", "Paid", lost="Left")
    assert words.shown(funnel) == funnel


def test_lexicon_with_a_circle_ends() -> None:
    words = Lexicon(merges=(("a", "b"), ("b", "a")))
    assert set(words.all_spellings(["a"])) <= {"a", "b"}


@st.composite
def spelled(draw: st.DrawFn) -> tuple[Problem, Problem]:
    """A problem, and the same in which every name, of events and in the definition, is one of its spellings."""
    problem = draw(problems())

    def names(given: Sequence[str]) -> tuple[str, ...]:
        return tuple(SPELLED[name][draw(CHOICES)] for name in given)

    def rule(given: Rule) -> Rule:
        return replace(given, names=names(given.names))

    def event(given: Event) -> Event:
        return replace(given, name=names([given.name])[0])

    funnel = problem.funnel
    other = replace(
        funnel,
        steps=tuple(replace(step, names=names(step.names), label="") for step in funnel.steps),
        exclude=tuple(map(rule, funnel.exclude)),
        lost=tuple(map(rule, funnel.lost)),
        reopen=tuple(map(rule, funnel.reopen)),
        among=names(funnel.among),
    )
    logs: Mapping[str, Sequence[Event]] = {unit: tuple(map(event, log)) for unit, log in problem.logs.items()}
    return problem, replace(problem, funnel=other, logs=logs)


def kept(answer: object) -> str:
    """An answer, in which events bear their names, with the kept spellings alone."""
    return re.sub(" (again|once more)", "", repr(answer))


@pytest.mark.soak
@given(spelled())
def test_merged_spellings_give_the_attempts_of_a_log_in_which_the_names_are_one(pair: tuple[Problem, Problem]) -> None:
    one, several = pair
    meant = Lexicon(merges=MERGES).meant(several.funnel)
    assert kept(attempts(*replace(several, funnel=meant).given)) == kept(attempts(*one.given))
    assert [step.title for step in meant.steps] == [step.title for step in one.funnel.steps]


def test_every_name_that_tragt_gives_has_words_in_the_language_of_the_reader() -> None:
    assert set(OWN) == RESERVED | set(NAMES.values())
    with override("da"):
        assert NOTHING.called_as("Call Logged") == pgettext("event", "Call Logged") != "Call Logged"
        assert Lexicon(called=(("Call Logged", "Rang up"),)).called_as("Call Logged") == "Rang up"
        assert NOTHING.called_as("Signed Up") == "Signed Up"


def test_property_is_called_as_people_agree_else_in_the_language_of_the_reader_else_by_its_name() -> None:
    said = Lexicon(properties=(("source", "Lead source"), ("channel", "By what"), ("channel", "Where")))
    with override("da"):
        assert said.property_as("source") == "Lead source"
        assert said.property_as("channel") == NOTHING.property_as("channel") == pgettext("property", "Channel")
        assert NOTHING.property_as("source") == pgettext("property", "Source")
        assert NOTHING.property_as("utm_source") == "Utm source"
        assert NOTHING.property_as("__") == "__"


def test_every_property_by_which_the_demonstration_firm_can_be_divided_has_words() -> None:
    frame = DemoFirm().simulate().frame
    named = {column.removeprefix("properties.") for column in frame.columns if column.startswith("properties.")}
    assert named - set(OWN_PROPERTIES) == {"referred"}
