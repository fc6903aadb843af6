"""Small pictures of the page of a step, as SVG that the page's styles colour; a table beside each says the same.

The unit of observation is the bar, the point or the interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["Point", "histogram", "interval", "scale", "trend"]

WIDTH, HEIGHT = 600, 140
_ALONE = 1.2
_ROOM = 10
_DOT = 4
_ROW = 12

_OPEN = (
    '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" '
    'aria-hidden="true" focusable="false">{}</svg>'
)


@dataclass(frozen=True, slots=True)
class Point:
    """A share in a row of them.

    Attributes:
        rate: The share, 0 to 1; None where there is none.
        low: Lower limit of its interval; None where it has none.
        high: Upper limit.
        over: Whether it can no longer change.
    """

    rate: float | None
    low: float | None = None
    high: float | None = None
    over: bool = True


def scale(highest: float) -> float:
    """A round share, not below the highest, at which an axis ends."""
    return next((end for end in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8) if highest <= end), 1.0)


def histogram(edges: Sequence[float], counts: Sequence[int], median: float) -> SafeString:
    """Bars over lengths of time on a logarithmic axis, and a line at the median.

    Args:
        edges: Edges of the bars in seconds, one more than bars.
        counts: How many fall into each.
        median: Where the line stands; left out where it lies beyond the bars.
    """
    if edges[0] == edges[-1]:
        edges, counts = (edges[0] / _ALONE, edges[0] * _ALONE), (sum(counts),)
    low, high = (math.log(max(edge, 1e-3)) for edge in (edges[0], edges[-1]))

    def across(seconds: float) -> float:
        return (math.log(max(seconds, 1e-3)) - low) / ((high - low) or 1) * WIDTH

    most = max(counts, default=0) or 1
    bars = format_html_join(
        "",
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                f"{across(edges[place]) + 0.5:.5g}",
                f"{HEIGHT - count / most * (HEIGHT - _ROOM):.5g}",
                f"{max(across(edges[place + 1]) - across(edges[place]) - 1, 1):.5g}",
                f"{count / most * (HEIGHT - _ROOM):.5g}",
            )
            for place, count in enumerate(counts)
            if count
        ),
    )
    half = SafeString("")
    if edges[0] <= median <= edges[-1]:
        half = format_html('<path class="half" d="M{0} 0V{1}"/>', f"{across(median):.5g}", HEIGHT)
    return format_html(_OPEN, "tf-times", WIDTH, HEIGHT, bars + half)


def interval(point: Point, end: float, mark: str = "") -> SafeString:
    """A share with its interval, on a line from nothing to a share.

    Args:
        point: The share.
        end: The share at which the line ends.
        mark: ``worse``, ``better`` or empty.
    """
    if point.rate is None:
        return format_html(_OPEN, "tf-share", WIDTH, _ROW, "")
    low, high = (point.rate if limit is None else limit for limit in (point.low, point.high))
    drawn = format_html(
        '<rect class="span" x="{}" y="{}" width="{}" height="2"/>'
        '<rect class="dot" x="{}" y="1" width="{}" height="{}"/>',
        f"{low / end * WIDTH:.5g}",
        _ROW / 2 - 1,
        f"{max(high - low, 0) / end * WIDTH:.5g}",
        f"{max(point.rate / end * WIDTH - _DOT, 0):.5g}",
        2 * _DOT,
        _ROW - 2,
    )
    return format_html(_OPEN, f"tf-share {mark}".strip(), WIDTH, _ROW, drawn)


def trend(points: Sequence[Point], end: float) -> SafeString:
    """Shares in their order, joined by a line as far as they are over; those that are not stand hollow.

    Args:
        points: The shares.
        end: The share at the upper edge.
    """
    between = WIDTH / max(len(points), 1)

    def across(place: int) -> float:
        return (place + 0.5) * between

    def up(share: float) -> float:
        return HEIGHT - _DOT - min(share / end, 1.0) * (HEIGHT - 2 * _DOT)

    there = [(place, point) for place, point in enumerate(points) if point.rate is not None]
    spans = format_html_join(
        "",
        '<path class="span" d="M{} {}V{}"/>',
        (
            (f"{across(place):.5g}", f"{up(point.low):.5g}", f"{up(point.high):.5g}")
            for place, point in there
            if point.low is not None and point.high is not None
        ),
    )
    line = " ".join(f"{across(place):.5g},{up(point.rate or 0):.5g}" for place, point in there if point.over)
    dots = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="{}"/>',
        (
            ("dot" if point.over else "dot young", f"{across(place):.5g}", f"{up(point.rate or 0):.5g}", _DOT)
            for place, point in there
        ),
    )
    drawn = spans + format_html('<polyline class="line" points="{}"/>', line) + dots
    return format_html(_OPEN.replace(' preserveAspectRatio="none"', ""), "tf-trend", WIDTH, HEIGHT, drawn)
