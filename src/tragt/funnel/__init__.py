"""The funnel: definition, reference, engine, report, leaks, paths, picture."""

from tragt.funnel.condition import AllOf, AnyOf, Compare, Member
from tragt.funnel.definition import Funnel
from tragt.funnel.paths import conformance, journeys, subfunnel
from tragt.funnel.picture import draw
from tragt.funnel.question import Breakdown, Period
from tragt.funnel.report import Report
from tragt.funnel.run import Context, run
from tragt.funnel.steps import Exclude, Match, Step
from tragt.funnel.value import Value

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
    "Value",
    "conformance",
    "draw",
    "journeys",
    "run",
    "subfunnel",
]
