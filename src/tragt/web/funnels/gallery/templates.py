"""Templates of funnels: which happenings in which order, and what of the log these are. The unit is the template."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, count

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.errors import InvalidDefinition, NotFound
from tragt.funnel import AnyOf, Funnel, Step
from tragt.funnel.condition import Condition
from tragt.funnel.definition import Skips, Unit
from tragt.web.crm.models import Level, Pipeline, Stage
from tragt.web.crm.queries.funnels import StagesTold, stages_told
from tragt.web.funnels.building.choices import EVENT, NAMED, STAGES_OF, Place, in_stages, places, sides
from tragt.web.funnels.building.offers import offers
from tragt.web.funnels.gallery.covering import covered
from tragt.web.funnels.gallery.happenings import HAPPENINGS, Happening, Named, matched
from tragt.web.funnels.queries import saved_funnels

__all__ = [
    "TEMPLATES",
    "Choices",
    "FunnelTemplate",
    "Levelled",
    "built",
    "choices_there",
    "followable",
    "free_name",
    "funnel_of_levels",
    "levelled",
    "template_of",
]

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class FunnelTemplate:
    """A funnel before anybody said what its steps are called.

    Attributes:
        code: By which programs know it.
        name: What it is called.
        about: What it is for.
        steps: Codes of happenings, in their order.
        unit: What is counted.
        days: The longest time from the first step to the last; None is unlimited.
    """

    code: str
    name: Promise
    about: Promise
    steps: tuple[str, ...]
    unit: Unit = Unit.PERSON
    days: int | None = None

    @property
    def happenings(self) -> list[tuple[str, Happening]]:
        """Its steps, each with its code."""
        return [(code, HAPPENINGS[code]) for code in self.steps]


TEMPLATES: tuple[FunnelTemplate, ...] = (
    FunnelTemplate(
        "five",
        pgettext_lazy("template", "Five stages"),
        _("From the first contact to the loyal customer: awareness, interest, decision, action, loyalty."),
        ("heard", "interested", "wanted", "bought", "loyal"),
        days=365,
    ),
    FunnelTemplate(
        "aida",
        pgettext_lazy("template", "AIDA"),
        _("The four classical stages: attention, interest, desire, action."),
        ("heard", "interested", "wanted", "bought"),
        days=180,
    ),
    FunnelTemplate(
        "tofu",
        pgettext_lazy("template", "Top, middle, bottom"),
        _("TOFU, MOFU, BOFU: how many get from the top of the funnel to its middle and to its bottom."),
        ("top", "middle", "bottom"),
        days=180,
    ),
    FunnelTemplate(
        "b2b_sales",
        pgettext_lazy("template", "B2B sales"),
        _("Deals from prospecting to the signature. Shows where your sellers lose them."),
        ("prospected", "contacted", "needed", "offered", "objected", "won"),
        unit=Unit.DEAL,
    ),
    FunnelTemplate(
        "web_shop",
        pgettext_lazy("template", "Web shop"),
        _("From looking at a product to the paid order. Shows where baskets are left."),
        ("viewed_product", "added", "checkout", "paid"),
        days=7,
    ),
    FunnelTemplate(
        "b2b_web",
        pgettext_lazy("template", "B2B website"),
        _("From the visitor of your website to the contract, through leads and sales conversations."),
        ("visited", "interested", "nurtured", "talked", "bought"),
        days=180,
    ),
    FunnelTemplate(
        "saas",
        pgettext_lazy("template", "SaaS trial"),
        _("From the visit through the trial to the subscription. Shows whether trials come to use it."),
        ("visited", "signed_up", "activated", "subscribed", "stayed"),
        days=90,
    ),
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What of the log a step of a template can be.

    Attributes:
        events: Value, name and number of each event, the most frequent first.
        stages: Value, name and number of the stages that events name and no stage of a pipeline stands for.
        places: By pipeline its name and its places.
        named: All of these, by which happenings are found.
    """

    events: tuple[tuple[str, str, int], ...]
    stages: tuple[tuple[str, str, int], ...]
    places: tuple[tuple[str, tuple[Place, ...]], ...]
    named: tuple[Named, ...]

    @property
    def some(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.events)

    def found(self, template: FunnelTemplate) -> dict[str, str]:
        """What each step of a template probably is, by the code of its happening; stages are of one pipeline."""
        of_log = [one for one in self.named if one.value.startswith(EVENT)]
        if template.unit is not Unit.DEAL:
            return matched(template.steps, of_log)
        groups = [{place.value for place in group} for _name, group in self.places]
        groups.append({value for value, _text, _count in self.stages})
        ways = [matched(template.steps, of_log)]
        ways += [
            matched(template.steps, [*of_log, *(one for one in self.named if one.value in group)]) for group in groups
        ]
        return max(ways, key=lambda way: (len(way), sum(not value.startswith(EVENT) for value in way.values())))


def choices_there() -> Choices:
    """What there is to choose from, as the log and the pipelines are now."""
    found, groups = offers(), places().groups
    words = found.names
    events = tuple((one.value, one.text, one.count) for one in found.events)
    placed = covered([one.text for one in found.stages], [one for _name, group in groups for one in group], words)
    stages = tuple((NAMED + one.text, one.text, one.count) for one in found.stages if one.text not in placed)
    named = [
        *(Named(value, _texts(value.removeprefix(EVENT), text, words.spellings)) for value, text, _n in events),
        *(Named(value, (text,)) for value, text, _n in stages),
        *(Named(one.value, (one.text,)) for _group, group in groups for one in group),
    ]
    counted = {value: number for value, _text, number in (*events, *stages)}
    return Choices(
        events, stages, groups, tuple(Named(one.value, one.texts, counted.get(one.value, 0)) for one in named)
    )


def template_of(code: str) -> FunnelTemplate:
    """The template of a code.

    Raises:
        NotFound: There is none.
    """
    for one in TEMPLATES:
        if one.code == code:
            return one
    known = ", ".join(one.code for one in TEMPLATES)
    raise NotFound("funnels.no_template", f"There is no template '{code}'; there are {known}.", given=code)


def built(template: FunnelTemplate, chosen: Mapping[str, str], there: Choices) -> Funnel:
    """The funnel of a template with what its steps are in the log.

    Args:
        template: The template.
        chosen: By the code of a happening what it is: a value of the choices, or the name of an event. A step that is
            left out, or empty, is no step of the funnel.
        there: What there is to choose from.

    Raises:
        InvalidDefinition: Fewer than two steps are chosen, or a choice is none that is there.
    """
    unknown = sorted(set(chosen) - set(template.steps))
    if unknown:
        allowed = ", ".join(template.steps)
        raise InvalidDefinition(
            "funnels.no_such_step", f"The template has no step '{unknown[0]}'; it has {allowed}.", given=unknown[0]
        )
    steps = [_step(value, there) for code in template.steps if (value := chosen.get(code, "").strip())]
    if len(steps) < 2:
        raise InvalidDefinition(
            "funnel.too_few_steps", "A funnel needs at least two steps. Say of two more what they are in your log."
        )
    staged = template.unit is Unit.DEAL and all(sides(step.match) == {Unit.DEAL} for step in steps)
    window = None if template.days is None else timedelta(days=template.days)
    return Funnel(
        steps=tuple(steps),
        unit=template.unit,
        window=window,
        skips=Skips.FILL if staged and len(steps) > 2 else None,
    )


def free_name(name: str) -> str:
    """What a funnel made from a template is called: as the template, with a number where a funnel is called so already.

    Args:
        name: Of the template.
    """
    taken = {one.casefold() for one in saved_funnels().values_list("name", flat=True)}
    names = chain([name], (f"{name} {number}" for number in count(2)))
    return next(one for one in names if one.casefold() not in taken)


@dataclass(frozen=True, slots=True)
class Levelled:
    """A pipeline, or the lifecycle, whose stages say which part of the funnel they belong to."""

    told: StagesTold
    levels: Mapping[int, str]


def levelled() -> list[Levelled]:
    """The pipelines in use, and the lifecycle, of which at least two parts of the funnel have stages."""
    told = stages_told()
    keys = [stage.key for one in told for stage in one.stages]
    levels = dict(Stage.objects.filter(pk__in=keys).exclude(level="").values_list("pk", "level"))
    found = [Levelled(one, {stage.key: levels.get(stage.key, "") for stage in one.stages}) for one in told]
    return [one for one in found if len({level for level in one.levels.values() if level}) > 1]


def funnel_of_levels(one: Levelled) -> Funnel:
    """The funnel over the parts of the funnel that the stages of a pipeline say they belong to, and winning.

    Args:
        one: The pipeline.
    """
    steps = []
    for level in Level:
        matches = [stage.match for stage in one.told.stages if one.levels[stage.key] == level]
        if matches:
            wheres = tuple(match.where for match in matches if match.where is not None)
            steps.append(Step(matches[0].names, _any(wheres), label=str(level.label)))
    won = one.told.won
    if won is not None:
        steps.append(Step(won.names, won.where))
    return Funnel(
        steps=tuple(steps),
        unit=one.told.unit,
        window=None,
        lost=(one.told.lost,) if one.told.lost else (),
        reopen=(one.told.reopened,) if one.told.reopened else (),
        skips=Skips.FILL,
    )


def followable() -> Sequence[Pipeline]:
    """The pipelines in use, and the lifecycle, that have stages and that no funnel follows yet, the lifecycle last."""
    followed = set(saved_funnels().exclude(pipeline=None).values_list("pipeline", flat=True))
    keys = [one.key for one in stages_told() if one.key not in followed and (one.won or len(one.stages) > 1)]
    rows = Pipeline.objects.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _any(wheres: tuple[Condition, ...]) -> Condition:
    return wheres[0] if len(wheres) == 1 else AnyOf(wheres)


def _step(value: str, there: Choices) -> Step:
    if value.startswith(NAMED):
        stage = value.removeprefix(NAMED)
        return Step((STAGES_OF.entered, STAGES_OF.created), in_stages((stage,)), label=stage)
    place = next((one for _name, group in there.places for one in group if one.value == value), None)
    if place is not None:
        return Step(place.match.names, place.match.where, label=place.label)
    name = value.removeprefix(EVENT)
    allowed = {one.removeprefix(EVENT) for one, _text, _count in there.events}
    if there.some and name not in allowed:
        raise InvalidDefinition(
            "funnels.unknown_event", f"The log has no event '{name}'. Choose one that it has.", name=name
        )
    if len(name) > _LONGEST_NAME:
        raise InvalidDefinition(
            "funnels.unknown_event", f"The name of an event has at most {_LONGEST_NAME} characters.", name=name
        )
    return Step((name,))


def _texts(name: str, text: str, spellings: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, text, *spellings(name))))
