"""What people fill in about how the leaks of a funnel are judged."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Funnel
from tragt.web.funnels.actions import Judging
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.choosing import MOST, money_offered, telling_offered
from tragt.web.lexicon.queries import lexicon

__all__ = ["JudgingForm"]

PER_CENT = 100


class JudgingForm(forms.Form):
    """Which property is money, by which properties leaks are looked for, and what share should come to each step."""

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
        self.steps = [] if saved.pipeline_id else list(self._add_targets(saved))

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

    def _add_targets(self, saved: SavedFunnel) -> Any:
        funnel = saved.funnel
        shown = lexicon().shown(funnel).steps
        for place in funnel.required[1:]:
            title = funnel.steps[place].title
            name, share = f"target-{place}", saved.targets.get(title)
            self.fields[name] = forms.DecimalField(
                label=shown[place].title,
                required=False,
                min_value=Decimal("0.1"),
                max_value=Decimal("99.9"),
                max_digits=4,
                decimal_places=1,
                localize=True,
                initial=None if share is None else Decimal(str(round(PER_CENT * share, 1))).normalize(),
            )
            yield name, title

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
    def target_fields(self) -> list[forms.BoundField]:
        """The fields of the targets."""
        return [self[name] for name, _title in self.steps]

    @property
    def judging(self) -> Judging:
        """What was filled in."""
        told = self.cleaned_data
        given = {title: told.get(name) for name, title in self.steps}
        targets = {title: float(share) / PER_CENT for title, share in given.items() if share is not None}
        return Judging(told.get("value", ""), told.get("breakdowns", ()), targets)
