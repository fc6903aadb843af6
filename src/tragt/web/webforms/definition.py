"""What a form asks and says: its fields, its texts, its language. Pure; the unit of observation is the form.

What is not here: who may embed it, and whether it is published; those hold for the form whatever it asks.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

import msgspec

__all__ = ["FIRST_FIELDS", "MOST_CHOICES", "MOST_FIELDS", "Definition", "Field", "FieldKind", "definition_of", "keyed"]

MOST_FIELDS = 30
MOST_CHOICES = 50

_LONGEST_KEY = 40
_RESERVED = frozenset(
    {"campaign", "form", "form_id", "page", "path", "referrer", "title", "url", "user_id", "first_name", "last_name"}
)
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss", "þ": "th", "ð": "d"})


class FieldKind(StrEnum):
    """What a field asks for."""

    EMAIL = "email"
    NAME = "name"
    COMPANY = "company"
    PHONE = "phone"
    TEXT = "text"
    LONG_TEXT = "long text"
    CHOICE = "choice"
    CONSENT = "consent"


ONCE = frozenset({FieldKind.EMAIL, FieldKind.NAME, FieldKind.COMPANY, FieldKind.PHONE})
"""What a person has one of: a form asks for it at most once, and its answer is the trait of that name."""


class Field(msgspec.Struct, frozen=True):
    """One field.

    Attributes:
        kind: What it asks for.
        label: What stands beside it, in the form's language; of a consent, the wording that is agreed to.
        required: Whether the form is not taken without it.
        choices: What can be chosen, for a choice.
        purpose: What a consent is given to, a value of `Purpose` of the app `people`; empty for other kinds.
        key: By what the answer is known, in the log and in the HTML; it stays when the label changes.
    """

    kind: FieldKind
    label: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    purpose: str = ""
    key: str = ""


FIRST_FIELDS = (Field(FieldKind.EMAIL, required=True, key="email"),)
"""What a new form asks."""


class Definition(msgspec.Struct, frozen=True):
    """Everything a form asks and says.

    Attributes:
        language: In which language it does: en, da, sv or nb.
        title: Its heading.
        intro: What stands below the heading; empty for nothing.
        fields: What it asks, in order.
        button: What the button says; empty means *Send* in the form's language.
        thanks: What is said once it was sent; empty means a plain thank you in the form's language.
        leads_to: The address that sending leads to instead; empty for none.
        double_opt_in: Whether the sender's address must be confirmed by a mail.
        letter: What the mail says above its button; empty for nothing more than what it is for.
    """

    language: str = "en"
    title: str = ""
    intro: str = ""
    fields: tuple[Field, ...] = FIRST_FIELDS
    button: str = ""
    thanks: str = ""
    leads_to: str = ""
    double_opt_in: bool = True
    letter: str = ""

    @property
    def consents(self) -> tuple[Field, ...]:
        """The fields that ask for a consent."""
        return tuple(field for field in self.fields if field.kind == FieldKind.CONSENT)

    @property
    def email(self) -> Field | None:
        """The field that asks for an e-mail address; None where none does."""
        return next((field for field in self.fields if field.kind == FieldKind.EMAIL), None)


def definition_of(stored: object) -> Definition:
    """A definition as the database keeps it: JSON as Python reads it."""
    return msgspec.convert(stored, Definition)


def keyed(definition: Definition) -> Definition:
    """The definition with a key for each field that has a label and no key yet."""
    return msgspec.structs.replace(definition, fields=tuple(_keyed(definition.fields)))


def _keyed(fields: tuple[Field, ...]) -> Iterator[Field]:
    taken = {field.key for field in fields if field.key} | _RESERVED | {str(kind) for kind in ONCE}
    for field in fields:
        if field.key or not field.label:
            yield field
            continue
        key = str(field.kind) if field.kind in ONCE else _free(_slug(field.label) or "field", taken)
        taken.add(key)
        yield msgspec.structs.replace(field, key=key)


def _slug(label: str) -> str:
    """A label as a name: small letters, digits and underscores."""
    plain = unicodedata.normalize("NFKD", label.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_KEY].strip("_")


def _free(wanted: str, taken: set[str]) -> str:
    number = 2
    key = wanted
    while key in taken:
        key, number = f"{wanted}_{number}", number + 1
    return key
