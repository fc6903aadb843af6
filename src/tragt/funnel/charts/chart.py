"""Which chart shows what of a report."""

from collections.abc import Callable
from enum import StrEnum

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts import curve, parts, steps, times, trend
from tragt.funnel.charts.look import Look
from tragt.funnel.definition import choice
from tragt.funnel.report import Report

__all__ = ["Kind", "chart"]

Draw = Callable[[Report, int | None, Look], alt.LayerChart]


class Kind(StrEnum):
    """What a chart shows."""

    STEPS = "steps"
    PARTS = "parts"
    TREND = "trend"
    TIMES = "times"
    CURVE = "curve"


_DRAW: dict[Kind, Draw] = {
    Kind.STEPS: steps.steps_chart,
    Kind.PARTS: parts.parts_chart,
    Kind.TREND: trend.trend_chart,
    Kind.TIMES: times.times_chart,
    Kind.CURVE: curve.curve_chart,
}


def chart(report: Report, kind: str, step: int | None = None, look: Look | None = None) -> alt.LayerChart:
    """A chart of a report.

    Args:
        report: The report.
        kind: steps, parts, trend, times or curve; see `Report.chart`.
        step: The step it is about, counted from 0; None chooses.
        look: For whom it is drawn.

    Raises:
        InvalidDefinition: There is no such chart, or the step cannot be shown so.
        NotEnoughData: Nobody entered, or the report does not have what is to be shown.
    """
    draw, look = _DRAW[choice(Kind, kind)], look or Look()
    if report.attempts == 0:
        never = "".join(f" {one.name!r} was never seen: {one.reason}." for one in report.unseen)
        raise NotEnoughData(
            "chart.nobody_entered",
            f"There is nothing to show: nobody reached {report.steps[0].name!r}.{never} Choose other steps or a longer "
            "period.",
        )
    return draw(report, step, look)
