"""Where names, shapes and numbers stand: side by side, or one below the other on a narrow page."""

from collections.abc import Sequence
from dataclasses import dataclass

from tragt.funnel.picture.labels import Label
from tragt.funnel.picture.lettering import flow, width, wrap
from tragt.funnel.picture.page import Page
from tragt.funnel.picture.shapes import Band, Shapes

__all__ = ["beside", "beside_fits", "upright"]

_NARROW = 600
_LEAST_SHARE = 0.3
_MANY = 8
_LEADING = 1.28


@dataclass(frozen=True, slots=True)
class _Text:
    """One line of text that stands beside a shape."""

    text: str
    size: float
    role: str = "soft"
    bold: bool = False

    @property
    def height(self) -> float:
        return _LEADING * self.size


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths of the columns of names, of shapes and of figures, and of the gaps between them."""

    names: float
    shapes: float
    figures: float
    gap: float


def beside_fits(page: Page, texts: Sequence[Label]) -> bool:
    """Whether names and figures side by side leave enough room for the shapes."""
    across = page.sheet.width
    return across >= _NARROW and _columns(page, texts).shapes >= _LEAST_SHARE * across


def beside(page: Page, texts: Sequence[Label], shapes: Shapes) -> None:
    """Names to the left, shapes in the middle, figures to the right.

    Args:
        page: The page.
        texts: What stands beside each shape.
        shapes: The shapes.
    """
    columns = _columns(page, texts)
    end = page.margin + columns.names
    begin = end + 2 * columns.gap + columns.shapes
    middle = end + columns.gap + columns.shapes / 2
    for place, label in enumerate(texts):
        optional = shapes.report.steps[place].optional
        names = _names(page, label, columns.names, optional=optional)
        figures = _figures(page, label, columns.figures)
        least = 2.6 if optional else 4.6 if len(texts) <= _MANY else 3.6
        height = max(least * page.unit, _height(names) + 0.5 * page.unit, _height(figures) + 0.5 * page.unit)
        with page.sheet.group(label.everything, **{"data-step": str(place)}):
            shapes.draw(place, Band(page.y, height, middle, columns.shapes))
            _stack(page, names, end, page.y + (height - _height(names)) / 2, anchor="end")
            _stack(page, figures, begin, page.y + (height - _height(figures)) / 2, anchor="start")
        page.y += height
        page.skip(0.22)


def upright(page: Page, texts: Sequence[Label], shapes: Shapes) -> None:
    """Name and figures above each shape.

    Args:
        page: The page.
        texts: What stands above each shape.
        shapes: The shapes.
    """
    gap = 0.8 * page.unit
    for place, label in enumerate(texts):
        optional = shapes.report.steps[place].optional
        count = width(label.count, _large(page), bold=True)
        right = max(min(width(" · ".join(label.figures), page.small), 0.6 * page.room), count)
        figures = _figures(page, label, right)
        names = _names(page, label, page.room - right - gap, optional=optional)
        height = max(_height(names), _height(figures))
        with page.sheet.group(label.everything, **{"data-step": str(place)}):
            _stack(page, names, page.margin, page.y, anchor="start")
            _stack(page, figures, page.margin + page.room, page.y, anchor="end")
            page.y += height
            page.skip(0.4)
            band = Band(page.y, (1 if optional else 2.4) * page.unit, page.margin + page.room / 2, page.room)
            shapes.draw(place, band)
        page.y = band.bottom
        page.skip(1.1)


def _columns(page: Page, texts: Sequence[Label]) -> _Columns:
    unit, small, across = page.unit, page.small, page.sheet.width
    name = max(max(width(one.name, unit, bold=True), width(one.below, small)) for one in texts)
    count = max(width(one.count, _large(page), bold=True) for one in texts)
    figure = max(width(part, small) for one in texts for part in one.figures)
    note = max(width(one.note, small, bold=True) for one in texts)
    names = min(max(name, 6 * unit), 0.25 * across)
    figures = min(max(count, figure, note), 0.3 * across)
    gap = 1.3 * unit
    return _Columns(names, page.room - names - figures - 2 * gap, figures, gap)


def _large(page: Page) -> float:
    return 1.15 * page.unit


def _names(page: Page, label: Label, room: float, *, optional: bool) -> list[_Text]:
    named = wrap(label.name, room, page.unit, bold=not optional, most=3)
    below = wrap(label.below, room, page.small) if label.below else []
    return [
        *(_Text(line, page.unit, "ink", bold=not optional) for line in named),
        *(_Text(line, page.small) for line in below),
    ]


def _figures(page: Page, label: Label, room: float) -> list[_Text]:
    note = wrap(label.note, room, page.small, bold=True) if label.note else []
    return [
        _Text(label.count, _large(page), "ink", bold=True),
        *(_Text(line, page.small) for line in flow(label.figures, room, page.small)),
        *(_Text(line, page.small, "leak", bold=True) for line in note),
    ]


def _height(lines: Sequence[_Text]) -> float:
    return sum(line.height for line in lines)


def _stack(page: Page, lines: Sequence[_Text], x: float, top: float, *, anchor: str) -> None:
    for line in lines:
        weight = {"font_weight": "600"} if line.bold else {}
        page.sheet.text((x, top + line.size), line.text, line.size, line.role, text_anchor=anchor, **weight)
        top += line.height
