"""Drivers: what separates those who pass a step from those who do not, and what explains that it got worse."""

from tragt.funnel.drivers.asking import drivers, explain_change, incident
from tragt.funnel.drivers.choices import Among, Change
from tragt.funnel.drivers.comparison import Table
from tragt.funnel.drivers.factors import Between, Factor, Kind, Value, factor_of
from tragt.funnel.drivers.results import (
    Absence,
    Candidate,
    Driver,
    Drivers,
    Estimate,
    Incident,
    Label,
    Notice,
    Times,
    ValueEffect,
)

__all__ = [
    "Absence",
    "Among",
    "Between",
    "Candidate",
    "Change",
    "Driver",
    "Drivers",
    "Estimate",
    "Factor",
    "Incident",
    "Kind",
    "Label",
    "Notice",
    "Table",
    "Times",
    "Value",
    "ValueEffect",
    "drivers",
    "explain_change",
    "factor_of",
    "incident",
]
