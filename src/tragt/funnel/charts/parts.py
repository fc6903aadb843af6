"""Conversion by the values of a breakdown: a point with its interval for each, the best first."""

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts.look import (
    PADDING,
    SIZE,
    Look,
    Text,
    broadest,
    finished,
    level_of,
    named_rows,
    rows,
    share_ticks,
    with_room,
)
from tragt.funnel.charts.reaching import Goal
from tragt.funnel.report import Part, Report
from tragt.stats.intervals import Rate

__all__ = ["parts_chart"]

_BAND = 28

Rated = tuple[Part, Rate]


def parts_chart(report: Report, step: int | None, look: Look) -> alt.LayerChart:
    """A line a value, the highest share first; those without a share stand last, with the reason.

    Args:
        report: The report, with a breakdown.
        step: The step that should be reached; None is the last.
        look: For whom it is.

    Raises:
        InvalidDefinition: The step cannot be shown so.
        NotEnoughData: The report has no breakdown, or no part has a share.
    """
    goal = Goal.of(report, step, look)
    rated = [(part, rate) for part in report.parts if (rate := goal.rate(part)) is not None]
    if report.breakdown is None or not rated:
        why = "it was not broken down; say by= when you run it"
        if report.parts:
            why = "no part of it has a share yet; choose a longer period or a shorter window"
        raise NotEnoughData("chart.no_parts", f"The report cannot be shown by parts: {why}.")
    rated.sort(key=lambda one: (one[0].other, -one[1].rate))
    said, colours = look.said, look.colours
    values = [_row(part, rate, look) for part, rate in rated]
    values += [_row(part, None, look, goal) for part in report.parts if goal.rate(part) is None]
    highest = max(rate.high for _, rate in rated)
    ticks, names = share_ticks(highest, said), [str(row["name"]) for row in values]
    plot = look.width - min(broadest(names), look.width / 3) - 3 * PADDING
    end = max(float(ticks.values[-1]), with_room(highest, broadest(row["label"] for row in values) + PADDING, plot))
    chart = alt.Chart(rows([{"place": place, **row} for place, row in enumerate(values)]))
    y = named_rows(names, look)
    scale = alt.Scale(domain=[0, end], nice=False)
    reach = said.chart.reach.format(step=goal.name)
    x = alt.X("rate:Q", scale=scale, axis=ticks.axis())
    spans = chart.mark_rule(color=colours.fill, strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y)
    points = chart.mark_point(filled=True, size=70, opacity=1, color=colours.fill).encode(x=x, y=y)
    texts = chart.mark_text(align="right", fontSize=SIZE, color=colours.ink).encode(
        x=alt.value("width"), y=y, text="label:N"
    )
    layers = [*_whole(goal.rate(report), look), spans, points, texts]
    by = said.chart.by.format(property=said.quoted(report.breakdown.property))
    below = f"{reach}, {by}: {goal.kind.label(said)}, {level_of(report, said)}"
    return finished(layers, Text(_finding(report, goal, rated, look), [below]), look, _BAND * len(values))


def _row(part: Part, rate: Rate | None, look: Look, goal: Goal | None = None) -> dict[str, object]:
    said = look.said
    entered = said.numbers.number(part.steps[0].entered)
    row: dict[str, object] = {"name": _name(part, look)}
    if rate is None:
        reason = part.steps[goal.place].reason if goal else None
        return row | {"label": said.reason(reason)}
    shares = {"rate": rate.rate, "low": rate.low, "high": rate.high}
    return row | shares | {"label": f"{said.numbers.rate(rate)} · {entered}"}


def _name(part: Part, look: Look) -> str:
    if part.other:
        return look.said.chart.other
    return look.said.chart.unset if part.value is None else str(part.value)


def _whole(rate: Rate | None, look: Look) -> list[alt.Chart]:
    """A line where the whole stands."""
    if rate is None:
        return []
    chart = alt.Chart(rows([{"rate": rate.rate, "label": look.said.chart.all}]))
    line = chart.mark_rule(color=look.colours.soft, strokeDash=[4, 3]).encode(x="rate:Q")
    text = chart.mark_text(align="center", baseline="bottom", dy=-4, color=look.colours.soft, fontSize=SIZE)
    return [line, text.encode(x="rate:Q", y=alt.value(0), text="label:N")]


def _finding(report: Report, goal: Goal, rated: list[Rated], look: Look) -> str:
    """Who leads and who is last, where their intervals part; else only what is shown."""
    said = look.said
    named = [(part, rate) for part, rate in rated if not part.other and part.value is not None]
    if len(named) > 1 and named[0][1].low > named[-1][1].high:
        (best, best_rate), (worst, worst_rate) = named[0], named[-1]
        return said.chart.best_and_worst.format(
            step=goal.name,
            best=said.quoted(_name(best, look)),
            best_rate=said.numbers.percent(best_rate.rate),
            worst=said.quoted(_name(worst, look)),
            worst_rate=said.numbers.percent(worst_rate.rate),
        )
    by = report.breakdown.property if report.breakdown else ""
    return said.chart.parts.format(step=goal.name, property=said.quoted(by))
