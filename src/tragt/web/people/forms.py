"""What people fill in about personal data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import ACTOR_LENGTH, Removal
from tragt.web.people.queries import Standing

__all__ = ["DecisionForm", "FindForm", "PersonForm", "RemovalForm"]


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


class DecisionForm(forms.Form):
    """What somebody decides of a pair of persons who may be one."""

    pair = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(choices=[(one, one) for one in ("join", "part", "dismiss", "recall")])
    standing = forms.ChoiceField(choices=Standing)
