"""What can be taken away from the page of a funnel: the table and the lists as CSV, the picture as SVG and PNG."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import vl_convert
from django.utils.text import slugify

from tragt.events.rejections import escaped
from tragt.funnel import Report, draw
from tragt.funnel.report import StepReport
from tragt.stats.intervals import Rate

__all__ = ["COUNTS", "comma_separated", "file_name", "picture_png", "picture_svg", "table_rows"]

COUNTS = ("entered", "passed", "lost", "excluded", "expired", "open")

_RATES = ("from_previous", "from_first", "expected_from_previous", "expected_from_first")
_PNG_SCALE = 2.0


def file_name(name: str, ending: str) -> str:
    """A plain name for a file."""
    return f"{slugify(name) or 'funnel'}.{ending}"


def picture_svg(report: Report, language: str) -> str:
    """The picture as one file that needs no page around it."""
    return draw(report, language=language, theme="auto")


def picture_png(report: Report, language: str) -> bytes:
    """The picture as PNG, in its light colours."""
    drawn: bytes = vl_convert.svg_to_png(draw(report, language=language, theme="light"), scale=_PNG_SCALE)
    return drawn


def table_rows(report: Report, names: Sequence[str]) -> Iterator[Sequence[object]]:
    """The report as rows of a spreadsheet, the heads first; a figure that is absent is an empty cell.

    Args:
        report: The report.
        names: What each line is called.
    """
    heads = [part for rate in _RATES for part in (rate, f"{rate}_low", f"{rate}_high")]
    yield ("step", "optional", *COUNTS, *heads, "median_seconds_from_previous", "reason")
    for name, line in zip(names, report.steps, strict=True):
        yield (name, int(line.optional), *(getattr(line, count) for count in COUNTS), *_figures(line))


def _figures(line: StepReport) -> Iterator[object]:
    for name in _RATES:
        rate: Rate | None = getattr(line, name)
        yield from ("", "", "") if rate is None else (rate.rate, rate.low, rate.high)
    yield "" if line.time_from_previous is None else line.time_from_previous.median
    yield line.reason or ""


def comma_separated(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Rows as CSV that a spreadsheet opens as text and never as formulas.

    Args:
        rows: The rows.
    """
    yield b"\xef\xbb\xbf"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([escaped(cell) for cell in row])
        yield line.getvalue().encode()
