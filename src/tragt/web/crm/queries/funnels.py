"""The funnel over a pipeline: the flow of its deals through the stages. How many are where now is another figure."""

from collections.abc import Iterable, Mapping

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, AnyOf, Compare, Funnel, Match, Step
from tragt.funnel import stages as flow
from tragt.funnel.condition import Condition, Operator
from tragt.funnel.definition import Skips, Unit, Window
from tragt.web.crm.models import Pipeline, PipelineVersion
from tragt.web.crm.queries.pipelines import names_ever, stages_of

__all__ = ["funnel_of", "targets_of"]

_TOLD = flow.Pipeline(stages=())
"""How the log calls what happens to deals."""


def funnel_of(pipeline: Pipeline, skips: Skips | str = Skips.FILL, window: Window = None) -> Funnel:
    """The funnel of deals over the stages in use, from the first to won, as they were called at any time.

    What was recorded here names its stage by key too, so that a name that went from one stage to another counts for the
    right one. History from files has names alone: there, a name that several stages had counts for each of them.

    Args:
        pipeline: A pipeline of deals.
        skips: Whether a later stage reaches the earlier ones (``fill``) or a skip stops there (``drop``).
        window: The longest time from the entry; None is unlimited.

    Raises:
        InvalidDefinition: The pipeline has no stage.
    """
    stages = list(stages_of(pipeline))
    if not stages:
        raise InvalidDefinition(
            "crm.no_stages", f"The pipeline '{pipeline.name}' has no stage. Add one first.", pipeline=pipeline.name
        )
    names = names_ever(pipeline)
    ours = Compare("pipeline", Operator.IN, _called(pipeline))
    any_of_ours = AnyOf((ours, Compare("stage_key", Operator.IN, tuple(names))))
    steps = [
        Step((_TOLD.entered, _TOLD.created), where=_in(stage.pk, names[stage.pk], ours, names), label=stage.name)
        for stage in stages
    ]
    return Funnel(
        steps=(*steps, Step((_TOLD.won,), where=any_of_ours)),
        unit=Unit.DEAL,
        window=window,
        lost=Match((_TOLD.lost,), any_of_ours),
        reopen=Match((_TOLD.reopened,), any_of_ours),
        skips=Skips(skips),
        name=pipeline.name,
    )


def targets_of(pipeline: Pipeline) -> Mapping[str, float]:
    """What share of deals should go on from each stage, as the leaks of `funnel_of` take it (`funnel.leaks.Rules`).

    A stage says what share goes on from it; a funnel says what share comes to the step after it.

    Args:
        pipeline: A pipeline of deals.

    Returns:
        The share, 0 to 1, by the title of the step that it leads to; stages without a target are left out.
    """
    stages = list(stages_of(pipeline))
    titles = [*(stage.name for stage in stages[1:]), Step((_TOLD.won,)).title]
    asked = zip(stages, titles, strict=True) if stages else ()
    return {title: stage.target / 100 for stage, title in asked if stage.target is not None}


def _called(pipeline: Pipeline) -> tuple[str, ...]:
    """What the pipeline was ever called."""
    before = PipelineVersion.objects.filter(pipeline=pipeline).order_by("-number").values_list("name", flat=True)
    return tuple(dict.fromkeys([pipeline.name, *before]))


def _in(key: int, called: tuple[str, ...], ours: Condition, names: Iterable[int]) -> Condition:
    """That an event tells of a stage: by its key, or by a name where it names no other stage by key."""
    named = AnyOf(tuple(Compare(told, Operator.IN, called) for told in ("to", "stage")))
    no_other = tuple(Compare("stage_key", Operator.NOT_EQUALS, other) for other in names if other != key)
    return AnyOf((Compare("stage_key", Operator.EQUALS, key), AllOf((ours, named, *no_other))))
