"""The rows of the builder as its page shows them: steps, losses, exclusions, conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tragt.funnel.condition import Condition
from tragt.funnel.words import words
from tragt.funnel.words.conditions import condition_in_words
from tragt.web.funnels.building.choices import choices_of
from tragt.web.funnels.building.draft import MEMBER, DraftCondition, DraftExclude, DraftMatch, DraftStep
from tragt.web.funnels.building.lines import lines_of
from tragt.web.funnels.showing.presenting import language

if TYPE_CHECKING:
    from tragt.web.funnels.building.forms import Form

__all__ = ["ConditionField", "FormExclude", "FormMatch", "FormStep", "NameField"]


@dataclass(frozen=True, slots=True)
class NameField:
    """A choice of what a row is.

    Attributes:
        number: Which of its alternatives.
        chosen: What was chosen.
        id: Its id on the page.
        focus: Whether it gets the focus.
        absent: What was chosen is called, where it is not there any more; else empty.
    """

    number: int
    chosen: str
    id: str
    focus: bool
    absent: str


@dataclass(frozen=True, slots=True)
class ConditionField:
    """One line of conditions."""

    number: int
    line: DraftCondition
    wrong: str
    id: str
    focus: bool

    @property
    def member(self) -> bool:
        """Whether membership of a segment is asked."""
        return self.line.operator == MEMBER


@dataclass
class FormMatch:
    """A row of the fields."""

    form: "Form"
    part: str
    place: int

    @property
    def at(self) -> str:
        """What stands before the names of its fields."""
        return f"{self.part}-{self.place}"

    @property
    def code(self) -> str:
        """By what its buttons name it."""
        return str(self.place) if self.part == "step" else self.at

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.place + 1

    @property
    def draft(self) -> DraftMatch:
        """What stands in its fields."""
        return self.form.draft.rows(self.part)[self.place]

    @property
    def wrong(self) -> str:
        """What is wrong with it."""
        return self.form.wrong.get(self.at, "")

    @property
    def focus(self) -> str:
        """Which of its buttons gets the focus: ``up``, ``down``, ``or``, ``and`` or none."""
        verb, _, code = self.form.focus.partition("-")
        return verb if code == self.code else ""

    @property
    def names(self) -> Sequence[NameField]:
        """Its choices."""
        return [
            NameField(
                number, chosen, one := f"{self.at}-name-{number}", one == self.form.focus, self.form.absent(chosen)
            )
            for number, chosen in enumerate(self.draft.names)
        ]

    @property
    def conditions(self) -> Sequence[ConditionField]:
        """Its conditions."""
        wrong = self.form.wrong
        return [
            ConditionField(
                number,
                line,
                wrong.get(f"{self.at}-condition-{number}", ""),
                one := f"{self.at}-property-{number}",
                one == self.form.focus,
            )
            for number, line in enumerate(self.draft.conditions)
        ]

    @property
    def kept(self) -> str:
        """The condition that the fields cannot show, in words; empty where there is none."""
        before = self._before
        if not self.draft.keeps or before is None or lines_of(before) is not None:
            return ""
        return condition_in_words(before, words(language()))

    @property
    def _before(self) -> Condition | None:
        """What the rule of the saved funnel asks beside its events."""
        funnel, origin = self.form.before, self.draft.origin
        if funnel is None:
            return None
        if self.part == "where":
            return funnel.where
        rules = {
            "step": [step.match for step in funnel.steps],
            "lost": funnel.lost,
            "reopen": funnel.reopen,
            "exclude": [one.match for one in funnel.exclude],
        }[self.part]
        return choices_of(rules[origin])[1] if origin is not None and origin < len(rules) else None


class FormStep(FormMatch):
    """One step."""

    @property
    def step(self) -> DraftStep:
        """What stands in its fields."""
        return self.form.draft.steps[self.place]

    @property
    def first(self) -> bool:
        """Whether no step comes before it."""
        return self.place == 0

    @property
    def last(self) -> bool:
        """Whether no step comes after it."""
        return self.place == len(self.form.draft.steps) - 1

    @property
    def may_be_optional(self) -> bool:
        """Whether the page offers to leave it out: between others, or where that is already said."""
        return self.step.optional or not (self.first or self.last)

    @property
    def has_limit(self) -> bool:
        """Whether the page offers a time within which it must come."""
        return bool(self.step.within) or not (self.first or self.form.any_order)

    @property
    def wrong_within(self) -> str:
        """What is wrong with that time."""
        return self.form.wrong.get(f"{self.at}-within", "")

    @property
    def title(self) -> str:
        """What it is called in lists of steps."""
        return " | ".join(filter(None, map(self._called, self.draft.names)))

    def _called(self, chosen: str) -> str:
        for _group, offered in self.form.groups:
            for one in offered:
                if one.value == chosen:
                    return one.text
        return self.form.absent(chosen) or chosen[2:]


class FormExclude(FormMatch):
    """What ends an attempt between two steps."""

    @property
    def exclude(self) -> DraftExclude:
        """What stands in its fields."""
        return self.form.draft.exclude[self.place]
