"""Estimates over arrays: rates, survival, and funnels that are not over yet."""

from tragt.stats.intervals import (
    Rate,
    bounded_rate,
    complementary_log_log,
    wilson,
    wilson_bounds,
)
from tragt.stats.passage import PassageTimes, horizon_without_window, passage_times
from tragt.stats.progressive import Progress, progress
from tragt.stats.survival import (
    CumulativeIncidence,
    SurvivalCurve,
    aalen_johansen,
    kaplan_meier,
)

__all__ = [
    "CumulativeIncidence",
    "PassageTimes",
    "Progress",
    "Rate",
    "SurvivalCurve",
    "aalen_johansen",
    "bounded_rate",
    "complementary_log_log",
    "horizon_without_window",
    "kaplan_meier",
    "passage_times",
    "progress",
    "wilson",
    "wilson_bounds",
]
