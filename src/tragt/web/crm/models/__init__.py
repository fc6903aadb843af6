"""The tables of pipelines, deals, products, the lifecycle of persons, and activities."""

from tragt.web.crm.models.activities import Activity, ActivityKind, Repeat
from tragt.web.crm.models.deals import Deal, LostReason, Member, MemberRole, Move, MoveKind, Status
from tragt.web.crm.models.lifecycle import How, Passage, Standing
from tragt.web.crm.models.markets import Approach, MarketProfile, Sensitivity, Touch
from tragt.web.crm.models.pipelines import Level, Mark, Market, Pipeline, PipelineKind, PipelineVersion, Stage
from tragt.web.crm.models.products import DealLine, Product, ProductReading
from tragt.web.crm.models.segments import Segment, SegmentKind, SegmentMember

__all__ = [
    "Activity",
    "ActivityKind",
    "Approach",
    "Deal",
    "DealLine",
    "How",
    "Level",
    "LostReason",
    "Mark",
    "Market",
    "MarketProfile",
    "Member",
    "MemberRole",
    "Move",
    "MoveKind",
    "Passage",
    "Pipeline",
    "PipelineKind",
    "PipelineVersion",
    "Product",
    "ProductReading",
    "Repeat",
    "Segment",
    "SegmentKind",
    "SegmentMember",
    "Sensitivity",
    "Stage",
    "Standing",
    "Status",
    "Touch",
]
