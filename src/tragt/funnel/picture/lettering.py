"""How wide text will be, without a font at hand; where to break it, and where to cut it.

The widths are those of a broad sans serif, so what is estimated to fit does fit in the usual system fonts.
"""

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["BOLD", "balance", "flow", "shorten", "width", "wrap"]

BOLD = 1.12
"""How much broader bold letters are."""

_ELLIPSIS = "…"
_JOINER = "\N{ZERO WIDTH JOINER}"
_WIDTHS = (
    (0.33, "ijlI.,:;|'!’‘ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"),
    (0.43, "frt()[]{}/\\-·"),
    (0.52, 'scvxyzk_–"“”»«*?JL'),
    (0.79, "ACDGHNOQUVXTK&w+=<>~"),
    (1.0, "mMW%@—…"),
)
_WIDTH = {letter: width for width, letters in _WIDTHS for letter in letters}
_LATIN, _OTHER, _SQUARE = 0.65, 0.85, 1.05
_LAST_LATIN = "\u024f"
_UNSEEN = ("Mn", "Me", "Cf")
_ATTACHED = (*_UNSEEN, "Mc")
_PIECES = re.compile(r"[^ ]+?(?:[_/.:-]+(?=[^\W\d])|(?<=[a-z])(?=[A-Z])|(?= |$))| +")
_SPACES = re.compile(r"[ \t\n\r\f\v]+")


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a text is, rather too wide than too narrow.

    Args:
        text: One line of text.
        size: Size of the letters.
        bold: Whether they are bold.

    Returns:
        The width, in the unit of the size.
    """
    return sum(map(_letter, text)) * size * (BOLD if bold else 1)


def _letter(letter: str) -> float:
    if letter in _WIDTH:
        return _WIDTH[letter]
    if letter <= _LAST_LATIN:
        return _LATIN
    if unicodedata.category(letter) in _UNSEEN:
        return 0
    return _SQUARE if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def wrap(text: str, room: float, size: float, *, bold: bool = False, most: int = 2) -> list[str]:
    """Break a text into lines: between words, at joints inside long names, else anywhere.

    Args:
        text: The text.
        room: How wide a line may be.
        size: Size of the letters.
        bold: Whether they are bold.
        most: How many lines there may be; the last one is shortened where the text needs more.

    Returns:
        At least one line.
    """
    lines = [""]
    for piece in _PIECES.findall(_SPACES.sub(" ", text).strip(" ")):
        for part in _fitting(piece, room, size, bold=bold):
            if width((lines[-1] + part).rstrip(" "), size, bold=bold) <= room:
                lines[-1] += part
            else:
                lines.append(part.lstrip(" "))
    lines = [line.strip(" ") for line in lines if line.strip(" ")] or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + _ELLIPSIS]
    return [shorten(line, room, size, bold=bold) for line in lines]


def balance(text: str, room: float, size: float, *, bold: bool = False, most: int = 2) -> list[str]:
    """Wrap so that the lines are about as long as each other, in no more lines than need be."""
    lines = wrap(text, room, size, bold=bold, most=most)
    if lines[-1].endswith(_ELLIPSIS):
        return lines
    for part in range(19, 9, -1):
        narrower = wrap(text, room * part / 20, size, bold=bold, most=most)
        if len(narrower) > len(lines) or narrower[-1].endswith(_ELLIPSIS):
            break
        lines = narrower
    return lines


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Cut a text to the room there is, with an ellipsis where something is cut."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = ""
    for cluster in _clusters(text.rstrip(_ELLIPSIS)):
        if width(kept + cluster + _ELLIPSIS, size, bold=bold) > room:
            break
        kept += cluster
    return kept.rstrip() + _ELLIPSIS


def flow(parts: Sequence[str], room: float, size: float) -> list[str]:
    """Set short texts one after the other, with a dot between those on one line."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines += wrap(part, room, size)
    return lines


def _fitting(piece: str, room: float, size: float, *, bold: bool) -> list[str]:
    """The piece, cut into parts where it is wider than a line."""
    if width(piece, size, bold=bold) <= room:
        return [piece]
    parts = [""]
    for cluster in _clusters(piece):
        if parts[-1] and width(parts[-1] + cluster, size, bold=bold) > room:
            parts.append("")
        parts[-1] += cluster
    return parts


def _clusters(text: str) -> list[str]:
    """Letters with the marks that belong to them, which a cut must not part."""
    clusters: list[str] = []
    for letter in text:
        if clusters and (clusters[-1].endswith(_JOINER) or unicodedata.category(letter) in _ATTACHED):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters
