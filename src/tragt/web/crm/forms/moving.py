"""What is asked when a deal moves: exactly the fields that the stage asks for, the reason when it is lost."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.web.accounts.models import User
from tragt.web.crm.actions.activities import Entry
from tragt.web.crm.actions.passing import Answers, Someone
from tragt.web.crm.actions.requirements import CUSTOM
from tragt.web.crm.forms.amounts import read_amount
from tragt.web.crm.forms.custom import check_custom, custom_input
from tragt.web.crm.forms.inputs import DayInput, PersonField, company_field, owner_field
from tragt.web.crm.models import ActivityKind, Deal, LostReason, MemberRole
from tragt.web.crm.queries.committee import company_named
from tragt.web.crm.queries.pipelines import lost_reasons
from tragt.web.records.models import Field
from tragt.web.shell import formats

__all__ = ["AnswersForm", "LostForm"]

_ROLES = {"contact": MemberRole.CONTACT, "decider": MemberRole.DECIDER}


class AnswersForm(forms.Form):
    """What a stage asks for and a deal does not have, by the codes of `requirements`."""

    def __init__(self, deal: Deal, codes: Sequence[str], user: User, data: Any = None) -> None:
        super().__init__(data, auto_id="asked_%s")
        self.deal, self.codes, self.user = deal, codes, user
        self._custom = _custom_fields(codes)
        for code in codes:
            self.fields.update(self._asked(code))

    def clean(self) -> None:
        """Read the value in the deal's currency, and custom fields as what they are."""
        for code, field in self._custom.items():
            check_custom(self, code, field)
        text = self.cleaned_data.get("value")
        if not isinstance(text, str):
            return
        try:
            self.cleaned_data["value"] = read_amount(text, self.deal.currency)
        except ValidationError as problem:
            self.add_error("value", problem)

    @cached_property
    def answers(self) -> Answers:
        """What was filled in."""
        given = self.cleaned_data
        fields: dict[str, object] = {name: given[name] for name in ("value", "expected") if name in given}
        if "owner" in given:
            fields["owner"] = given["owner"].pk
        if "company" in given:
            known = company_named(given["company"], self.user)
            fields["company"] = known.pk if known else given["company"]
        custom = {code.removeprefix(CUSTOM): given[code] for code in self.codes if code.startswith(CUSTOM)}
        if custom:
            fields["custom"] = custom
        people: dict[MemberRole, Someone] = {_ROLES[code]: given[code] for code in self.codes if code in _ROLES}
        return Answers(fields, people, self._task())

    def _task(self) -> Entry | None:
        if "next_task" not in self.cleaned_data:
            return None
        due = datetime.combine(self.cleaned_data["due"], time.min, formats.zone())
        return Entry(ActivityKind.TASK, self.cleaned_data["next_task"], due=due)

    def _asked(self, code: str) -> dict[str, forms.Field]:
        match code:
            case "value":
                label = _("Value in %(currency)s") % {"currency": self.deal.currency}
                attributes = {"inputmode": "decimal", "autocomplete": "off"}
                return {code: forms.CharField(label=label, max_length=40, widget=forms.TextInput(attrs=attributes))}
            case "expected":
                return {code: forms.DateField(label=_("Expected to close"), widget=DayInput())}
            case "company":
                return {code: company_field()}
            case "owner":
                return {code: owner_field(self.deal)}
            case "contact" | "decider":
                label = _("Contact") if code == "contact" else _("Decider")
                told = _("Choose a person, or write a name and <e-mail> for somebody new.")
                return {code: PersonField(self.user, label=label, help_text=told)}
            case "next_task":
                return {
                    code: forms.CharField(label=_("Next task"), max_length=300),
                    "due": forms.DateField(label=_("Due"), widget=DayInput()),
                }
        field = self._custom.get(code)
        if field is not None:
            return {code: custom_input(field, self.deal.custom.get(field.code), required=True)}
        # A field that was retired since the stage asked for it.
        return {code: forms.CharField(label=code.removeprefix(CUSTOM), max_length=300)}


def _custom_fields(codes: Sequence[str]) -> dict[str, Field]:
    """The custom fields that a stage asks for and that are in use, by its codes."""
    named = [code.removeprefix(CUSTOM) for code in codes if code.startswith(CUSTOM)]
    found = Field.objects.filter(kind="deal", retired=None, code__in=named) if named else ()
    return {f"{CUSTOM}{field.code}": field for field in found}


class LostForm(forms.Form):
    """Why a deal is lost."""

    reason = forms.ModelChoiceField(
        LostReason.objects.none(), label=gettext_lazy("Why was it lost?"), widget=forms.RadioSelect(), empty_label=None
    )
    text = forms.CharField(
        label=gettext_lazy("What happened"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="lost_%s")
        reasons = self.fields["reason"]
        assert isinstance(reasons, forms.ModelChoiceField)
        reasons.queryset = lost_reasons()
