"""The shapes of the picture: how wide each step stands, and how it narrows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tragt.funnel.picture.sheet import Point, Sheet
from tragt.funnel.report import Report
from tragt.funnel.step_report import StepReport

__all__ = ["Band", "Shapes"]

_THINNEST = 1.5
_OPTIONAL_BAR = 0.3


@dataclass(frozen=True, slots=True)
class Band:
    """Where one line's shape lies.

    Args:
        top: Its upper edge.
        height: Its height.
        middle: The line down its middle.
        room: How wide all who entered stand.
    """

    top: float
    height: float
    middle: float
    room: float

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Shapes:
    """Draws the shapes of a report; a width is the same number of people at every step.

    Args:
        sheet: What to draw on.
        report: The report.
        highlight: The line to which too few come; the shape of the required line before it is marked.
        targets: By line, the share of the step before that is aimed at.
        beside: The report of the same funnel that it stands beside, drawn as an outline; None where there is none.
    """

    sheet: Sheet
    report: Report
    highlight: int | None
    targets: Mapping[int, float]
    beside: Report | None = None

    def draw(self, place: int, band: Band) -> None:
        """Draw the shape of one line: its top is as wide as those who entered, its bottom as those who passed."""
        line = self.report.steps[place]
        if line.optional:
            self._optional(place, band)
        else:
            self._required(place, band)
        if place in self.targets:
            self._target(place, band)
        if self.beside is not None and not line.optional:
            self._outline(self.beside, place, band)

    def _required(self, place: int, band: Band) -> None:
        line = self.report.steps[place]
        if line.open:
            may_pass = self._trapezoid(line.entered, line.passed + line.open, band)
            self.sheet.shape(may_pass, "open")
        if not line.entered:
            ends = (band.middle, band.top), (band.middle, band.bottom)
            self.sheet.line(*ends, "line", stroke_width="1.5", stroke_dasharray="3 3")
            return
        points = self._trapezoid(line.entered, line.passed, band)
        if self._leaks(place):
            self.sheet.shape(points, "leak", "ink", stroke_width="1.5", stroke_linejoin="round")
        else:
            self.sheet.shape(points, "fill")

    def _leaks(self, place: int) -> bool:
        """Whether those stop here who do not come to the marked line: its shape is the one that narrows."""
        marked = self.highlight
        return marked is not None and place == max(one for one in self.report.funnel.required if one < marked)

    def _optional(self, place: int, band: Band) -> None:
        """A bar as wide as those who took the step, between the edges of the stream that passes it."""
        line = self.report.steps[place]
        half = self._span(self._before(place).passed, band) / 2
        for x in (band.middle - half, band.middle + half):
            self.sheet.line((x, band.top), (x, band.bottom), "line", stroke_width="1")
        height = band.height * _OPTIONAL_BAR
        bar = replace(band, top=band.top + (band.height - height) / 2, height=height)
        if line.entered:
            taken = self._trapezoid(line.entered, line.entered, bar)
            self.sheet.shape(taken, "open", "fill", stroke_width="1")

    def _target(self, place: int, band: Band) -> None:
        """Two ticks as far apart as the target would be wide."""
        half = self._span(self.targets[place] * self._before(place).entered, band) / 2
        for x in (band.middle - half, band.middle + half):
            end = (x, band.top + band.height * 0.4)
            self.sheet.line((x, band.top), end, "ink", stroke_width="1.6", stroke_dasharray="3 3")

    def _outline(self, beside: Report, place: int, band: Band) -> None:
        """The edges of the shape that the other report would have, were as many to enter it as entered this one."""
        entered, line = beside.steps[0].entered, beside.steps[place]
        if not entered:
            return
        scale = self.report.steps[0].entered / entered
        upper, lower = (self._span(people * scale, band) / 2 for people in (line.entered, line.passed))
        for side in (-1, 1):
            ends = (band.middle + side * upper, band.top), (band.middle + side * lower, band.bottom)
            self.sheet.line(
                *ends, "ink", stroke_width="1.2", stroke_dasharray="5 3", vector_effect="non-scaling-stroke"
            )

    def _before(self, place: int) -> StepReport:
        return next(line for line in reversed(self.report.steps[:place]) if not line.optional)

    def _span(self, people: float, band: Band) -> float:
        entered = self.report.steps[0].entered
        return band.room * people / entered if entered else 0.0

    def _trapezoid(self, above: float, below: float, band: Band) -> list[Point]:
        """The corners; at least a hair apart where anybody stands."""
        upper, lower = (max(self._span(people, band), _THINNEST if people else 0) / 2 for people in (above, below))
        top = [(band.middle - upper, band.top), (band.middle + upper, band.top)]
        return [*top, (band.middle + lower, band.bottom), (band.middle - lower, band.bottom)]
