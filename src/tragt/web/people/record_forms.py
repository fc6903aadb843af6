"""What people correct of a person or a company: the fields it has, and the custom fields of its kind."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.models import User
from tragt.web.people.actions.editing import TRAITS, known_of
from tragt.web.people.models import Company, Market, Person
from tragt.web.records.models import Field, FieldType
from tragt.web.records.values import checked

__all__ = ["RecordForm"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST = 2_000
_TYPES = {"email": "email", "phone": "tel"}


class RecordForm(forms.Form):
    """A person or a company. Each field carries what it held when the page was made, so that only changes are kept.

    Args:
        record: A `Person` or a `Company`.
        fields: The custom fields of its kind.
    """

    def __init__(self, *args: Any, record: Person | Company, fields: Sequence[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = known_of(record)
        self._custom = {f"f{field.pk}": field for field in fields}
        own = {"name": _("Name"), "email": _("E-mail"), "phone": _("Telephone"), "company": _("Company")}
        for name, title in list(own.items())[: None if isinstance(record, Person) else 1]:
            widget = forms.TextInput({"type": _TYPES.get(name, "text"), "autocomplete": "off"})
            self._add(name, forms.CharField(label=title, required=False, max_length=300, widget=widget), name)
        if isinstance(record, Company) and "market" not in {field.code for field in fields}:
            markets = forms.ChoiceField(label=_("Market"), required=False, choices=[("", "–"), *Market.choices])
            self._add("market", markets, f"{TRAITS}market")
        for name, field in self._custom.items():
            self._add(name, _of(field), f"{TRAITS}{field.code}")
        # An owner who left stays offered: a field that cannot show what it holds would empty it unasked.
        users = User.objects.filter(Q(is_active=True) | Q(pk=record.owner_id)).order_by("name", "email")
        self.fields["owner"] = forms.ModelChoiceField(
            users, label=_("Owner"), required=False, empty_label=_("Nobody"), initial=record.owner_id
        )
        self.fields["owner"].show_hidden_initial = True

    @property
    def titles(self) -> Mapping[str, Any]:
        """What fields are called, by the names under which they are changed."""
        return {self._stands_for(name): field.label for name, field in self.fields.items()}

    @property
    def hands_over(self) -> bool:
        """Whether the record gets another owner."""
        return "owner" in self.changed_data

    @property
    def new_owner(self) -> int | None:
        """Key of the owner that was chosen; None for nobody."""
        chosen = self.cleaned_data["owner"]
        return chosen.pk if chosen else None

    def clean(self) -> None:
        """Check custom fields that were changed as everything else that sets them does."""
        for name in set(self._custom) & set(self.changed_data):
            try:
                self.cleaned_data[name] = checked(self._custom[name], self.cleaned_data.get(name))
            except InvalidDefinition as refusal:
                self.add_error(name, refusal.message)

    def changes(self) -> tuple[dict[str, object], dict[str, object]]:
        """What was changed, and what stood there when the page was made, both by the names of `known_of`."""
        changed = [name for name in self.changed_data if name != "owner"]
        new = {self._stands_for(name): self.cleaned_data[name] or None for name in changed if name not in self._custom}
        new |= {self._stands_for(name): self.cleaned_data[name] for name in changed if name in self._custom}
        seen = {self._stands_for(name): self._seen(name) for name in changed}
        return new, {name: value for name, value in seen.items() if value is not None}

    def field_of(self, refusal: TragtError) -> str | None:
        """The field that a refusal is about; None where it is about the whole."""
        name = refusal.fields.get("field")
        return name if isinstance(name, str) and name in self.fields else None

    def _add(self, name: str, field: forms.Field, known: str) -> None:
        value = self._known.get(known)
        field.initial = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        field.show_hidden_initial = True
        # What a source told otherwise stays as it came until somebody changes it: a list or a calendar would drop it.
        choices: list[Any] = list(getattr(field, "choices", ()))
        if isinstance(field, forms.ChoiceField) and field.initial not in dict(choices):
            field.choices = [*choices, (field.initial, field.initial)]
        elif getattr(field.widget, "input_type", "") == "date" and not _DAY.fullmatch(field.initial or "2000-01-01"):
            field.widget.input_type = "text"
        self.fields[name] = field

    def _stands_for(self, name: str) -> str:
        if name in self._custom:
            return f"{TRAITS}{self._custom[name].code}"
        return f"{TRAITS}{name}" if name == "market" else name

    def _seen(self, name: str) -> object:
        """What a field held when the page was made: the value itself where it still holds it, else what was written."""
        written = self.data.get(self.add_initial_prefix(name), "")
        value = self._known.get(self._stands_for(name))
        if str(self.fields[name].initial) == written:
            return value
        return written or None


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
