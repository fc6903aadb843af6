"""The funnel over the stages of a pipeline of deals: kept beside the saved ones, and in step with its stages."""

from dataclasses import replace

from django.db import transaction

from tragt.errors import TragtError
from tragt.funnel import Funnel
from tragt.web.crm.models import Pipeline
from tragt.web.crm.queries.funnels import funnel_of, targets_of
from tragt.web.funnels.actions import Follows, save
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.holding import hold

__all__ = ["funnel_over"]


def funnel_over(pipeline: Pipeline) -> SavedFunnel:
    """The saved funnel over a pipeline as its stages are now; where there is none it is saved, and belongs to nobody.

    Steps, ends and targets are the pipeline's. Name, period, window and the other rules stay as somebody set them. A
    funnel whose steps somebody changed is theirs from then on, and another one follows the pipeline.

    Args:
        pipeline: A pipeline of deals.

    Raises:
        InvalidDefinition: The pipeline has no stage.
    """
    with transaction.atomic():
        hold(Pipeline, pipeline.pk)  # else two who open it at the same moment would each save one
        derived, follows = funnel_of(pipeline), Follows(pipeline, targets_of(pipeline))
        standing = saved_funnels().filter(pipeline=pipeline).first()
        if standing is not None:
            hold(SavedFunnel, standing.pk)
            standing = saved_funnels().filter(pk=standing.pk, pipeline=pipeline).first()  # as others left it
        if standing is None:
            return save(SYSTEM, derived, pipeline.name, follows=follows)
        funnel = _over_stages(standing, derived)
        if standing.definition == to_json(funnel) and standing.targets == dict(follows.targets):
            return standing
        return save(SYSTEM, funnel, standing.name, standing.saved_period, standing, follows=follows)


def _over_stages(standing: SavedFunnel, derived: Funnel) -> Funnel:
    """A funnel over the stages as they are now, with the rules that it has; as derived where these fit no more."""
    try:
        before = standing.funnel
        return replace(
            before, steps=derived.steps, unit=derived.unit, lost=derived.lost, reopen=derived.reopen, name=derived.name
        )
    except TragtError:
        return derived
