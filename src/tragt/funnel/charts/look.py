"""How every chart looks: colours of the picture, titles that say something, labels in the reader's language.

Numbers, shares and dates come to the chart as text, so that no chart needs a locale of its own and all can be drawn
where expressions are read and never compiled.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from tragt.errors import InvalidDefinition
from tragt.funnel.picture.lettering import balance, width, wrap
from tragt.funnel.picture.palette import FONTS, Palette, palette, theme_of
from tragt.funnel.report import Report
from tragt.funnel.words import Words, words

__all__ = [
    "PADDING",
    "SIZE",
    "Look",
    "Text",
    "Ticks",
    "broadest",
    "configured",
    "count_ticks",
    "finished",
    "level_of",
    "named_rows",
    "rows",
    "share_ticks",
    "title",
    "with_room",
]

SIZE = 12
"""Size of the letters."""

PADDING = 14
"""Free space around a chart."""

_TITLE = 1.35
_LEAST, _MOST = 280, 2000
_STEPS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_TICKS = 6
_FEW = 4
_PLAIN = {"grid": False, "labelAngle": 0, "labelOverlap": True}


@dataclass(frozen=True, slots=True)
class Look:
    """For whom a chart is drawn.

    Args:
        language: en, da, sv or nb.
        theme: light, dark or print.
        width: Width of the whole in pixels, 280 to 2,000; the height follows.
    """

    language: str = "en"
    theme: str = "light"
    width: int = 720

    def __post_init__(self) -> None:
        words(self.language)
        if theme_of(self.theme) in {"auto", "page"}:
            raise InvalidDefinition(
                "chart.unknown_theme",
                f"A chart cannot have the theme {self.theme!r}, for it does not change afterwards; allowed are light, "
                "dark, print.",
                theme=self.theme,
            )
        if not _LEAST <= self.width <= _MOST:
            raise InvalidDefinition(
                "chart.width", f"The chart is {self.width} wide; allowed are {_LEAST} to {_MOST} pixels."
            )

    @property
    def said(self) -> Words:
        """The words."""
        return words(self.language)

    @property
    def colours(self) -> Palette:
        """The colours."""
        return palette(theme_of(self.theme))


@dataclass(frozen=True, slots=True)
class Text:
    """What stands above a chart.

    Args:
        title: What the chart shows, or finds.
        below: What the figures are.
    """

    title: str
    below: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ticks:
    """Where an axis is marked, and with what.

    Args:
        values: The places.
        labels: Their texts.
    """

    values: Sequence[Any]
    labels: Sequence[str]

    def axis(self, title: str | None = None, **more: Any) -> alt.Axis:
        """The axis.

        Args:
            title: What is measured along it.
            **more: What else Altair should know of it.
        """
        found = f"indexof({json.dumps(list(self.values))}, datum.value)"
        text = f"{json.dumps(list(self.labels), ensure_ascii=False)}[{found}]"
        shown = [value for value, label in zip(self.values, self.labels, strict=True) if label]
        return alt.Axis(values=shown, labelExpr=text, title=title, **{**_PLAIN, **more})


def count_ticks(highest: int, said: Words) -> Ticks:
    """Marks of an axis of counts from 0 on.

    Args:
        highest: The highest count that is shown.
        said: The words.
    """
    steps = (factor * 10**power for power in range(12) for factor in (1, 2, 5))
    step = next(step for step in steps if highest / step <= _FEW)
    values = list(range(0, highest + 1, step))
    return Ticks(values, [said.numbers.number(value) for value in values])


def share_ticks(highest: float, said: Words) -> Ticks:
    """Marks of an axis of shares from 0 to somewhat above the highest.

    Args:
        highest: The highest share that is shown, 0 to 1.
        said: The words.
    """
    step = next((step for step in _STEPS if highest / step <= _TICKS), _STEPS[-1])
    number = min(int(highest / step + 0.999), round(1 / step))
    values = [round(step * place, 6) for place in range(max(number, 1) + 1)]
    return Ticks(values, [said.numbers.round_percent(value) for value in values])


def named_rows(names: Sequence[str], look: Look) -> alt.Y:
    """The lines of a chart from top to bottom, by their ``place``; two may have the same name.

    Args:
        names: What each is called.
        look: For whom it is.
    """
    ticks = Ticks(list(range(len(names))), names)
    limit = look.width // 3
    return alt.Y("place:O", axis=ticks.axis(labelColor=look.colours.ink, labelLimit=limit, labelOverlap=False))


def broadest(texts: Iterable[object]) -> float:
    """How wide the broadest of some texts is, in pixels."""
    return max((width(str(text), SIZE) for text in texts), default=0)


def with_room(highest: float, label: float, plot: float) -> float:
    """How far an axis must reach, so that a label fits behind the highest value.

    Args:
        highest: The highest value.
        label: Width of the label.
        plot: Width of the plot.
    """
    return highest * plot / max(plot - label, plot / 3)


def rows(values: Sequence[dict[str, object]]) -> alt.InlineData:
    """Rows as the data of a chart."""
    return alt.InlineData(values=list(values))


def finished(layers: Sequence[alt.Chart], text: Text, look: Look, height: float) -> alt.LayerChart:
    """A chart with its title, in its colours.

    Args:
        layers: What it is made of, the lowest first.
        text: What stands above it.
        look: For whom it is.
        height: Of the plot, in pixels.
    """
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    chart = alt.LayerChart(layer=list(layers))
    sized = chart.properties(title=title(text, look), width=look.width, height=height, autosize=fit, padding=PADDING)
    drawn: alt.LayerChart = sized.configure(**configured(look))
    return drawn


def title(text: Text, look: Look) -> alt.TitleParams:
    """The title of a chart, broken into lines that fit."""
    room = look.width - 3 * SIZE
    size = _TITLE * SIZE
    below = [line for part in text.below if part for line in wrap(part, room, SIZE, most=5)]
    lines = balance(text.title, room, size, bold=True, most=6)
    return alt.TitleParams(text=lines, subtitle=below)


def configured(look: Look) -> dict[str, Any]:
    """The configuration of every chart."""
    colours = look.colours
    return {
        "background": colours.paper,
        "font": FONTS,
        "view": alt.ViewConfig(stroke=None),
        "title": alt.TitleConfig(
            anchor="start",
            frame="bounds",
            color=colours.ink,
            fontSize=_TITLE * SIZE,
            fontWeight=600,
            lineHeight=1.3 * _TITLE * SIZE,
            subtitleColor=colours.soft,
            subtitleFontSize=SIZE,
            subtitleLineHeight=1.35 * SIZE,
            subtitlePadding=0.4 * SIZE,
            offset=1.3 * SIZE,
        ),
        "axis": alt.AxisConfig(
            domain=False,
            ticks=False,
            gridColor=colours.line,
            labelColor=colours.soft,
            labelFontSize=SIZE,
            labelPadding=6,
            titleColor=colours.soft,
            titleFontSize=SIZE,
            titleFontWeight="normal",
            titlePadding=8,
        ),
        "header": alt.HeaderConfig(labelColor=colours.ink, labelFontSize=SIZE, title=None),
    }


def level_of(report: Report, said: Words) -> str:
    """The level of the intervals in words: ``95 % interval``."""
    parts = [report.steps, *(part.steps for part in (*report.parts, *report.trend))]
    lines = [line for steps in parts for line in steps]
    rates = (rate for line in lines for rate in (line.from_first, line.expected_from_first) if rate is not None)
    level = next((rate.level for rate in rates), 0.95)
    return said.chart.interval.format(level=said.numbers.round_percent(level))
