"""The properties of an event, as its sample has them. The unit of observation is the property of one event name.

What this does not answer: anything exact where only a sample was looked at, and who has which value.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from tragt.events.tracking.objects import decoded
from tragt.web.lexicon.masking import LEAST_PEOPLE, is_personal_name, is_personal_text

__all__ = ["Described", "Kind", "described"]

MOST_EXAMPLES = 5
_MOST_VALUES = 2_000
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.,+\-Z ]*$")


class Kind(StrEnum):
    """What the values of a property are."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DAY = "day"
    MOMENT = "moment"
    LIST = "list"
    OBJECT = "object"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Described:
    """A property of an event.

    Attributes:
        name: What it is called.
        kind: What its values are.
        filled: In how many of the events that were looked at it stands.
        different: How many different values these have.
        many: Whether there are more different values than were told apart.
        examples: Frequent values that tell of nobody, as text.
        masked: Whether values were left out of the examples because they may tell of a person.
    """

    name: str
    kind: Kind
    filled: int
    different: int
    many: bool
    examples: tuple[str, ...]
    masked: bool


@dataclass(slots=True)
class _Seen:
    """What was seen of a property."""

    filled: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    many: bool = False

    def take(self, value: object, actor: str) -> None:
        self.filled += 1
        kind = _kind(value)
        self.kinds[kind] += 1
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if text not in self.values and len(self.values) >= _MOST_VALUES:
            self.many = True
            return
        self.values[text] += 1
        if len(self.people[text]) < LEAST_PEOPLE:
            self.people[text].add(actor)


def described(events: Iterable[tuple[str, str]]) -> list[Described]:
    """The properties of some events of one name, the most frequent first.

    Args:
        events: The actor of each, and its properties as JSON.
    """
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for actor, text in events:
        for name, value in decoded(text).items():
            if value is not None:
                seen[name].take(value, actor)
    found = [_described(name, one) for name, one in seen.items()]
    return sorted(found, key=lambda one: (-one.filled, one.name))


def _described(name: str, seen: _Seen) -> Described:
    kind = next(iter(seen.kinds)) if len(seen.kinds) == 1 else Kind.MIXED
    shown = [] if is_personal_name(name) else [text for text in seen.values if _may_be_shown(text, kind, seen)]
    frequent = sorted(shown, key=lambda text: (-seen.values[text], text))[:MOST_EXAMPLES]
    masked = len(shown) < len(seen.values)
    return Described(name, kind, seen.filled, len(seen.values), seen.many, tuple(frequent), masked)


def _may_be_shown(text: str, kind: Kind, seen: _Seen) -> bool:
    if is_personal_text(text) or kind is Kind.OBJECT or (kind is not Kind.TEXT and not _is_plain(text)):
        return False
    if kind in (Kind.NUMBER, Kind.TRUTH):
        return True
    return len(seen.people[text]) >= LEAST_PEOPLE


def _is_plain(text: str) -> bool:
    """Whether a list holds nothing that may tell of a person, and no object, whose fields may have any name."""
    try:
        held = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return True
    parts = held if isinstance(held, list) else [held]
    return not any(isinstance(part, list | dict) or is_personal_text(str(part)) for part in parts)


def _kind(value: object) -> Kind:
    match value:
        case bool():
            return Kind.TRUTH
        case int() | float():
            return Kind.NUMBER
        case list():
            return Kind.LIST
        case dict():
            return Kind.OBJECT
        case str() if _DAY.match(value):
            return Kind.DAY
        case str() if _MOMENT.match(value):
            return Kind.MOMENT
    return Kind.TEXT
