"""The fields of the builder as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.errors import InvalidDefinition, TragtError
from tragt.funnel import Compare, Funnel, Step
from tragt.funnel.condition import Operator
from tragt.funnel.definition import Unit
from tragt.funnel.words import words
from tragt.funnel.words.conditions import condition_in_words
from tragt.web.funnels import queries
from tragt.web.funnels.building import Built
from tragt.web.funnels.draft import EVENT, STAGE, Draft, DraftCondition, DraftStep, plain
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.offers import Offers
from tragt.web.funnels.periods import PeriodKind
from tragt.web.funnels.presenting import Sentence, language, sentence_of
from tragt.web.funnels.sources import log_version
from tragt.web.funnels.values import Held, held, near

__all__ = ["Form", "FormStep"]

UNITS = {
    Unit.PERSON: _("People"),
    Unit.COMPANY: _("Companies"),
    Unit.DEAL: _("Deals"),
    Unit.SESSION: _("Sessions"),
}
OPERATORS = {
    Operator.EQUALS: _("is"),
    Operator.NOT_EQUALS: _("is not"),
    Operator.IN: _("is one of (separated by |)"),
    Operator.CONTAINS: _("contains"),
    Operator.GREATER: _("is over"),
    Operator.LESS: _("is under"),
    Operator.IS_SET: _("is given"),
}
SCALES = {
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
    "weeks": _("weeks"),
    "session": _("in the same session"),
    "none": _("no limit"),
}
ORDERS = {
    "ordered": _("In order, with anything between"),
    "any": _("In any order after the first"),
    "adjacent": _("In order, with nothing between"),
}
COUNTS = {
    "best": _("Once, with the attempt that came furthest"),
    "first": _("Once, with the first attempt in the period"),
    "first_ever": _("Once, with the very first attempt"),
    "every": _("Every attempt counts"),
}


@dataclass(frozen=True, slots=True)
class NameField:
    """A choice of one event or stage of a step."""

    number: int
    chosen: str
    id: str
    focus: bool
    absent: str


@dataclass(frozen=True, slots=True)
class ConditionField:
    """One condition of a step."""

    number: int
    line: DraftCondition
    wrong: str
    id: str
    focus: bool


@dataclass
class Form:
    """The fields as the page shows them.

    Attributes:
        draft: What stands in them.
        offers: What the log has to choose from.
        built: What came of it; None before anything was sent.
        saved: The funnel that is changed; None for a new one.
        focus: The field that gets the focus.
    """

    draft: Draft
    offers: Offers
    built: Built | None = None
    saved: SavedFunnel | None = None
    focus: str = ""

    units, operators, scales, orders, counts = (
        [(str(value), text) for value, text in choices.items()]
        for choices in (UNITS, OPERATORS, SCALES, ORDERS, COUNTS)
    )
    periods = PeriodKind.choices

    @cached_property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {one.field: one.text for one in self.built.mistakes} if self.built else {}

    @cached_property
    def steps(self) -> Sequence["FormStep"]:
        """The steps."""
        return [FormStep(self, place) for place in range(len(self.draft.steps))]

    @cached_property
    def sentence(self) -> Sentence | None:
        """What the fields mean in words; None where they mean nothing yet."""
        funnel = self.built.funnel if self.built else None
        period = self.built.period if self.built else None
        if funnel is None or period is None:
            return None
        names = self.offers.names
        return sentence_of(names.shown(funnel), queries.days_of(period, self._meant or funnel))

    @property
    def _meant(self) -> Funnel | None:
        """What the fields mean with all spellings; None where they mean nothing yet, or contradict each other so."""
        try:
            return self.offers.names.meant(self.built.funnel) if self.built and self.built.funnel else None
        except InvalidDefinition:
            return None

    @cached_property
    def held(self) -> Sequence["HeldCondition"]:
        """What the log holds of each condition, as far as that is quick to count."""
        funnel = self._meant
        steps = zip(funnel.steps, self.offers.names.shown(funnel).steps, strict=True) if funnel else ()
        asked = [(step, shown, one) for step, shown in steps for one in plain(step.where) or ()]
        version = log_version() if asked else ""
        found = ((shown, one, held(step.names, one, version)) for step, shown, one in asked)
        return [HeldCondition(self, shown, one, answer) for shown, one, answer in found if answer is not None]

    @property
    def losses(self) -> Sequence[NameField]:
        """The events that lose an attempt."""
        return [
            NameField(number, chosen, one := f"lost-{number}", one == self.focus, self._absent(chosen))
            for number, chosen in enumerate(self.draft.lost)
        ]

    def _absent(self, chosen: str) -> str:
        return "" if self.offers.has(chosen) else chosen.removeprefix(EVENT)

    @property
    def few(self) -> bool:
        """Whether there are so few steps that none can go."""
        return len(self.draft.steps) <= 2

    @property
    def open_rules(self) -> bool:
        """Whether the further rules say something that should be seen."""
        draft = self.draft
        usual = draft.order == "ordered" and draft.count == "best" and not draft.lost
        return not usual or any(name in self.wrong for name in ("order", "count", "lost"))

    @property
    def in_words(self) -> Sequence[str]:
        """What is wrong, one sentence each."""
        return list(dict.fromkeys(self.wrong.values()))


@dataclass(frozen=True)
class HeldCondition:
    """A condition of a step, and what the log holds of it.

    Attributes:
        form: The form.
        step: The step.
        asked: The condition.
        held: What the log holds.
    """

    form: Form
    step: Step
    asked: Compare
    held: Held

    @property
    def words(self) -> str:
        """The condition in words."""
        return condition_in_words(self.asked, words(language()))

    @property
    def warning(self) -> str:
        """That no event has what is asked for, and what was probably meant; empty where some have it."""
        if self.held.known and not self.held.missing:
            return ""
        filled = {"step": self.step.title, "property": self.asked.property}
        if self.held.known:
            like, missing = self.held.near, self._listed(self.held.missing)
            said = gettext("No event of “%(step)s” has %(value)s as “%(property)s”.") % {**filled, "value": missing}
        else:
            like = near(self.asked.property, [one.name for one in self.form.offers.properties])
            said = gettext("No event of “%(step)s” has the property “%(property)s”.") % filled
        meant = gettext("Did you mean %(near)s?") % {"near": self._listed(like)} if like else ""
        return f"{said} {meant}".strip()

    def _listed(self, texts: Sequence[str]) -> str:
        said = words(language())
        return said.any_of(map(said.quoted, texts))


@dataclass
class FormStep:
    """One step of the fields."""

    form: Form
    place: int

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.place + 1

    @property
    def draft(self) -> DraftStep:
        """What stands in its fields."""
        return self.form.draft.steps[self.place]

    @property
    def wrong(self) -> str:
        """What is wrong with it."""
        return self.form.wrong.get(f"step-{self.place}", "")

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
        return self.draft.optional or not (self.first or self.last)

    @property
    def focus(self) -> str:
        """Which of its buttons gets the focus: ``up``, ``down``, ``or``, ``and`` or none."""
        verb, _, place = self.form.focus.partition("-")
        return verb if place == str(self.place) else ""

    @property
    def names(self) -> Sequence[NameField]:
        """Its choices."""
        return [
            NameField(
                number, chosen, one := f"step-{self.place}-name-{number}", one == self.form.focus, self._absent(chosen)
            )
            for number, chosen in enumerate(self.draft.names)
        ]

    def _absent(self, chosen: str) -> str:
        """The name of what is chosen, where the log does not have it; else empty."""
        return "" if self.form.offers.has(chosen) else chosen.removeprefix(EVENT).removeprefix(STAGE)

    @property
    def conditions(self) -> Sequence[ConditionField]:
        """Its conditions."""
        wrong = self.form.wrong
        return [
            ConditionField(
                number,
                line,
                wrong.get(f"step-{self.place}-condition-{number}", ""),
                one := f"step-{self.place}-property-{number}",
                one == self.form.focus,
            )
            for number, line in enumerate(self.draft.conditions)
        ]

    @property
    def kept(self) -> str:
        """The condition that the fields cannot show, in words; empty where there is none."""
        drafted, saved = self.draft, self.form.saved
        if not drafted.keeps or drafted.origin is None or saved is None:
            return ""
        try:
            steps = saved.funnel.steps
        except TragtError:
            return ""
        where = steps[drafted.origin].where if drafted.origin < len(steps) else None
        return "" if where is None or plain(where) is not None else condition_in_words(where, words(language()))
