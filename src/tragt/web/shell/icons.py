"""Icons: Lucide's, drawn into the page."""

from functools import cache

from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

__all__ = ["icon"]


@cache
def icon(name: str, size: int = 18) -> SafeString:
    """An icon as SVG, for beside a text that says the same: screen readers pass over it.

    Args:
        name: What Lucide calls it.
        size: Width and height in pixels.
    """
    drawn = lucide(name, size=size, **{"class": "icon", "aria_hidden": "true", "focusable": "false"})
    return mark_safe("".join(line.strip() for line in drawn.splitlines()))
