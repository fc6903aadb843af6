"""Lengths of time as people write them: ``14d``, ``36h``, ``30 min``, ``2w``."""

import re
from datetime import timedelta

from tragt.errors import InvalidDefinition

__all__ = ["LONGEST", "duration", "in_words", "milliseconds"]

LONGEST = timedelta(days=36_525)
"""The longest window there may be: a hundred years."""

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_WRITTEN = re.compile(
    r"\s*(?P<number>\d+(?:\.\d+)?)\s*"
    r"(?:(?P<ms>ms)|(?P<s>s|sec|seconds?)|(?P<m>m|min|minutes?)|(?P<h>h|hours?)|(?P<d>d|days?)|(?P<w>w|weeks?))\s*",
    re.IGNORECASE,
)


def duration(written: str | timedelta) -> timedelta:
    """Read a length of time.

    Args:
        written: A number and a unit: s, min, h, d or w. A timedelta is returned as it is.

    Raises:
        InvalidDefinition: The text is not a number with one of these units, or is longer than a timedelta holds.

    Example:
        >>> duration("36h")
        datetime.timedelta(days=1, seconds=43200)
    """
    if isinstance(written, timedelta):
        return written
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise InvalidDefinition(
            "duration.unreadable",
            f"{written!r} is not a length of time; write a number and a unit, such as 30min, 36h, 14d or 2w.",
            given=written,
        )
    unit = str(found.lastgroup)
    try:
        return timedelta(milliseconds=float(found["number"]) * _MILLISECONDS[unit])
    except OverflowError:
        raise InvalidDefinition(
            "duration.too_long", f"{written!r} is longer than a length of time may be.", given=written
        ) from None


def milliseconds(length: timedelta) -> int:
    """Whole milliseconds in a length of time."""
    return length // timedelta(milliseconds=1)


def in_words(seconds: float) -> str:
    """A length of time, short and rounded for reading: ``45 s``, ``12 min``, ``3.5 h``, ``57 d``.

    Args:
        seconds: The length in seconds, at least 0.
    """
    for unit, size, limit in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48)):
        if seconds < limit * size:
            return f"{_rounded(seconds / size)} {unit}"
    return f"{_rounded(seconds / 86_400)} d"


def _rounded(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if number < 10 else f"{number:.0f}"
