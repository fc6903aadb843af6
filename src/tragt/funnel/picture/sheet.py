"""The paper that the picture is drawn on: text, shapes and lines as SVG."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element, SubElement, tostring

from tragt.funnel.picture.palette import Palette

__all__ = ["Point", "Sheet", "legible"]

Point = tuple[float, float]

_ILLEGIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def legible(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGIBLE.sub(_REPLACEMENT, text)


class Sheet:
    """An SVG that grows from top to bottom.

    Args:
        colours: The colour of each role.
        width: Width of the sheet.
    """

    def __init__(self, colours: Palette, width: float) -> None:
        self.width = width
        self.root = Element("svg", xmlns="http://www.w3.org/2000/svg")
        self._colours = colours
        self._into = self.root
        self._ground = SubElement(self.root, "rect", {"width": _written(width), **self._filled("paper")})

    def close(self, height: float) -> str:
        """Cut the sheet at a height and give it as text."""
        size = {"width": _written(self.width), "height": _written(height)}
        self._ground.set("height", size["height"])
        for name, value in {**size, "viewBox": f"0 0 {size['width']} {size['height']}"}.items():
            self.root.set(name, value)
        return tostring(self.root, encoding="unicode") + "\n"

    @contextmanager
    def group(self, title: str, **attributes: str) -> Iterator[None]:
        """Draw into a group, whose title a pointer shows."""
        outer = self._into
        self._into = SubElement(outer, "g", attributes)
        SubElement(self._into, "title").text = legible(title)
        yield
        self._into = outer

    def text(self, at: Point, text: str, size: float, role: str = "ink", **attributes: str) -> None:
        """One line of text; its baseline begins (or ends, by its anchor) at the point."""
        placed = {"x": _written(at[0]), "y": _written(at[1]), "font-size": _written(size)}
        element = SubElement(self._into, "text", {**placed, **self._filled(role), **_dashed(attributes)})
        element.text = legible(text)

    def shape(self, points: Iterable[Point], role: str, edge: str | None = None, **attributes: str) -> None:
        """A polygon."""
        corners = " ".join(f"{_written(x)},{_written(y)}" for x, y in points)
        edged = {} if edge is None else {"stroke": getattr(self._colours, edge)}
        classes = f"tf-{role}" if edge is None else f"tf-{role} tf-{edge}-edge"
        filled = {**self._filled(role), "class": classes}
        SubElement(self._into, "polygon", {"points": corners, **filled, **edged, **_dashed(attributes)})

    def line(self, start: Point, end: Point, role: str, **attributes: str) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        placed = {name: _written(value) for name, value in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2))}
        drawn = {"class": f"tf-{role}-edge", "stroke": getattr(self._colours, role)}
        SubElement(self._into, "line", {**placed, **drawn, **_dashed(attributes)})

    def _filled(self, role: str) -> dict[str, str]:
        return {"class": f"tf-{role}", "fill": getattr(self._colours, role)}


def _dashed(attributes: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def _written(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}" if abs(value) < 10_000 else f"{value:.0f}"
