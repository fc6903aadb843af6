"""What people fill in on the pages of collecting."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.events.tracking.calls import LARGEST
from tragt.web.collect.actions import Chosen
from tragt.web.collect.live import Wanted

__all__ = ["CallForm", "LiveForm", "ReasonForm"]

_LONGEST = 400


class CallForm(forms.Form):
    """A call that was turned away, to be mended."""

    call = forms.CharField(
        label=_("The call"),
        max_length=2 * LARGEST,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "code"}),
        help_text=_("Mend it here. It is checked again when you send it, and keeps the time at which it first came."),
    )


class ReasonForm(forms.Form):
    """Calls of one reason."""

    code = forms.CharField(max_length=40)
    field = forms.CharField(max_length=60, required=False)
    source = forms.CharField(max_length=100, required=False)

    @property
    def chosen(self) -> Chosen:
        """Which calls are meant."""
        return Chosen(self.cleaned_data["code"], self.cleaned_data["field"], self.cleaned_data["source"])


class LiveForm(forms.Form):
    """Which events are shown as they arrive."""

    source = forms.ChoiceField(label=_("Source"), required=False)
    name = forms.CharField(
        label=_("Event"), required=False, max_length=_LONGEST, widget=forms.TextInput(attrs={"list": "names"})
    )
    person = forms.CharField(
        label=_("Person's id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )

    def __init__(self, *args: Any, sources: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("All")), *sorted(sources.items(), key=lambda one: one[1].casefold())]
        self.fields["source"].choices = choices  # type: ignore[attr-defined] # the stubs know the base class alone

    @property
    def wanted(self) -> Wanted:
        """Which events; where something was filled in that cannot be, any."""
        if not self.is_valid():
            return Wanted()
        given = self.cleaned_data
        return Wanted(given["source"], given["name"], given["person"])
