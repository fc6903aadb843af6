"""The JSON objects in calls: properties, traits and contexts. The unit of observation is the object."""

import json
from typing import Any

import msgspec

__all__ = ["compact", "decoded", "text_of", "written"]

_object = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()
_MOST_DIGITS = 4_000


def compact(text: str) -> str:
    """An object without blanks between its parts.

    Args:
        text: JSON, an object or null; empty where there is none.
    """
    if " " not in text and text.isprintable():
        return "{}" if text in ("", "null") else text
    return msgspec.json.format(text, indent=-1)


def decoded(text: str) -> dict[str, Any]:
    """What an object holds; a number that no computer has becomes infinite.

    Args:
        text: JSON, an object or null; empty where there is none.
    """
    if text in ("", "null"):
        return {}
    try:
        return _object.decode(text)
    except msgspec.ValidationError:
        found: dict[str, Any] = json.loads(text, parse_int=_whole)
        return found


def _whole(digits: str) -> int | float:
    """A whole number; one of more digits than Python reads becomes infinite."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def written(told: dict[str, Any]) -> str:
    """An object as JSON."""
    return _encoder.encode(told).decode() if told else "{}"


def text_of(told: object) -> str:
    """A text or whole number as text; empty for everything else."""
    return str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""
