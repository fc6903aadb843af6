"""Conditions as lines that are joined by and/or, one level deep, and back.

Lines joined by *or* stand together, and *and* joins what stands together: ``A and (B or C)``.
"""

from collections.abc import Sequence

from tragt.funnel import AllOf, AnyOf, Compare, Member
from tragt.funnel.condition import Condition

__all__ = ["Line", "joined", "lines_of"]

Line = tuple[str, Compare | Member]
"""How it is joined to the line before, ``and`` or ``or``, and what it asks."""

MOST = 50


def lines_of(condition: Condition | None) -> Sequence[Line] | None:
    """A condition as lines; None where it is more than lines can say.

    Args:
        condition: The condition.
    """
    match condition:
        case None:
            return ()
        case AllOf(parts) if len(parts) > 1:
            groups = [_any_of(part) for part in parts]
        case _:
            groups = [_any_of(condition)]
    lines = [("or" if place else "and", one) for group in groups for place, one in enumerate(group or ())]
    return lines if all(groups) and len(lines) <= MOST else None


def joined(lines: Sequence[Line]) -> Condition | None:
    """The condition that lines say; None of no line.

    Args:
        lines: As of `lines_of`.
    """
    groups: list[list[Compare | Member]] = []
    for joint, one in lines:
        if joint == "or" and groups:
            groups[-1].append(one)
        else:
            groups.append([one])
    parts = tuple(AnyOf(tuple(group)) if len(group) > 1 else group[0] for group in groups)
    return AllOf(parts) if len(parts) > 1 else parts[0] if parts else None


def _any_of(condition: Condition) -> Sequence[Compare | Member] | None:
    """The comparisons of which any will do; None where it is more than that."""
    if isinstance(condition, Compare | Member):
        return (condition,)
    if isinstance(condition, AnyOf) and len(condition.parts) > 1:
        found = [part for part in condition.parts if isinstance(part, Compare | Member)]
        return found if len(found) == len(condition.parts) else None
    return None
