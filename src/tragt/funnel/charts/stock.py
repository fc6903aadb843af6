"""The stock over weeks: how many stood in each stage at the end of each week.

The unit of observation is the unit at a moment; it is the *pipeline*, and never mixed with the funnel.
"""

from datetime import timedelta

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts.look import PADDING, SIZE, Look, Text, Ticks, broadest, configured, rows, title
from tragt.funnel.stock import StageStock, Stock

__all__ = ["stock_chart"]

_BAND = 54
_LABEL_ROOM = 90


def stock_chart(stock: Stock, look: Look | None = None) -> alt.FacetChart:
    """A row a stage, on one scale; the number at its end is that of now.

    Args:
        stock: The stock, with at least two weeks.
        look: For whom it is.

    Raises:
        NotEnoughData: The stock has fewer than two weeks.
    """
    look = look or Look()
    if len(stock.weeks) < 2:
        raise NotEnoughData("chart.no_weeks", "A stock over weeks needs at least two; count it with weeks=13.")
    said, colours = look.said, look.colours
    values: list[dict[str, object]] = [
        {"stage": stage.name, "place": place, "week": str(week.date()), "units": units, "now": label}
        for place, stage in enumerate(stock.stages)
        for week, units, label in zip(stock.weeks, stage.history, _labels(stage, len(stock.weeks), look), strict=True)
    ]
    highest = max(max(stage.history) for stage in stock.stages)
    names = [stage.name for stage in stock.stages]
    room = min(broadest(names), look.width / 3)
    plot = look.width - room - broadest(said.numbers.number(stage.units) for stage in stock.stages) - 4 * PADDING
    x = alt.X("week:O", sort=None, axis=_weeks(stock, look).axis(), scale=alt.Scale(type="point", padding=0))
    y = alt.Y("units:Q", axis=None, scale=alt.Scale(domain=[0, max(1.1 * highest, 1)], nice=False))
    chart = alt.Chart(rows(values))
    areas = chart.mark_area(color=colours.open, line={"color": colours.fill, "strokeWidth": 1.5}).encode(x=x, y=y)
    mark = chart.mark_text(align="left", dx=6, fontSize=SIZE, fontWeight=600, color=colours.ink)
    texts = mark.encode(x=x, y=y, text="now:N")
    header = alt.Header(labelAngle=0, labelAlign="left", labelAnchor="middle", labelLimit=look.width // 3, title=None)
    faceted = (
        alt.LayerChart(layer=[areas, texts])
        .properties(width=plot, height=_BAND)
        .facet(row=alt.Row("stage:N", sort=names, header=header), spacing=6)
    )
    whole = faceted.properties(title=title(_text(stock, look), look), padding=PADDING)
    drawn: alt.FacetChart = whole.configure(**configured(look))
    return drawn


def _labels(stage: StageStock, weeks: int, look: Look) -> list[str]:
    return [""] * (weeks - 1) + [look.said.numbers.number(stage.units)]


def _weeks(stock: Stock, look: Look) -> Ticks:
    """The Mondays, as many as there is room for."""
    every = -(-len(stock.weeks) // max(look.width // _LABEL_ROOM, 2))
    date = look.said.calendar.date
    days = [week.date() for week in stock.weeks]
    texts = [date(day, year=False) if place % every == 0 else "" for place, day in enumerate(days)]
    return Ticks([str(day) for day in days], texts)


def _text(stock: Stock, look: Look) -> Text:
    """How many there are, and how many more than at the end of the first week."""
    said = look.said
    now = sum(stage.units for stage in stock.stages)
    change = now - sum(stage.history[0] for stage in stock.stages)
    units = f"{said.numbers.number(now)} {said.nouns[stock.unit].of(now)}"
    named = {"units": units, "date": said.calendar.date((stock.weeks[0] + timedelta(days=6)).date())}
    below = [said.chart.by_week]
    if change == 0:
        return Text(said.chart.as_many.format(**named), below)
    template = said.chart.more if change > 0 else said.chart.fewer
    return Text(said.chart.stock.format(change=template.format(count=said.numbers.number(abs(change))), **named), below)
