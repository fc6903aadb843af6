"""How long a step takes: a histogram on a logarithmic scale, with the time that half take at most."""

from typing import Literal

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts.lengths import logarithmic
from tragt.funnel.charts.look import SIZE, Look, Text, count_ticks, finished, rows
from tragt.funnel.charts.reaching import named, required
from tragt.funnel.report import Report
from tragt.funnel.step_report import Times

__all__ = ["times_chart"]

_HEIGHT = 200
_ALONE = 1.2
_AROUND = 4
_ABOVE = 1.15


def times_chart(report: Report, step: int | None, look: Look) -> alt.LayerChart:
    """Bars of those who went on from the step before, by the time they took.

    Args:
        report: The report.
        step: The step; None is the one that takes longest.
        look: For whom it is.

    Raises:
        InvalidDefinition: The step cannot be shown so.
        NotEnoughData: Fewer than five went on.
    """
    place = _slowest(report) if step is None else step
    required(report, place, since=1)
    times = report.steps[place].time_from_previous
    if times is None or not times.counts:
        raise NotEnoughData(
            "chart.no_times",
            f"There are no times to show: fewer than 5 went on to {report.steps[place].name!r}. Choose another step, "
            "or a longer period.",
        )
    said, colours = look.said, look.colours
    before = named(report, max(i for i in report.funnel.required if i < place), look)
    names = {"before": before, "after": named(report, place, look)}
    edges = _edges(times)
    values: list[dict[str, object]] = [
        {"low": since, "high": until, "count": count}
        for since, until, count in zip(edges, edges[1:], times.counts, strict=False)
    ]
    around = _AROUND if len(edges) == 2 else 1
    low, high = edges[0] / around, edges[-1] * around
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = logarithmic(low, high, said).axis(said.chart.took.format(**names))
    chart = alt.Chart(rows(values))
    x = alt.X("low:Q", scale=scale, axis=axis)
    highest = max(times.counts)
    top = alt.Scale(domain=[0, _ABOVE * highest], nice=False)
    y = alt.Y("count:Q", axis=count_ticks(highest, said).axis(grid=True), scale=top)
    bars = chart.mark_bar(color=colours.fill, stroke=colours.paper, strokeWidth=1).encode(
        x=x, x2="high:Q", y=y, y2=alt.datum(0)
    )
    layers = [bars, *_half(times, edges, look)]
    basis = said.picture.expected_from.get(report.expected_from, report.expected_from)
    title = said.chart.times.format(**names, time=said.calendar.about(times.median))
    return finished(layers, Text(title, [said.picture.times.format(basis=basis)]), look, _HEIGHT)


def _slowest(report: Report) -> int:
    medians = {
        place: line.time_from_previous.median
        for place, line in enumerate(report.steps)
        if line.time_from_previous is not None and not line.optional
    }
    return max(medians, key=lambda place: medians[place]) if medians else len(report.steps) - 1


def _edges(times: Times) -> tuple[float, ...]:
    """The edges of the bars; where all took the same time, a bar around it."""
    if times.edges[0] == times.edges[-1]:
        return times.edges[0] / _ALONE, times.edges[-1] * _ALONE
    return times.edges


def _half(times: Times, edges: tuple[float, ...], look: Look) -> list[alt.Chart]:
    """A line at the median, where it lies among the times seen."""
    if not edges[0] <= times.median <= edges[-1]:
        return []
    label = look.said.chart.half.format(time=look.said.calendar.about(times.median))
    chart = alt.Chart(rows([{"median": times.median, "label": label}]))
    left = times.median * times.median > edges[0] * edges[-1]
    side: Literal["left", "right"] = "right" if left else "left"
    line = chart.mark_rule(color=look.colours.ink, strokeWidth=1.5).encode(x="median:Q")
    text = chart.mark_text(
        baseline="top", fontSize=SIZE, fontWeight=600, color=look.colours.ink, align=side, dx=-5 if left else 5
    )
    return [line, text.encode(x="median:Q", y=alt.value(0), text="label:N")]
