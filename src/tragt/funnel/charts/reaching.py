"""Which step a chart is about, what it is called, and what share of a part reached it."""

from dataclasses import dataclass

from tragt.errors import InvalidDefinition
from tragt.funnel.charts.look import Look
from tragt.funnel.figures import Kind, kind, line_names
from tragt.funnel.report import Part, Report
from tragt.stats.intervals import Rate

__all__ = ["Goal", "named", "required"]


@dataclass(frozen=True, slots=True)
class Goal:
    """The step that should be reached.

    Attributes:
        place: Its place over all steps.
        name: What it is called, in quotation marks.
        kind: What the shares of the parts rest on.
    """

    place: int
    name: str
    kind: Kind

    @classmethod
    def of(cls, report: Report, step: int | None, look: Look) -> "Goal":
        """The goal of a chart of parts: expected shares where they lead and every part has them."""
        place = len(report.steps) - 1 if step is None else step
        required(report, place, since=1)
        lines = [part.steps[place] for part in report.parts]
        expected = kind(report) is Kind.EXPECTED and all(line.expected_from_first for line in lines)
        observed = Kind.SO_FAR if report.observed_so_far else Kind.OBSERVED
        return cls(place, named(report, place, look), Kind.EXPECTED if expected else observed)

    def rate(self, part: Part | Report) -> Rate | None:
        """The share of those who entered that reached the step; None where it is absent."""
        line = part.steps[self.place]
        return line.expected_from_first if self.kind is Kind.EXPECTED else line.from_first


def required(report: Report, place: int, since: int = 0) -> None:
    """Refuse a step that a chart cannot be about.

    Raises:
        InvalidDefinition: The step is optional, or comes before the first that it could be.
    """
    if place < since or report.steps[place].optional:
        allowed = [str(number) for number in report.funnel.required if number >= since]
        raise InvalidDefinition(
            "chart.no_such_step", f"Step {place} cannot be shown so; allowed are {', '.join(allowed)}.", step=place
        )


def named(report: Report, place: int, look: Look) -> str:
    """What a step is called, in quotation marks."""
    return look.said.quoted(line_names(report.funnel, look.said)[place])
