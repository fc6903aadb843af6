"""What a report looks like in the terminal, and the files it is written to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tragt.cli import drawing
from tragt.cli.options import note
from tragt.cli.phrases import Phrases, phrases
from tragt.errors import NotAllowed
from tragt.funnel.figures import line_names
from tragt.funnel.picture import draw
from tragt.funnel.report import Part, Report
from tragt.funnel.stock import Stock
from tragt.funnel.words import Words, words
from tragt.stats.intervals import Rate

__all__ = ["Output", "check_png", "present"]

PNG_SCALE = 2.0
RECENT_WEEKS = 4
ROOM_FOR_INTERVALS = 110

console = Console()


@dataclass(frozen=True, slots=True)
class Output:
    """Where a report goes.

    Attributes:
        svg: File for the picture, or None.
        png: File for the picture as PNG, or None.
        quiet: Whether nothing is printed.
        language: Language of words and numbers.
    """

    svg: Path | None = None
    png: Path | None = None
    quiet: bool = False
    language: str = "en"


def present(report: Report, output: Output, in_stages: Stock | None = None) -> None:
    """Print a report and write its pictures.

    Args:
        report: The report.
        output: Where it goes.
        in_stages: The stock to show beside the flow, or None.

    Raises:
        NotAllowed: A picture cannot be written there, or a PNG was asked for without the extra that draws it.
    """
    said, around = words(output.language), phrases(output.language)
    if not output.quiet:
        console.print(drawing.report(report, output.language))
        if report.loss_reasons:
            _print_reasons(report.loss_reasons, said, around)
        if report.breakdown is not None:
            title = around.by.format(property=report.breakdown.property)
            console.print(_parts(report, report.parts, title, said, around))
        if report.trend:
            console.print(_parts(report, report.trend, around.trend, said, around))
        if in_stages is not None:
            console.print(_stock(in_stages, said, around))
    _write(report, output)


def _table(title: str, heads: Sequence[str]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", header_style="dim")
    return table


def _print_reasons(reasons: Mapping[str, int], said: Words, around: Phrases) -> None:
    if set(reasons) == {""}:
        return
    table = _table(around.reasons, ("", ""))
    table.show_header = False
    for reason, count in reasons.items():
        table.add_row(reason or around.given, said.numbers.number(count))
    console.print(table)


def _parts(report: Report, parts: Sequence[Part], title: str, said: Words, around: Phrases) -> Table:
    """One line a part: how many entered, and the share that reached each step, of those whose time is up."""
    names = zip(line_names(report.funnel, said), report.steps, strict=True)
    required = [name for name, step in names if not step.optional]
    table = _table(title, ("", said.table.entered, *required[1:]))
    for part in parts:
        lines = [step for step in part.steps if not step.optional]
        rates = [_share(line.from_first, said) for line in lines[1:]]
        table.add_row(_label(part, said, around), said.numbers.number(lines[0].entered), *rates)
    return table


def _share(rate: Rate | None, said: Words) -> str:
    """The rate, with its interval where the window is wide enough."""
    if rate is None:
        return "–"
    return said.numbers.rate(rate) if console.width >= ROOM_FOR_INTERVALS else said.numbers.percent(rate.rate)


def _label(part: Part, said: Words, around: Phrases) -> str:
    if part.other:
        return around.other
    if part.value is None:
        return around.unset
    name = said.calendar.date(part.value) if isinstance(part.value, date) else str(part.value)
    return f"{name} ({around.immature})" if part.mature is False else name


def _stock(in_stages: Stock, said: Words, around: Phrases) -> Table:
    title = around.stock.format(moment=said.calendar.moment(in_stages.as_of))
    table = _table(title, (around.stage, around.now, around.undated, around.into, around.out))
    number = said.numbers.number
    for stage in in_stages.stages:
        recent = sum(stage.inflow[-RECENT_WEEKS:]), sum(stage.outflow[-RECENT_WEEKS:])
        table.add_row(stage.name, number(stage.units), number(stage.undated), *(number(flow) for flow in recent))
    for name, count in in_stages.ended.items():
        table.add_row(f"{name} ({around.ended})", number(count), style="dim")
    return table


def _write(report: Report, output: Output) -> None:
    if output.svg is not None:
        _save(output.svg, draw(report, language=output.language).encode())
    if output.png is not None:
        _save(output.png, drawing.png(draw(report, language=output.language, theme="light"), PNG_SCALE))


def check_png() -> None:
    """Refuse a PNG before any work is done, where nothing can draw it.

    Raises:
        NotAllowed: The extra that draws it is not installed.
    """
    drawing.png(_NOTHING, 1.0)


_NOTHING = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def _save(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise NotAllowed(
            "cli.unwritable", f"{file} cannot be written: {error.strerror}. Name a file in a folder you may write to."
        ) from error
    note(f"Picture written to {file}.")
