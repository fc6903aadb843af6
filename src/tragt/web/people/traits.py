"""What the traits of identify and group calls tell, in the vocabulary of Segment's specification.

The unit of observation is the call. Nothing is normalised here. A trait of null says that there is nothing.

References:
    Segment, *Spec: Identify* and *Spec: Group*, the tables of reserved traits.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["company_named", "decoded", "of_company", "of_person"]

_FIRST, _LAST = ("firstName", "first_name"), ("lastName", "last_name")
_FIELDS = ("email", "phone")
_LONGEST = 300

_json = msgspec.json.Decoder()


def decoded(text: str | None) -> dict[str, object]:
    """The traits of a call; none where the text is no JSON object.

    Args:
        text: JSON. The sign NUL, which no database holds, is left out of names and values.
    """
    try:
        traits = _json.decode(text) if text else {}
    except (msgspec.DecodeError, RecursionError):
        return {}
    if not isinstance(traits, dict):
        return {}
    return _without_nul(traits) if text and "\\u0000" in text else traits


def of_person(traits: Mapping[str, object]) -> dict[str, object]:
    """What traits tell of a person, other than the company.

    Args:
        traits: By their names.

    Returns:
        ``name``, ``email``, ``phone`` as far as told, and all others under ``traits``. Who has no ``name`` has first
        and last name for one. A field that is no text or number is kept as the trait ``<field> as given``.
    """
    told: dict[str, object] = {}
    rest = {name: value for name, value in traits.items() if name not in ("name", "company", *_FIELDS)}
    given = {name: traits[name] for name in ("name", *_FIELDS) if name in traits}
    if given.get("name") is None and (joined := _joined(traits)):
        given["name"] = joined
    for field, value in given.items():
        if value is None or _is_plain(value):
            told[field] = None if value is None else str(value)
        else:
            rest[f"{field} as given"] = value
    return {**told, "traits": rest} if rest else told


def company_named(traits: Mapping[str, object]) -> tuple[str, dict[str, object]] | None:
    """The company that the traits of a person name: its id, else its name, and its own traits; None where they do not.

    Args:
        traits: By their names; ``company`` may be a name, or an object with ``id`` or ``name``.
    """
    company = traits.get("company")
    given = company if isinstance(company, Mapping) else {"name": company}
    called = _line(given.get("id")) or _line(given.get("name"))
    own = {name: value for name, value in given.items() if name != "id"} if given is company else {}
    return (called, own) if called else None


def of_company(traits: Mapping[str, object]) -> dict[str, object]:
    """What traits tell of a company: ``name`` where it is told, and all others under ``traits``."""
    rest = {name: value for name, value in traits.items() if name != "name"}
    name = _line(traits.get("name"))
    told: dict[str, object] = {"name": name} if name else {}
    return {**told, "traits": rest} if rest else told


def _joined(traits: Mapping[str, object]) -> str | None:
    """First and last name as one; None where neither is told."""
    parts = [next((traits[one] for one in spelled if _is_plain(traits.get(one))), "") for spelled in (_FIRST, _LAST)]
    return " ".join(str(part) for part in parts if part) or None


def _line(value: object) -> str:
    """A name in one line, as long as its field; empty where the value is none."""
    return " ".join(str(value).split())[:_LONGEST] if _is_plain(value) else ""


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _without_nul(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.replace("\0", ""): _without_nul(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return value.replace("\0", "") if isinstance(value, str) else value
