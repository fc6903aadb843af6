"""Tragt: a sales funnel over one event log. The library is pure; the command line is ``tragt``."""

from tragt.errors import InvalidDefinition, TragtError
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
    Value,
    conformance,
    draw,
    journeys,
    run,
    subfunnel,
)
from tragt.opening import open  # noqa: A004 - tragt.open says what it does

__all__ = [
    "AllOf",
    "AnyOf",
    "Breakdown",
    "Compare",
    "Context",
    "Exclude",
    "Funnel",
    "InvalidDefinition",
    "Match",
    "Member",
    "Period",
    "Report",
    "Step",
    "TragtError",
    "Value",
    "conformance",
    "draw",
    "journeys",
    "open",
    "read",
    "run",
    "subfunnel",
]
