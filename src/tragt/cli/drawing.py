"""The funnel in a terminal: bars as wide as the people are many, and the table below; and its picture as PNG.

Bars and table keep their meaning without colour, in a narrow window, in a pipe, and where the encoding has no blocks.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from tragt.errors import NotAllowed
from tragt.funnel.notes import notes
from tragt.funnel.report import Report
from tragt.funnel.sentence import finding, sentence
from tragt.funnel.step_report import StepReport
from tragt.funnel.table import Table as Figures
from tragt.funnel.table import table as figures
from tragt.funnel.words import words

__all__ = ["Drawing", "Whole", "drawing", "png", "printable", "report", "table"]

_GAP = 2
_NARROWEST_BAR = 12
_SHORTEST_NAME, _SHORT_NAME, _WRAPPED_NAME, _WIDEST_NAME = 8, 15, 18, 32
_BLOCKS = "█▐▌▏░"
_PLAIN = str.maketrans(
    {"–": "-", "−": "-", "—": "-", "·": "-", "…": "...", "’": "'", "\N{NARROW NO-BREAK SPACE}": " "}
    | dict.fromkeys("“”»«", '"')
)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_DROPPED_FIRST = ("from_first", "expected_from_first", "from_previous", "median_time", "expected_from_previous")


def printable(text: str, encoding: str) -> str:
    """A text as a terminal can take it.

    Control characters, which might steer the terminal, are replaced. What the encoding does not have becomes
    plain: typographic signs their nearest, the rest a question mark.
    """
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def table(report: Report, language: str = "en", *, width: int = 120, encoding: str = "utf-8") -> Table:
    """The report's table, with the sentences that belong below it.

    Where it is wider than the window, first the intervals and then the rates are left out, never the counts.

    Args:
        report: The report.
        language: en, da, sv or nb.
        width: How many columns the window has.
        encoding: Encoding of what it is printed to.
    """
    shown = figures(report, language)
    if _needed(shown, shown.columns) > width:
        shown = figures(report, language, intervals=False)
    columns = _fitting(shown, width)
    below = "\n".join(_wrapped(note, width) for note in notes(report, language))
    caption = Text(printable("\n" + below, encoding), style="dim", justify="left")
    drawn = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, caption=caption, header_style="bold")
    names = min(width - _needed(shown, columns[1:]) - _GAP, _name_width(shown))
    if names < min(_SHORTEST_NAME, _name_width(shown)):
        drawn.show_header = False
        for line in shown.in_words():
            drawn.add_row(Text(printable(line, encoding)))
        return drawn
    _add_columns(drawn, shown, columns, names, encoding)
    for row in shown.rows:
        cells = (row[shown.columns.index(column)] for column in columns)
        drawn.add_row(*(Text(printable(cell, encoding), overflow="fold") for cell in cells))
    return drawn


def _fitting(shown: Figures, width: int) -> list[str]:
    """The columns that there is room for; the counts are always among them."""
    columns = list(shown.columns)
    for column in _DROPPED_FIRST:
        if column in columns and _needed(shown, columns) > width:
            columns.remove(column)
    return columns


def _add_columns(drawn: Table, shown: Figures, columns: Sequence[str], names: int, encoding: str) -> None:
    for column in columns:
        head = Text(printable(shown.heads[shown.columns.index(column)], encoding), overflow="fold")
        if column == "step":
            drawn.add_column(head, width=names, vertical="bottom")
        else:
            drawn.add_column(head, width=_width(shown, column), justify="right", vertical="bottom")


def _needed(shown: Figures, columns: Sequence[str]) -> int:
    """How wide a table of these columns is, with its heads broken between words and long names over lines."""
    return sum(_width(shown, column) + _GAP for column in columns) - _GAP


def _width(shown: Figures, column: str) -> int:
    if column == "step":
        return min(_name_width(shown), _WRAPPED_NAME)
    place = shown.columns.index(column)
    texts = [shown.heads[place], *(row[place] for row in shown.rows)]
    return max(cell_len(part) for text in texts for part in _parts(text))


def _parts(text: str) -> Sequence[str]:
    """What must not be broken: the words, but a figure as a whole."""
    return [text] if any(map(str.isdigit, text)) else text.split()


def _name_width(shown: Figures) -> int:
    return max(cell_len(cell) for cell in (shown.heads[0], *(row[0] for row in shown.rows)))


def _wrapped(text: str, width: int) -> str:
    """A text in lines of a width, broken at plain spaces only: Rich would part a number from its sign."""
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _cut(text: str, room: int, encoding: str) -> str:
    """A text no wider than so many cells."""
    mark = printable("…", encoding)
    return text if cell_len(text) <= room else set_cell_size(text, max(room - len(mark), 0)).rstrip() + mark


@dataclass(frozen=True, slots=True)
class Drawing:
    """The funnel as bars around a middle line, names to the left and figures to the right.

    Args:
        report: The report.
        language: en, da, sv or nb.
        width: How many columns to fill; None is the whole window.
    """

    report: Report
    language: str = "en"
    width: int | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as wide as the window, in characters that its encoding can take."""
        width = min(self.width or options.max_width, options.max_width)
        shown, columns = self._figures(width)
        room = width - 2 * _GAP - _needed(shown, columns)
        names = max(min(_name_width(shown), _WIDEST_NAME, int(room * 0.6), room - _NARROWEST_BAR), 1)
        across = max((room - names) // 2 * 2, 2)
        encoding = options.encoding
        drawn = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
        drawn.add_column("", width=names)
        drawn.add_column("", width=across)
        _add_columns(drawn, shown, columns, names, encoding)
        for row, line in zip(shown.rows, self.report.steps, strict=True):
            name = _cut(printable(row[0], encoding), names, encoding)
            bar = self._bar(line, across, plain=not _takes_blocks(encoding))
            cells = (Text(printable(row[shown.columns.index(column)], encoding)) for column in columns)
            drawn.add_row(Text(name, style="" if line.optional else "bold"), bar, *cells)
        yield drawn

    def _figures(self, width: int) -> tuple[Figures, list[str]]:
        """What stands to the right of the bars: the rate that leads always, the rest as far as there is room."""
        leading = "expected_from_previous" if self.report.expected_leads else "from_previous"
        columns = ["entered", leading, "median_time"]
        if self.report.expected_leads:
            columns.insert(2, "from_previous")
        for intervals in (True, False):
            shown = figures(self.report, self.language, intervals=intervals)
            least = min(_name_width(shown), _SHORT_NAME) + _NARROWEST_BAR + 2 * _GAP
            for fewer in (columns, columns[:-1], columns[:2]):
                if least + _needed(shown, fewer) <= width:
                    return shown, fewer
        return shown, columns[:2]

    def _bar(self, line: StepReport, across: int, *, plain: bool) -> Text:
        """A bar around the middle: whole blocks, and half ones at both ends where that comes closer."""
        entered = self.report.steps[0].entered
        if not line.entered:
            return Text()
        halves = round(line.entered / entered * across)
        block, hair = ("#", "|") if plain else ("█", "▏")
        if line.optional:
            block = "-" if plain else "░"
        if plain or line.optional:
            bar = 2 * round(halves / 2) * block
        else:
            bar = 2 * (halves // 2) * block
            bar = f"▐{bar}▌" if halves % 2 else bar
        left = " " * ((across - len(bar)) // 2)
        return Text(left + (bar or hair), style="cyan")


def drawing(report: Report, language: str = "en", width: int | None = None) -> Drawing:
    """The funnel as bars, to be printed on a console.

    Args:
        report: The report.
        language: en, da, sv or nb.
        width: How many columns to fill; None is the whole window.
    """
    return Drawing(report, words(language).language, width)


@dataclass(frozen=True, slots=True)
class Whole:
    """A report as a stranger can read it: what it finds, what was asked, the drawing, and the table.

    Args:
        report: The report.
        language: en, da, sv or nb.
    """

    report: Report
    language: str = "en"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for the window and the encoding there is."""
        encoding = options.encoding
        asked = sentence(self.report.funnel, self.language, period=self.report.period)
        for text, style in ((finding(self.report, self.language), "bold"), (asked, "dim")):
            yield Text(printable(_wrapped(text, options.max_width), encoding), style=style)
        yield Text()
        yield Drawing(self.report, self.language)
        yield Text()
        yield table(self.report, self.language, width=options.max_width, encoding=encoding)


def report(given: Report, language: str = "en") -> Whole:
    """A whole report, to be printed on a console.

    Args:
        given: The report.
        language: en, da, sv or nb.
    """
    return Whole(given, words(language).language)


def png(svg: str, scale: float = 2) -> bytes:
    """A picture as PNG.

    Args:
        svg: The picture; one that follows the reader's setting comes out in its light colours.
        scale: Pixels for one unit of the picture.

    Raises:
        NotAllowed: The package that does it is not installed.
    """
    try:
        converter = import_module("vl_convert")
    except ImportError:
        raise NotAllowed("picture.png_needs_extra", "PNG needs the extra: pip install 'tragt[app]'.") from None
    drawn: bytes = converter.svg_to_png(svg, scale=scale)
    return drawn


def _takes_blocks(encoding: str) -> bool:
    return printable(_BLOCKS, encoding) == _BLOCKS
