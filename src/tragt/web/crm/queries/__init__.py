"""Reading pipelines, deals, activities and the lifecycle, always as the one who looks may see them."""

from tragt.web.crm.queries.deals import actor_of, changeable_deals, deal_of, open_deals, primary_contact, visible_deals
from tragt.web.crm.queries.pipelines import lifecycle, lost_reasons, pipeline_of, pipelines, stage_of, stages_of

__all__ = [
    "actor_of",
    "changeable_deals",
    "deal_of",
    "lifecycle",
    "lost_reasons",
    "open_deals",
    "pipeline_of",
    "pipelines",
    "primary_contact",
    "stage_of",
    "stages_of",
    "visible_deals",
]
