"""Conversion by step: of those at the step before, the share that went on, with its interval."""

import altair as alt

from tragt.errors import NotEnoughData
from tragt.funnel.charts.look import PADDING, SIZE, Look, Text, broadest, finished, named_rows, rows, with_room
from tragt.funnel.figures import kind, leading_rate, line_names
from tragt.funnel.report import Report
from tragt.funnel.sentence import finding

__all__ = ["steps_chart"]

_BAND = 34


def steps_chart(report: Report, step: int | None, look: Look) -> alt.LayerChart:
    """A bar a step, from the second on.

    Args:
        report: The report.
        step: Plays no part: all are shown.
        look: For whom it is.

    Raises:
        NotEnoughData: Nobody entered, so that there is no rate.
    """
    del step
    said, colours = look.said, look.colours
    values = _values(report, look)
    if not any("rate" in row for row in values):
        raise NotEnoughData(
            "chart.no_rates",
            f"There is no rate to show: {report.steps[0].reason or 'nobody entered'}. Choose a longer period or a "
            "shorter window.",
        )
    highest = max(float(str(row.get("high", 0))) for row in values)
    names = [str(row["name"]) for row in values]
    plot = look.width - min(broadest(names), look.width / 3) - 3 * PADDING
    end = with_room(highest, broadest(row["label"] for row in values) + 12, plot) or 1
    chart = alt.Chart(rows(values))
    y = named_rows(names, look)
    scale = alt.Scale(domain=[0, end], nice=False)
    x = alt.X("rate:Q", scale=scale, axis=None)
    colour = alt.condition("datum.optional", alt.value(colours.open), alt.value(colours.fill))
    bars = chart.mark_bar(height=0.55 * _BAND).encode(x=x, y=y, color=colour)
    spans = chart.mark_rule(color=colours.ink, strokeWidth=1.5).encode(x=alt.X("low:Q"), x2="high:Q", y=y)
    texts = chart.mark_text(align="left", dx=8, fontSize=SIZE, color=colours.ink).encode(
        x=alt.X("at:Q"), y=y, text="label:N"
    )
    caption = said.picture.caption.format(kind=kind(report).label(said), level=_level(report, look))
    text = Text(finding(report, look.language), [caption])
    return finished([bars, spans, texts], text, look, _BAND * len(values))


def _level(report: Report, look: Look) -> str:
    rates = (leading_rate(report, line)[0] for line in report.steps)
    return look.said.numbers.round_percent(next((rate.level for rate in rates if rate), 0.95))


def _values(report: Report, look: Look) -> list[dict[str, object]]:
    said = look.said
    values: list[dict[str, object]] = []
    lines = list(zip(line_names(report.funnel, said), report.steps, strict=True))[1:]
    for place, (name, line) in enumerate(lines):
        rate, reason = leading_rate(report, line)
        shown = f"{name} ({said.table.optional})" if line.optional else name
        row: dict[str, object] = {"place": place, "name": shown, "optional": line.optional}
        if rate is None:
            row |= {"at": 0, "label": said.reason(reason)}
        else:
            row |= {"rate": rate.rate, "low": rate.low, "high": rate.high, "at": rate.high}
            row["label"] = said.numbers.rate(rate)
        values.append(row)
    return values
