"""How often something came in each of some days or weeks, as a row of bars: an SVG, coloured by the page's styles."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["bars"]

_STEP, _WIDTH, _LEAST = 10, 7, 1


def bars(counts: Sequence[int], height: int) -> SafeString:
    """The bars; a text beside them says the same.

    Args:
        counts: How often in each, the oldest first.
        height: Of the highest bar, in units of which a bar takes ten across.
    """
    most = max(counts, default=0) or 1
    heights = [max(count * height / most, _LEAST) if count else 0 for count in counts]
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        ((place * _STEP, f"{height - tall:.4g}", _WIDTH, f"{tall:.4g}") for place, tall in enumerate(heights)),
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false">{}</svg>',
        max(len(counts) * _STEP - (_STEP - _WIDTH), 1),
        height,
        drawn,
    )
