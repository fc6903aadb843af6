"""The report as a table of text: what the picture, the terminal and the page show of each step."""

from dataclasses import dataclass

from tragt.funnel.figures import Kind, kind, line_names
from tragt.funnel.report import Report
from tragt.funnel.step_report import StepReport
from tragt.funnel.words import Words, words
from tragt.stats.intervals import Rate

__all__ = ["ABSENT", "Table", "table"]

ABSENT = "–"

_OUTCOMES = ("lost", "excluded", "expired", "open")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Args:
        columns: What the columns hold: step, entered, passed, those of lost, excluded, expired and open that
            anybody had, expected_from_previous and expected_from_first where they lead, from_previous, from_first,
            median_time.
        heads: Heads of the columns.
        rows: One row a step, one cell a column.
        rule: How the counts of a row add up, in words.
    """

    columns: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rule: str

    def in_words(self) -> tuple[str, ...]:
        """Each row as a line of text: ``cart: Entered 1,262; Passed 668; …``; what is absent is left out."""
        return tuple(
            f"{row[0]}: "
            + "; ".join(f"{head} {cell}" for head, cell in zip(self.heads[1:], row[1:], strict=True) if cell != ABSENT)
            for row in self.rows
        )


def table(report: Report, language: str = "en", *, intervals: bool = True) -> Table:
    """The lines of a report as text.

    Args:
        report: The report.
        language: en, da, sv or nb.
        intervals: Whether the rates from the previous step have their intervals with them.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    said = words(language)
    had = [name for name in _OUTCOMES if any(getattr(line, name) for line in report.steps)]
    rates = ["from_previous", "from_first"]
    if kind(report) is Kind.EXPECTED:
        rates = ["expected_from_previous", "expected_from_first", *rates]
    columns = ("step", "entered", "passed", *had, *rates, "median_time")
    heads = tuple(_head(column, report, said) for column in columns)
    named = enumerate(zip(line_names(report.funnel, said), report.steps, strict=True))
    rows = [_Row(place, name, line, intervals, said) for place, (name, line) in named]
    return Table(columns, heads, tuple(tuple(map(row.cell, columns)) for row in rows), _rule(had, said))


def _head(column: str, report: Report, said: Words) -> str:
    head: str = getattr(said.table, column.removeprefix("expected_"))
    if "from" not in column:
        return head
    observed = Kind.SO_FAR if report.observed_so_far else Kind.OBSERVED
    return f"{head}, {(Kind.EXPECTED if column.startswith('expected') else observed).label(said)}"


@dataclass(frozen=True, slots=True)
class _Row:
    """Makes the cells of one line."""

    place: int
    name: str
    line: StepReport
    intervals: bool
    said: Words

    def cell(self, column: str) -> str:
        line, said = self.line, self.said
        match column:
            case "step":
                return f"{self.name} ({said.table.optional})" if line.optional else self.name
            case "median_time":
                time = line.time_from_previous
                return ABSENT if time is None else said.calendar.about(time.median)
            case "from_first" | "expected_from_first":
                rate: Rate | None = getattr(line, column)
                return ABSENT if rate is None else said.numbers.percent(rate.rate)
            case "from_previous":
                return self._rate(line.from_previous, line.reason)
            case "expected_from_previous":
                return ABSENT if line.optional else self._rate(line.expected_from_previous, line.expected_reason)
        return said.numbers.number(getattr(line, column))

    def _rate(self, rate: Rate | None, reason: str | None) -> str:
        if self.place == 0:
            return ABSENT
        if rate is None:
            return self.said.reason(reason) or ABSENT
        numbers = self.said.numbers
        return numbers.rate(rate) if self.intervals else numbers.percent(rate.rate)


def _rule(had: list[str], said: Words) -> str:
    parts = [said.table.passed, *(getattr(said.table, name) for name in had)]
    rule = said.table.rule.format(entered=said.table.entered, parts=" + ".join(parts))
    none = [getattr(said.table, name).lower() for name in _OUTCOMES if name not in had]
    return f"{rule} ({said.table.none.format(parts=said.any_of(none))})." if none else f"{rule}."
