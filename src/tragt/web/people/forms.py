"""What people fill in about personal data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import ACTOR_LENGTH, Removal

__all__ = ["FindForm", "PersonForm", "RemovalForm"]


class FindForm(forms.Form):
    """What leads to a person."""

    text = forms.CharField(
        label=_("E-mail address, telephone number or identifier"),
        max_length=ACTOR_LENGTH,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """A person who was found."""

    person = forms.CharField(max_length=ACTOR_LENGTH, widget=forms.HiddenInput)


class RemovalForm(PersonForm):
    """A person who was found, and how the person's data shall go."""

    kind = forms.ChoiceField(choices=Removal, widget=forms.HiddenInput)
