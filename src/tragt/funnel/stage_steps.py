"""What of a pipeline, or of the lifecycle, a step stands for: read from the condition that says so.

A step over a stage asks for the stage's key and for every name that it ever had, which nobody should have to read.
The unit of observation is the step, or a rule of loss, re-opening or exclusion. Whether the stage is there is not
answered here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tragt.funnel.condition import AllOf, AnyOf, Compare, Condition, Operator

__all__ = ["Kind", "Told", "told"]

_KEY, _PIPELINE = "stage_key", "pipeline"
_NAMING = ("to", "stage")
MARKS = ("mql", "sql")


class Kind(StrEnum):
    """What a step can stand for."""

    STAGE = "stage"
    NAMED = "named"
    END = "end"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Told:
    """What one condition stands for.

    Attributes:
        kind: A stage by its key; a stage by its name alone; an end of a pipeline, such as won; a mark of a person.
        key: Key of the stage; of an end, the smallest key of the stages of its pipeline; else 0.
        name: Name of the stage, or code of the mark; empty for an end.
        pipeline: What the pipeline is called; empty for the lifecycle, and where any is meant.
        condition: The part of the condition that says so.
    """

    kind: Kind
    key: int = 0
    name: str = ""
    pipeline: str = ""
    condition: Condition | None = None


def told(condition: Condition | None) -> tuple[Sequence[Told], Condition | None]:
    """What a condition stands for, any of which will do, and what it asks besides.

    Args:
        condition: The condition of a step or of another rule.

    Returns:
        Nothing and the whole condition, where it stands for no stage.
    """
    found = _several(condition)
    if found:
        return found, None
    if isinstance(condition, AllOf):
        for place, part in enumerate(condition.parts):
            found = _several(part)
            if found:
                rest = condition.parts[:place] + condition.parts[place + 1 :]
                return found, AllOf(rest) if len(rest) > 1 else rest[0] if rest else None
    return (), condition


def _several(condition: Condition | None) -> Sequence[Told]:
    one = _single(condition)
    if one is not None:
        return (one,)
    if not isinstance(condition, AnyOf):
        return ()
    named = _named(condition)
    if named:
        return named
    found = [_several(part) for part in condition.parts]
    return [one for several in found for one in several] if all(found) else ()


def _single(condition: Condition | None) -> Told | None:
    match condition:
        case AnyOf((Compare(property="stage_key", operator=Operator.EQUALS, value=int() as key), AllOf(parts))):
            names = _names_of(parts)
            return Told(Kind.STAGE, key, names[0], _pipeline(parts), condition) if names and _own(key, parts) else None
        case AnyOf(
            (
                Compare(property="pipeline", operator=Operator.IN) as ours,
                Compare(property="stage_key", operator=Operator.IN, value=tuple() as keys),
            )
        ):
            numbers = [key for key in keys if isinstance(key, int)]
            return Told(Kind.END, min(numbers), pipeline=_pipeline((ours,)), condition=condition) if numbers else None
        case Compare(property="mark", operator=Operator.EQUALS, value=str() as mark) if mark in MARKS:
            return Told(Kind.MARK, name=mark, condition=condition)
    return None


def _named(condition: AnyOf) -> Sequence[Told]:
    """Stages by their names alone: each of them as ``to`` or as ``stage``."""
    parts = condition.parts
    values = [
        part.value
        for part in parts
        if isinstance(part, Compare) and part.property in _NAMING and part.operator is Operator.EQUALS
    ]
    stages = [value for value in values if isinstance(value, str)]
    if len(stages) < len(parts) or stages[::2] != stages[1::2] or len(set(stages[::2])) * 2 != len(stages):
        return ()
    if [part.property for part in parts if isinstance(part, Compare)] != [*_NAMING] * (len(parts) // 2):
        return ()
    return [
        Told(Kind.NAMED, name=stage, condition=AnyOf(parts[2 * place : 2 * place + 2]))
        for place, stage in enumerate(stages[::2])
    ]


def _names_of(parts: Sequence[Condition]) -> Sequence[str]:
    """What a stage was ever called, the present name first; nothing where no name is asked for."""
    for part in parts:
        asked = part.parts[0] if isinstance(part, AnyOf) and part.parts else part
        if isinstance(asked, Compare) and asked.property in _NAMING and asked.operator is Operator.IN:
            return [name for name in asked.value if isinstance(name, str)] if isinstance(asked.value, tuple) else ()
    return ()


def _pipeline(parts: Sequence[Condition]) -> str:
    """What the pipeline is called now: the first of its names."""
    for part in parts:
        if isinstance(part, Compare) and part.property == _PIPELINE and isinstance(part.value, tuple) and part.value:
            return str(part.value[0])
    return ""


def _own(key: int, parts: Sequence[Condition]) -> bool:
    """Whether what else is asked says nothing but that no other stage is named by its key."""
    others = [part for part in parts if isinstance(part, Compare) and part.property == _KEY]
    return all(part.operator is Operator.NOT_EQUALS and part.value != key for part in others)
