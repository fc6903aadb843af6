"""Definitions for readers outside: whether they name somebody, and the same without. The unit is the condition.

Whom the names of funnels and of steps mean is not answered; of segments' names it is only where they hold an address.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from tragt.funnel import AllOf, AnyOf, Funnel, Member
from tragt.funnel.condition import Compare, Condition, Value
from tragt.funnel.steps import Exclude, Match, Step
from tragt.web.funnels.counting.grouping import names_colleagues
from tragt.web.funnels.counting.units import names_called

__all__ = ["BLANK", "blanked", "holds_persons", "names_somebody"]

BLANK = "…"
"""What stands in place of a value that names somebody."""

_KINDS_OF_NAME = ("first", "last", "full", "given", "family", "user", "person", "contact", "customer")
_NAMES = frozenset(("name", "surname", "username", "owner", *(f"{kind} name" for kind in _KINDS_OF_NAME)))
_REACHES = frozenset(("email", "mail", "phone", "telephone", "mobile"))
_OF_THESE = frozenset(("address", "number"))

_Rule = TypeVar("_Rule", Step, Exclude, Match)
_Blank = Callable[[Value | None], Value | None]


def names_somebody(funnel: Funnel) -> bool:
    """Whether the words of a funnel name a person: it compares a name, an e-mail address or a telephone number.

    A text with an "@" counts as an address, whatever it is compared with, and so does one in the name of a segment.
    That a person has an address at all names nobody.

    Args:
        funnel: The definition, as it was saved.
    """
    called = names_called([funnel])
    return any(_tells(leaf, called) for condition in _conditions(funnel) for leaf in _leaves(condition))


def blanked(funnel: Funnel) -> Funnel:
    """A funnel for readers outside: "…" stands where it names somebody. It is not for counting.

    Values that differ stay different, so that no two of its rules become the same.

    Args:
        funnel: The definition, as it was saved or as it is shown.
    """
    if not names_somebody(funnel):
        return funnel
    called = names_called([funnel])
    blanks: dict[Value, str] = {}

    def blank(value: Value | None) -> Value | None:
        return None if value is None else blanks.setdefault(value, f"{BLANK} {len(blanks) + 1}" if blanks else BLANK)

    def rule(given: _Rule) -> _Rule:
        return given if given.where is None else replace(given, where=_blanked(given.where, called, blank))

    return replace(
        funnel,
        steps=tuple(map(rule, funnel.steps)),
        exclude=tuple(map(rule, funnel.exclude)),
        lost=tuple(map(rule, funnel.lost)),
        reopen=tuple(map(rule, funnel.reopen)),
        where=None if funnel.where is None else _blanked(funnel.where, called, blank),
    )


def _conditions(funnel: Funnel) -> Iterator[Condition | None]:
    yield funnel.where
    for rules in (funnel.steps, funnel.exclude, funnel.lost, funnel.reopen):
        yield from (rule.where for rule in rules)


def _leaves(condition: Condition | None) -> Iterator[Compare | Member]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case Compare() | Member():
            yield condition


def _tells(leaf: Compare | Member, called: Mapping[str, str]) -> bool:
    if isinstance(leaf, Member):
        return "@" in called.get(leaf.segment, leaf.segment)
    return any(_telling(leaf.property, value) for value in _values(leaf))


def _values(leaf: Compare) -> tuple[Value | None, ...]:
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def _telling(name: str, value: Value | None) -> bool:
    """Whether a value that a property is compared with names somebody."""
    if isinstance(value, str) and "@" in value:
        return True
    # Whether somebody has a telephone, or since when, is no name.
    return isinstance(value, str | int | float) and not isinstance(value, bool) and holds_persons(name)


def holds_persons(name: str) -> bool:
    """Whether a property holds names, addresses or numbers of persons, or colleagues.

    Args:
        name: Of the property, in whatever way its words are joined: ``Work e-mail``, ``userName``, ``phone_2``.
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().replace("e-mail", "email")
    words = [word for word in re.split(r"[\W\d_]+", parted) if word]
    if len(words) > 1 and words[-1] in _OF_THESE:
        words.pop()
    return " ".join(words) in _NAMES or (bool(words) and words[-1] in _REACHES) or names_colleagues(name)


def _blanked(condition: Condition, called: Mapping[str, str], blank: _Blank) -> Condition:
    match condition:
        case AllOf(parts):
            return AllOf(tuple(_blanked(part, called, blank) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_blanked(part, called, blank) for part in parts))
        case Member(segment):
            return Member(str(blank(segment))) if _tells(condition, called) else condition
    values = tuple(blank(one) if _telling(condition.property, one) else one for one in _values(condition))
    return condition if values == _values(condition) else replace(condition, value=_as_given(condition, values))


def _as_given(condition: Compare, values: tuple[Value | None, ...]) -> Value | tuple[Value, ...] | None:
    """Values in place of those of a comparison: a tuple where it has one."""
    return tuple(one for one in values if one is not None) if isinstance(condition.value, tuple) else values[0]
