"""What statements add up to: a pure function of the statements of a person in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["FIELDS", "Told", "add_up", "overridden"]

FIELDS = ("name", "email", "phone", "company")
"""The fields that a statement may tell of, besides ``traits``, which are told one by one."""

Statement = Mapping[str, object]


@dataclass(slots=True)
class Told:
    """What is known of a person.

    Attributes:
        name: Name; empty where nobody told.
        email: E-mail address, normalised.
        phone: Telephone number, normalised.
        company: Name of the company that was told by name; empty where none was.
        traits: Other traits by name.
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    traits: dict[str, object] = field(default_factory=dict)


def add_up(statements: Iterable[Statement]) -> Told:
    """What is known of a person after these statements.

    The last one that tells of a field counts; a field told to be nothing is empty; a field not told of stays.
    """
    known = Told()
    for statement in statements:
        for name in FIELDS:
            if name in statement:
                setattr(known, name, statement[name] or "")
        for name, value in _traits(statement).items():
            known.traits.pop(name, None)
            if value is not None:
                known.traits[name] = value
    return known


def overridden(statement: Statement, later: Iterable[Statement]) -> list[str]:
    """The fields that a statement told of and a later one told anew; traits as ``traits.<name>``."""
    own, after = set(_names(statement)), {name for one in later for name in _names(one)}
    return sorted(own & after)


def _names(statement: Statement) -> list[str]:
    return [name for name in FIELDS if name in statement] + [f"traits.{name}" for name in _traits(statement)]


def _traits(statement: Statement) -> Mapping[str, object]:
    traits = statement.get("traits")
    return traits if isinstance(traits, Mapping) else {}
