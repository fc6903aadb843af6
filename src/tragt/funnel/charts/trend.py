"""Conversion by date of entry: a point with its interval for each stretch, hollow where it is not over yet."""

from datetime import date

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts.look import Look, Text, Ticks, finished, level_of, rows, share_ticks
from tragt.funnel.charts.reaching import Goal
from tragt.funnel.figures import Kind
from tragt.funnel.report import Part, Report
from tragt.stats.intervals import Rate

__all__ = ["trend_chart"]

_HEIGHT = 240
_LABEL_ROOM = 90


def trend_chart(report: Report, step: int | None, look: Look) -> alt.LayerChart:
    """A point a stretch; one that is not over yet shows the share so far, without an interval.

    Args:
        report: The report, with a trend.
        step: The step that should be reached; None is the last.
        look: For whom it is.

    Raises:
        InvalidDefinition: The step cannot be shown so.
        NotEnoughData: The report has no trend.
    """
    if not report.trend:
        raise NotEnoughData("chart.no_trend", "The report has no trend; say trend='week' (day, month) when you run it.")
    goal, said, colours = Goal.of(report, step, look), look.said, look.colours
    values = [_row(part, goal) for part in report.trend]
    highest = max(float(str(row.get("high", row.get("rate", 0)))) for row in values)
    ticks = share_ticks(highest, said)
    reach = said.chart.reach.format(step=goal.name)
    chart = alt.Chart(rows(values))
    x = alt.X("start:O", sort=None, axis=_dates(report, look).axis(), scale=alt.Scale(type="point"))
    scale = alt.Scale(domain=[0, max(highest, float(ticks.values[-1]))], nice=False)
    y = alt.Y("rate:Q", scale=scale, axis=ticks.axis(grid=True))
    line = chart.transform_filter("datum.over").mark_line(color=colours.fill, strokeWidth=1.5).encode(x=x, y=y)
    spans = chart.mark_rule(color=colours.open, strokeWidth=4).encode(x=x, y="low:Q", y2="high:Q")
    paper = alt.condition("datum.over", alt.value(colours.fill), alt.value(colours.paper))
    points = chart.mark_point(filled=True, size=45, opacity=1, stroke=colours.fill, strokeWidth=1.5)
    marked = points.encode(x=x, y=y, fill=paper)
    observed = Kind.SO_FAR if report.observed_so_far else Kind.OBSERVED
    below = [f"{reach}: {observed.label(said)}, {level_of(report, said)}"]
    below += [said.chart.still_growing] if not all(row["over"] for row in values) else []
    return finished([spans, line, marked], Text(_finding(report, goal, look), below), look, _HEIGHT)


def _row(part: Part, goal: Goal) -> dict[str, object]:
    line, entered = part.steps[goal.place], part.steps[0].entered
    row: dict[str, object] = {"start": str(part.value), "over": part.mature is not False}
    if part.mature is False:
        return row | ({"rate": line.entered / entered} if entered else {})
    rate = line.from_first
    return row if rate is None else row | {"rate": rate.rate, "low": rate.low, "high": rate.high}


def _dates(report: Report, look: Look) -> Ticks:
    """The first day of each stretch, as many as there is room for."""
    days = [part.value for part in report.trend]
    most = max(look.width // _LABEL_ROOM, 2)
    every = -(-len(days) // most)
    texts, year = [], None
    for place, day in enumerate(days):
        here = day.year if isinstance(day, date) else None
        texts.append(_date(day, look, year=here != year) if place % every == 0 else "")
        year = here if place % every == 0 else year
    return Ticks([str(day) for day in days], texts)


def _date(day: object, look: Look, *, year: bool = True) -> str:
    return look.said.calendar.date(day, year=year) if isinstance(day, date) else str(day)


def _finding(report: Report, goal: Goal, look: Look) -> str:
    """From where to where the share went, where the intervals of the first and the last stretch part."""
    said = look.said
    over = [part for part in report.trend if part.mature is not False and not report.observed_so_far]
    rated: list[tuple[Part, Rate]] = [(part, rate) for part in over if (rate := part.steps[goal.place].from_first)]
    if len(rated) < 2:
        return said.chart.trend.format(step=goal.name)
    (first, before), (last, after) = rated[0], rated[-1]
    if after.low > before.high:
        template = said.chart.rose
    elif after.high < before.low:
        template = said.chart.fell
    else:
        return said.chart.trend.format(step=goal.name)
    return template.format(
        step=goal.name,
        first=_date(first.value, look),
        last=_date(last.value, look),
        first_rate=said.numbers.percent(before.rate),
        last_rate=said.numbers.percent(after.rate),
    )
