"""A form as its page shows it, field by field, with what was typed and what is wrong with it."""

from dataclasses import dataclass

from tragt.web.webforms.answers import Answers
from tragt.web.webforms.definition import Definition, Field, FieldKind

__all__ = ["TRAP", "WORDING", "Line", "Sheet", "lines"]

TRAP = "_homepage"
"""The name of the field that people do not see; programs fill it in."""

WORDING = "_wording"
"""The name under which a form that somebody put into a page of their own tells which wording it shows."""

_TYPES = {FieldKind.EMAIL: "email", FieldKind.PHONE: "tel"}
_FILLED_BY = {
    FieldKind.EMAIL: "email",
    FieldKind.NAME: "name",
    FieldKind.COMPANY: "organization",
    FieldKind.PHONE: "tel",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A field.

    Attributes:
        field: What it asks.
        typed: What stands in it.
        wrong: What is wrong with that; empty where nothing is.
        first_wrong: Whether it is the first with something wrong.
    """

    field: Field
    typed: str = ""
    wrong: str = ""
    first_wrong: bool = False

    @property
    def id(self) -> str:
        """Its id on the page."""
        return f"field-{self.field.key}"

    @property
    def kind(self) -> str:
        """Which control it has: ``text``, ``area``, ``choice`` or ``consent``."""
        match self.field.kind:
            case FieldKind.LONG_TEXT:
                return "area"
            case FieldKind.CHOICE | FieldKind.CONSENT:
                return str(self.field.kind)
        return "text"

    @property
    def type(self) -> str:
        """The type of its input."""
        return _TYPES.get(self.field.kind, "text")

    @property
    def filled_by(self) -> str:
        """What a browser may fill in by itself; empty where that is nothing."""
        return _FILLED_BY.get(self.field.kind, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form ready to be shown.

    Attributes:
        lines: Its fields.
        token: What it carries, from which its age can be told.
        note: What is said above it; empty for nothing.
        page: Address of the page that it stands in, as far as that is known.
        referrer: Address of the page before it.
        anonymous: The visitor's anonymous id, as it came along; empty where none did.
    """

    lines: tuple[Line, ...]
    token: str = ""
    note: str = ""
    page: str = ""
    referrer: str = ""
    anonymous: str = ""

    @property
    def wrong(self) -> bool:
        """Whether something is wrong with a field."""
        return any(line.wrong for line in self.lines)

    @property
    def trap(self) -> str:
        """The name of the field that people do not see."""
        return TRAP


def lines(definition: Definition, answers: Answers | None = None) -> tuple[Line, ...]:
    """The fields of a form, with what was typed."""
    given = answers or Answers()
    first = next((field.key for field in definition.fields if field.key in given.wrong), "")
    return tuple(
        Line(field, given.typed.get(field.key, ""), given.wrong.get(field.key, ""), field.key == first)
        for field in definition.fields
    )
