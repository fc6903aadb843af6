"""What people fill in about records: a filter on a column, a custom field, a tag."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.records.kinds import Column, ColumnType
from tragt.web.records.listing import ME, WORDS, Listing, Operator, operators
from tragt.web.records.models import Field, FieldType
from tragt.web.records.presenting import Names

__all__ = ["ChangeFieldForm", "FieldForm", "FilterForm"]

_ANY, _FILLED, _EMPTY = "", "no", "yes"
_INPUTS: Mapping[ColumnType, str] = {
    ColumnType.NUMBER: "text",
    ColumnType.MONEY: "text",
    ColumnType.DATE: "date",
    ColumnType.MOMENT: "date",
}


class FilterForm(forms.Form):
    """A filter on a column: a field for each way in which it may be compared; those left empty say nothing.

    Its fields are called as the address calls them, so the list itself reads what it sends.
    """

    def __init__(self, listing: Listing, column: Column, names: Names) -> None:
        super().__init__(auto_id="filter_%s")
        self.column = column
        now = {one.name: one for one in listing.filters if one.column.code == column.code}
        for operator in operators(column):
            name = f"{column.code}.{operator}"
            given = list(now[name].given) if name in now else []
            self.fields[name] = self._field(operator, names, given)

    def _field(self, operator: Operator, names: Names, given: list[str]) -> forms.Field:
        words = str(WORDS[operator])
        label = words[:1].upper() + words[1:]
        if operator == Operator.EMPTY:
            choices = [(_ANY, pgettext_lazy("filter", "Either")), (_FILLED, _("Filled in")), (_EMPTY, _("Empty"))]
            return forms.ChoiceField(
                label=_("Whether it is filled in"), choices=choices, required=False, initial=(given or [""])[-1]
            )
        if operator == Operator.ANY:
            widget: Any = forms.CheckboxSelectMultiple
            choices = self._choices(names)
            return forms.MultipleChoiceField(label=label, choices=choices, required=False, initial=given, widget=widget)
        if self.column.type == ColumnType.BOOLEAN:
            choices = [(_ANY, pgettext_lazy("filter", "Either")), ("yes", _("Yes")), ("no", _("No"))]
            return forms.ChoiceField(label=label, choices=choices, required=False, initial=(given or [""])[-1])
        if self.column.type == ColumnType.RECORD and operator == Operator.IS:
            return forms.CharField(required=False, initial=(given or [""])[-1], widget=forms.HiddenInput)
        kind = _INPUTS.get(self.column.type, "text")
        widget = forms.TextInput(attrs={"type": kind, "autocomplete": "off"})
        return forms.CharField(label=label, required=False, initial=(given or [""])[-1], widget=widget, max_length=200)

    def _choices(self, names: Names) -> list[tuple[str, Any]]:
        if self.column.type == ColumnType.USER:
            return [(ME, _("Me")), *((str(key), name) for key, name in names.users.items())]
        if self.column.type == ColumnType.TAGS:
            return [(str(tag.pk), tag.name) for tag in names.tags]
        return list(names.choices.get(self.column.code, {}).items())


class ChangeFieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """What may be changed of a custom field."""

    choices = forms.CharField(
        label=_("Choices"), required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One a line.")
    )

    class Meta:
        model = Field
        fields = ("title", "choices", "required", "help")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(map(str, self.instance.choices or []))

    def clean_choices(self) -> list[str]:
        """One choice a line, each once."""
        return list(dict.fromkeys(line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()))

    def _post_clean(self) -> None:
        """Leave the field as it is: the action changes it."""


class FieldForm(ChangeFieldForm):
    """A new custom field."""

    type = forms.ChoiceField(label=_("Type"), choices=FieldType.choices)

    class Meta:
        model = Field
        fields = ("title", "code", "type", "choices", "required", "help")
        help_texts = {
            "code": _(
                "How files and the tracking API call it. What they told under this name so far becomes its values."
            ),
        }
