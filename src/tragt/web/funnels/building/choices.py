"""What a step can be: an event, a stage, an end of a pipeline, a mark; as a field sends it and as a definition says it.

A definition keeps no choice but the condition that it stands for, from which the choice is read again. So a step over a
stage that was removed since can be looked at, moved and saved like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tragt.funnel import AnyOf, Compare, Funnel, Match, Step
from tragt.funnel.condition import Condition, Operator
from tragt.funnel.definition import Unit
from tragt.funnel.stage_steps import Kind, Told, told
from tragt.funnel.stages import Pipeline
from tragt.web.crm.queries.funnels import StagesTold, mark_match, stages_told

__all__ = [
    "END",
    "ENDS",
    "EVENT",
    "MARK",
    "NAMED",
    "NO_PLACES",
    "STAGE",
    "STAGES_OF",
    "Place",
    "Places",
    "choices_of",
    "in_stages",
    "places",
    "sides",
    "stands_for_stage",
]

EVENT, NAMED, STAGE, END, MARK = "e:", "s:", "k:", "p:", "m:"
"""What stands before the value of a choice: an event; a stage by its name, a stage by its key, an end, a mark."""

STAGES_OF = Pipeline(stages=())
"""How the log calls what happens to deals."""

ENDS: Mapping[str, str] = {"won": STAGES_OF.won, "lost": STAGES_OF.lost, "reopened": STAGES_OF.reopened}
MARKS = ("mql", "sql")
_ENTERING = (STAGES_OF.entered, STAGES_OF.created)
_OF_DEALS = {*_ENTERING, *ENDS.values()}


@dataclass(frozen=True, slots=True)
class Place:
    """Something of a pipeline or of the lifecycle that a step can stand for.

    Attributes:
        value: As the field sends it.
        text: What it is called.
        match: The events that tell of it.
        unit: Of what it tells.
        pipeline: What its pipeline is called.
        label: What a step over it is called; empty is by its event.
    """

    value: str
    text: str
    match: Match
    unit: Unit
    pipeline: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """What pipelines and the lifecycle have to choose from.

    Attributes:
        groups: By pipeline its name and its places, in their order.
        kept: Places that a definition stands for, which may not be there any more.
    """

    groups: tuple[tuple[str, tuple[Place, ...]], ...] = ()
    kept: Mapping[str, Place] = field(default_factory=dict)

    def of(self, value: str) -> Place | None:
        """What a choice stands for; None where it is not known, or is an event or a stage by its name."""
        kept = self.kept.get(value)
        return kept or next((one for _name, group in self.groups for one in group if one.value == value), None)

    def keeping(self, funnel: Funnel | None) -> "Places":
        """With those that a definition stands for, as it says them."""
        if funnel is None:
            return self
        matches = [step.match for step in funnel.steps]
        rules = [*matches, *(one.match for one in funnel.exclude), *funnel.lost, *funnel.reopen]
        kept = {value: place for match in rules for value, place in _kept(match).items()}
        labels = {one: step.label for step in funnel.steps for one in _lone(step)}
        named = {value: _labelled(place, labels.get(value, "")) for value, place in kept.items()}
        return Places(self.groups, named)

    def offers(self, value: str) -> bool:
        """Whether a choice is among those that are there now."""
        return any(one.value == value for _name, group in self.groups for one in group)


NO_PLACES = Places()


def places() -> Places:
    """What pipelines and the lifecycle have to choose from, as they are now."""
    return Places(tuple((_group_name(told_of), tuple(_places_of(told_of))) for told_of in stages_told()))


def choices_of(match: Match) -> tuple[tuple[str, ...], Condition | None]:
    """The choices that a match stands for, and what is asked besides.

    Args:
        match: Of a step or of another rule.
    """
    stands, rest = told(match.where)
    found = [_choice(match, one) for one in stands]
    if found and all(found):
        return tuple(dict.fromkeys(found)), rest
    return tuple(EVENT + name for name in match.names), match.where


def in_stages(stages: Sequence[str]) -> AnyOf:
    """The condition that a deal enters one of these stages, or is created in it."""
    return AnyOf(tuple(Compare(name, Operator.EQUALS, stage) for stage in stages for name in ("to", "stage")))


def sides(match: Match) -> set[Unit | None]:
    """Of what the events of a match tell: stages of deals, of persons, or neither, which is None.

    Args:
        match: Of a step.
    """
    if set(match.names) <= _OF_DEALS:
        return {Unit.DEAL}
    return {Unit.PERSON if told(match.where)[0] else None}


def stands_for_stage(match: Match) -> bool:
    """Whether a match stands for a stage, an end or a mark."""
    return bool(told(match.where)[0])


def _choice(match: Match, one: Told) -> str:
    """The choice that a part of a match stands for; empty where none does."""
    deals = match.names == _ENTERING
    match one.kind:
        case Kind.NAMED if deals:
            return NAMED + one.name
        case Kind.STAGE if deals or match.names == mark_match(MARKS[0]).names:
            return f"{STAGE}{one.key}"
        case Kind.MARK if match.names == mark_match(MARKS[0]).names:
            return MARK + one.name
        case Kind.END if len(match.names) == 1:
            ends = {event: end for end, event in ENDS.items()}
            return f"{END}{ends[match.names[0]]}:{one.key}" if match.names[0] in ends else ""
    return ""


def _kept(match: Match) -> dict[str, Place]:
    found = {}
    for one in told(match.where)[0]:
        value = _choice(match, one)
        if value and not value.startswith(NAMED):
            unit = Unit.DEAL if set(match.names) <= _OF_DEALS else Unit.PERSON
            label = _mark_name(one.name) if one.kind is Kind.MARK else one.name
            own = Match(match.names, one.condition)
            found[value] = Place(value, label or match.names[0], own, unit, one.pipeline, label)
    return found


def _lone(step: Step) -> tuple[str, ...]:
    """The choice of a step that stands for one stage alone."""
    found, _rest = choices_of(step.match)
    return found if len(found) == 1 and step.label != " or ".join(step.names) else ()


def _labelled(place: Place, label: str) -> Place:
    if not label or label == place.label:
        return place
    return Place(place.value, label, place.match, place.unit, place.pipeline, label)


def _group_name(one: StagesTold) -> str:
    if one.unit is Unit.PERSON:
        return _("Lifecycle: %(name)s") % {"name": one.name}
    return _("Pipeline: %(name)s") % {"name": one.name}


def _places_of(one: StagesTold) -> list[Place]:
    stages = [Place(f"{STAGE}{row.key}", row.name, row.match, one.unit, one.name, row.name) for row in one.stages]
    if one.unit is Unit.PERSON:
        return [*stages, *(_place_of_mark(mark, one) for mark in MARKS)]
    ends = {
        "won": (pgettext("deal", "Won"), one.won),
        "lost": (pgettext("deal", "Lost"), one.lost),
        "reopened": (pgettext("deal", "Reopened"), one.reopened),
    }
    return [
        *stages,
        *(
            Place(f"{END}{end}:{one.first_key}", text, match, one.unit, one.name)
            for end, (text, match) in ends.items()
            if match is not None
        ),
    ]


def _place_of_mark(mark: str, one: StagesTold) -> Place:
    text = _("Marked as %(mark)s") % {"mark": _mark_name(mark)}
    return Place(MARK + mark, text, mark_match(mark), one.unit, one.name, _mark_name(mark))


def _mark_name(mark: str) -> str:
    return mark.upper()
