"""What a blueprint of a pipeline says. The unit of observation is the stage.

A blueprint is where a firm begins; its probabilities and targets are starting points, not findings. They agree with
each other: the probability of winning from a stage is the product of the targets from there on. What the firm's own
deals say is another figure.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext

from tragt.web.crm.models import Level, Mark, Market, PipelineKind

__all__ = ["Blueprint", "StageBlueprint"]

Text = str | Promise


@dataclass(frozen=True, slots=True)
class StageBlueprint:
    """A stage as a blueprint proposes it; texts are in the language of whoever reads them.

    Attributes:
        name: What it is called, in a word or two.
        level: Which part of the funnel it belongs to.
        criteria: What must be true of a deal, or a person, that enters it.
        expect: What usually happens in it.
        do: What to do in it.
        rotting_days: Days without anything done after which it rots; None where nothing rots.
        target: Per cent that go on; None where there is none.
        probability: Per cent that are won from here; None for persons.
        required: Fields that must be filled in, by the codes of `requirements.REQUIRABLE`.
        enters_on: Names of events that lead here.
        mark: What a person who comes here is marked as.
    """

    name: Text
    level: Level
    criteria: Text
    expect: Text
    do: Text
    rotting_days: int | None = None
    target: int | None = None
    probability: int | None = None
    required: tuple[str, ...] = ()
    enters_on: tuple[str, ...] = ()
    mark: Mark | None = None

    @property
    def playbook(self) -> str:
        """What to expect and what to do, under their headings."""
        expect, do = pgettext("playbook", "What to expect"), pgettext("playbook", "What to do")
        return f"{expect}\n{self.expect}\n\n{do}\n{self.do}"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A pipeline, or the lifecycle, that somebody may begin with.

    Attributes:
        code: How addresses name it.
        name: What it is called.
        about: For whom it is, in a sentence.
        stages: In their order.
        kind: What moves through it.
        market: The class of customers it is for; None for any.
    """

    code: str
    name: Text
    about: Text
    stages: tuple[StageBlueprint, ...]
    kind: PipelineKind = PipelineKind.DEALS
    market: Market | None = None
