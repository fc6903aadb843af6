"""Conditions as JSON, as saved definitions and rules keep them.

The same condition always gives the same JSON. JSON with a field that nobody knows is refused rather than half
understood.
"""

from collections.abc import Mapping
from datetime import date, datetime
from math import isinf

import msgspec

from tragt.errors import InvalidDefinition
from tragt.funnel.condition import AllOf, AnyOf, Compare, Condition, Member, Operator, Value

__all__ = ["Written", "as_json", "from_json", "read", "written"]


class _Date(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="date"):
    day: str


class _Time(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="time"):
    moment: str


class _Infinite(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="infinite"):
    negative: bool


_Value = bool | int | float | str | _Date | _Time | _Infinite


class _Compare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="compare"):
    property: str
    operator: Operator
    value: _Value | None = None
    values: tuple[_Value, ...] | None = None


class _Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="member"):
    segment: str


class _All(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="all"):
    parts: tuple["Written", ...]


class _Any(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="any"):
    parts: tuple["Written", ...]


Written = _Compare | _Member | _All | _Any
"""A condition in the form in which it is written; a type for msgspec, to stand inside a larger one."""


def as_json(condition: Condition) -> dict[str, object]:
    """A condition as a JSON object.

    Args:
        condition: The condition.

    Example:
        >>> as_json(Compare("plan", "equals", "pro"))
        {'type': 'compare', 'property': 'plan', 'operator': 'equals', 'value': 'pro'}
    """
    built: dict[str, object] = msgspec.to_builtins(written(condition))
    return built


def from_json(given: Mapping[str, object]) -> Condition:
    """The condition that a JSON object holds.

    Args:
        given: What `as_json` gave.

    Raises:
        InvalidDefinition: It is no condition, or one that cannot mean anything.
    """
    try:
        return read(msgspec.convert(given, type=Written))
    except msgspec.ValidationError as problem:
        raise InvalidDefinition(
            "definition.unreadable", f"This is no condition: {problem}.", problem=str(problem)
        ) from None


def written(condition: Condition) -> Written:
    """A condition in the form in which it is written.

    Args:
        condition: The condition.
    """
    match condition:
        case AllOf(parts):
            return _All(tuple(written(part) for part in parts))
        case AnyOf(parts):
            return _Any(tuple(written(part) for part in parts))
        case Member(segment):
            return _Member(segment)
    operator = Operator(condition.operator)
    if isinstance(condition.value, tuple):
        return _Compare(condition.property, operator, values=tuple(_written_value(one) for one in condition.value))
    value = None if condition.value is None else _written_value(condition.value)
    return _Compare(condition.property, operator, value=value)


def read(given: Written) -> Condition:
    """The condition that was written.

    Args:
        given: What `written` gave.

    Raises:
        InvalidDefinition: It cannot mean anything.
    """
    match given:
        case _All(parts):
            return AllOf(tuple(read(part) for part in parts))
        case _Any(parts):
            return AnyOf(tuple(read(part) for part in parts))
        case _Member(segment):
            return Member(segment)
    if given.values is not None:
        return Compare(given.property, given.operator, tuple(_read_value(one) for one in given.values))
    return Compare(given.property, given.operator, None if given.value is None else _read_value(given.value))


def _written_value(value: Value) -> _Value:
    if isinstance(value, datetime):
        return _Time(value.isoformat())
    if isinstance(value, date):
        return _Date(value.isoformat())
    if isinstance(value, float) and isinf(value):
        return _Infinite(value < 0)
    return value


def _read_value(value: _Value) -> Value:
    try:
        match value:
            case _Time(moment):
                return datetime.fromisoformat(moment)
            case _Date(day):
                return date.fromisoformat(day)
            case _Infinite(negative):
                return float("-inf") if negative else float("inf")
    except ValueError as problem:
        raise InvalidDefinition("definition.unreadable", f"This is no condition: {problem}.") from None
    return value
