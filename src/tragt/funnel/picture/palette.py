"""Colours of the picture: light, dark and printed.

A colour stands as an attribute on the shape that has it, for readers that know no style sheets and pages whose
policy forbids them; the style sheet only overrides these, in the dark and on paper.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

from tragt.errors import InvalidDefinition

__all__ = ["FONTS", "Palette", "Theme", "palette", "stylesheet", "theme_of"]

FONTS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif'


class Theme(StrEnum):
    """Which colours the picture has.

    *auto* follows the reader's setting and the printer; *page* does so by the page's own style sheet.
    """

    AUTO = "auto"
    PAGE = "page"
    LIGHT = "light"
    DARK = "dark"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Palette:
    """A colour for each role.

    Args:
        paper: The ground.
        ink: Names and numbers.
        soft: What stands beside them.
        line: Hairlines.
        fill: Those who passed on.
        open: Those who may yet pass.
        leak: The step that is marked.
    """

    paper: str
    ink: str
    soft: str
    line: str
    fill: str
    open: str
    leak: str


_LIGHT = Palette("#fbfaf7", "#1b2330", "#5b6573", "#e0dcd2", "#2c6e8a", "#d3e4eb", "#c2412b")
_DARK = Palette("#14181e", "#eceff3", "#9aa6b4", "#2f3843", "#5fa8c6", "#2a5062", "#ef7a61")
_PRINT = Palette("#ffffff", "#000000", "#333333", "#bbbbbb", "#777777", "#dddddd", "#000000")


def theme_of(given: str) -> Theme:
    """Read the name of a theme.

    Raises:
        InvalidDefinition: There is no such theme.
    """
    if given not in list(Theme):
        raise InvalidDefinition(
            "picture.unknown_theme", f"Theme {given!r} is unknown; allowed are {', '.join(Theme)}.", theme=given
        )
    return Theme(given)


def palette(theme: Theme) -> Palette:
    """The colours that stand on the shapes themselves."""
    return {Theme.DARK: _DARK, Theme.PRINT: _PRINT}.get(theme, _LIGHT)


def stylesheet(theme: str = "auto") -> str:
    """The rules that go with a picture.

    A picture carries them itself. A page whose content policy forbids that serves the rules of *auto* from its own
    style sheet, and asks for pictures with the theme *page*.

    Args:
        theme: auto, light, dark or print; page has none.
    """
    rules = ".tragt-funnel{max-width:100%;height:auto;font-variant-numeric:tabular-nums}"
    match theme_of(theme):
        case Theme.PAGE:
            return ""
        case Theme.LIGHT | Theme.DARK | Theme.PRINT:
            return rules
    dark, printed = (_overrides(colours) for colours in (_DARK, _PRINT))
    return f"{rules}@media screen and (prefers-color-scheme:dark){{{dark}}}@media print{{{printed}}}"


def _overrides(colours: Palette) -> str:
    return "".join(
        f".tragt-follows .tf-{role}{{fill:{colour}}}.tragt-follows .tf-{role}-edge{{stroke:{colour}}}"
        for role, colour in asdict(colours).items()
    )
