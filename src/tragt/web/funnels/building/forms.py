"""The fields of the builder as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.errors import InvalidDefinition
from tragt.funnel import Compare, Funnel, Step
from tragt.funnel.condition import Operator
from tragt.funnel.definition import Order, Skips, Unit
from tragt.funnel.stage_steps import told
from tragt.funnel.words import words
from tragt.funnel.words.conditions import condition_in_words
from tragt.web.funnels import queries
from tragt.web.funnels.building.choices import NO_PLACES, Places
from tragt.web.funnels.building.draft import HELD, Draft
from tragt.web.funnels.building.lines import lines_of
from tragt.web.funnels.building.offers import Offer, Offers
from tragt.web.funnels.building.reading import Built
from tragt.web.funnels.building.rows import FormExclude, FormMatch, FormStep, NameField
from tragt.web.funnels.building.unit_properties import NOTHING_ASKABLE, Askable
from tragt.web.funnels.building.values import Held, held, near
from tragt.web.funnels.counting.steady import steady_version
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind
from tragt.web.funnels.showing.presenting import Page, Sentence, language, sentence_of

__all__ = ["Form"]

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
TIMES = {
    "seconds": _("seconds"),
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
    "weeks": _("weeks"),
}
WINDOWS = {"session": _("in the same session"), "none": _("no limit")}
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
SKIPS = {Skips.FILL: _("Counts as reached"), Skips.DROP: _("Ends the attempt there")}
_RULES = ("order", "count", "skips", "lost", "reopen", "exclude", "hold", "among", "tolerance")


def _choices(choices: object) -> list[tuple[str, object]]:
    return [(str(value), text) for value, text in choices.items()]  # type: ignore[attr-defined]


@dataclass
class Form:
    """The fields as the page shows them.

    Attributes:
        draft: What stands in them.
        offers: What the log has to choose from.
        places: What pipelines and the lifecycle have to choose from.
        askable: What can be asked of units.
        built: What came of it; None before anything was sent.
        saved: The funnel that is changed; None for a new one.
        focus: The field that gets the focus.
        version: The version of the saved funnel that is changed.
        changed: What is said where somebody else changed it meanwhile; empty where nobody did.
        page: What a first count gives; None where there is none.
    """

    draft: Draft
    offers: Offers
    places: Places = NO_PLACES
    askable: Askable = NOTHING_ASKABLE
    built: Built | None = None
    saved: SavedFunnel | None = None
    focus: str = ""
    version: int | None = None
    changed: str = ""
    page: Page | None = None
    before: Funnel | None = field(default=None, repr=False)

    units, operators, times, orders, counts, skip_choices = map(
        _choices, (UNITS, OPERATORS, TIMES, ORDERS, COUNTS, SKIPS)
    )
    periods, compares = PeriodKind.choices, Compared.choices

    @property
    def scales(self) -> list[tuple[str, object]]:
        """Units of the window; seconds only where it is said in them."""
        times = [one for one in self.times if one[0] != "seconds" or self.draft.scale == "seconds"]
        return [*times, *_choices(WINDOWS)]

    @cached_property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {one.field: one.text for one in self.built.mistakes} if self.built else {}

    @cached_property
    def steps(self) -> Sequence[FormStep]:
        """The steps."""
        return [FormStep(self, "step", place) for place in range(len(self.draft.steps))]

    @cached_property
    def lost(self) -> Sequence[FormMatch]:
        """The events that lose an attempt."""
        return [FormMatch(self, "lost", place) for place in range(len(self.draft.lost))]

    @cached_property
    def reopen(self) -> Sequence[FormMatch]:
        """The events that make a loss void."""
        return [FormMatch(self, "reopen", place) for place in range(len(self.draft.reopen))]

    @cached_property
    def exclude(self) -> Sequence[FormExclude]:
        """The events that end an attempt between two steps."""
        return [FormExclude(self, "exclude", place) for place in range(len(self.draft.exclude))]

    @cached_property
    def where(self) -> FormMatch:
        """The condition on the unit."""
        return FormMatch(self, "where", 0)

    @property
    def among(self) -> Sequence[NameField]:
        """The events that count as coming between."""
        return [
            NameField(number, chosen, one := f"among-{number}", one == self.focus, self.absent(chosen))
            for number, chosen in enumerate(self.draft.among)
        ]

    @property
    def hold(self) -> Sequence[str]:
        """The properties that are held constant, and room for more."""
        return _with_room(self.draft.hold)

    @property
    def breakdowns(self) -> Sequence[str]:
        """The properties that the funnel is divided by, and room for more."""
        return _with_room(self.draft.breakdowns)

    @cached_property
    def groups(self) -> Sequence[tuple[str, Sequence[Offer]]]:
        """What a step can be, in groups: the places of pipelines and of the lifecycle, stages by name, events."""
        placed = [(name, [Offer(one.value, one.text, 0) for one in group]) for name, group in self.places.groups]
        by_name = gettext("Stages by name, in any pipeline") if placed else gettext("Stages of deals")
        staged = [(by_name, self.offers.stages)] if self.offers.stages else []
        return [*placed, *staged, (gettext("Events"), self.offers.events)]

    @cached_property
    def sentence(self) -> Sentence | None:
        """What the fields mean in words; None where they mean nothing yet."""
        funnel = self.built.funnel if self.built else None
        asked = self.built.asked if self.built else None
        if funnel is None or asked is None:
            return None
        names = self.offers.names
        return sentence_of(names.shown(funnel), queries.days_of(asked.period, self._meant or funnel))

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
        asked = [(step, shown, one) for step, shown in steps for one in _comparisons(step)]
        version = steady_version() if asked else ""
        found = ((shown, one, held(step.names, one, version)) for step, shown, one in asked)
        return [HeldCondition(self, shown, one, answer) for shown, one, answer in found if answer is not None]

    def absent(self, chosen: str) -> str:
        """The name of what was chosen, where it is not there any more; else empty."""
        if self.offers.has(chosen) or self.places.offers(chosen):
            return ""
        kept = self.places.keeping(self.before).of(chosen)
        return kept.text if kept else chosen[2:]

    @property
    def few(self) -> bool:
        """Whether there are so few steps that none can go."""
        return len(self.draft.steps) <= 2

    @property
    def any_order(self) -> bool:
        """Whether steps come in any order."""
        return self.draft.order == Order.ANY

    @property
    def over_stages(self) -> bool:
        """Whether some step is a stage, so that one can be skipped."""
        return bool(self.draft.skips) or any(name[:2] in ("s:", "k:") for row in self.draft.steps for name in row.names)

    @property
    def skips(self) -> str:
        """What a skipped stage means now."""
        if self.draft.skips or self.built is None or self.built.funnel is None:
            return self.draft.skips
        return str(self.built.funnel.skips or Skips.DROP)

    @property
    def open_rules(self) -> bool:
        """Whether the further rules say something that should be seen."""
        draft = self.draft
        usual = draft.order == "ordered" and draft.count == "best" and not draft.tolerance
        said = any((draft.lost, draft.reopen, draft.exclude, draft.hold, draft.among))
        return not usual or said or any(name.split("-")[0] in _RULES for name in self.wrong)

    @property
    def open_where(self) -> bool:
        """Whether something is asked of the unit, or wrong with that."""
        row = self.draft.where[0]
        return bool(row.conditions or row.keeps) or any(name.split("-")[0] == "where" for name in self.wrong)

    @property
    def open_besides(self) -> bool:
        """Whether something is compared, valued or divided, or wrong with that."""
        draft = self.draft
        said = draft.compare != Compared.NOTHING or bool(draft.value or draft.breakdowns)
        return said or any(name in self.wrong for name in ("compare", "value", "breakdowns"))

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


def _comparisons(step: Step) -> list[Compare]:
    """The comparisons of a step beside those that say for what stage it stands."""
    lines = lines_of(told(step.where)[1]) or ()
    return [one for _joint, one in lines if isinstance(one, Compare)]


def _with_room(names: Sequence[str]) -> list[str]:
    return [*names, *[""] * max(HELD - len(names), 0)]
