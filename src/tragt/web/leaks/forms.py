"""What people fill in about how the leaks of a funnel are judged."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Funnel
from tragt.web.funnels.actions import Judging
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.choosing import MOST, money_offered, telling_offered

__all__ = ["JudgingForm"]


class JudgingForm(forms.Form):
    """Which property is money, and by which properties leaks are looked for."""

    value = forms.ChoiceField(label=_("What a conversion is worth"), required=False)
    breakdowns = forms.MultipleChoiceField(
        label=_("Compare by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Properties of the first step. None means that they are chosen by what tells groups apart."),
    )

    def __init__(self, saved: SavedFunnel, meant: Funnel, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.saved = saved
        self._offer(meant)

    def _offer(self, meant: Funnel) -> None:
        money, by = money_offered(meant), [one.name for one in telling_offered(meant)]
        kept = [self.saved.value] if self.saved.value and self.saved.value not in money else []
        guess = _("Guessed from the events of the last step")
        value, breakdowns = self.fields["value"], self.fields["breakdowns"]
        value.choices = [("", guess), *((one, one) for one in [*kept, *money])]  # type: ignore[attr-defined]
        chosen = [one for one in self.saved.breakdowns if one not in by]
        breakdowns.choices = [(one, one) for one in [*chosen, *by]]  # type: ignore[attr-defined]
        if not breakdowns.choices:  # type: ignore[attr-defined]
            del self.fields["breakdowns"]
        value.initial = self.saved.value
        breakdowns.initial = self.saved.breakdowns
        self.guessed = by[:MOST]

    def clean_breakdowns(self) -> list[str]:
        """At most so many as can be told apart."""
        chosen: list[str] = self.cleaned_data["breakdowns"]
        if len(chosen) > MOST:
            raise forms.ValidationError(
                _("Choose at most %(most)s: with more of them real leaks are lost among the comparisons."),
                params={"most": MOST},
            )
        return chosen

    @property
    def judging(self) -> Judging:
        """What was filled in."""
        told = self.cleaned_data
        return Judging(told.get("value", ""), told.get("breakdowns", ()))
