"""What came in by day, as a row of bars: an SVG of the page, coloured by its style sheet."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["bars"]

_STEP, _WIDTH, _HEIGHT, _LEAST = 10, 7, 64, 1


def bars(counts: Sequence[int]) -> SafeString:
    """The bars; a text beside them says the same.

    Args:
        counts: How many on each day, the oldest first.
    """
    most = max(counts, default=0) or 1
    heights = [max(count * _HEIGHT / most, _LEAST) if count else 0 for count in counts]
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        ((place * _STEP, f"{_HEIGHT - height:.4g}", _WIDTH, f"{height:.4g}") for place, height in enumerate(heights)),
    )
    across = max(len(counts) * _STEP - (_STEP - _WIDTH), 1)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">{}</svg>',
        across,
        _HEIGHT,
        drawn,
    )
