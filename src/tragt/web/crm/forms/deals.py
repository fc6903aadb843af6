"""What the pages of deals ask: a new deal, one field of a deal."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.errors import TragtError
from tragt.web.accounts.models import User
from tragt.web.crm.actions.deals import NewDeal
from tragt.web.crm.forms.amounts import written_amount
from tragt.web.crm.forms.custom import check_custom, custom_input, input_name
from tragt.web.crm.forms.inputs import (
    DayInput,
    PersonField,
    clean_amount,
    company_field,
    currency_field,
    owner_field,
)
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import Deal, Pipeline, PipelineKind, Stage
from tragt.web.crm.queries.committee import company_named
from tragt.web.records.models import Field
from tragt.web.records.queries.fields import fields_of
from tragt.web.shell import organisation

__all__ = ["FieldForm", "NewDealForm", "state"]


class NewDealForm(forms.Form):
    """A deal that is to be opened."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=300, help_text=gettext_lazy("Whom you sell what to, in a few words.")
    )
    value = forms.CharField(label=gettext_lazy("Value"), max_length=40, required=False)
    expected = forms.DateField(label=gettext_lazy("Expected to close"), required=False, widget=DayInput())

    field_order = ("name", "company", "contact", "value", "currency", "stage", "expected", "owner")

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        pipeline: Pipeline | None = None,
        stage: int = 0,
        about: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, auto_id="deal_%s", initial=about)
        self.user = user
        for name in ("value", "expected"):
            if about and name in about:
                self.fields[name].help_text = _("As is typical of this market. Change it where you know better.")
        self.fields["value"].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})
        self.fields["company"] = company_field(required=False)
        self.fields["contact"] = PersonField(
            user,
            label=gettext_lazy("Contact"),
            required=False,
            help_text=gettext_lazy("Choose a person, or write a name and <e-mail> for somebody new."),
        )
        self.fields["currency"] = currency_field(organisation.current().currency)
        stages = _stages(pipeline)
        self.fields["stage"] = forms.TypedChoiceField(
            label=gettext_lazy("Stage"), choices=stages, coerce=int, initial=stage or None
        )
        self.fields["owner"] = owner_field(required=False, initial=user.pk)
        self.order_fields(self.field_order)
        self._custom = {input_name(field): field for field in fields_of(DEAL)}
        # What must be filled in stands before what may be.
        for name, field in sorted(self._custom.items(), key=lambda pair: not pair[1].required):
            self.fields[name] = custom_input(field)

    def clean(self) -> None:
        """Read the value in the currency that was chosen, and custom fields as what they are."""
        clean_amount(self, "value", self.cleaned_data.get("currency", ""))
        for name, field in self._custom.items():
            check_custom(self, name, field)

    @property
    def asked(self) -> list[forms.BoundField]:
        """What every deal has, and custom fields that must be filled in."""
        return [bound for bound in self if bound.name not in self._custom or self._custom[bound.name].required]

    @property
    def more(self) -> list[forms.BoundField]:
        """Custom fields that may stay empty."""
        return [bound for bound in self if bound.name in self._custom and not self._custom[bound.name].required]

    @property
    def more_given(self) -> bool:
        """Whether something stands in what may stay empty, or is wrong there."""
        return any(bound.errors or bound.value() for bound in self.more)

    def field_of(self, refusal: TragtError) -> str | None:
        """The input that a refusal is about; None where it is about the whole."""
        named = refusal.fields.get("field")
        of_code = {field.code: name for name, field in self._custom.items()}
        found = of_code.get(str(named), str(named))
        return found if found in self.fields else None

    @property
    def company(self) -> str:
        """Name of the company; empty where none was given, or it is known."""
        return "" if self._company() else str(self.cleaned_data["company"])

    @property
    def new(self) -> NewDeal:
        """The deal."""
        given = self.cleaned_data
        known = self._company()
        owner = given["owner"]
        return NewDeal(
            name=given["name"],
            stage=given["stage"],
            currency=given["currency"],
            value=given["value"],
            company=known,
            owner=owner.pk if owner else None,
            expected=given["expected"],
            custom={field.code: given[name] for name, field in self._custom.items() if given.get(name) is not None},
        )

    def _company(self) -> int | None:
        name = self.cleaned_data["company"]
        found = company_named(name, self.user) if name else None
        return found.pk if found else None


class FieldForm(forms.Form):
    """One field of a deal, with the state it was in when it was opened, so that others' changes are noticed."""

    was = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, name: str, deal: Deal, user: User, data: Any = None, *, custom: Field | None = None) -> None:
        super().__init__(data, auto_id=f"{name}_%s", initial={"was": state(deal, name, custom)})
        self.name, self.deal, self.user, self.custom = name, deal, user, custom
        if custom is not None:
            self.fields[name] = custom_input(custom, deal.custom.get(custom.code))
        for field, (shown, initial) in _fields(name, deal).items():
            shown.initial = initial
            self.fields[field] = shown
        next(iter(field for key, field in self.fields.items() if key != "was")).widget.attrs["autofocus"] = True

    def clean(self) -> None:
        """Read the value in its currency, or a custom field as what it is."""
        if self.name == "value":
            clean_amount(self, "value", self.cleaned_data.get("currency", ""))
        if self.custom is not None:
            check_custom(self, self.name, self.custom)

    @property
    def changes(self) -> dict[str, object]:
        """What is to be changed, as `change_deal` takes it."""
        if self.custom is not None:
            return {"custom": {self.custom.code: self.cleaned_data[self.name]}}
        given = {name: value for name, value in self.cleaned_data.items() if name != "was"}
        if self.name == "owner":
            return {"owner": given["owner"].pk if given["owner"] else None}
        if self.name == "company" and given["company"]:
            known = company_named(given["company"], self.user)
            return {"company": known.pk if known else given["company"]}
        return given


def state(deal: Deal, name: str, custom: Field | None = None) -> str:
    """A field of a deal as a text that changes whenever it does.

    Args:
        deal: The deal.
        name: Of the field.
        custom: The custom field that it is; None for one that every deal has.
    """
    if custom is not None:
        return json.dumps(deal.custom.get(custom.code), sort_keys=True)
    match name:
        case "value":
            return f"{deal.value} {deal.currency}"
        case "company" | "owner":
            return str(getattr(deal, f"{name}_id"))
    return str(getattr(deal, name))


def _fields(name: str, deal: Deal) -> dict[str, tuple[forms.Field, object]]:
    """The inputs of one field of a deal, each with what stands in it at first."""
    company = deal.company.name if deal.company else ""
    found: dict[str, dict[str, tuple[forms.Field, object]]] = {
        "name": {"name": (forms.CharField(label=_("Name"), max_length=300), deal.name)},
        "value": {
            "value": (
                forms.CharField(label=_("Value"), max_length=40, required=False),
                written_amount(deal.value, deal.currency),
            ),
            "currency": (currency_field(deal.currency), deal.currency),
        },
        "company": {"company": (company_field(required=False), company)},
        "owner": {"owner": (owner_field(deal, required=False), deal.owner_id)},
        "expected": {
            "expected": (
                forms.DateField(label=_("Expected to close"), required=False, widget=DayInput()),
                deal.expected,
            )
        },
    }
    return found.get(name, {})


def _stages(pipeline: Pipeline | None) -> Sequence[tuple[Any, Any]]:
    """The stages of a pipeline, or of all, under the names of these."""
    rows = Stage.objects.filter(removed=None, pipeline__kind=PipelineKind.DEALS, pipeline__archived=None)
    rows = rows.select_related("pipeline").order_by("pipeline__position", "pipeline", "position", "pk")
    if pipeline is not None:
        return [(row.pk, row.name) for row in rows.filter(pipeline=pipeline)]
    grouped: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        grouped.setdefault(row.pipeline.name, []).append((row.pk, row.name))
    return list(grouped.items())
