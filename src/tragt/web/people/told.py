"""What statements add up to: a pure function of the statements of a person in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["FIELDS", "Statement", "Told", "add_up", "joined", "overridden", "unsaid"]

FIELDS = ("name", "email", "phone", "company", "domain")
"""The fields that a statement may tell of, besides ``traits``, which are told one by one; the last is of companies."""

Statement = Mapping[str, object]


@dataclass(slots=True)
class Told:
    """What is known of a person or a company.

    Attributes:
        name: Name; empty where nobody told.
        email: E-mail address, normalised.
        phone: Telephone number, normalised.
        company: Name of the company that was told by name; empty where none was.
        domain: Of a company; empty where nobody told.
        traits: Other traits by name.
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    domain: str = ""
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


def joined(earlier: Statement, later: Statement) -> dict[str, object]:
    """Two statements as one: what the later one tells, and what only the earlier one does."""
    traits = {**_traits(earlier), **_traits(later)}
    return {**earlier, **later, "traits": traits} if traits else {**earlier, **later}


def overridden(statement: Statement, later: Iterable[Statement]) -> list[str]:
    """The fields that a statement told of and a later one told anew; traits as ``traits.<name>``."""
    own, after = _each(statement).keys(), {name for one in later for name in _each(one)}
    return sorted(own & after)


def unsaid(statement: Statement, earlier: Iterable[tuple[str, Statement]], source: str) -> dict[str, object]:
    """The part of a statement that says something new.

    Args:
        statement: What is told now.
        earlier: The statements so far in their order, each with the source that told it.
        source: Who tells now.

    Returns:
        The statement without what the latest to tell of it was this same source and told the same. What another source
        told is told again, for that one may be taken back.
    """
    latest = {name: (told_by, value) for told_by, one in earlier for name, value in _each(one).items()}
    new = {name for name, value in _each(statement).items() if latest.get(name) != (source, value)}
    told = {name: statement[name] for name in FIELDS if name in new}
    traits = {name: value for name, value in _traits(statement).items() if f"traits.{name}" in new}
    return {**told, "traits": traits} if traits else told


def _each(statement: Statement) -> dict[str, object]:
    """What a statement tells, one by one, traits as ``traits.<name>``."""
    fields = {name: statement[name] for name in FIELDS if name in statement}
    return fields | {f"traits.{name}": value for name, value in _traits(statement).items()}


def _traits(statement: Statement) -> Mapping[str, object]:
    traits = statement.get("traits")
    return traits if isinstance(traits, Mapping) else {}
