"""What keeps a form from being published, each with the place where it is mended. Pure; the unit is the form."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import Purpose
from tragt.web.shell.language import LANGUAGES
from tragt.web.webforms.definition import MOST_CHOICES, MOST_FIELDS, ONCE, Definition, Field, FieldKind

__all__ = ["Found", "is_origin", "mistakes"]

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")

Found = Mapping[str, Promise]
"""What is wrong, by place: the name of a text, ``fields``, or ``field-`` and the place of one, from 0."""


def mistakes(definition: Definition) -> Found:
    """What keeps a form from being published; nothing where it can be."""
    return dict(_of_texts(definition)) | dict(_of_fields(definition))


def is_origin(text: str) -> bool:
    """Whether a text is the origin of a site: its scheme and host, and nothing after."""
    return _ORIGIN.fullmatch(text) is not None


def _of_texts(definition: Definition) -> Iterator[tuple[str, Promise]]:
    if definition.language not in {one.code for one in LANGUAGES}:
        yield "language", _("Choose a language.")
    if not definition.title.strip():
        yield "title", _("Give the form a heading.")
    if definition.leads_to and not _is_address(definition.leads_to):
        yield "leads_to", _("This is no address of the web. It begins with https://.")
    if definition.double_opt_in and definition.email is None:
        yield "double_opt_in", _("A confirmation goes to an e-mail address: ask for one, or confirm nothing.")


def _of_fields(definition: Definition) -> Iterator[tuple[str, Promise]]:
    fields = definition.fields
    if not any(field.kind != FieldKind.CONSENT for field in fields):
        yield "fields", _("Ask for something: a form has at least one field beside consents.")
    elif len(fields) > MOST_FIELDS:
        yield "fields", _("A form has at most 30 fields.")
    seen: set[str] = set()
    for place, field in enumerate(fields):
        if said := _of_field(field, seen):
            yield f"field-{place}", said
        seen.add(_identity(field))


def _of_field(field: Field, seen: set[str]) -> Promise | None:
    if not field.label.strip():
        return _("Say what is asked for.")
    if field.kind == FieldKind.CONSENT and field.purpose not in Purpose.values:
        return _("Choose what is agreed to.")
    if field.kind == FieldKind.CHOICE and not 2 <= len(field.choices) <= MOST_CHOICES:
        return _("Give from 2 to 50 choices, one a line.")
    if _identity(field) in seen:
        return _("The form asks for this already.")
    return None


def _identity(field: Field) -> str:
    """What there can be only one of in a form; for other fields their key, which is each one's own."""
    if field.kind == FieldKind.CONSENT:
        return f"consent {field.purpose}"
    return str(field.kind) if field.kind in ONCE else f"field {field.key or id(field)}"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text
