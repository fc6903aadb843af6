"""A funnel on one sheet of paper: what it says, the picture, the table, and how it was counted.

The sheet is A4; what is longer is drawn smaller, so that it stays one page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import vl_convert
from django.utils.translation import gettext

from tragt.funnel.picture.lettering import width, wrap
from tragt.funnel.picture.page import Page as Paper
from tragt.funnel.picture.palette import FONTS, Theme, palette
from tragt.funnel.picture.sheet import Sheet, legible
from tragt.web.funnels.showing.downloads import picture_svg
from tragt.web.funnels.showing.presenting import Page
from tragt.web.shell import formats, organisation

__all__ = ["HEIGHT", "WIDTH", "Printed", "paper_pdf", "paper_svg"]

WIDTH, HEIGHT = 794, 1123
"""A4 in CSS pixels, on which everything is laid out."""

_POINTS = 0.75
"""A PDF takes the size of a sheet for points, of which a pixel is three quarters."""

_WHITE = "#ffffff"
_LETTERS, _SMALLEST = 10.5, 6.5
_GAP, _LEADING = 10, 1.4
_NAMES_ROOM = 0.3
_HEAD_LINES = 4


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the paper.

    Attributes:
        name: What the funnel is called.
        period: Which entries it counts, in words.
        page: Its figures in words.
        address: Where its page is.
    """

    name: str
    period: str
    page: Page
    address: str


def paper_svg(printed: Printed) -> str:
    """The sheet as SVG, in the reader's language, A4 however much stands on it.

    Args:
        printed: What stands on it.
    """
    colours = replace(palette(Theme.LIGHT), paper=_WHITE)
    sheet = Sheet(colours, WIDTH)
    sheet.root.set("font-family", FONTS)
    paper = Paper(sheet)
    paper.margin = paper.y = 40
    _head(paper, printed)
    at, inner = paper.y, _picture(printed, paper.room)
    paper.y += inner.height + _GAP
    _Columns.of(printed.page, paper.room).draw(paper)
    _foot(paper, printed)
    drawn = sheet.close(max(paper.y + paper.margin, HEIGHT))
    placed = inner.text.replace("<svg ", f'<svg x="{paper.margin:g}" y="{at:g}" ', 1)
    return _on_one_page(drawn.rstrip().removesuffix("</svg>") + placed + "</svg>", paper.y + paper.margin)


def paper_pdf(printed: Printed) -> bytes:
    """The sheet as PDF: one page of A4, its letters text that can be marked and searched.

    Args:
        printed: What stands on it.
    """
    made: bytes = vl_convert.svg_to_pdf(paper_svg(printed))
    return made


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture within the sheet."""

    text: str
    height: float


def _picture(printed: Printed, room: float) -> _Picture:
    drawn = picture_svg(printed.page, theme=Theme.LIGHT, width=room)
    height = float(drawn.partition(' height="')[2].partition('"')[0])
    return _Picture(drawn.replace(palette(Theme.LIGHT).paper, _WHITE), height)


def _head(paper: Paper, printed: Printed) -> None:
    firm = organisation.current().name
    paper.paragraph(f"{firm} · {printed.period}" if firm else printed.period, paper.small, most=2)
    paper.headline(printed.name, 1.5 * paper.unit)
    paper.skip(0.2)


def _foot(paper: Paper, printed: Printed) -> None:
    figures = printed.page.figures
    paper.skip(0.8)
    said = gettext("Counted %(moment)s from %(events)s events.") % {
        "moment": formats.moment(figures.computed),
        "events": formats.number(figures.events),
    }
    paper.paragraph(f"{printed.page.basis} {said}", paper.small, most=6)
    paper.paragraph(printed.address, paper.small, most=2)


def _on_one_page(drawn: str, height: float) -> str:
    """The sheet, drawn smaller where it is longer than the page."""
    if height <= HEIGHT:
        seen = f"0 0 {WIDTH} {HEIGHT}"
    else:
        wide = WIDTH * height / HEIGHT
        seen = f"{(WIDTH - wide) / 2:g} 0 {wide:g} {height:g}"
    opening, _mark, rest = drawn.partition(">")
    kept = " ".join(part for part in _attributes(opening) if not part.startswith(("width=", "height=", "viewBox=")))
    size = f'width="{_POINTS * WIDTH:g}" height="{_POINTS * HEIGHT:g}"'
    return f'<svg {kept} {size} viewBox="{seen}">{rest}'


def _attributes(opening: str) -> Sequence[str]:
    """The attributes of an opening tag, as they are written."""
    parts = opening.removeprefix("<svg").split('" ')
    return [part.strip() + ("" if part.endswith('"') else '"') for part in parts if part.strip()]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The table of the page, set so that it fits the sheet.

    Attributes:
        rows: The cells, the heads first: each cell a list of lines.
        ends: Where each column ends; the first one begins at the margin.
        size: Size of the letters.
        marked: Which row leaks; None where none does.
    """

    rows: Sequence[Sequence[Sequence[str]]]
    ends: Sequence[float]
    size: float
    marked: int | None

    @classmethod
    def of(cls, page: Page, room: float) -> "_Columns":
        """The table of a page within so much room."""
        heads = [page.table.heads[0], *page.heads]
        texts = [heads, *([line.name, *(cell.text for cell in line.cells)] for line in page.lines)]
        size = _LETTERS
        while True:
            rows = [_cells(row, room, size, heads=not number) for number, row in enumerate(texts)]
            wide = [max(width(line, size) for row in rows for line in row[place]) for place in range(len(heads))]
            if sum(wide) + _GAP * (len(wide) - 1) <= room or size <= _SMALLEST:
                break
            size -= 0.5
        spare = max(0.0, room - sum(wide) - _GAP * (len(wide) - 1)) / max(1, len(wide) - 1)
        ends = [wide[0]]
        for one in wide[1:]:
            ends.append(ends[-1] + _GAP + spare + one)
        leaks = next((number for number, line in enumerate(page.lines, start=1) if line.leaks), None)
        return cls(rows, ends, size, leaks)

    def draw(self, paper: Paper) -> None:
        """Set the table at the cursor."""
        for number, row in enumerate(self.rows):
            role = "leak" if number == self.marked else "ink" if number else "soft"
            for place, lines in enumerate(row):
                for depth, line in enumerate(lines):
                    y = paper.y + self.size + depth * _LEADING * self.size
                    x = paper.margin + (self.ends[place] if place else 0)
                    anchor = {"text_anchor": "end"} if place else {}
                    paper.sheet.text((x, y), legible(line), self.size, role, **anchor)
            paper.y += max(map(len, row)) * _LEADING * self.size + 3
            paper.rule()
            paper.y += 3


def _cells(row: Sequence[str], room: float, size: float, *, heads: bool) -> list[list[str]]:
    """The cells of a row as lines: heads are broken between words, and so are names."""
    if heads:
        return [
            wrap(text, max(width(word, size) for word in text.split() or [""]) * 1.15, size, most=_HEAD_LINES)
            for text in row
        ]
    return [wrap(row[0], _NAMES_ROOM * room, size, most=3), *([text] for text in row[1:])]
