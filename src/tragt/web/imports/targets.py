"""Kinds of records that a file may hold: companies, products, users. The unit of observation is the kind.

An app that has records registers how a file of them is read, what it would do, how it is written and taken back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise

from tragt.errors import NotFound
from tragt.web.shell.acting import Who

__all__ = ["Change", "Fate", "Row", "Target", "TargetField", "Undone", "add_target", "target_of", "targets"]

Values = Mapping[str, object]


class Fate(StrEnum):
    """What becomes of a record by a row of a file."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"


class Undone(StrEnum):
    """What becomes of a record when the import that wrote it is undone."""

    REMOVED = "removed"
    RESTORED = "restored"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class TargetField:
    """A field that a column may fill.

    Attributes:
        code: Its name.
        title: What people call it.
        headers: What columns for it are usually called, without case, spaces and marks.
        telling: Those of the headers by which a file is recognised as one of this kind.
        required: Whether a row without it cannot be used.
        numeric: Whether it holds a number.
        longest: The most letters that it takes.
        read: Gives the value of a text, None where it is none.
        allowed: What it takes, in English, for those whose text is none.
    """

    code: str
    title: Promise
    headers: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    required: bool = False
    numeric: bool = False
    longest: int = 200
    read: Callable[[str], object | None] | None = None
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says of its record; fields of which it says nothing are not there.

    Attributes:
        number: Of the row in its file.
        values: By the codes of fields; custom fields and traits as ``traits.<code>``.
    """

    number: int
    values: Values


@dataclass(frozen=True, slots=True)
class Change:
    """What was written of a record.

    Attributes:
        kind: What it is.
        key: Of its row.
        created: Whether it was made.
        before: What the changed fields held.
        after: What they hold since.
    """

    kind: str
    key: int
    created: bool = False
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of record that a file may hold.

    Attributes:
        code: Its name.
        title: What many are called.
        one: What a row is, such as “a company”.
        permission: What one must be allowed to do besides importing.
        fields: What columns may fill; the first names the record.
        beside: Codes of fields of which a header must be there too, for a file to be recognised; empty asks for none.
        kind: Code of the kind of record whose custom fields and traits other columns fill; empty where it has none.
        list_url: Name of the address where the records stand.
        key: What tells two rows of one record.
        look: What would become of the records of rows, or why a row cannot be used; reads only.
        write: Writes rows of which none is refused, as a part of an act, and gives what undoing needs to know.
        undo: Takes changes back, as a part of an act, the latest first; what became of each.
    """

    code: str
    title: Promise
    one: Promise
    permission: str
    fields: tuple[TargetField, ...]
    key: Callable[[Values], str]
    look: Callable[[Sequence[Row]], Sequence[Fate | str]]
    write: Callable[[Sequence[Row], str, Who], Sequence[Change]]
    undo: Callable[[Sequence[Change], Who], Sequence[Undone]]
    beside: tuple[str, ...] = ()
    kind: str = ""
    list_url: str = ""

    @property
    def by_code(self) -> Mapping[str, TargetField]:
        """The fields by their codes."""
        return {one.code: one for one in self.fields}


_targets: dict[str, Target] = {}


def add_target(target: Target) -> None:
    """Let files of a kind of record be imported."""
    _targets[target.code] = target


def targets() -> list[Target]:
    """All kinds of records that a file may hold."""
    return list(_targets.values())


def target_of(code: str) -> Target:
    """The kind of a code.

    Raises:
        NotFound: No app has registered it.
    """
    if code not in _targets:
        raise NotFound(
            "imports.no_target", f"A file cannot hold records called '{code}'; known are {', '.join(_targets)}."
        )
    return _targets[code]
