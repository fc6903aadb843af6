"""The funnel as one SVG, with what a reader needs to understand it without the program.

The unit of observation is the attempt. The picture shows a report and adds nothing to it; which step leaks is
decided elsewhere and marked on request.
"""

import hashlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from tragt.errors import InvalidDefinition
from tragt.funnel.figures import kind, leading_rate, line_names
from tragt.funnel.notes import notes
from tragt.funnel.picture import arrangement
from tragt.funnel.picture.labels import Marks, labels
from tragt.funnel.picture.page import OUTLINE, Page
from tragt.funnel.picture.palette import FONTS, Theme, palette, stylesheet, theme_of
from tragt.funnel.picture.shapes import Shapes
from tragt.funnel.picture.sheet import Sheet, legible
from tragt.funnel.report import Report
from tragt.funnel.sentence import finding, sentence
from tragt.funnel.words import Words, words

__all__ = ["draw"]

NARROWEST, WIDEST = 280, 4000

_NARROW = 600
_LONG = 120


def draw(
    report: Report,
    *,
    width: float = 960,
    upright: bool | None = None,
    language: str = "en",
    theme: str = "auto",
    marks: Marks | None = None,
) -> str:
    """Draw the funnel.

    Each step is as wide at its top as those who entered and at its bottom as those who passed; paler, those
    who are still open. The same report gives the same text, byte for byte.

    Args:
        report: The report.
        width: Width in CSS pixels, 280 to 4000; the height follows.
        upright: Whether names and figures stand above the shapes, as on a phone; None decides by the width.
        language: en, da, sv or nb.
        theme: auto follows the reader's setting and the printer, page does so by the page's own style sheet (see
            `stylesheet`); or light, dark, print.
        marks: A step to mark, targets to show, what to say above.

    Returns:
        An SVG document that may also stand inside a page.

    Raises:
        InvalidDefinition: The width, language, theme or a mark is not possible.
    """
    said, marks = words(language), marks or Marks()
    marks.check(len(report.steps))
    if not NARROWEST <= width <= WIDEST:
        raise InvalidDefinition(
            "picture.width", f"The picture is {width} wide; allowed are {NARROWEST} to {WIDEST} pixels.", width=width
        )
    sheet = Sheet(palette(theme_of(theme)), width)
    page, texts = Page(sheet), labels(report, marks, said)
    _head(page, report, marks, said)
    shapes = Shapes(sheet, report, marks.highlight, marks.targets, marks.beside)
    stands = not arrangement.beside_fits(page, texts) if upright is None else upright
    arrange = arrangement.upright if stands else arrangement.beside
    arrange(page, texts, shapes)
    _foot(page, report, said)
    described = [marks.finding or finding(report, language), sentence(report.funnel, language, period=report.period)]
    described += [text.everything for text in texts]
    _introduce(sheet.root, _title(report, said), " ".join(described), theme)
    sheet.root.set("lang", said.language)
    return sheet.close(page.y + page.margin)


def _head(page: Page, report: Report, marks: Marks, said: Words) -> None:
    narrow = page.sheet.width < _NARROW
    if report.funnel.name:
        page.paragraph(report.funnel.name, page.small, most=1)
    found = marks.finding or finding(report, said.language, longest=24 if narrow else 40)
    page.headline(found, (1.2 if narrow or len(found) > _LONG else 1.5) * page.unit)
    page.skip(0.2)
    question = sentence(report.funnel, said.language, period=report.period)
    page.paragraph(question, 0.92 * page.unit, most=9 if narrow else 4)
    page.skip(0.9)
    page.key(list(_key(report, marks, said)), _caption(report, said))
    page.skip(0.9)


def _key(report: Report, marks: Marks, said: Words) -> Iterator[tuple[str, str]]:
    """What the fillings mean, where there is more than one."""
    some_open = any(line.open for line in report.steps)
    if some_open or marks.beside is not None:
        yield "fill", said.picture.passed
    if some_open:
        yield "open", said.picture.still_open
    if marks.beside is not None and marks.beside_name:
        yield OUTLINE, marks.beside_name


def _caption(report: Report, said: Words) -> str:
    rates = [rate for line in report.steps if (rate := leading_rate(report, line)[0]) is not None]
    level = said.numbers.round_percent(rates[0].level if rates else 0.95)
    return said.picture.caption.format(kind=kind(report).label(said), level=level)


def _foot(page: Page, report: Report, said: Words) -> None:
    page.skip(0.5)
    page.rule()
    page.skip(0.5)
    for text in notes(report, said.language):
        page.paragraph(text, 0.8 * page.unit, most=6)


def _title(report: Report, said: Words) -> str:
    steps = ", ".join(line_names(report.funnel, said))
    return report.funnel.name or said.picture.title.format(steps=steps)


def _introduce(root: Element, title: str, description: str, theme: str) -> None:
    """Give the picture its name and description for readers who do not see it, its fonts and its style."""
    title, description = legible(title), legible(description)
    digest = hashlib.sha256("\n".join([title, description, theme, tostring(root, "unicode")]).encode()).hexdigest()
    names = {part: f"tragt-{digest[:10]}-{part}" for part in ("title", "desc")}
    root.set("class", "tragt-funnel tragt-follows" if theme in {Theme.AUTO, Theme.PAGE} else "tragt-funnel")
    root.set("role", "img")
    root.set("aria-labelledby", names["title"])
    root.set("aria-describedby", names["desc"])
    root.set("font-family", FONTS)
    parts = [("title", title), ("desc", description), ("style", stylesheet(theme))]
    for place, (tag, text) in enumerate(part for part in parts if part[1]):
        element = Element(tag, {"id": names[tag]} if tag in names else {})
        element.text = text
        root.insert(place, element)
