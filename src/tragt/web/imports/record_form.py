"""What people say of the columns of a file of records. The unit of observation is the file."""

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from tragt.web.imports.answers import Answers, ColumnUse
from tragt.web.imports.forms import MappingForm
from tragt.web.imports.outline import Head
from tragt.web.imports.record_columns import TRAITS, code_for
from tragt.web.imports.sentences import Fault
from tragt.web.imports.targets import Target, target_of
from tragt.web.records.models import Field, FieldType

__all__ = ["RecordsForm", "UseRow"]

_NEW = "+"
_MADE = (FieldType.TEXT, FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN, FieldType.LINK)
_WRITING = ("decimal", "sheet", "delimiter", "encoding")


@dataclass(frozen=True, slots=True)
class UseRow:
    """A column as the form asks about it."""

    column: str
    samples: tuple[str, ...]
    use: forms.BoundField


class RecordsForm(forms.Form):
    """What each column of a file of records is, and how the file is written.

    Args:
        head: The file at first sight.
        answers: What is known so far; it fills the form.
        data: What was sent; None to show the form.
        may_make: Whether the user may make custom fields.
    """

    def __init__(self, head: Head, answers: Answers, data: Any = None, *, may_make: bool) -> None:
        super().__init__(data)
        self._head, self._answers, self.target = head, answers, target_of(answers.target)
        told = {use.column: use for use in answers.uses}
        known = _fields_of(self.target)
        for place, column in enumerate(head.outline.columns):
            present = _written(told.get(column, ColumnUse(column)))
            choices = _choices(self.target, column, known, may_make=may_make)
            if present and present not in dict(_flat(choices)):
                choices.append((present, present.removeprefix(TRAITS)))
            self.fields[f"use_{place}"] = forms.ChoiceField(
                label=column, required=False, choices=choices, initial=present
            )
        self._add_writing()

    def _add_writing(self) -> None:
        for name in _WRITING:
            field = deepcopy(MappingForm.base_fields[name])
            field.initial = getattr(self._answers, name)
            if name == "sheet" and isinstance(field, forms.ChoiceField):
                field.choices = [("", _("the first with content")), *((one, one) for one in self._head.outline.sheets)]
            self.fields[name] = field
        if len(self._head.outline.sheets) < 2:
            del self.fields["sheet"]
        if self._head.outline.kind != "csv":
            del self.fields["delimiter"], self.fields["encoding"]

    @property
    def use_rows(self) -> list[UseRow]:
        """The columns of the file."""
        columns = self._head.outline.columns
        return [UseRow(one, self._head.samples(one), self[f"use_{place}"]) for place, one in enumerate(columns)]

    @property
    def writing_fields(self) -> list[forms.BoundField]:
        """How the file is written."""
        return [self[name] for name in _WRITING if name in self.fields]

    def clean(self) -> dict[str, Any]:
        """Ask for the column that names the record; let no two columns fill one field."""
        given = super().clean() or {}
        named: dict[str, int] = {}
        for place, _column in enumerate(self._head.outline.columns):
            to = str(given.get(f"use_{place}", "")).partition(_NEW)[0]
            if to and to in named:
                self.add_error(f"use_{place}", _("Another column fills this already. Choose one of the two."))
            named.setdefault(to, place)
        for one in self.target.fields:
            if one.required and one.code not in named:
                self.add_error(None, _("Choose the column that fills “%(field)s”.") % {"field": one.title})
        return given

    def answers(self) -> Answers:
        """What was said; call it on a valid form."""
        given = self.cleaned_data
        uses = []
        for place, column in enumerate(self._head.outline.columns):
            to, _new, make = str(given.get(f"use_{place}", "")).partition(_NEW)
            uses.append(ColumnUse(column, to, make))
        said = {name: given.get(name, "") for name in _WRITING if name in self.fields}
        return replace(self._answers, uses=tuple(uses), **said)

    def refuse(self, fault: Fault) -> None:
        """Say what is wrong."""
        self.add_error(fault.field if fault.field in self.fields else None, str(fault))


def _written(use: ColumnUse) -> str:
    return f"{use.to}{_NEW}{use.make}" if use.make else use.to


def _fields_of(target: Target) -> list[tuple[str, str]]:
    """The custom fields that columns may fill, as choices."""
    fields = Field.objects.filter(kind=target.kind, retired=None) if target.kind else ()
    return [(f"{TRAITS}{one.code}", one.title) for one in fields]


def _choices(target: Target, column: str, known: list[tuple[str, str]], *, may_make: bool) -> list[tuple[Any, Any]]:
    choices: list[tuple[Any, Any]] = [("", _("not kept"))]
    choices.append((str(target.title), [(one.code, str(one.title)) for one in target.fields]))
    if not target.kind:
        return choices
    own = f"{TRAITS}{code_for(column)}"
    if known:
        choices.append((_("Custom fields"), known))
    if own not in dict(known):
        if may_make:
            types = [(f"{own}{_NEW}{one}", _("a new field: %(type)s") % {"type": one.label}) for one in _MADE]
            choices.append((_("A new custom field"), types))
        choices.append((own, _("kept as it is, without a field")))
    return choices


def _flat(choices: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [pair for one in choices for pair in (one[1] if isinstance(one[1], list) else [one])]
