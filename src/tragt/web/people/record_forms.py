"""What people fill in about a person or a company: the fields it has, and the custom fields of its kind."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.models import User
from tragt.web.people.actions.editing import OWNER, TRAITS, known_of
from tragt.web.people.actions.learning import country
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Market, Person
from tragt.web.people.normal import company_key, email, phone
from tragt.web.people.queries.offered import company_told
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Field, FieldType
from tragt.web.records.values import checked

__all__ = ["NewRecordForm", "RecordForm"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DOMAIN = re.compile(r"[^\s@/.][^\s@/]*\.[^\s@/.]+")
_LONGEST = 2_000
_LONGEST_ADDRESS = 254
_LONGEST_DOMAIN = 250
_OFFERED = {"list": "companies-found", "data-lookup": reverse_lazy("person_companies_found")}
_MARKET = "market"
_COMPANY = "company"
_INSTEAD = "company_instead"
"""Says that somebody shall belong to another company than the one that the reader does not see."""


class _Fields(forms.Form):
    """The fields of a kind of record, and how what is typed into them is spelled.

    Args:
        kind: Persons or companies.
        fields: The custom fields of the kind.
        user: Who fills it in: other companies than they see are not meant.
        only: The one field that is shown; empty means all.
    """

    def __init__(
        self, *args: Any, kind: Kind, fields: Sequence[Field], user: User, only: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.user = kind, user
        self._custom = {f"f{field.pk}": field for field in fields}
        every: dict[str, forms.Field | Field] = {**_own(kind), **self._custom, OWNER: _owner_field()}
        if _MARKET in {field.code for field in fields}:
            every.pop(_MARKET, None)
        for name, made in every.items():
            if only in ("", name):
                self.fields[name] = _of(made) if isinstance(made, Field) else made

    @property
    def titles(self) -> Mapping[str, Any]:
        """What fields are called, by the names under which they are changed."""
        return {self.stands_for(name): field.label for name, field in self.fields.items()}

    def stands_for(self, name: str) -> str:
        """The name under which what stands in a field is changed."""
        if name in self._custom:
            return f"{TRAITS}{self._custom[name].code}"
        return f"{TRAITS}{name}" if name == _MARKET else name

    def field_of(self, refusal: TragtError) -> str | None:
        """The field that a refusal is about; None where it is about the whole."""
        name = refusal.fields.get("field")
        return name if isinstance(name, str) and name in self.fields else None

    def clean(self) -> None:
        """Spell what was typed as it is kept, and check custom fields as everything else that sets them does."""
        for name in set(self.changed_data) & set(self.cleaned_data):
            try:
                self.cleaned_data[name] = self._kept(name, self.cleaned_data[name])
            except InvalidDefinition as refusal:
                self.add_error(name, refusal.message)
            except forms.ValidationError as wrong:
                self.add_error(name, wrong)

    def _kept(self, name: str, given: Any) -> object:
        if name in self._custom:
            return checked(self._custom[name], given)
        if name == OWNER:
            return given.pk if given else None
        return _SPELLED[name](given, self.user) if given and name in _SPELLED else given or None


class NewRecordForm(_Fields):
    """A person or a company who is not known yet."""

    def __init__(self, *args: Any, kind: Kind, fields: Sequence[Field], user: User, **kwargs: Any) -> None:
        super().__init__(*args, kind=kind, fields=fields, user=user, **kwargs)
        self.fields[OWNER].initial = user.pk
        if kind is COMPANY:
            self.fields["name"].required = True
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True

    def clean(self) -> None:
        """Nothing stood in the fields before, so all of them are spelled."""
        super().clean()
        if self.kind is PERSON and not self.errors and not any(self.cleaned_data[one] for one in _LEADING):
            self.add_error("name", _("A person needs a name, an e-mail address or a telephone number."))

    @property
    def told(self) -> dict[str, object]:
        """What is told of the record, custom fields under ``traits``; what is empty is left out."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "") and name != OWNER}
        named = {self.stands_for(name): value for name, value in given.items()}
        traits = {name.removeprefix(TRAITS): value for name, value in named.items() if name.startswith(TRAITS)}
        told = {name: value for name, value in named.items() if not name.startswith(TRAITS)}
        return {**told, "traits": traits} if traits else told

    @property
    def owner(self) -> int | None:
        """Key of the owner that was chosen; None for nobody."""
        chosen = self.cleaned_data[OWNER]
        return chosen.pk if isinstance(chosen, User) else chosen


class RecordForm(_Fields):
    """A person or a company. Each field carries what it held when the page was made, so that only changes are kept.

    Args:
        record: A `Person` or a `Company`; one that stands beside a company that the user does not see names none.
        fields: The custom fields of its kind.
        user: Who corrects it.
        only: The one field that is shown; empty means all.
    """

    def __init__(
        self,
        *args: Any,
        record: Person | Company,
        fields: Sequence[Field],
        user: User,
        only: str = "",
        **kwargs: Any,
    ) -> None:
        kind = PERSON if isinstance(record, Person) else COMPANY
        super().__init__(*args, kind=kind, fields=fields, user=user, only=only, **kwargs)
        self._known = known_of(record)
        shown = dict(self._known)
        unseen = isinstance(record, Person) and record.company_id is not None and not _sees_company(user, record)
        if unseen:
            shown.pop(_COMPANY, None)
        for name, field in self.fields.items():
            field.show_hidden_initial = True
            if name == OWNER:
                # An owner who left stays offered: a field that cannot show what it holds would empty it unasked.
                assert isinstance(field, forms.ModelChoiceField)
                field.queryset = _owners(record.owner_id)
                field.initial = record.owner_id
            else:
                _hold(field, shown.get(self.stands_for(name)), self._custom.get(name))
        if unseen and _COMPANY in self.fields:
            self._ask_before_replacing()
        if only and self.fields:
            self.fields[only].widget.attrs["autofocus"] = True

    def _ask_before_replacing(self) -> None:
        """Ask of whoever names a company whether they mean it, since they do not see the one that there is."""
        self.fields[_COMPANY].help_text = _("Now: a company that you may not see. It stays unless you say otherwise.")
        self.fields[_INSTEAD] = forms.BooleanField(
            label=_("Put the company that stands here in its place"), required=False
        )
        names = list(self.fields)
        names.insert(names.index(_COMPANY) + 1, names.pop())
        self.order_fields(names)

    def clean(self) -> None:
        """Nobody is put to another company in place of one that the reader does not see, unless they say so."""
        super().clean()
        if _INSTEAD in self.fields and _COMPANY in self.changed_data and not self.cleaned_data.get(_INSTEAD):
            said = _("This person belongs to a company that you may not see. Say here that it shall be another one.")
            self.add_error(_INSTEAD, said)

    def changes(self) -> tuple[dict[str, object], dict[str, object]]:
        """What was changed, and what stood there when the page was made, both by the names of `known_of`."""
        changed = [name for name in self.changed_data if name != _INSTEAD]
        if self.cleaned_data.get(_INSTEAD) and _COMPANY not in changed:
            changed.append(_COMPANY)
        seen = {self.stands_for(name): self._seen(name) for name in changed}
        new = {self.stands_for(name): self.cleaned_data[name] for name in changed}
        return new, {name: value for name, value in seen.items() if value is not None}

    def _seen(self, name: str) -> object:
        """What a field held when the page was made: the value itself where it still holds it, else what was written."""
        written = self.data.get(self.add_initial_prefix(name), "")
        value = self._known.get(self.stands_for(name))
        initial = self.fields[name].initial
        if ("" if initial is None else str(initial)) == written:
            return value
        return written or None


def _sees_company(user: User, person: Person) -> bool:
    return COMPANY.visible(user).filter(pk=person.company_id).exists()


def _own(kind: Kind) -> dict[str, forms.Field]:
    """The fields that all records of a kind have."""
    if kind is COMPANY:
        markets = forms.ChoiceField(label=_("Market"), required=False, choices=[("", "–"), *Market.choices])
        return {
            "name": _line(_("Name")),
            "domain": _line(
                _("Domain"),
                help_text=_(
                    "What stands after the @ in its addresses, such as nordlys.com. Whoever has such an address "
                    "belongs to it, unless another company is told of them."
                ),
            ),
            _MARKET: markets,
        }
    return {
        "name": _line(_("Name")),
        "email": _line(_("E-mail"), {"type": "email"}),
        "phone": _line(_("Telephone"), {"type": "tel"}),
        _COMPANY: _line(_("Company"), _OFFERED, help_text=_("Choose a company, or write the name of a new one.")),
    }


def _line(label: Any, attributes: Mapping[str, Any] = {}, **given: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", **attributes})
    return forms.CharField(label=label, required=False, max_length=300, widget=widget, **given)


def _owner_field() -> "forms.ModelChoiceField[User]":
    return forms.ModelChoiceField(_owners(None), label=_("Owner"), required=False, empty_label=_("Nobody"))


def _owners(standing: int | None) -> Any:
    return User.objects.filter(Q(is_active=True) | Q(pk=standing)).order_by("name", "email")


def _hold(field: forms.Field, value: object, custom: Field | None) -> None:
    """Let a field show what is known.

    What a source told otherwise stays as it came until somebody changes it: a list or a calendar would drop it. So does
    a user who left.
    """
    field.initial = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    choices: list[Any] = list(getattr(field, "choices", ()))
    if isinstance(field, forms.ChoiceField) and field.initial not in dict(choices):
        left = User.objects.filter(pk=value).first() if _is_user(custom) and isinstance(value, int) else None
        field.choices = [*choices, (field.initial, str(left or field.initial))]
    elif getattr(field.widget, "input_type", "") == "date" and not _DAY.fullmatch(field.initial or "2000-01-01"):
        field.widget.input_type = "text"


def _is_user(custom: Field | None) -> bool:
    return custom is not None and custom.type == FieldType.USER


def _of(field: Field) -> forms.Field:
    given: dict[str, Any] = {"label": field.title, "required": field.required, "help_text": field.help}
    match field.type:
        case FieldType.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *((one, one) for one in field.choices)], **given)
        case FieldType.BOOLEAN:
            return forms.ChoiceField(choices=[("", "–"), ("true", _("Yes")), ("false", _("No"))], **given)
        case FieldType.USER:
            users = User.objects.filter(is_active=True).order_by("name", "email")
            return forms.ChoiceField(choices=[("", "–"), *((str(one.pk), str(one)) for one in users)], **given)
        case FieldType.DATE:
            return forms.CharField(widget=forms.TextInput({"type": "date"}), **given)
    kind = "url" if field.type == FieldType.LINK else "text"
    return forms.CharField(max_length=_LONGEST, widget=forms.TextInput({"type": kind}), **given)


def _spelled_email(given: str, _user: User) -> str:
    found = email(given)
    if not found or len(found) > _LONGEST_ADDRESS:
        raise forms.ValidationError(_("This is not an e-mail address. Write it as name@company.com."))
    return found


def _spelled_phone(given: str, _user: User) -> str:
    found = phone(given, country())
    if not found:
        raise forms.ValidationError(
            _("This is not a telephone number. Write it with its country, such as +45 33 12 34 56.")
        )
    return found


def _spelled_domain(given: str, _user: User) -> str:
    bare = given.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    if not _DOMAIN.fullmatch(bare) or len(bare) > _LONGEST_DOMAIN:
        raise forms.ValidationError(_("This is not a domain. Write what stands after the @, such as nordlys.com."))
    return bare


def _spelled_company(given: str, user: User) -> str:
    if not company_key(given):
        raise forms.ValidationError(_("A company needs a name."))
    return company_told(given, user)


_SPELLED = {
    "email": _spelled_email,
    "phone": _spelled_phone,
    "domain": _spelled_domain,
    _COMPANY: _spelled_company,
}
_LEADING = ("name", "email", "phone")
