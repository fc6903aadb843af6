"""What happens on the way: paths between steps, sub-funnels, the real path against the ideal one."""

from tragt.funnel.paths.conformance import Conformance, Variant, conformance
from tragt.funnel.paths.deviations import Deviation, DeviationKind
from tragt.funnel.paths.journeys import Between, Journeys, journeys
from tragt.funnel.paths.sequences import Path, Paths
from tragt.funnel.paths.subfunnel import propose_subfunnel, subfunnel
from tragt.funnel.paths.touches import Spread, Touches

__all__ = [
    "Between",
    "Conformance",
    "Deviation",
    "DeviationKind",
    "Journeys",
    "Path",
    "Paths",
    "Spread",
    "Touches",
    "Variant",
    "conformance",
    "journeys",
    "propose_subfunnel",
    "subfunnel",
]
