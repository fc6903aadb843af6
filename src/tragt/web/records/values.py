"""Values of custom fields: what a field takes, one rule for pages, imports and the API. The unit is the value.

A value lies in JSON as text, number or truth; a day as text (2026-03-31), a user as the key of their row.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from tragt.errors import InvalidDefinition
from tragt.web.records.models import Field, FieldType

__all__ = ["checked", "checked_all", "fits"]

_LONGEST = 2_000
_LARGEST = 10**15
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


def checked(field: Field, given: object) -> object:
    """A value as it is kept.

    Args:
        field: The field it is for.
        given: Text as somebody typed it, or the value itself; None and blank text mean that there is none.

    Returns:
        Text, number, truth or key; None where there is no value.

    Raises:
        InvalidDefinition: The field does not take it, or must have a value; the sentence is for the reader.
    """
    text = given.strip() if isinstance(given, str) else given
    if text is None or text == "":
        if field.required:
            raise _wrong(field, _("%(field)s must be filled in.") % {"field": field.title})
        return None
    return _OF_TYPE[FieldType(field.type)](field, text)


def checked_all(fields: Sequence[Field], told: Mapping[str, object]) -> dict[str, object]:
    """What is told of a record, by the codes of fields, as it is kept; what no field knows stays as it is.

    Args:
        fields: Of the kind of the record.
        told: Values by code; only fields that are told of are looked at.

    Raises:
        InvalidDefinition: A field does not take its value.
    """
    by_code = {field.code: field for field in fields}
    return {code: checked(by_code[code], value) if code in by_code else value for code, value in told.items()}


def fits(field: Field, value: object) -> bool:
    """Whether a value is one of its field, as it lies there; a source may have told anything."""
    try:
        kept = checked(field, value)
    except InvalidDefinition:
        return value is None
    return kept == value and isinstance(kept, bool) == isinstance(value, bool)


def _text(field: Field, given: object) -> object:
    text = str(given).replace("\0", "")
    if len(text) > _LONGEST:
        raise _wrong(field, _("%(field)s takes at most %(most)s letters.") % {"field": field.title, "most": _LONGEST})
    return text


def _number(field: Field, given: object) -> object:
    plain = str(given).replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    try:
        number = float(plain if "." in plain else plain.replace(",", "."))
    except ValueError:
        number = math.nan
    if isinstance(given, bool) or not math.isfinite(number) or abs(number) > _LARGEST:
        raise _wrong(field, _("%(field)s takes a number, such as 12 or 12.5.") % {"field": field.title})
    return int(number) if number == int(number) else number


def _date(field: Field, given: object) -> object:
    try:
        return (given if isinstance(given, date) else date.fromisoformat(str(given))).isoformat()[:10]
    except ValueError:
        raise _wrong(field, _("%(field)s takes a date, such as 2026-03-31.") % {"field": field.title}) from None


def _choice(field: Field, given: object) -> object:
    if given not in field.choices:
        allowed = ", ".join(map(str, field.choices))
        raise _wrong(field, _("%(field)s takes one of: %(allowed)s.") % {"field": field.title, "allowed": allowed})
    return given


def _boolean(field: Field, given: object) -> object:
    text = str(given).lower()
    if text not in _YES | _NO:
        raise _wrong(field, _("%(field)s takes yes or no.") % {"field": field.title})
    return text in _YES


def _user(field: Field, given: object) -> object:
    if isinstance(given, bool) or not str(given).isdecimal() or len(str(given)) > 15:
        raise _wrong(field, _("%(field)s takes a user.") % {"field": field.title})
    return int(str(given))


def _link(field: Field, given: object) -> object:
    text = str(given)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, text))
    except ValueError:
        good = False
    if not good or len(text) > _LONGEST:
        raise _wrong(field, _("%(field)s takes a web address, such as https://example.org.") % {"field": field.title})
    return text


_OF_TYPE = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.BOOLEAN: _boolean,
    FieldType.USER: _user,
    FieldType.LINK: _link,
}


def _wrong(field: Field, sentence: str) -> InvalidDefinition:
    return InvalidDefinition("records.value", sentence, field=field.code)
