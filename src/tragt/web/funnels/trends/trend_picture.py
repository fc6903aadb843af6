"""The trend as SVG that the page's styles colour: shares with their intervals, target, notes, and how many entered.

It is drawn once wide and once narrow, each with letters of one size, and the page shows the one that fits. A table
beside it says the same. The unit of observation is the stretch of days.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tragt.web.funnels.models import Annotation
from tragt.web.funnels.steps.drawing import scale
from tragt.web.funnels.trends.attainment import Attained, Verdict
from tragt.web.shell import formats

__all__ = ["NARROW", "WIDE", "drawn", "numbered"]

WIDE, NARROW = 760, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 26, 178
_BARS, _FLOOR, _HEIGHT = 190, 222, 244
_DOT = 4.5
_LABEL_ROOM, _HALF_LABEL = 94, 40
_BADGE = 8
_HARDLY = 20


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things stand on the sheet."""

    width: int
    number: int
    end: float
    most: int

    def across(self, place: float) -> float:
        return _LEFT + (place + 0.5) * self.between

    @property
    def between(self) -> float:
        return (self.width - _LEFT - _RIGHT) / max(self.number, 1)

    def up(self, share: float) -> float:
        return _BOTTOM - min(share / self.end, 1.0) * (_BOTTOM - _TOP)


def numbered(stretches: Sequence[Attained], notes: Sequence[Annotation]) -> list[tuple[int, Annotation, int]]:
    """The notes that fall into the stretches, each with its number from 1 and the place of its stretch.

    Args:
        stretches: The stretches, in their order.
        notes: The notes, in their order.
    """
    if not stretches:
        return []
    starts = [one.start for one in stretches]
    placed = ((note, _place(starts, note.day)) for note in notes if note.day <= stretches[-1].until)
    return [(number, note, place) for number, (note, place) in enumerate(placed, start=1)]


def drawn(stretches: Sequence[Attained], notes: Sequence[Annotation], width: int) -> SafeString:
    """The picture.

    Args:
        stretches: What each stretch attained, in their order.
        notes: What happened meanwhile.
        width: `WIDE` or `NARROW`.
    """
    most = max((one.came for one in stretches), default=0) or 1
    frame = _Frame(width, len(stretches), scale(_highest(stretches, most)), most)
    parts = (
        _axis(frame),
        _notes(stretches, notes, frame),
        _bars(stretches, frame),
        _targets(stretches, frame),
        _spans(stretches, frame),
        _line(stretches, frame),
        _points(stretches, frame),
        _days(stretches, frame),
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="tp {}" viewBox="0 0 {} {}" aria-hidden="true" '
        'focusable="false">{}</svg>',
        "tp-wide" if width == WIDE else "tp-narrow",
        width,
        _HEIGHT,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _highest(stretches: Sequence[Attained], most: int) -> float:
    """The highest share to be shown. Intervals of stretches in which hardly anybody came may end above the picture."""
    told = [one for each in stretches for one in (each.rate, each.target) if one is not None]
    limits = [one.high for one in stretches if one.high is not None and one.came * _HARDLY >= most]
    return max([*told, *limits], default=0.0)


def _place(starts: Sequence[date], day: date) -> int:
    return max(bisect_right(starts, day) - 1, 0)


def _axis(frame: _Frame) -> SafeString:
    ticks = ((frame.up(share), formats.share(share)) for share in (0.0, frame.end / 2, frame.end))
    return format_html_join(
        "",
        '<path class="tp-grid" d="M{} {}H{}"/><text class="tp-text" x="{}" y="{}" text-anchor="end">{}</text>',
        ((_LEFT, f"{y:.5g}", frame.width - _RIGHT, _LEFT - 6, f"{y + 4:.5g}", text) for y, text in ticks),
    )


def _notes(stretches: Sequence[Attained], notes: Sequence[Annotation], frame: _Frame) -> SafeString:
    """A line where something happened, a band where it lasted, and its number above."""
    placed = numbered(stretches, notes)
    starts = [one.start for one in stretches]
    bands = [
        (
            f"{frame.across(place) - frame.between / 2:.5g}",
            f"{(_place(starts, note.until) - place + 1) * frame.between:.5g}",
        )
        for _number, note, place in placed
        if note.until is not None
    ]
    drawn_bands = format_html_join(
        "",
        f'<rect class="tp-band" x="{{}}" y="{_TOP}" width="{{}}" height="{_BOTTOM - _TOP}"/>',
        bands,
    )
    by_place: dict[int, list[int]] = {}
    for number, _note, place in placed:
        by_place.setdefault(place, []).append(number)
    lines = format_html_join(
        "",
        '<path class="tp-note" d="M{0} {1}V{2}"/><rect class="tp-badge" x="{3}" y="2" width="{4}" height="16" rx="8"/>'
        '<text class="tp-number" x="{5}" y="14" text-anchor="middle">{6}</text>',
        (_badge(frame, place, numbers) for place, numbers in by_place.items()),
    )
    return drawn_bands + lines


def _badge(frame: _Frame, place: int, numbers: Sequence[int]) -> tuple[object, ...]:
    text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
    width = 2 * _BADGE + 7 * (len(text) - 1)
    x = frame.across(place)
    middle = min(max(x, width / 2), frame.width - width / 2)
    return f"{x:.5g}", 18, _BOTTOM, f"{middle - width / 2:.5g}", width, f"{middle:.5g}", text


def _bars(stretches: Sequence[Attained], frame: _Frame) -> SafeString:
    """How many came, each a bar below the shares."""
    tall = [one.came / frame.most * (_FLOOR - _BARS) for one in stretches]
    wide = min(frame.between * 0.7, 28)
    return format_html_join(
        "",
        '<rect class="tp-came" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (f"{frame.across(place) - wide / 2:.5g}", f"{_FLOOR - height:.5g}", f"{wide:.5g}", f"{height:.5g}")
            for place, height in enumerate(tall)
            if height
        ),
    )


def _targets(stretches: Sequence[Attained], frame: _Frame) -> SafeString:
    """The target, as a line that steps where it was changed."""
    drawn_path, before = "", None
    for place, one in enumerate(stretches):
        if one.target is not None:
            x, y = frame.across(place) - frame.between / 2, frame.up(one.target)
            drawn_path += f"{'M' if before is None else 'L'}{x:.5g} {y:.5g}L{x + frame.between:.5g} {y:.5g}"
        before = one.target
    return format_html('<path class="tp-target" d="{}"/>', drawn_path) if drawn_path else SafeString("")


def _spans(stretches: Sequence[Attained], frame: _Frame) -> SafeString:
    return format_html_join(
        "",
        '<path class="tp-span" d="M{} {}V{}"/>',
        (
            (f"{frame.across(place):.5g}", f"{frame.up(one.low):.5g}", f"{frame.up(one.high):.5g}")
            for place, one in enumerate(stretches)
            if one.low is not None and one.high is not None
        ),
    )


def _line(stretches: Sequence[Attained], frame: _Frame) -> SafeString:
    points = " ".join(
        f"{frame.across(place):.5g},{frame.up(one.rate):.5g}"
        for place, one in enumerate(stretches)
        if one.rate is not None and not one.young
    )
    return format_html('<polyline class="tp-line" points="{}"/>', points)


def _points(stretches: Sequence[Attained], frame: _Frame) -> SafeString:
    """A dot each; hollow where it is not over, a triangle where the target was missed."""
    there = [
        (frame.across(place), frame.up(one.rate), one) for place, one in enumerate(stretches) if one.rate is not None
    ]
    dots = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="{}"/>',
        (
            ("tp-dot young" if one.young else "tp-dot", f"{x:.5g}", f"{y:.5g}", _DOT)
            for x, y, one in there
            if one.verdict is not Verdict.MISSED
        ),
    )
    missed = format_html_join(
        "",
        '<path class="tp-missed" d="M{} {}h{}l-{} {}z"/>',
        (
            (
                f"{x - _DOT - 1:.5g}",
                f"{y - _DOT + 0.5:.5g}",
                f"{2 * _DOT + 2:.5g}",
                f"{_DOT + 1:.5g}",
                f"{2 * _DOT:.5g}",
            )
            for x, y, one in there
            if one.verdict is Verdict.MISSED
        ),
    )
    return dots + missed


def _days(stretches: Sequence[Attained], frame: _Frame) -> SafeString:
    """The first day of as many stretches as there is room for."""
    most = max((frame.width - _LEFT - _RIGHT) // _LABEL_ROOM, 1)
    every = -(-len(stretches) // most)
    at = ((place, max(frame.across(place), _HALF_LABEL)) for place in range(0, len(stretches), every))
    return format_html_join(
        "",
        '<text class="tp-text" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (f"{x:.5g}", _HEIGHT - 5, formats.day(stretches[place].start))
            for place, x in at
            if x + _HALF_LABEL <= frame.width
        ),
    )
