"""Tragt: a sales funnel over one event log. The library is pure; the command line is ``tragt``."""

from tragt.events.reading import read
from tragt.funnel import (
    AllOf,
    AnyOf,
    Breakdown,
    Compare,
    Context,
    Exclude,
    Funnel,
    Match,
    Member,
    Period,
    Report,
    Step,
    draw,
    run,
)

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
    "read",
    "run",
]
