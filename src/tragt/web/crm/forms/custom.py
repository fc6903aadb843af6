"""Custom fields of deals as people fill them in: an input of the field's type, and what was given as it is kept."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.crm.forms.amounts import NumberField, written_number
from tragt.web.records.models import Field, FieldType
from tragt.web.records.values import checked

__all__ = ["check_custom", "custom_input", "input_name"]

_LONGEST = 2_000
_NOTHING = ("", "–")


def input_name(field: Field) -> str:
    """What the input of a custom field is called in forms and addresses."""
    return f"f{field.pk}"


def custom_input(field: Field, value: object = None, *, required: bool | None = None) -> forms.Field:
    """An input for a custom field, with what stands in it.

    Args:
        field: The field.
        value: What the deal has; None where it has nothing.
        required: Whether it must be filled in; None means as the field says.
    """
    given: dict[str, Any] = {
        "label": field.title,
        "help_text": field.help,
        "required": field.required if required is None else required,
        "initial": _written(value),
    }
    match field.type:
        case FieldType.NUMBER:
            return NumberField(**given)
        case FieldType.CHOICE:
            return _choice([(one, one) for one in map(str, field.choices)], given)
        case FieldType.BOOLEAN:
            return _choice([("true", _("Yes")), ("false", _("No"))], given)
        case FieldType.USER:
            standing = Q(pk=value) if isinstance(value, int) and not isinstance(value, bool) else Q()
            users = User.objects.filter(Q(is_active=True) | standing).order_by("name", "email")
            return _choice([(str(one.pk), str(one)) for one in users], given)
        case FieldType.DATE:
            return forms.DateField(widget=_Day(), **given)
        case FieldType.LINK:
            return forms.CharField(max_length=_LONGEST, widget=forms.TextInput({"type": "url"}), **given)
    return forms.CharField(max_length=_LONGEST, **given)


def check_custom(form: forms.Form, name: str, field: Field) -> None:
    """Turn what stands in an input into the value that is kept; what cannot be is said beside it.

    Args:
        form: The form, whose own checks have run.
        name: Of the input.
        field: The custom field.
    """
    if name not in form.cleaned_data:
        return
    given = form.cleaned_data[name]
    try:
        form.cleaned_data[name] = checked(field, f"{given:f}" if isinstance(given, Decimal) else given)
    except InvalidDefinition as refusal:
        form.add_error(name, ValidationError(refusal.message, code=refusal.code))


class _Day(forms.DateInput):
    """A day as browsers take it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _choice(offered: list[tuple[str, str]], given: dict[str, Any]) -> forms.ChoiceField:
    """One of some values. What stands there and is offered no more stays to be seen, though it is not taken again."""
    standing = given["initial"]
    gone = [(standing, standing)] if standing and standing not in dict(offered) else []
    return forms.ChoiceField(choices=[_NOTHING, *offered, *gone], **given)


def _written(value: object) -> str:
    """A value as an input shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return written_number(Decimal(str(value))) if isinstance(value, float) else str(value)
