"""The funnel over the stages of a pipeline of deals: kept beside the saved ones, and in step with its stages."""

from tragt.web.crm.models import Pipeline
from tragt.web.crm.queries.funnels import funnel_of
from tragt.web.funnels.actions import save
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.shell.acting import SYSTEM

__all__ = ["funnel_over"]


def funnel_over(pipeline: Pipeline) -> SavedFunnel:
    """The saved funnel over a pipeline as its stages are now; where there is none it is saved, and belongs to nobody.

    A funnel that somebody changed in the builder is theirs from then on, and another one follows the pipeline.

    Args:
        pipeline: A pipeline of deals.

    Raises:
        InvalidDefinition: The pipeline has no stage.
    """
    funnel = funnel_of(pipeline)
    standing = saved_funnels().filter(pipeline=pipeline).first()
    if standing is not None and standing.definition == to_json(funnel):
        return standing
    if standing is None:
        return save(SYSTEM, funnel, pipeline.name, pipeline=pipeline)
    return save(SYSTEM, funnel, standing.name, standing.saved_period, standing, pipeline=pipeline)
