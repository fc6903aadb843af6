"""Icons: Lucide's, drawn into the page."""

from functools import cache

from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

__all__ = ["exists", "icon"]

UNKNOWN = "circle"


def exists(name: str) -> bool:
    """Whether Lucide has an icon of this name."""
    try:
        lucide(name)
    except IconDoesNotExist:
        return False
    return True


@cache
def icon(name: str, size: int = 18) -> SafeString:
    """An icon as SVG, for beside a text that says the same: screen readers pass over it.

    Args:
        name: What Lucide calls it; a name that its version does not know is a circle, for no page fails over it.
        size: Width and height in pixels.
    """
    attributes = {"class": "icon", "aria_hidden": "true", "focusable": "false"}
    drawn = lucide(name if exists(name) else UNKNOWN, size=size, **attributes)
    return mark_safe("".join(line.strip() for line in drawn.splitlines()))
