"""What people fill in about days: targets from a day on, and what happened on a day."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.funnels.actions.annotations import TEXT_LENGTH, Noted
from tragt.web.funnels.models import AnnotationKind, SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.funnels.trends.targets import Targets
from tragt.web.lexicon.queries import lexicon

__all__ = ["AnnotationForm", "TargetsForm"]

PER_CENT = 100
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)


class _Day(forms.DateField):
    """A day within the years that funnels can be of."""

    def __init__(self, **given: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **given)

    def validate(self, value: date | None) -> None:
        """Refuse days that are certainly a slip."""
        super().validate(value)
        if value is not None and not EARLIEST <= value < LATEST:
            raise forms.ValidationError(_("Give a day from 1990 to 2099, written like 2026-12-31."))


class AnnotationForm(forms.Form):
    """What happened on a day."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AnnotationKind, initial=AnnotationKind.CAMPAIGN)
    text = forms.CharField(label=_("What happened"), max_length=TEXT_LENGTH)
    day = _Day(label=_("Day"))
    until = _Day(label=_("Until"), required=False)
    funnel = forms.ModelChoiceField(
        label=_("Funnel"), queryset=saved_funnels().none(), required=False, empty_label=_("All funnels")
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["funnel"].queryset = saved_funnels()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The last day does not come before the first."""
        told: dict[str, Any] = super().clean() or {}
        day, until = told.get("day"), told.get("until")
        if day and until and until < day:
            self.add_error("until", _("The last day comes before the first."))
        return told

    @property
    def noted(self) -> Noted:
        """What was filled in."""
        told = self.cleaned_data
        funnel: SavedFunnel | None = told["funnel"]
        return Noted(told["text"], told["day"], told["until"], AnnotationKind(told["kind"]), funnel)


class TargetsForm(forms.Form):
    """What share should come to each step, from a day on."""

    since = _Day(
        label=_("From"),
        required=False,
        help_text=_("Empty: from the beginning. What was asked for before that day stays as it was."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, saved: SavedFunnel, targets: Targets, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.now = targets.at(targets.today)
        titles = {step.title: shown.title for step, shown in _pairs(saved)}
        self.steps = {f"target-{number}": step for number, step in enumerate(targets.steps, start=1)}
        for name, step in self.steps.items():
            self.fields[name] = forms.DecimalField(
                label=titles.get(step, step),
                required=False,
                min_value=Decimal("0.1"),
                max_value=Decimal("99.9"),
                max_digits=4,
                decimal_places=1,
                localize=True,
                initial=_per_cent(self.now.get(step)),
            )
        self.fields["since"].initial = None if targets.first_ones else targets.today
        self.fields["version"].initial = saved.version

    @property
    def target_fields(self) -> list[forms.BoundField]:
        """The fields of the targets."""
        return [self[name] for name in self.steps]

    @property
    def changed(self) -> Mapping[str, float | None]:
        """The shares that are others than those in force now, by title of the step."""
        told = {step: self.cleaned_data.get(name) for name, step in self.steps.items()}
        shares = {step: None if one is None else float(one) / PER_CENT for step, one in told.items()}
        return {step: share for step, share in shares.items() if not _same(share, self.now.get(step))}


def _pairs(saved: SavedFunnel) -> Any:
    funnel = saved.funnel
    return zip(funnel.steps, lexicon().shown(funnel).steps, strict=True)


def _per_cent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(round(PER_CENT * share, 1))).normalize()


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return round(one, 3) == round(other, 3)
