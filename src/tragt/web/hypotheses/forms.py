"""What people fill in about hypotheses, and of the texts that help to find them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts import places
from tragt.web.accounts.models import User
from tragt.web.crm.forms.amounts import NumberField, written_number
from tragt.web.hypotheses.models import BELIEF_LENGTH, TEXT_LENGTH, State
from tragt.web.hypotheses.queries.cards import OPEN, Asked, funnels_named, owners_named
from tragt.web.hypotheses.queries.remedies import Texts
from tragt.web.hypotheses.stages import StageKind
from tragt.web.shell import organisation
from tragt.web.shell.language import spoken

__all__ = ["PARTS", "FilterForm", "HypothesisForm", "NoteForm", "RemedyForm", "StageForm", "StateForm"]

PARTS: Mapping[str, tuple[str, ...]] = {
    "belief": ("belief",),
    "why": ("why",),
    "attempt": ("attempt",),
    "gain": ("gain", "gain_low", "gain_high", "currency"),
    "owner": ("owner",),
}
"""The fields that are changed together."""

_GAINS = ("gain", "gain_low", "gain_high")
_LARGEST_KEY = 2**63 - 1


class HypothesisForm(forms.Form):
    """What a hypothesis says.

    Args:
        data: What was sent; None where nothing was.
        initial: What stands there, an owner by key.
        part: The one of `PARTS` that is changed; empty is all of it.
        proposals: What may be chosen to be tried.
    """

    belief = forms.CharField(
        label=_("What is believed"),
        max_length=BELIEF_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In a sentence: who stops where, and what would make more of them go on."),
    )
    why = forms.CharField(
        label=pgettext_lazy("hypothesis", "Why"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    chosen = forms.ChoiceField(label=_("What to try"), required=False, widget=forms.RadioSelect)
    attempt = forms.CharField(
        label=_("In your own words"), max_length=TEXT_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    gain = NumberField(label=_("Expected gain a month"), required=False)
    gain_low = NumberField(label=_("At least"), required=False)
    gain_high = NumberField(label=_("At most"), required=False)
    currency = forms.ChoiceField(label=pgettext_lazy("gain", "In"), required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("Nobody yet"))

    def __init__(self, data: Any, initial: Mapping[str, Any], part: str = "", proposals: Sequence[str] = ()) -> None:
        told = dict(initial)
        for name in _GAINS:
            told[name] = "" if told.get(name) is None else written_number(_decimal(told[name]), grouped=True)
        if told.get("gain") == "" and not told.get("currency"):
            told["currency"] = organisation.current().currency
        super().__init__(data, initial=told)
        present = str(told.get("currency") or organisation.current().currency)
        offered = places.with_present(present, places.currencies(spoken(get_language() or "") or "en"))
        self._choices("currency", [("", gettext("conversions")), *offered])
        standing = Q(pk=told.get("owner"))
        self.fields["owner"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            Q(is_active=True) | standing
        ).order_by("name", "email")
        self.proposals = proposals
        self._choices("chosen", [(str(place), one) for place, one in enumerate(proposals)])
        self._leave_out(part)

    def _leave_out(self, part: str) -> None:
        """Keep the fields of a part; without proposals there is nothing to choose."""
        if part or not self.proposals:
            del self.fields["chosen"]
            self.fields["attempt"].label = _("What to try")
        for name in [*self.fields] if part else ():
            if name not in PARTS[part]:
                del self.fields[name]

    def _choices(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def gains(self) -> list[forms.BoundField]:
        """The fields of the gain that the form has."""
        return [self[name] for name in (*_GAINS, "currency") if name in self.fields]

    @property
    def changes(self) -> dict[str, Any]:
        """What was filled in, as acts take it."""
        given = dict(self.cleaned_data)
        chosen = given.pop("chosen", "")
        if chosen and not given.get("attempt"):
            given["attempt"] = self.proposals[int(chosen)]
        for name in _GAINS:
            if given.get(name) is not None:
                given[name] = float(given[name])
        if "owner" in given:
            given["owner"] = given["owner"].pk if given["owner"] else None
        return given


def _decimal(amount: float) -> Decimal:
    number = Decimal(str(round(amount, 2)))
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


class StateForm(forms.Form):
    """How far a hypothesis has come."""

    state = forms.ChoiceField(label=_("State"), choices=State.choices)
    text = forms.CharField(
        label=_("What came of it, or why"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NoteForm(forms.Form):
    """A note for the log."""

    text = forms.CharField(label=_("Note"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 2}))


class FilterForm(forms.Form):
    """Which hypotheses the register shows."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False, widget=forms.SearchInput)
    state = forms.ChoiceField(label=_("State"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    funnel = forms.ChoiceField(label=_("Funnel"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        anything = ("", gettext("All"))
        for name, choices in (
            ("state", [(OPEN, gettext("Still to be settled")), *State.choices]),
            ("owner", [(str(key), name) for key, name in owners_named()]),
            ("funnel", [(str(key), name) for key, name in funnels_named()]),
        ):
            self.fields[name].choices = [anything, *choices]  # type: ignore[attr-defined]

    @property
    def asked(self) -> Asked:
        """What is asked for; what means nothing is left out."""
        self.is_valid()
        given = self.cleaned_data
        owner, funnel = (int(given[name]) if given.get(name) else None for name in ("owner", "funnel"))
        return Asked(given.get("state", ""), owner, funnel, given.get("q", ""))


class RemedyForm(forms.Form):
    """What to ask and what to try at a place, a line each."""

    questions = forms.CharField(
        label=_("What to ask"), required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=_("A line each.")
    )
    proposals = forms.CharField(
        label=_("What to try"), required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=_("A line each.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=_LARGEST_KEY)

    def __init__(self, data: Any, texts: Texts) -> None:
        now = {"questions": "\n".join(texts.questions), "proposals": "\n".join(texts.proposals)}
        super().__init__(data, initial={**now, "version": texts.version})


class StageForm(forms.Form):
    """What kind of step a step is."""

    stage = forms.ChoiceField(label=_("Kind of step"), required=False)

    def __init__(self, data: Any, guessed: StageKind, told: str = "") -> None:
        super().__init__(data, initial={"stage": told})
        guess = gettext("%(kind)s, by its name") % {"kind": guessed.label}
        self.fields["stage"].choices = [("", guess), *StageKind.choices]  # type: ignore[attr-defined]
