"""Expected conversion by age: the share that has reached each step so long after the entry."""

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts.lengths import linear
from tragt.funnel.charts.look import (
    PADDING,
    SIZE,
    Look,
    Text,
    broadest,
    finished,
    level_of,
    rows,
    share_ticks,
    with_room,
)
from tragt.funnel.charts.reaching import named, required
from tragt.funnel.figures import Kind, line_names
from tragt.funnel.report import Report

__all__ = ["curve_chart"]

_HEIGHT = 280
_APART = 1.35 * SIZE


def curve_chart(report: Report, step: int | None, look: Look) -> alt.LayerChart:
    """A line for each required step after the first, named at its end; the interval stands at the horizon.

    Args:
        report: The report, with a curve.
        step: The step that is told of in the title; None is the last.
        look: For whom it is.

    Raises:
        InvalidDefinition: The step cannot be shown so.
        NotEnoughData: The report has no curve.
    """
    curve, place = report.curve, len(report.steps) - 1 if step is None else step
    required(report, place, since=1)
    if curve is None:
        why = report.steps[0].expected_reason or "it was not worked out"
        raise NotEnoughData(
            "chart.no_curve",
            f"The report has no expected conversion by age: {why}. Choose a longer period or a shorter window, or show "
            "'steps'.",
        )
    said, colours = look.said, look.colours
    lines = report.funnel.required[1:]
    values: list[dict[str, object]] = [
        {"line": one, "age": age, "share": share, "told": one == place}
        for one, reached in zip(lines, curve.reached[1:], strict=True)
        for age, share in zip(curve.ages, reached, strict=True)
    ]
    ends = _ends(report, look)
    highest = max(float(str(end[name])) for end in ends for name in ("high", "share"))
    shares, ages = share_ticks(highest, said), linear(curve.ages[-1], said)
    top = max(highest, float(shares.values[-1]))
    _spread(ends, top)
    plot = look.width - 3 * PADDING - 40
    end = with_room(curve.ages[-1], broadest(one["label"] for one in ends) + 12, plot)
    scale = alt.Scale(domain=[0, top], nice=False)
    since = said.chart.since.format(first=named(report, 0, look))
    x = alt.X("age:Q", scale=alt.Scale(domain=[0, end], nice=False), axis=ages.axis(since))
    y = alt.Y("share:Q", scale=scale, axis=shares.axis())
    width = alt.condition("datum.told", alt.value(2.5), alt.value(1.25))
    chart, tips = alt.Chart(rows(values)), alt.Chart(rows(ends))
    drawn = chart.mark_line(color=colours.fill, interpolate="step-after").encode(
        x=x, y=y, detail="line:N", strokeWidth=width
    )
    spans = tips.mark_rule(color=colours.fill, strokeWidth=1.5).encode(x="age:Q", y="low:Q", y2="high:Q")
    texts = tips.mark_text(fontSize=SIZE, align="left", dx=8, baseline="middle").encode(
        x="age:Q",
        y="beside:Q",
        text="label:N",
        color=alt.condition("datum.told", alt.value(colours.ink), alt.value(colours.soft)),
    )
    below = f"{said.table.from_first}, {Kind.EXPECTED.label(said)}, {level_of(report, said)}"
    return finished([drawn, spans, texts], Text(_finding(report, place, look), [below]), look, _HEIGHT)


def _ends(report: Report, look: Look) -> list[dict[str, object]]:
    """The end of each line, with its interval and its name."""
    curve, said = report.curve, look.said
    ends: list[dict[str, object]] = []
    names = line_names(report.funnel, said)
    for number, place in enumerate(report.funnel.required[1:], start=1):
        rate = report.steps[place].expected_from_first
        share = curve.reached[number][-1] if curve else 0.0
        low, high = (share, share) if rate is None else (rate.low, rate.high)
        label = f"{names[place]} {said.numbers.percent(share)}"
        age = curve.ages[-1] if curve else 0.0
        ends.append({"age": age, "low": low, "high": high, "share": share, "label": label})
    return ends


def _spread(ends: list[dict[str, object]], top: float) -> None:
    """Move the names apart where the lines end close together."""
    gap = top * _APART / _HEIGHT
    lowest = 0.0
    for end in sorted(ends, key=lambda end: float(str(end["share"]))):
        lowest = max(lowest, float(str(end["share"])))
        end["beside"] = lowest
        lowest += gap


def _finding(report: Report, place: int, look: Look) -> str:
    said = look.said
    rate = report.steps[place].expected_from_first
    horizon = said.calendar.about(report.horizon_seconds or 0)
    reached = named(report, place, look)
    if rate is None:
        return said.chart.reach.format(step=reached)
    return said.chart.curve.format(rate=said.numbers.rate(rate), step=reached, time=horizon)
