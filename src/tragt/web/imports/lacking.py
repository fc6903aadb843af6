"""Which custom fields must be filled in, and no column of a file fills. The unit of observation is the file."""

from collections.abc import Iterator
from dataclasses import dataclass

from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.record_columns import TRAITS
from tragt.web.imports.targets import target_of
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.fields import fields_of

__all__ = ["Lacking", "lacking"]

_UNITS = ("person", "company", "deal")


@dataclass(frozen=True, slots=True)
class Lacking:
    """What new records of a kind come without.

    Attributes:
        kind: What people call many of the kind.
        fields: Titles of the custom fields.
    """

    kind: str
    fields: tuple[str, ...]


def lacking(answers: Answers) -> tuple[Lacking, ...]:
    """The custom fields that must be filled in of what a file brings, as far as no column fills them.

    A file of events tells whose they are, and fills no custom field of persons, companies or deals.

    Args:
        answers: What is said about the file.
    """
    filled = {use.to.removeprefix(TRAITS) for use in answers.uses if use.to.startswith(TRAITS)}
    found = []
    for kind in map(kind_of, _kinds(answers)):
        fields = tuple(one.title for one in fields_of(kind) if one.required and one.code not in filled)
        if fields:
            found.append(Lacking(str(kind.title), fields))
    return tuple(found)


def _kinds(answers: Answers) -> Iterator[str]:
    """The kinds of record that a file brings."""
    if answers.shape is Shape.RECORDS:
        yield from filter(None, [target_of(answers.target).kind])
    else:
        yield from (unit for unit in _UNITS if answers.columns.get(unit))
