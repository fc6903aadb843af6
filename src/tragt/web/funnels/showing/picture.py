"""The funnel as it stands on a page: a row a step, its shape drawn by the library, its words set by the page.

The picture as one file, for mails and slides, is `tragt.funnel.draw`. On a page the words are text of the page, which
wraps, grows with the reader's letters and is read aloud, and each row is a link; the shapes are the same.
"""

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from tragt.funnel import Report
from tragt.funnel.definition import Order
from tragt.funnel.figures import Kind, kind, leading_rate
from tragt.funnel.picture.labels import Label, Marks, labels
from tragt.funnel.picture.palette import Theme, palette
from tragt.funnel.picture.shapes import Band, Shapes
from tragt.funnel.picture.sheet import Sheet
from tragt.funnel.words import words

__all__ = ["Row", "rows", "small_picture"]

WIDTH, HEIGHT = 600, 80
_ONE_WAY = 2
_SMALL, _SMALL_HEIGHT, _SMALL_GAP = 120, 64, 2


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the picture.

    Attributes:
        number: Its number, from 1.
        label: Its words.
        shape: Its shape as SVG, which stretches to its place.
        optional: Whether the step is optional.
        divided: What its share divides by what; empty where it does not.
        overall: At the last step, how long the whole way took; else empty.
    """

    number: int
    label: Label
    shape: SafeString
    optional: bool
    divided: str = ""
    overall: str = ""


def rows(report: Report, language: str, marks: Marks | None = None) -> list[Row]:
    """The rows of the picture.

    Args:
        report: The report.
        language: en, da, sv or nb.
        marks: What the eye is led to; None is nothing.
    """
    led = marks or Marks()
    texts = labels(report, led, words(language))
    return [
        Row(
            place + 1,
            text,
            _shape(report, place, led),
            report.steps[place].optional,
            _divided(report, place, language),
            _overall(report, place, language),
        )
        for place, text in enumerate(texts)
    ]


def _divided(report: Report, place: int, language: str) -> str:
    rate, _reason = leading_rate(report, report.steps[place])
    if place == 0 or rate is None or rate.numerator is None or rate.denominator is None:
        return ""
    number = words(language).numbers.number
    part, whole = number(rate.numerator), number(rate.denominator)
    if kind(report) is Kind.OBSERVED and rate.denominator < report.steps[place - 1].entered:
        return gettext("%(part)s of the %(whole)s with full time") % {"part": part, "whole": whole}
    return gettext("%(part)s of %(whole)s") % {"part": part, "whole": whole}


def _overall(report: Report, place: int, language: str) -> str:
    """How long the whole way took, at its end; where it is more than one step."""
    times = report.steps[place].time_from_first
    if place != len(report.steps) - 1 or len(report.funnel.required) <= _ONE_WAY or times is None:
        return ""
    about = words(language).calendar.about
    filled = {"median": about(times.median), "quarter": about(times.quarter), "most": about(times.three_quarters)}
    return gettext("in all %(median)s; half of them %(quarter)s to %(most)s") % filled


def open_shown(report: Report) -> bool:
    """Whether some part of the picture stands for those who may still go on."""
    return any(line.open for line in report.steps)


def in_any_order(report: Report) -> bool:
    """Whether a row stands for a number of steps done and not for a step of its own."""
    return report.funnel.order is Order.ANY


def small_picture(report: Report, leak: int | None = None) -> SafeString:
    """The shapes alone, small: for a list of funnels.

    Args:
        report: The report.
        leak: The line to which too few come; None where none is marked.
    """
    required = [place for place, line in enumerate(report.steps) if not line.optional]
    sheet = _sheet(_SMALL)
    shapes = Shapes(sheet, report, leak, {})
    height = (_SMALL_HEIGHT - _SMALL_GAP * (len(required) - 1)) / len(required)
    for number, place in enumerate(required):
        shapes.draw(place, Band(number * (height + _SMALL_GAP), height, _SMALL / 2, _SMALL))
    return _finished(sheet, _SMALL_HEIGHT)


def _shape(report: Report, place: int, led: Marks) -> SafeString:
    sheet = _sheet(WIDTH)
    shapes = Shapes(sheet, report, led.highlight, led.targets, led.beside)
    shapes.draw(place, Band(0, HEIGHT, WIDTH / 2, WIDTH))
    sheet.root.set("preserveAspectRatio", "none")
    return _finished(sheet, HEIGHT)


def _sheet(width: float) -> Sheet:
    """A sheet without a ground, so that the page shows through."""
    sheet = Sheet(palette(Theme.PAGE), width)
    sheet.root.clear()
    sheet.root.set("xmlns", "http://www.w3.org/2000/svg")
    return sheet


def _finished(sheet: Sheet, height: float) -> SafeString:
    sheet.root.set("class", "shape tragt-follows")
    sheet.root.set("aria-hidden", "true")
    sheet.root.set("focusable", "false")
    return mark_safe(sheet.close(height).strip())
