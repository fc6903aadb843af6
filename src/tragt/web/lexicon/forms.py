"""What people fill in on the pages of events."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import User
from tragt.web.accounts.queries import users
from tragt.web.lexicon.actions import Said
from tragt.web.lexicon.models import DESCRIPTION_LENGTH, DISPLAY_LENGTH, NAME_LENGTH

__all__ = ["EventForm", "MergeForm", "PairForm", "PropertyForm"]


class PropertyForm(forms.Form):
    """What somebody says of a property."""

    display = forms.CharField(label=_("Display name"), required=False, max_length=DISPLAY_LENGTH)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @property
    def said(self) -> Said:
        """What is said."""
        given = self.cleaned_data
        return Said(" ".join(given["display"].split()), given["description"].strip(), given.get("owner"))


class EventForm(PropertyForm):
    """What somebody says of an event."""

    owner = forms.ModelChoiceField(
        label=_("Who knows more"), required=False, queryset=User.objects.none(), empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = users().filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["display"].help_text = _("What people see where they choose or read this event.")
        self.fields["description"].help_text = _("When it happens, and what it is used for.")


class PairForm(forms.Form):
    """Two names."""

    spelling = forms.CharField(max_length=NAME_LENGTH, strip=False)
    kept = forms.CharField(max_length=NAME_LENGTH, strip=False)


class MergeForm(forms.Form):
    """The name that a spelling counts as."""

    kept = forms.CharField(
        label=_("It is another spelling of"),
        max_length=NAME_LENGTH,
        strip=False,
        widget=forms.TextInput(attrs={"list": "event-names", "autocomplete": "off"}),
    )
