"""What people fill in about weekly reports."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels.queries import saved_funnels
from tragt.web.reports.actions.naming import Named
from tragt.web.reports.models import ADDRESS_LENGTH, Subscription, Weekday
from tragt.web.shell.language import LANGUAGES, spoken

__all__ = ["ChangeForm", "NamingForm"]

_LANGUAGES = [(one.code, one.name) for one in LANGUAGES]


class NamingForm(forms.Form):
    """Who is to get which funnel.

    Args:
        others: Whether whoever fills it in may name others.
    """

    funnel = forms.TypedChoiceField(label=_("Funnel"), coerce=int)
    to = forms.CharField(
        label=_("To"),
        max_length=ADDRESS_LENGTH,
        help_text=_("An e-mail address. A colleague is sent the report; anyone else is asked first."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "name@example.org"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=_LANGUAGES, help_text=_("Colleagues get it in their own language.")
    )
    weekday = forms.TypedChoiceField(label=_("Day"), choices=Weekday, coerce=int, initial=Weekday.MONDAY)

    def __init__(self, data: Any = None, *, others: bool, **more: Any) -> None:
        super().__init__(data, **more)
        funnel: Any = self.fields["funnel"]
        funnel.choices = list(saved_funnels().values_list("pk", "name"))
        self.fields["language"].initial = spoken(get_language() or "") or _LANGUAGES[0][0]
        if not others:
            del self.fields["to"], self.fields["language"]

    @property
    def named(self) -> Named:
        """What was filled in."""
        told = self.cleaned_data
        return Named(told["funnel"], told.get("to", ""), told.get("language", ""), told["weekday"])


class ChangeForm(forms.Form):
    """When a report leaves, and in which language."""

    weekday = forms.TypedChoiceField(label=_("Day"), choices=Weekday, coerce=int)
    language = forms.ChoiceField(label=_("Language"), choices=_LANGUAGES)

    def __init__(self, row: Subscription, data: Any = None) -> None:
        super().__init__(data, initial={"weekday": row.weekday, "language": row.language})
        if row.user_id:
            del self.fields["language"]
