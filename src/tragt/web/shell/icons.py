"""Icons: Lucide's, drawn into the page."""

from functools import cache
from typing import Any

import lucide
from django.utils.safestring import SafeString, mark_safe

__all__ = ["icon"]


@cache
def icon(name: str, size: int = 18) -> SafeString:
    """An icon as SVG, for beside a text that says the same: screen readers pass over it.

    Args:
        name: What Lucide calls it.
        size: Width and height in pixels.
    """
    attributes: dict[str, Any] = {"class": "icon", "aria_hidden": "true", "focusable": "false"}
    return mark_safe(lucide._render_icon(name, size, **attributes))  # noqa: S308, SLF001
