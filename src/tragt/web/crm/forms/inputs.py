"""Inputs that the pages of deals share: days, amounts, and records that are chosen by what is typed."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tragt.web.accounts import places
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.actions.passing import Someone
from tragt.web.crm.forms.amounts import read_amount
from tragt.web.crm.models import Deal
from tragt.web.crm.queries.committee import person_typed
from tragt.web.people.models import Person
from tragt.web.people.normal import email as spelled
from tragt.web.shell.language import spoken

__all__ = ["DayInput", "PersonField", "clean_amount", "company_field", "currency_field", "owner_field"]

_ADDRESSED = re.compile(r"^(?P<name>[^<>]*)<(?P<email>[^<>\s]+@[^<>\s]+)>$")
_NUMBERED = re.compile(r"^(?P<name>.*)\s#(?P<key>\d{1,18})$")


class DayInput(forms.DateInput):
    """A day as browsers take it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PersonField(forms.CharField):
    """Somebody known, or somebody new by name and e-mail address; a `Someone`."""

    def __init__(self, user: User, **kwargs: Any) -> None:
        super().__init__(max_length=640, **kwargs)
        self.user = user
        attributes = {"list": "people-found", "data-lookup": reverse_lazy("people_found"), "autocomplete": "off"}
        self.widget.attrs.update(attributes)

    def clean(self, value: str | None) -> Someone | None:
        """Who is meant; None where the field is empty and may be."""
        text = super().clean(value).strip()
        if not text:
            return None
        if numbered := _NUMBERED.match(text):
            return Someone(self._numbered(int(numbered["key"])))
        name, email = _name_and_email(text)
        found = person_typed(name, email, self.user)
        if len(found) > 1:
            raise ValidationError(_("Several people are called that. Choose one of those offered."), code="several")
        return Someone(found[0].pk) if found else Someone(None, name, email)

    def _numbered(self, key: int) -> int:
        if not Person.objects.filter(seen_by(self.user), pk=key, struck=None).exists():
            raise ValidationError(_("There is no such person. Choose one of those offered."), code="nobody")
        return key


def company_field(**kwargs: Any) -> forms.CharField:
    """A company by its name, known or not."""
    attributes = {"list": "companies-found", "data-lookup": reverse_lazy("companies_found"), "autocomplete": "off"}
    return forms.CharField(
        label=gettext_lazy("Company"), max_length=300, widget=forms.TextInput(attrs=attributes), **kwargs
    )


def owner_field(deal: Deal | None = None, **kwargs: Any) -> "forms.ModelChoiceField[User]":
    """Somebody of the firm."""
    standing = Q(pk=deal.owner_id) if deal is not None else Q()
    users = User.objects.filter(Q(is_active=True) | standing).order_by("name", "email")
    return forms.ModelChoiceField(users, label=gettext_lazy("Owner"), empty_label=_("Nobody yet"), **kwargs)


def currency_field(present: str) -> forms.ChoiceField:
    """A currency."""
    choices = places.with_present(present, places.currencies(spoken(get_language() or "") or "en"))
    return forms.ChoiceField(label=gettext_lazy("Currency"), choices=list(choices), initial=present)


def clean_amount(form: forms.Form, name: str, currency: str) -> None:
    """Turn the text of an amount in a form into minor units; None where it is empty.

    Args:
        form: The form, as it cleans itself.
        name: Of the field.
        currency: Three letters; empty where none was chosen.
    """
    text = form.cleaned_data.get(name)
    try:
        form.cleaned_data[name] = read_amount(text, currency) if text and currency else None
    except ValidationError as problem:
        form.add_error(name, problem)


def _name_and_email(text: str) -> tuple[str, str]:
    """The two parts of ``Anna Holm <anna@nordlys.example>``; what has an @ alone is an address."""
    if addressed := _ADDRESSED.match(text):
        name, given = addressed["name"].strip(), addressed["email"]
    else:
        name, given = ("", text) if "@" in text else (text, "")
    email = spelled(given) if given else ""
    if given and not email:
        raise ValidationError(_("%(text)s is not an e-mail address.") % {"text": given}, code="email")
    return name, email
