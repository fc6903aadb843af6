"""What stands beside each shape of the picture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tragt.errors import InvalidDefinition
from tragt.funnel.figures import Kind, kind, leading_rate, line_names, noun
from tragt.funnel.lines import NOBODY_YET
from tragt.funnel.question import Period
from tragt.funnel.report import Report
from tragt.funnel.table import ABSENT, table
from tragt.funnel.words import Words

__all__ = ["Label", "Marks", "labels"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What the reader's eye should be led to; the picture itself decides nothing of it.

    Args:
        highlight: The line to which too few come, counted from 0 over all steps; None marks none. Its note is marked,
            and the shape of the required line before it, which narrows by those who stop there.
        note: What to write beside it, such as the cost of a leak.
        finding: What stands above the picture; empty is what the report itself shows most.
        targets: By line, the share of the step before that is aimed at, 0 to 1.
        beside: The report of the same funnel that it stands beside, drawn as an outline.
        beside_notes: By line, what that was there, in a few words.
        beside_name: What that report is of, for the key.
    """

    highlight: int | None = None
    note: str = ""
    finding: str = ""
    targets: Mapping[int, float] = field(default_factory=dict)
    beside: Report | None = None
    beside_notes: Mapping[int, str] = field(default_factory=dict)
    beside_name: str = ""

    def check(self, lines: int) -> None:
        """Refuse marks on lines that cannot carry them.

        Raises:
            InvalidDefinition: A line does not exist or has no step before it, or a target is no share.
        """
        marked = [*self.targets, *([] if self.highlight is None else [self.highlight])]
        for line in marked:
            if not 1 <= line < lines:
                raise InvalidDefinition(
                    "picture.no_such_line",
                    f"Line {line} is marked; allowed are 1 to {lines - 1}, the steps after the first.",
                    line=line,
                )
        for line, share in self.targets.items():
            if not 0 <= share <= 1:
                raise InvalidDefinition(
                    "picture.target_no_share",
                    f"The target of line {line} is {share}; it must be a share, 0 to 1.",
                    line=line,
                    target=share,
                )


@dataclass(frozen=True, slots=True)
class Label:
    """The texts of one line.

    Args:
        name: What the line is called.
        below: What stands under the name.
        count: How many reached it.
        figures: What stands under the count, in parts that stay whole.
        note: What is written beside a marked line.
        everything: The whole line in words.
    """

    name: str
    below: str
    count: str
    figures: tuple[str, ...]
    note: str
    everything: str


def labels(report: Report, marks: Marks, said: Words) -> list[Label]:
    """The texts of every line of the picture.

    Args:
        report: The report.
        marks: What is marked.
        said: The words.
    """
    in_words = table(report, said.language).in_words()
    return [
        Label(
            name=name,
            below=_below(report, place, said),
            count=said.numbers.number(report.steps[place].entered),
            figures=tuple(_figures(report, place, marks, said)),
            note=marks.note if place == marks.highlight else "",
            everything=in_words[place],
        )
        for place, name in enumerate(line_names(report.funnel, said))
    ]


def _below(report: Report, place: int, said: Words) -> str:
    if place == 0:
        return _period(report.period, said)
    line = report.steps[place]
    parts = [said.table.optional] if line.optional else []
    if line.time_from_previous is not None:
        time = said.calendar.about(line.time_from_previous.median)
        parts.append(said.picture.median.format(time=time))
    return " · ".join(parts)


def _period(period: Period | None, said: Words) -> str:
    if period is None or period.start is None or period.end is None:
        return ""
    return said.calendar.span(period.start, period.end - timedelta(days=1))


def _figures(report: Report, place: int, marks: Marks, said: Words) -> Iterator[str]:
    line = report.steps[place]
    if place == 0:
        yield said.picture.entered.format(many=noun(report.funnel, said).of(line.entered))
    else:
        yield _rate(report, place, said)
    if place in marks.targets:
        yield said.picture.target.format(share=said.numbers.round_percent(marks.targets[place]))
    if place in marks.beside_notes:
        yield marks.beside_notes[place]
    of_all = line.expected_from_first if report.expected_leads else line.from_first
    young = leading_rate(report, line)[1] == NOBODY_YET
    if place == len(report.steps) - 1 and of_all is not None and not young:
        yield said.picture.of_all.format(share=said.numbers.percent(of_all.rate))
    if line.skipped:
        yield said.picture.skipped.format(count=said.numbers.number(line.skipped))


def _rate(report: Report, place: int, said: Words) -> str:
    line = report.steps[place]
    rate, reason = leading_rate(report, line)
    if rate is None:
        return said.reason(reason) or ABSENT
    other = line.optional and kind(report) is Kind.EXPECTED
    return said.numbers.rate(rate) + (f" {Kind.OBSERVED.label(said)}" if other else "")
