"""The page around the picture: a cursor that moves down, paragraphs, and the key to the shapes."""

from contextlib import nullcontext

from tragt.funnel.picture.lettering import balance, shorten, width, wrap
from tragt.funnel.picture.sheet import Sheet

__all__ = ["OUTLINE", "Page"]

OUTLINE = "outline"
"""In a key, the edges of what stands beside."""

_LEADING = 1.35
_SMALLEST, _LARGEST, _UNITS_ACROSS = 14, 18, 62


class Page:
    """A sheet with a margin and a cursor.

    Args:
        sheet: What to draw on.

    Attributes:
        unit: Size of ordinary letters; every other measure is a multiple of it.
        margin: What stays free on either side.
        y: How far down the page is written.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.unit = min(max(sheet.width / _UNITS_ACROSS, _SMALLEST), _LARGEST)
        self.margin = min(sheet.width * 0.04, 2 * self.unit)
        self.y = self.margin

    @property
    def small(self) -> float:
        """Size of the letters that stand beside."""
        return 0.85 * self.unit

    @property
    def room(self) -> float:
        """What lies between the margins."""
        return self.sheet.width - 2 * self.margin

    def skip(self, units: float) -> None:
        """Move the cursor down."""
        self.y += units * self.unit

    def headline(self, text: str, size: float) -> None:
        """Set what the picture says, in even lines; what had to be cut, a pointer shows."""
        lines = balance(text, self.room, size, bold=True, most=6)
        with self.sheet.group(text) if lines[-1].endswith("…") else nullcontext():
            for line in lines:
                self._line(line, size, "ink", font_weight="600")

    def paragraph(self, text: str, size: float, most: int) -> None:
        """Set a text over the whole width; what had to be cut, a pointer shows."""
        lines = wrap(text, self.room, size, most=most)
        with self.sheet.group(text) if lines[-1].endswith("…") else nullcontext():
            for line in lines:
                self._line(line, size, "soft")

    def key(self, entries: list[tuple[str, str]], caption: str) -> None:
        """What the fillings mean, and what the figures are."""
        x, size, end = self.margin, self.small, self.margin + self.room
        for role, text in entries:
            needed = 1.2 * size + width(text, size)
            if x > self.margin and x + needed > end:
                x = self.margin
                self.y += _LEADING * size
            self._swatch(x, role, size)
            shown = shorten(text, end - x - 1.2 * size, size)
            self.sheet.text((x + 1.2 * size, self.y + size), shown, size, "soft")
            x += needed + 1.2 * size
        if x + width(caption, size) > end:
            self.y += _LEADING * size if entries else 0
            self.paragraph(caption, size, most=2)
        else:
            self.sheet.text((end, self.y + size), caption, size, "soft", text_anchor="end")
            self.y += _LEADING * size

    def rule(self) -> None:
        """A hairline between the margins."""
        start, end = self.margin, self.margin + self.room
        self.sheet.line((start, self.y), (end, self.y), "line", stroke_width="1")

    def _swatch(self, x: float, role: str, size: float) -> None:
        top, side = self.y + 0.22 * size, 0.8 * size
        if role == OUTLINE:
            for edge in (x, x + side):
                self.sheet.line((edge, top), (edge, top + side), "ink", stroke_width="1.2", stroke_dasharray="3 2")
            return
        corners = [(x, top), (x + side, top), (x + side, top + side), (x, top + side)]
        self.sheet.shape(corners, role)

    def _line(self, text: str, size: float, role: str, **attributes: str) -> None:
        self.sheet.text((self.margin, self.y + size), text, size, role, **attributes)
        self.y += _LEADING * size
