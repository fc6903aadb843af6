"""Conditions on the properties of an event or of a unit.

A condition is a small immutable tree. It can be asked of one mapping of properties
(`holds`) and be turned into a Polars expression over a frame (`expression`); both mean
the same. A NaN is absent. Absent properties make every comparison false, except *not equals*, which is
true where the property is absent.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from operator import and_, or_

import polars as pl

from tragt.errors import InvalidDefinition

__all__ = ["AllOf", "AnyOf", "Compare", "Condition", "Member", "Operator", "Value", "asked", "expression", "holds"]

Value = str | int | float | bool | date | datetime

_WHOLE = range(-(2**63), 2**63)
"""The whole numbers that a column can hold."""


class Operator(StrEnum):
    """How a property is compared with a value."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    CONTAINS = "contains"
    GREATER = "greater"
    LESS = "less"
    IS_SET = "is_set"


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison of a property.

    Args:
        property: Name of the property, as the log has it.
        operator: How to compare. *Contains* looks for text inside text, case-sensitively;
            *greater* and *less* compare numbers with numbers, text with text and times with times.
        value: What to compare with; a tuple for *in*; unused for *is set*.
    """

    property: str
    operator: Operator | str = Operator.IS_SET
    value: Value | tuple[Value, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.property, str) or not self.property:
            raise InvalidDefinition(
                "condition.property",
                f"{self.property!r} is no property; give the name of one, such as Compare('plan', 'equals', 'pro').",
                given=self.property,
            )
        if self.operator not in list(Operator):
            raise InvalidDefinition(
                "condition.unknown_operator",
                f"The condition on {self.property!r} compares with {self.operator!r}; "
                f"allowed are {', '.join(Operator)}.",
                operator=self.operator,
            )
        object.__setattr__(self, "operator", Operator(self.operator))
        for value in self.value if isinstance(self.value, tuple) else (self.value,):
            if _not_a_number(value) or (isinstance(value, datetime) and value.tzinfo is None):
                raise InvalidDefinition(
                    "condition.incomparable",
                    f"The condition on {self.property!r} compares with {value}; a number must be one, and a time needs "
                    "a zone.",
                    property=self.property,
                )
            if isinstance(value, int) and value not in _WHOLE:
                raise InvalidDefinition(
                    "condition.too_large",
                    f"The condition on {self.property!r} compares with a whole number of more than 64 bits; "
                    f"it must lie between {_WHOLE[0]} and {_WHOLE[-1]}.",
                    property=self.property,
                )
        given = "a tuple" if isinstance(self.value, tuple) else "nothing" if self.value is None else "one value"
        wanted = {Operator.IN: "a tuple", Operator.IS_SET: "nothing"}.get(Operator(self.operator), "one value")
        if given != wanted:
            raise InvalidDefinition(
                "condition.wrong_value",
                f"The condition {self.property!r} {self.operator} was given {given}; it takes {wanted}.",
                property=self.property,
            )


@dataclass(frozen=True, slots=True)
class Member:
    """Membership of the unit in a saved segment, by the segment's name."""

    segment: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where every part holds."""

    parts: tuple["Condition", ...]

    def __post_init__(self) -> None:
        _check_parts(self)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where at least one part holds."""

    parts: tuple["Condition", ...]

    def __post_init__(self) -> None:
        _check_parts(self)


Condition = Compare | Member | AllOf | AnyOf


def _check_parts(whole: AllOf | AnyOf) -> None:
    """Refuse parts that are no conditions; a list of them is as good as a tuple."""
    parts = tuple(whole.parts) if isinstance(whole.parts, list) else whole.parts
    if not isinstance(parts, tuple) or not all(isinstance(part, Condition) for part in parts):
        raise InvalidDefinition(
            "condition.parts",
            f"{type(whole).__name__} takes a tuple of conditions, such as (Compare('plan', 'is_set'),); "
            f"given {whole.parts!r}.",
        )
    object.__setattr__(whole, "parts", parts)


def holds(condition: Condition | None, properties: Mapping[str, object], segments: Collection[str] = ()) -> bool:
    """Whether a condition holds for one set of properties.

    Args:
        condition: The condition; None always holds.
        properties: Name to value; a missing name or a None is absent.
        segments: Names of the segments the unit is in.
    """
    match condition:
        case None:
            return True
        case AllOf(parts):
            return all(holds(part, properties, segments) for part in parts)
        case AnyOf(parts):
            return any(holds(part, properties, segments) for part in parts)
        case Member(segment):
            return segment in segments
    return _compare(condition, properties.get(condition.property))


def asked(condition: Condition | None) -> set[str]:
    """The properties that a condition asks for.

    Args:
        condition: The condition; None asks for none.
    """
    match condition:
        case Compare(property=name):
            return {name}
        case AllOf(parts) | AnyOf(parts):
            return set().union(*(asked(part) for part in parts))
    return set()


def _compare(condition: Compare, given: object) -> bool:
    given = None if _not_a_number(given) else given
    if condition.operator is Operator.IS_SET:
        return given is not None
    if given is None:
        return condition.operator is Operator.NOT_EQUALS
    value = condition.value
    match condition.operator:
        case Operator.EQUALS:
            return _same(given, value)
        case Operator.NOT_EQUALS:
            return not _same(given, value)
        case Operator.IN:
            return isinstance(value, tuple) and any(_same(given, one) for one in value)
        case Operator.CONTAINS:
            return isinstance(given, str) and isinstance(value, str) and value in given
        case Operator.GREATER:
            return _comparable(given, value) and given > value  # type: ignore[operator]
    return _comparable(given, value) and given < value  # type: ignore[operator]


def _not_a_number(value: object) -> bool:
    """Whether a value is the NaN that stands for a missing number."""
    return isinstance(value, float) and math.isnan(value)


def _kind(value: object) -> str:
    """What may be compared with what: text, numbers, truths, times, dates."""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    return "time" if isinstance(value, datetime) else type(value).__name__


def _comparable(given: object, value: object) -> bool:
    return _kind(given) == _kind(value) != "truth"


def _same(given: object, value: object) -> bool:
    return _kind(given) == _kind(value) and given == value


_KIND_OF_DTYPE: tuple[tuple[Callable[[pl.DataType], bool], str], ...] = (
    (lambda dtype: dtype in (pl.String, pl.Categorical, pl.Enum), "str"),
    (lambda dtype: dtype.is_numeric(), "number"),
    (lambda dtype: dtype == pl.Boolean, "truth"),
    (lambda dtype: dtype == pl.Date, "date"),
    (lambda dtype: dtype == pl.Datetime, "time"),
)


def expression(condition: Condition | None, schema: Mapping[str, pl.DataType], prefix: str = "properties.") -> pl.Expr:
    """The condition as a Polars expression that is never null.

    Args:
        condition: The condition; None is true everywhere.
        schema: Column types of the frame it will run on.
        prefix: What stands before a property's name in the frame.

    Raises:
        InvalidDefinition: The condition asks for a segment, which a frame of events does not know.
    """
    match condition:
        case None:
            return pl.lit(value=True)
        case AllOf(parts):
            return reduce(and_, (expression(part, schema, prefix) for part in parts), pl.lit(value=True))
        case AnyOf(parts):
            return reduce(or_, (expression(part, schema, prefix) for part in parts), pl.lit(value=False))
        case Member(segment):
            raise InvalidDefinition(
                "condition.segment_of_event",
                f"Segment {segment!r} is asked of an event; segments hold units: use it in the funnel's own condition.",
                segment=segment,
            )
    return _column_compare(condition, schema, prefix)


def _column_compare(condition: Compare, schema: Mapping[str, pl.DataType], prefix: str) -> pl.Expr:
    name = prefix + condition.property
    absent = pl.lit(value=condition.operator is Operator.NOT_EQUALS)
    if name not in schema:
        return absent
    column = pl.col(name).fill_nan(None) if schema[name].is_float() else pl.col(name)
    if condition.operator is Operator.IS_SET:
        return column.is_not_null()
    kind = next((word for test, word in _KIND_OF_DTYPE if test(schema[name])), "")
    if kind == "str":
        column = column.cast(pl.String)
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    same_kind = [value for value in values if _kind(value) == kind]
    if not same_kind:
        return absent
    return _column_operation(column, condition.operator, [pl.lit(value) for value in same_kind], kind).fill_null(absent)


def _column_operation(column: pl.Expr, operator: Operator | str, values: list[pl.Expr], kind: str) -> pl.Expr:
    value = values[0]
    match operator:
        case Operator.EQUALS:
            return column.eq(value)
        case Operator.NOT_EQUALS:
            return column.ne(value)
        case Operator.IN:
            return reduce(or_, (column.eq(one) for one in values))
        case Operator.CONTAINS if kind == "str":
            return column.str.contains(value, literal=True)
        case Operator.GREATER if kind != "truth":
            return column.gt(value)
        case Operator.LESS if kind != "truth":
            return column.lt(value)
    return pl.lit(value=False)
