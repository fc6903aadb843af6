"""What a report looks like in the terminal, and the files it is written to."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tragt.cli import drawing
from tragt.cli.options import note
from tragt.errors import InvalidDefinition, NotAllowed
from tragt.events import EventLog
from tragt.funnel.picture import draw
from tragt.funnel.report import Part, Report
from tragt.funnel.sentence import finding, sentence
from tragt.funnel.stock import Stock
from tragt.funnel.words import words

__all__ = ["Output", "present"]

PNG_SCALE = 2.0

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


def present(report: Report, log: EventLog, output: Output, in_stages: Stock | None = None) -> None:
    """Print a report and write its pictures.

    Args:
        report: The report.
        log: The log it is of.
        output: Where it goes.
        in_stages: The stock to show beside the flow, or None.

    Raises:
        NotAllowed: A PNG was asked for without the extra that draws it.
        InvalidDefinition: A file cannot be written.
    """
    if not output.quiet:
        _print(report, output.language, in_stages)
    _write_pictures(report, output)
