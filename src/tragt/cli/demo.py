"""``tragt demo``: the demonstration firm, its funnel and its truth."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tragt.cli.json_report import report_json
from tragt.cli.options import errors, note
from tragt.cli.phrases import phrases
from tragt.cli.presenting import Output, check_png, present
from tragt.demo import FUNNEL_STEPS, FUNNEL_WINDOW, DemoFirm, Truth
from tragt.errors import InvalidDefinition, NotAllowed
from tragt.funnel import Funnel, Period, Report, run
from tragt.funnel.words import words

__all__ = ["demo"]

SUFFIXES = (".csv", ".parquet")

console = Console()


def demo(
    persons: Annotated[
        int, typer.Option(min=1, max=2_000_000, help="How many people the firm meets in its year.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal firms.")] = 1,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the picture as SVG.")] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the picture as PNG (extra [b]app[/b]).")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the firm's events to a .csv or .parquet file, to try your own funnels."
        ),
    ] = None,
    truth: Annotated[bool, typer.Option("--truth", help="Show the true rates beside the estimates.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    language: Annotated[str, typer.Option(metavar="en|da|sv|nb", help="Language of the result.")] = "en",
) -> None:
    """Show the funnel of the demonstration firm, a made-up firm whose true rates are known."""
    words(language)
    if png is not None:
        check_png()
    firm = DemoFirm(persons=persons, seed=seed)
    with errors.status(f"Making a year of a firm with {persons:,} people …"):
        simulation = firm.simulate()
        funnel = Funnel.of(*FUNNEL_STEPS, unit="person", window=FUNNEL_WINDOW)
        report = run(funnel, simulation.log, period=Period(as_of=simulation.as_of))
    if write is not None:
        _write(write, simulation.write_csv if write.suffix == ".csv" else simulation.write_parquet)
    if as_json:
        print(report_json(report))
    present(report, Output(svg=svg, png=png, quiet=as_json, language=language))
    if truth and not as_json:
        console.print(_compared(report, firm.truth(), language))
    if not (as_json or truth):
        note("The firm is made up, so its true rates are known: tragt demo --truth. Your own file: tragt funnel FILE.")


def _write(file: Path, writer: Callable[[Path], None]) -> None:
    if file.suffix not in SUFFIXES:
        raise InvalidDefinition(
            "cli.demo_format", f"Events are written as {' or '.join(SUFFIXES)}; {file.name!r} ends in {file.suffix!r}."
        )
    try:
        writer(file)
    except OSError as error:
        raise NotAllowed(
            "cli.unwritable", f"{file} cannot be written: {error.strerror}. Name a file in a folder you may write to."
        ) from error
    note(f"Events written to {file}.")


def _compared(report: Report, truth: Truth, language: str) -> Table:
    """The true share from the first step beside the expected one."""
    said = words(language)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for place, head in enumerate((said.table.step, phrases(language).truth, said.table.expected)):
        table.add_column(head, justify="right" if place else "left")
    for step, true in zip(report.steps, truth.whole.steps, strict=True):
        shown = said.numbers.rate(step.expected_from_first) if step.expected_from_first else "–"
        table.add_row(step.name, said.numbers.percent(true.from_first), shown)
    return table
