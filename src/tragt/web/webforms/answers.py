"""What somebody typed into a form, checked field by field. The unit of observation is the submission."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.web.people import normal
from tragt.web.webforms.definition import Definition, Field, FieldKind

__all__ = ["Answers", "read_answers"]

Value = str | bool
Given = Callable[[str], str | None]

_LONGEST = {
    FieldKind.EMAIL: 254,
    FieldKind.NAME: 200,
    FieldKind.COMPANY: 200,
    FieldKind.PHONE: 40,
    FieldKind.TEXT: 300,
    FieldKind.LONG_TEXT: 4000,
    FieldKind.CHOICE: 300,
}
_MOST_BYTES = 20_000
"""How much all answers may be together, so that a call can hold them."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_REQUIRED = _("Please fill this in.")
_CHOOSE = _("Please choose one of these.")
_TICK = _("Please tick this to go on.")
_LACKING = {FieldKind.CHOICE: _CHOOSE, FieldKind.CONSENT: _TICK}
_NO_EMAIL = _("This is no e-mail address. It looks like name@example.org.")
_NO_PHONE = _("This is no telephone number. Write it with the code of its country, such as +45 33 12 34 56.")
_LONG = _("This is too long: at most %(most)s characters, and it has %(has)s.")
_LONG_TOGETHER = _("The answers are too long together. Please shorten this one.")


class _Wrong(Exception):
    def __init__(self, said: str | Promise) -> None:
        super().__init__(said)
        self.said = str(said)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was typed.

    Attributes:
        values: What each field was answered with, by its key, in its one spelling; what was left empty is absent.
        typed: What stood in each field, as it was typed.
        wrong: What is wrong with a field, by its key, in the language of the moment.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)

    def unticked(self, definition: Definition) -> "Answers":
        """The same without a tick at any consent: its wording may be another than the one that was agreed to."""
        consents = {asked.key for asked in definition.consents}
        return replace(self, typed={key: text for key, text in self.typed.items() if key not in consents})


def read_answers(definition: Definition, given: Given, region: str | None = None) -> Answers:
    """What was typed into a form.

    Args:
        definition: What the form asks.
        given: What was sent under a name; None where nothing was.
        region: Country (two letters) of telephone numbers without a country's code.
    """
    values: dict[str, Value] = {}
    typed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for asked in definition.fields:
        typed[asked.key] = text = _UNSEEN.sub("", given(asked.key) or "")
        try:
            value = _checked(asked, text.strip(), region)
        except _Wrong as problem:
            wrong[asked.key] = problem.said
        else:
            if value:
                values[asked.key] = value
    if not wrong and len(msgspec.json.encode(values)) > _MOST_BYTES:
        longest = max(values, key=lambda key: len(str(values[key])))
        wrong[longest] = str(_LONG_TOGETHER)
    return Answers(values, typed, wrong)


def _checked(asked: Field, text: str, region: str | None) -> Value:
    """An answer in its one spelling; empty or false where there is none."""
    if asked.required and not text:
        raise _Wrong(_LACKING.get(asked.kind, _REQUIRED))
    if asked.kind == FieldKind.CONSENT:
        return bool(text)
    most = _LONGEST[asked.kind]
    if len(text) > most:
        raise _Wrong(str(_LONG) % {"most": most, "has": len(text)})
    return _spelled(asked, text, region) if text else ""


def _spelled(asked: Field, text: str, region: str | None) -> str:
    match asked.kind:
        case FieldKind.EMAIL:
            return _email(text)
        case FieldKind.PHONE:
            return _phone(text, region)
        case FieldKind.LONG_TEXT:
            return text.replace("\r\n", "\n")
        case FieldKind.CHOICE if text not in asked.choices:
            raise _Wrong(_CHOOSE)
        case FieldKind.CHOICE:
            return text
    return " ".join(text.split())


def _email(text: str) -> str:
    address = normal.email(text)
    try:
        validate_email(address)
    except ValidationError:
        raise _Wrong(_NO_EMAIL) from None
    return address


def _phone(text: str, region: str | None) -> str:
    number = normal.phone(text, region)
    if not number:
        raise _Wrong(_NO_PHONE)
    return number
