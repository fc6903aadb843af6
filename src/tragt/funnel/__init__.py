"""The funnel: definition, reference, engine, report, picture."""

from tragt.funnel.condition import AllOf, AnyOf, Compare, Member
from tragt.funnel.definition import Exclude, Funnel, Match, Step
from tragt.funnel.picture import draw
from tragt.funnel.question import Breakdown, Period
from tragt.funnel.report import Report
from tragt.funnel.run import Context, run

__all__ = [
    "AllOf",
    "AnyOf",
    "Breakdown",
    "Compare",
    "Context",
    "Exclude",
    "Funnel",
    "Match",
    "Member",
    "Period",
    "Report",
    "Step",
    "draw",
    "run",
]
