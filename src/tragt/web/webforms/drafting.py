"""A form while somebody makes it: what stands in the fields of the page, right or wrong, and what its buttons do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.people.models import Purpose
from tragt.web.shell.language import LANGUAGES
from tragt.web.webforms.definition import MOST_FIELDS, Definition, Field, FieldKind
from tragt.web.webforms.mistakes import Found, is_origin, mistakes
from tragt.web.webforms.models import WebForm

__all__ = ["Draft", "Row", "draft_of", "read_draft"]

KINDS: Mapping[FieldKind, Promise] = {
    FieldKind.EMAIL: pgettext_lazy("field", "E-mail"),
    FieldKind.NAME: pgettext_lazy("field", "Name"),
    FieldKind.COMPANY: pgettext_lazy("field", "Company"),
    FieldKind.PHONE: pgettext_lazy("field", "Telephone"),
    FieldKind.TEXT: pgettext_lazy("field", "A line of text"),
    FieldKind.LONG_TEXT: pgettext_lazy("field", "Several lines of text"),
    FieldKind.CHOICE: pgettext_lazy("field", "A choice"),
    FieldKind.CONSENT: pgettext_lazy("field", "A consent"),
}

_LENGTHS = {"title": 200, "intro": 2000, "button": 60, "thanks": 2000, "leads_to": 500, "letter": 2000}
_LONGEST_NAME, _LONGEST_LABEL, _LONGEST_CHOICE = 100, 1000, 200
_MOST_ORIGINS = 50
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the form as the page shows it.

    Attributes:
        of: What it asks.
        place: Its place, from 0.
        last: Whether it is the last.
        wrong: What is wrong with it; empty where nothing is.
        focus: Which of its parts the cursor goes to: ``label``, ``up`` or ``down``; empty for none.
    """

    of: Field
    place: int
    last: bool
    wrong: str = ""
    focus: str = ""

    @property
    def number(self) -> int:
        """Its place, from 1."""
        return self.place + 1

    @property
    def called(self) -> Promise:
        """What its kind is called."""
        return KINDS[self.of.kind]

    @property
    def kind(self) -> str:
        """Its kind, in one word."""
        return self.of.kind.replace(" ", "_")

    @property
    def choices(self) -> str:
        """Its choices, one a line."""
        return "\n".join(self.of.choices)


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the fields.

    Attributes:
        name: What the firm calls the form.
        definition: What it asks and says.
        sites: The sites it may stand in, one a line, as typed.
        wrong: What is wrong, by the name of the field.
        focus: Where the cursor goes; empty for nowhere.
    """

    name: str = ""
    definition: Definition = field(default_factory=Definition)
    sites: str = ""
    wrong: Found = field(default_factory=dict)
    focus: str = ""

    @property
    def rows(self) -> list[Row]:
        """The fields of the form."""
        fields = self.definition.fields
        part, _dash, place = self.focus.partition("-")
        return [
            Row(
                one,
                number,
                number == len(fields) - 1,
                str(self.wrong.get(f"field-{number}", "")),
                part if place == str(number) else "",
            )
            for number, one in enumerate(fields)
        ]

    @property
    def said(self) -> list[str]:
        """Everything that is wrong, in the order of the page; what is said twice, once."""
        return list(dict.fromkeys(str(said) for said in self.wrong.values()))

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites it may stand in."""
        lines = (line.strip().rstrip("/").lower() for line in self.sites.splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))

    @property
    def kinds(self) -> list[tuple[str, Promise]]:
        """The kinds of fields that can be added."""
        return [(str(kind), called) for kind, called in KINDS.items()]

    @property
    def purposes(self) -> list[tuple[str, str]]:
        """What can be agreed to."""
        return [(one.value, str(one.label)) for one in Purpose]

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages that a form can speak."""
        return [(one.code, one.name) for one in LANGUAGES]

    @property
    def full(self) -> bool:
        """Whether no field can be added any more."""
        return len(self.definition.fields) >= MOST_FIELDS

    def changed(self, do: str, kind: str = "") -> "Draft":
        """What stands in the fields once a button was pressed.

        Args:
            do: The button: ``add``, or ``up``, ``down`` or ``drop`` with a hyphen and the place of a field.
            kind: The kind of the field that is added.
        """
        fields = list(self.definition.fields)
        what, _dash, number = do.partition("-")
        place = int(number) if number.isdecimal() and len(number) < 4 else -1
        focus = ""
        if what == "add" and kind in list(FieldKind) and not self.full:
            fields.append(Field(FieldKind(kind), purpose=Purpose.EMAIL_MARKETING if kind == FieldKind.CONSENT else ""))
            focus = f"label-{len(fields) - 1}"
        elif what in ("up", "down") and 0 <= place < len(fields):
            to = min(max(place + (1 if what == "down" else -1), 0), len(fields) - 1)
            fields.insert(to, fields.pop(place))
            focus = f"{what}-{to}"
        elif what == "drop" and 0 <= place < len(fields):
            del fields[place]
            focus = f"label-{min(place, len(fields) - 1)}" if fields else "add"
        definition = msgspec.structs.replace(self.definition, fields=tuple(fields))
        return replace(self, definition=definition, focus=focus, wrong={})

    def checked(self, *, whole: bool) -> "Draft":
        """The same with what is wrong with it.

        Args:
            whole: Whether it must be whole, to be published.
        """
        wrong: dict[str, Promise] = {}
        if not self.name:
            wrong["name"] = _("Give the form a name.")
        if whole:
            wrong.update(mistakes(self.definition))
        if not all(map(is_origin, self.origins)) or len(self.origins) > _MOST_ORIGINS:
            wrong["sites"] = _("Give each site as https:// and its name, one a line, such as https://www.example.org.")
        return replace(self, wrong=wrong)


def draft_of(form: WebForm) -> Draft:
    """A form as it was last saved."""
    return Draft(form.name, form.definition, "\n".join(form.origins))


def read_draft(given: QueryDict, saved: WebForm | None) -> Draft:
    """What was typed.

    Args:
        given: What was sent.
        saved: The form that is changed; its fields keep their keys.
    """
    texts = {name: _text(given, name)[:longest] for name, longest in _LENGTHS.items()}
    definition = Definition(
        language=_text(given, "language")[:8],
        fields=tuple(_fields(given, saved)),
        double_opt_in="double_opt_in" in given,
        **texts,
    )
    return Draft(_text(given, "name")[:_LONGEST_NAME], definition, _text(given, "sites"))


def _fields(given: QueryDict, saved: WebForm | None) -> list[Field]:
    known = {one.key: one.kind for one in saved.definition.fields} if saved else {}
    found: list[Field] = []
    for place in range(MOST_FIELDS):
        kind = given.get(f"field-{place}-kind", "")
        if kind not in list(FieldKind):
            break
        one = _field(given, place, FieldKind(kind))
        key = known.pop(one.key, None)
        found.append(one if key == one.kind else msgspec.structs.replace(one, key=""))
    return found


def _field(given: QueryDict, place: int, kind: FieldKind) -> Field:
    def text(name: str) -> str:
        return _text(given, f"field-{place}-{name}")

    lines = (" ".join(line.split())[:_LONGEST_CHOICE] for line in text("choices").splitlines())
    return Field(
        kind,
        " ".join(text("label").split())[:_LONGEST_LABEL],
        f"field-{place}-required" in given,
        tuple(dict.fromkeys(line for line in lines if line)) if kind == FieldKind.CHOICE else (),
        text("purpose")[:32] if kind == FieldKind.CONSENT else "",
        text("key")[:60],
    )


def _text(given: QueryDict, name: str) -> str:
    return _UNSEEN.sub("", given.get(name, "")).strip()
