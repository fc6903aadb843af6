"""The funnel over the stages of a pipeline or of the lifecycle: kept beside the saved ones, in step with its stages."""

from dataclasses import replace

from django.db import transaction

from tragt.errors import TragtError
from tragt.funnel import Funnel
from tragt.web.crm.models import Pipeline, PipelineKind
from tragt.web.crm.queries.funnels import funnel_of, lifecycle_funnel, targets_of
from tragt.web.funnels.actions import Follows, follow
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.shell.holding import hold

__all__ = ["funnel_over"]


def funnel_over(pipeline: Pipeline) -> SavedFunnel:
    """The saved funnel over a pipeline as its stages are now; where there is none it is saved, and belongs to nobody.

    Steps, ends and targets are the pipeline's. Name, period, window and the other rules stay as somebody set them. A
    funnel whose steps somebody changed is theirs from then on, and another one follows the pipeline.

    Args:
        pipeline: A pipeline of deals, or the lifecycle.

    Raises:
        InvalidDefinition: The pipeline has no stage, or the lifecycle fewer than two.
    """
    with transaction.atomic():
        hold(Pipeline, pipeline.pk)  # else two who open it at the same moment would each save one
        derived, follows = _derived(pipeline), Follows(pipeline, targets_of(pipeline))
        standing = saved_funnels().filter(pipeline=pipeline).first()
        if standing is not None:
            hold(SavedFunnel, standing.pk)
            standing = saved_funnels().filter(pk=standing.pk, pipeline=pipeline).first()  # as others left it
        if standing is None:
            return follow(derived, follows)
        funnel = _over_stages(standing, derived)
        if standing.definition == to_json(funnel) and standing.targets == dict(follows.targets):
            return standing
        return follow(funnel, follows, standing)


def _derived(pipeline: Pipeline) -> Funnel:
    return lifecycle_funnel(pipeline) if pipeline.kind == PipelineKind.LIFECYCLE else funnel_of(pipeline)


def _over_stages(standing: SavedFunnel, derived: Funnel) -> Funnel:
    """A funnel over the stages as they are now, with the rules that it has; as derived where these fit no more."""
    try:
        before = standing.funnel
        return replace(
            before, steps=derived.steps, unit=derived.unit, lost=derived.lost, reopen=derived.reopen, name=derived.name
        )
    except TragtError:
        return derived
