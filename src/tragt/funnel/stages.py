"""A funnel over the stages of a pipeline.

The unit of observation is the deal. Where deals are *now* is another figure: `tragt.funnel.stock`.
"""

from dataclasses import dataclass

from tragt.funnel.condition import AllOf, AnyOf, Compare, Operator
from tragt.funnel.definition import Funnel, Skips, Unit, Window
from tragt.funnel.steps import Match, Step

__all__ = ["Pipeline", "stage_funnel"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages deals move through, and the events that tell of it.

    Args:
        stages: Names of the stages in their order, without won and lost.
        name: Name of the pipeline, where the events carry one; empty takes the events of any.
        entered: Event of entering a stage; its property ``to`` names the stage.
        created: Event of creation; its property ``stage`` (or ``to``) names the stage a deal is created in.
        won: Event of winning, the last step.
        lost: Event of losing.
        reopened: Event of re-opening.
    """

    stages: tuple[str, ...]
    name: str = ""
    entered: str = "Deal Stage Entered"
    created: str = "Deal Created"
    won: str = "Deal Won"
    lost: str = "Deal Lost"
    reopened: str = "Deal Reopened"


def stage_funnel(pipeline: Pipeline, skips: Skips | str = Skips.FILL, window: Window = None) -> Funnel:
    """The funnel over a pipeline's stages, from the first to won.

    Args:
        pipeline: The stages.
        skips: ``fill``: entering a later stage reaches all earlier ones at that time. ``drop``: the plain ordered
            funnel, so a skip stops there.
        window: The longest time from the entry; None is unlimited.

    Raises:
        InvalidDefinition: The pipeline has no stage.
    """
    steps = [
        Step((pipeline.entered, pipeline.created), where=_in_stage(pipeline, stage), label=stage)
        for stage in pipeline.stages
    ]
    return Funnel(
        steps=(*steps, Step((pipeline.won,), where=_in_pipeline(pipeline))),
        unit=Unit.DEAL,
        window=window,
        lost=(Match((pipeline.lost,), _in_pipeline(pipeline)),),
        reopen=(Match((pipeline.reopened,), _in_pipeline(pipeline)),),
        skips=Skips(skips),
    )


def _in_pipeline(pipeline: Pipeline) -> Compare | None:
    return Compare("pipeline", Operator.EQUALS, pipeline.name) if pipeline.name else None


def _in_stage(pipeline: Pipeline, stage: str) -> AllOf | AnyOf:
    entered = AnyOf((Compare("to", Operator.EQUALS, stage), Compare("stage", Operator.EQUALS, stage)))
    ours = _in_pipeline(pipeline)
    return AllOf((ours, entered)) if ours else entered
