"""What can be taken away from the page of a funnel: the table and the lists as CSV and for Excel, the picture."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import vl_convert
from django.utils.text import slugify
from django.utils.translation import gettext

from tragt.events.rejections import escaped
from tragt.funnel import Report, draw
from tragt.funnel.picture.palette import Theme
from tragt.funnel.step_report import StepReport
from tragt.funnel.words import Words, words
from tragt.stats.intervals import Rate
from tragt.web.funnels.counting.units import with_names
from tragt.web.funnels.showing.presenting import Page
from tragt.web.records.workbooks import workbook

__all__ = ["COUNTS", "comma_separated", "file_name", "picture_png", "picture_svg", "table_rows", "table_workbook"]

COUNTS = ("entered", "passed", "lost", "excluded", "expired", "open")

_RATES = ("from_previous", "from_first", "expected_from_previous", "expected_from_first")
PICTURE_WIDTH = 960
_PNG_SCALE = 2.0
_DAY = 86_400


def file_name(name: str, ending: str) -> str:
    """A plain name for a file."""
    return f"{slugify(name) or 'funnel'}.{ending}"


def picture_svg(page: Page, *, theme: Theme = Theme.AUTO, width: float = PICTURE_WIDTH) -> str:
    """The picture as one file that needs no page around it; it says and marks what the page does.

    Args:
        page: What the page of the funnel shows its reader, in their language.
        theme: Its colours.
        width: Its width in CSS pixels.
    """
    shown = replace(page.report, funnel=with_names(page.report.funnel))
    return draw(shown, width=width, language=page.said.language, theme=theme, marks=page.marks)


def picture_png(page: Page, *, width: float = PICTURE_WIDTH) -> bytes:
    """The same as PNG, in its light colours, for programs that show no SVG.

    Args:
        page: What the page of the funnel shows its reader, in their language.
        width: Its width in CSS pixels.
    """
    drawn: bytes = vl_convert.svg_to_png(picture_svg(page, theme=Theme.LIGHT, width=width), scale=_PNG_SCALE)
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
        counts = (getattr(line, count) for count in COUNTS)
        cells = (name, int(line.optional), *counts, *_figures(line), line.reason)
        yield ["" if cell is None else cell for cell in cells]


def table_workbook(report: Report, names: Sequence[str], name: str, language: str) -> bytes:
    """The report as a workbook, its heads in the reader's language, without the columns that hold nothing.

    Args:
        report: The report.
        names: What each line is called.
        name: What the funnel is called.
        language: en, da, sv or nb.
    """
    said = words(language)
    heads = [said.table.step, *(getattr(said.table, count) for count in COUNTS), *_rate_heads(report, said)]
    heads.append(gettext("%(time)s, days") % {"time": said.table.median_time})
    rows = []
    for title, line in zip(names, report.steps, strict=True):
        *rates, seconds = _figures(line)
        counts = (getattr(line, count) for count in COUNTS)
        rows.append((title, *counts, *rates, None if seconds is None else seconds / _DAY))
    kept = [place for place in range(len(heads)) if any(row[place] is not None for row in rows)]
    first = 1 + len(COUNTS)
    shares = [number for number, place in enumerate(kept) if first <= place < first + 3 * len(_RATES)]
    return workbook([[row[place] for place in kept] for row in rows], [heads[place] for place in kept], name, shares)


def _rate_heads(report: Report, said: Words) -> Iterator[str]:
    observed = said.table.so_far if report.observed_so_far else said.table.observed
    for rate in _RATES:
        kind = said.table.expected if rate.startswith("expected") else observed
        head = f"{getattr(said.table, rate.removeprefix('expected_'))}, {kind}"
        yield head
        yield gettext("%(share)s, at least") % {"share": head}
        yield gettext("%(share)s, at most") % {"share": head}


def _figures(line: StepReport) -> Iterator[float | None]:
    for name in _RATES:
        rate: Rate | None = getattr(line, name)
        yield from (None, None, None) if rate is None else (rate.rate, rate.low, rate.high)
    yield None if line.time_from_previous is None else line.time_from_previous.median


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
