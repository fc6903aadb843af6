"""What the pages of deals ask: a new deal, one field of a deal, somebody for its committee, one of its lines."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tragt.errors import TragtError
from tragt.web.accounts import places
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.actions.deals import NewDeal
from tragt.web.crm.actions.lines import NewLine, state_of
from tragt.web.crm.actions.passing import Someone
from tragt.web.crm.forms.amounts import NumberField, read_amount, written_amount, written_number
from tragt.web.crm.forms.custom import check_custom, custom_input, input_name
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import Deal, DealLine, Member, MemberRole, Pipeline, PipelineKind, Product, Stage
from tragt.web.crm.queries.committee import company_named, person_typed
from tragt.web.people.models import Person
from tragt.web.people.normal import email as spelled
from tragt.web.records.models import Field
from tragt.web.records.queries.fields import fields_of
from tragt.web.shell import organisation
from tragt.web.shell.formats import zone
from tragt.web.shell.language import spoken

__all__ = [
    "FieldForm",
    "LineForm",
    "MemberDaysForm",
    "MemberForm",
    "NewDealForm",
    "PersonField",
    "company_field",
    "owner_field",
    "state",
]

_ADDRESSED = re.compile(r"^(?P<name>[^<>]*)<(?P<email>[^<>\s]+@[^<>\s]+)>$")
_NUMBERED = re.compile(r"^(?P<name>.*)\s#(?P<key>\d{1,18})$")


class DayInput(forms.DateInput):
    """A day as browsers take it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PersonField(forms.CharField):
    """Somebody known, or somebody new by name and e-mail address; a `Someone`."""

    def __init__(self, user: User, **kwargs: Any) -> None:
        super().__init__(max_length=640, **kwargs)
        self.user = user
        attributes = {"list": "people-found", "data-lookup": reverse_lazy("people_found"), "autocomplete": "off"}
        self.widget.attrs.update(attributes)

    def clean(self, value: str | None) -> Someone | None:
        """Who is meant; None where the field is empty and may be."""
        text = super().clean(value).strip()
        if not text:
            return None
        if numbered := _NUMBERED.match(text):
            return Someone(self._numbered(int(numbered["key"])))
        name, email = _name_and_email(text)
        found = person_typed(name, email, self.user)
        if len(found) > 1:
            raise ValidationError(_("Several people are called that. Choose one of those offered."), code="several")
        return Someone(found[0].pk) if found else Someone(None, name, email)

    def _numbered(self, key: int) -> int:
        if not Person.objects.filter(seen_by(self.user), pk=key, struck=None).exists():
            raise ValidationError(_("There is no such person. Choose one of those offered."), code="nobody")
        return key


def company_field(**kwargs: Any) -> forms.CharField:
    """A company by its name, known or not."""
    attributes = {"list": "companies-found", "data-lookup": reverse_lazy("companies_found"), "autocomplete": "off"}
    return forms.CharField(
        label=gettext_lazy("Company"), max_length=300, widget=forms.TextInput(attrs=attributes), **kwargs
    )


def owner_field(deal: Deal | None = None, **kwargs: Any) -> "forms.ModelChoiceField[User]":
    """Somebody of the firm."""
    standing = Q(pk=deal.owner_id) if deal is not None else Q()
    users = User.objects.filter(Q(is_active=True) | standing).order_by("name", "email")
    return forms.ModelChoiceField(users, label=gettext_lazy("Owner"), empty_label=_("Nobody yet"), **kwargs)


def currency_field(present: str) -> forms.ChoiceField:
    """A currency."""
    choices = places.with_present(present, places.currencies(spoken(get_language() or "") or "en"))
    return forms.ChoiceField(label=gettext_lazy("Currency"), choices=list(choices), initial=present)


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
        _clean_amount(self, "value", self.cleaned_data.get("currency", ""))
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
            _clean_amount(self, "value", self.cleaned_data.get("currency", ""))
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


class MemberForm(forms.Form):
    """Somebody for the buying committee."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=MemberRole.choices)
    since = forms.DateField(
        label=gettext_lazy("Since"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("Empty means from now on."),
    )
    field_order = ("someone", "role", "since", "primary")
    primary = forms.BooleanField(label=gettext_lazy("Primary contact"), required=False)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, auto_id="member_%s")
        self.fields["someone"] = PersonField(
            user,
            label=gettext_lazy("Person"),
            help_text=gettext_lazy("Choose a person, or write a name and <e-mail> for somebody new."),
        )
        self.order_fields(self.field_order)


class MemberDaysForm(forms.Form):
    """From which day to which somebody was on a deal."""

    since = forms.DateField(label=gettext_lazy("Since"), widget=DayInput())
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput())

    def __init__(self, member: Member, data: Any = None) -> None:
        initial = {"since": _local_day(member.since), "until": _local_day(member.until)}
        super().__init__(data, auto_id=f"member{member.pk}_%s", initial=initial)


class LineForm(forms.Form):
    """A line of a deal."""

    product = forms.ModelChoiceField(
        Product.objects.none(), label=gettext_lazy("Product"), required=False, empty_label=gettext_lazy("None of them")
    )
    text = forms.CharField(label=gettext_lazy("Text"), max_length=200, required=False)
    quantity = NumberField(label=gettext_lazy("Quantity"))
    price = forms.CharField(label=gettext_lazy("Price each"), max_length=40, required=False)
    discount = NumberField(label=gettext_lazy("Discount in per cent"), required=False)
    was = forms.CharField(required=False, max_length=1_000, widget=forms.HiddenInput())
    """What the line was when the form was made, so that another's change of it is noticed."""

    def __init__(self, deal: Deal, data: Any = None, line: DealLine | None = None) -> None:
        initial: dict[str, object] = {"quantity": "1"}
        if line is not None:
            initial = {
                "product": line.product_id,
                "text": line.text,
                "quantity": written_number(line.quantity.normalize()),
                "price": written_amount(line.price, deal.currency),
                "discount": written_number(line.discount.normalize()) if line.discount else "",
                "was": state_of(line),
            }
        super().__init__(data, auto_id=f"line{line.pk if line else ''}_%s", initial=initial)
        self.deal = deal
        standing = Q(pk=line.product_id) if line is not None else Q(pk=None)
        products = self.fields["product"]
        assert isinstance(products, forms.ModelChoiceField)
        products.queryset = Product.objects.filter(Q(archived=None) | standing)
        self.fields["price"].help_text = _("In %(currency)s; empty takes the list price.") % {"currency": deal.currency}
        self.fields["price"].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self) -> None:
        """Read the price in the deal's currency."""
        _clean_amount(self, "price", self.deal.currency)

    @property
    def seen(self) -> str | None:
        """What the line was when the form was made; None where it does not say so."""
        return self.cleaned_data["was"] or None

    def again(self, line: DealLine) -> dict[str, str]:
        """What was typed, to be sent over what the line is now."""
        return {**{name: self.data.get(name, "") for name in self.fields}, "was": state_of(line)}

    @property
    def line(self) -> NewLine:
        """The line."""
        given = self.cleaned_data
        product = given["product"]
        return NewLine(
            price=given["price"],
            product=product.pk if product else None,
            text=given["text"],
            quantity=given["quantity"],
            discount=given["discount"] or Decimal(0),
        )


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


def _local_day(moment: datetime | None) -> date | None:
    return moment.astimezone(zone()).date() if moment else None


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


def _clean_amount(form: forms.Form, name: str, currency: str) -> None:
    """Turn the text of an amount into minor units; None where it is empty."""
    text = form.cleaned_data.get(name)
    try:
        form.cleaned_data[name] = read_amount(text, currency) if text and currency else None
    except ValidationError as problem:
        form.add_error(name, problem)


def _name_and_email(text: str) -> tuple[str, str]:
    """The two parts of ``Anna Holm <anna@nordlys.example>``; what has an @ alone is an address."""
    if addressed := _ADDRESSED.match(text):
        name, given = addressed["name"].strip(), addressed["email"]
    else:
        name, given = ("", text) if "@" in text else (text, "")
    email = spelled(given) if given else ""
    if given and not email:
        raise ValidationError(_("%(text)s is not an e-mail address.") % {"text": given}, code="email")
    return name, email
