"""What people fill in about webhooks."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.formats import zone
from tragt.web.webhooks.actions.endpoints import Draft
from tragt.web.webhooks.messages import CHOICES
from tragt.web.webhooks.models import ADDRESS_LENGTH, NAME_LENGTH, Endpoint

__all__ = ["EndpointForm", "SinceForm"]


class EndpointForm(forms.Form):
    """What a webhook is to be."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, help_text=_("What receives the messages, for example Accounting.")
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=ADDRESS_LENGTH,
        help_text=_("Where messages are sent to; it begins with https."),
        widget=forms.URLInput(attrs={"spellcheck": "false", "autocomplete": "off", "placeholder": "https://"}),
    )
    types = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen means everything, and what comes with later versions too."),
    )

    @classmethod
    def of(cls, row: Endpoint, data: Any = None) -> "EndpointForm":
        """The form as a webhook is now, or as it was sent."""
        return cls(data, initial={"name": row.name, "address": row.address, "types": row.types})

    @property
    def draft(self) -> Draft:
        """What was filled in."""
        given = self.cleaned_data
        return Draft(given["name"], given["address"], given["types"])


class SinceForm(forms.Form):
    """From when on messages are sent again."""

    since = forms.DateTimeField(
        label=_("Of what happened since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def clean_since(self) -> datetime:
        """The moment as the clock of the organisation shows it."""
        given: datetime = self.cleaned_data["since"]
        return given.replace(tzinfo=zone())
