"""The demonstration firm: a simulator with known truth."""

from tragt.demo.firm import DemoFirm, Simulation, simulate
from tragt.demo.parameters import (
    SALES_PIPELINE,
    SALES_STAGES,
    Collection,
    Loyalty,
    Market,
    Period,
    Sales,
    Touches,
)
from tragt.demo.passage import FUNNEL_STEPS, FUNNEL_WINDOW, Experiment, Leak, Passage, Source
from tragt.demo.truth import Truth, truth_of
from tragt.demo.waits import Spell, Wait

__all__ = [
    "FUNNEL_STEPS",
    "FUNNEL_WINDOW",
    "SALES_PIPELINE",
    "SALES_STAGES",
    "Collection",
    "DemoFirm",
    "Experiment",
    "Leak",
    "Loyalty",
    "Market",
    "Passage",
    "Period",
    "Sales",
    "Simulation",
    "Source",
    "Spell",
    "Touches",
    "Truth",
    "Wait",
    "simulate",
    "truth_of",
]
