"""Conditions on properties in plain words."""

from datetime import date, datetime

from tragt.funnel.condition import AllOf, AnyOf, Compare, Condition, Member, Operator
from tragt.funnel.words.catalogue import Words

__all__ = ["condition_in_words"]


def condition_in_words(condition: Condition, said: Words) -> str:
    """A condition as a clause: ``country is “DK” and amount is over 100``."""
    match condition:
        case AllOf(parts):
            return said.all_of(_part(part, said) for part in parts)
        case AnyOf(parts):
            return said.any_of(_part(part, said) for part in parts)
        case Member(segment):
            return said.condition.segment.format(value=said.quoted(segment))
    return _comparison(condition, said)


def _part(condition: Condition, said: Words) -> str:
    clause = condition_in_words(condition, said)
    return f"({clause})" if isinstance(condition, AllOf | AnyOf) and len(condition.parts) > 1 else clause


def _comparison(condition: Compare, said: Words) -> str:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    timed = isinstance(condition.value, date)
    template = {
        Operator.EQUALS: said.condition.equals,
        Operator.IN: said.condition.equals,
        Operator.NOT_EQUALS: said.condition.not_equals,
        Operator.CONTAINS: said.condition.contains,
        Operator.GREATER: said.condition.after if timed else said.condition.greater,
        Operator.LESS: said.condition.before if timed else said.condition.less,
        Operator.IS_SET: said.condition.is_set,
    }[Operator(condition.operator)]
    return template.format(property=condition.property, value=said.any_of(_value(one, said) for one in values))


def _value(value: object, said: Words) -> str:
    match value:
        case bool():
            return said.condition.true if value else said.condition.false
        case int():
            return said.numbers.number(value)
        case float():
            return repr(value).replace(".", said.numbers.decimal)
        case datetime():
            return said.calendar.moment(value)
        case date():
            return said.calendar.date(value)
    return said.quoted(str(value))
