"""What came in a field of a form or in an address: a whole number within bounds, a text without control characters."""

import unicodedata

__all__ = ["clean", "one_line", "whole_number"]

MOST = 2**63 - 1
_KEPT = "\t\n\r"


def whole_number(text: str) -> int | None:
    """The number that a text is: at least 0, and no more than a database holds; else None.

    Args:
        text: As it was sent, of any length.
    """
    if not text.isdecimal() or len(text) > len(str(MOST)):
        return None
    number = int(text)
    return number if number <= MOST else None


def clean(text: str) -> str:
    """The text without control characters, which a database may refuse, and without blanks around it.

    Args:
        text: As it was sent.
    """
    return "".join(one for one in text if one in _KEPT or unicodedata.category(one) != "Cc").strip()


def one_line(text: str) -> str:
    """The text as a name: clean, and on one line.

    Args:
        text: As it was sent.
    """
    return " ".join(clean(text).split())
