"""What people say of a file: the upload, the columns. The unit of observation is the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tragt.events import DateColumn
from tragt.web.accounts.places import time_zones, with_present
from tragt.web.imports.answers import Answers, Shape, Stage, StageKind
from tragt.web.imports.outline import Head
from tragt.web.imports.sentences import Fault
from tragt.web.shell.language import spoken

__all__ = ["DateRow", "MappingForm", "StageRow", "UploadForm", "initial"]

_ASKED = (
    ("time", gettext_lazy("When it happened")),
    ("event", gettext_lazy("What happened")),
    ("person", gettext_lazy("Person")),
    ("company", gettext_lazy("Company")),
    ("deal", gettext_lazy("Deal")),
    ("session", gettext_lazy("Session")),
    ("id", gettext_lazy("Row number or id")),
)
_DESCRIBING = (
    ("email", gettext_lazy("E-mail address")),
    ("name", gettext_lazy("Name, or first name")),
    ("last_name", gettext_lazy("Last name")),
    ("phone", gettext_lazy("Telephone")),
)
_UNITS = ("person", "company", "deal", "session", "id")
_WRITING = ("zone", "date_order", "decimal", "sheet", "delimiter", "encoding", "source")
_SHOWN_SAMPLES = 2
_NAMED, _BY = "=", "@"


class UploadForm(forms.Form):
    """A file."""

    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)


@dataclass(frozen=True, slots=True)
class DateRow:
    """A date column of a wide file, as the form asks about it: three bound fields."""

    column: str
    samples: tuple[str, ...]
    use: forms.BoundField
    name: forms.BoundField
    only: forms.BoundField


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage, as the form asks about it: its name and two bound fields."""

    name: str
    place: forms.BoundField
    kind: forms.BoundField


class MappingForm(forms.Form):
    """Which column means what, and how the file is written.

    Args:
        head: The file at first sight.
        answers: What is known so far; it fills the form.
        data: What was sent; None to show the form.
    """

    shape = forms.ChoiceField(
        label=gettext_lazy("A row of the file is"),
        widget=forms.RadioSelect,
        choices=[
            (Shape.LONG, gettext_lazy("one event, with its time")),
            (Shape.WIDE, gettext_lazy("one deal, person or company, with dates in several columns")),
        ],
    )
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        max_length=60,
        help_text=gettext_lazy(
            "Use the same word for files of the same program: what they have in common is then imported once."
        ),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("For days, and for times that name no zone.")
    )
    date_order = forms.ChoiceField(
        label=gettext_lazy("Dates such as 03/04/2024"),
        required=False,
        choices=[
            ("", gettext_lazy("as the dates of the file show")),
            ("dmy", gettext_lazy("day first: 3 April")),
            ("mdy", gettext_lazy("month first: March 4")),
            ("ymd", gettext_lazy("year first: 24-04-03")),
        ],
    )
    decimal = forms.ChoiceField(
        label=gettext_lazy("Numbers such as 1.234"),
        required=False,
        choices=[
            ("", gettext_lazy("as the numbers of the file show")),
            (".", gettext_lazy("point before decimals: 1.5")),
            (",", gettext_lazy("comma before decimals: 1,5")),
        ],
    )
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Columns are separated by"),
        required=False,
        choices=[
            ("", gettext_lazy("as the file shows")),
            (",", gettext_lazy("comma")),
            (";", gettext_lazy("semicolon")),
            ("\t", gettext_lazy("tab")),
            ("|", gettext_lazy("vertical bar")),
        ],
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Character encoding"),
        required=False,
        choices=[
            ("", gettext_lazy("as the file shows")),
            ("utf-8", "UTF-8"),
            ("cp1252", gettext_lazy("Windows (Western Europe)")),
            ("latin-1", "Latin-1"),
            ("mac-roman", gettext_lazy("Macintosh")),
            ("utf-16", "UTF-16"),
        ],
    )
    stage = forms.ChoiceField(label=gettext_lazy("Stage it is in now"), required=False)

    def __init__(self, head: Head, answers: Answers, data: Any = None) -> None:
        super().__init__(data, initial=initial(head, answers))
        self._head, self._answers = head, answers
        columns = [("", _("no such column")), *((one, _with_samples(head, one)) for one in head.outline.columns)]
        for role, label in (*_ASKED, *_DESCRIBING):
            self.fields[role] = forms.ChoiceField(label=label, choices=columns, required=False)
        self.fields["stage"].choices = columns  # type: ignore[attr-defined]
        self.fields["zone"].choices = with_present(answers.zone, time_zones(spoken(get_language() or "") or "en"))  # type: ignore[attr-defined]
        sheets = head.outline.sheets
        self.fields["sheet"].choices = [("", _("the first with content")), *((s, s) for s in sheets)]  # type: ignore[attr-defined]
        if len(sheets) < 2:
            del self.fields["sheet"]
        if head.outline.kind != "csv":
            del self.fields["delimiter"], self.fields["encoding"]
        self._dates = _date_columns(head, answers)
        for place, column in enumerate(self._dates):
            self._add_date(place, column)
        for place, stage in enumerate(answers.stages):
            self.fields[f"stage_{place}_place"] = forms.IntegerField(label=_("Place"), min_value=1, max_value=99)
            self.fields[f"stage_{place}_kind"] = forms.ChoiceField(
                label=stage.name,
                choices=[
                    (StageKind.OPEN, _("open")),
                    (StageKind.WON, _("ends it: won")),
                    (StageKind.LOST, _("ends it: lost")),
                ],
            )
        self.fields["kept"] = forms.MultipleChoiceField(
            label=_("Kept with each event"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(one, one) for one in head.outline.columns],
        )

    def _add_date(self, place: int, column: str) -> None:
        by = [(f"{_BY}{one}", _("event named by the column %(column)s") % {"column": one}) for one in self._naming()]
        self.fields[f"date_{place}_use"] = forms.ChoiceField(
            label=column,
            required=False,
            choices=[("", _("no event")), (_NAMED, _("event with this name:")), *by],
        )
        self.fields[f"date_{place}_name"] = forms.CharField(
            label=_("Name of the event"), required=False, max_length=100
        )
        self.fields[f"date_{place}_only"] = forms.CharField(
            label=_("Only where it says"), required=False, max_length=500, help_text=_("Separate several with |.")
        )

    def _naming(self) -> list[str]:
        """Columns that can name the event of a date."""
        known = [one.named_by for one in self._answers.wide if one.named_by]
        return list(dict.fromkeys([*known, *self._head.stage_columns()]))

    @property
    def asked_fields(self) -> Iterator[forms.BoundField]:
        """The fields that must be answered; they stand before all others, and not among them again."""
        names = ("shape", "time", "event", *_UNITS, *dict(_DESCRIBING), "stage", *_WRITING)
        return (self[name] for name in names if name in self.errors)

    @property
    def unit_fields(self) -> Iterator[forms.BoundField]:
        """The other fields for whose event it is."""
        return self._unasked(_UNITS)

    @property
    def describing_fields(self) -> Iterator[forms.BoundField]:
        """The other fields for what is known of the person."""
        return self._unasked(dict(_DESCRIBING))

    @property
    def writing_fields(self) -> Iterator[forms.BoundField]:
        """The other fields for how the file is written."""
        return self._unasked(_WRITING)

    def _unasked(self, names: Iterable[str]) -> Iterator[forms.BoundField]:
        return (self[name] for name in names if name in self.fields and name not in self.errors)

    @property
    def date_rows(self) -> Iterator[DateRow]:
        """The date columns of a wide file."""
        for place, column in enumerate(self._dates):
            parts = (self[f"date_{place}_{part}"] for part in ("use", "name", "only"))
            yield DateRow(column, self._head.samples(column), *parts)

    @property
    def stage_rows(self) -> Iterator[StageRow]:
        """The stages in their order."""
        for place, stage in enumerate(self._answers.stages):
            yield StageRow(stage.name, self[f"stage_{place}_place"], self[f"stage_{place}_kind"])

    def clean(self) -> dict[str, Any]:
        """Ask for what cannot be done without."""
        given = super().clean() or {}
        if given.get("shape") == Shape.LONG:
            for role, sentence in (
                ("time", _("Choose the column that tells when it happened.")),
                ("event", _("Choose the column that names the event.")),
            ):
                if not given.get(role):
                    self.add_error(role, sentence)
        elif not self._wide(given) and not self.errors:
            self.add_error("shape", _("Say of at least one date column which event it tells of."))
        if not any(given.get(role) for role in ("person", "company", "deal", "session")):
            self.add_error("person", _("Choose the column that tells whose it is: a person, company, deal or session."))
        return given

    def answers(self) -> Answers:
        """What was said; call it on a valid form."""
        given = self.cleaned_data
        wide = given["shape"] == Shape.WIDE
        roles = [role for role, _label in (*_ASKED, *_DESCRIBING) if not (wide and role in ("time", "event"))]
        columns = {role: given[role] for role in roles if given.get(role)}
        columns |= {
            role: column
            for role, column in self._answers.columns.items()
            if role not in self.fields and column not in columns.values()
        }
        kept = set(given.get("kept", ()))
        used = {*columns.values(), given.get("stage")} | {one.column for one in self._wide(given)}
        return replace(
            self._answers,
            shape=Shape(given["shape"]),
            columns=columns,
            wide=self._wide(given) if wide else (),
            stage=given.get("stage", "") if wide else "",
            stages=self._stages(given) if wide else (),
            left_out=tuple(one for one in self._head.outline.columns if one not in kept and one not in used),
            **{name: given.get(name, "") for name in ("source", "zone", "date_order", "decimal", "sheet")},
            delimiter=given.get("delimiter", ""),
            encoding=given.get("encoding", ""),
        )

    def refuse(self, fault: Fault) -> None:
        """Put what is wrong at the field that settles it."""
        there = fault.field if fault.field in self.fields else None
        if fault.field == "wide":
            there = "shape"
        if there is not None:
            self.errors.pop(there, None)
        self.add_error(there, str(fault))

    def _wide(self, given: dict[str, Any]) -> tuple[DateColumn, ...]:
        found = []
        for place, column in enumerate(self._dates):
            use = given.get(f"date_{place}_use", "")
            name = str(given.get(f"date_{place}_name", "")).strip()
            only = tuple(part.strip() for part in str(given.get(f"date_{place}_only", "")).split("|") if part.strip())
            if use == _NAMED and name:
                found.append(DateColumn(column, name=name))
            elif use.startswith(_BY):
                found.append(DateColumn(column, named_by=use[1:], only=only))
        return tuple(found)

    def _stages(self, given: dict[str, Any]) -> tuple[Stage, ...]:
        said = [
            (given.get(f"stage_{place}_place", 99), Stage(stage.name, StageKind(given[f"stage_{place}_kind"])))
            for place, stage in enumerate(self._answers.stages)
        ]
        return tuple(stage for _place, stage in sorted(said, key=lambda one: one[0]))


def initial(head: Head, answers: Answers) -> dict[str, Any]:
    """The answers as the fields of the form hold them.

    Args:
        head: The file at first sight.
        answers: What is known so far.
    """
    plain = ("shape", "source", "zone", "date_order", "decimal", "sheet", "delimiter", "encoding", "stage")
    found: dict[str, Any] = {name: getattr(answers, name) for name in plain}
    found |= answers.columns
    wide = {one.column: one for one in answers.wide}
    for place, column in enumerate(_date_columns(head, answers)):
        one = wide.get(column)
        if one is None:
            continue
        found[f"date_{place}_use"] = _NAMED if one.named_by is None else f"{_BY}{one.named_by}"
        found[f"date_{place}_name"] = one.name or ""
        found[f"date_{place}_only"] = " | ".join(one.only)
    for place, stage in enumerate(answers.stages):
        found |= {f"stage_{place}_place": place + 1, f"stage_{place}_kind": stage.kind}
    found["kept"] = [one for one in head.outline.columns if one not in answers.left_out]
    return found


def _date_columns(head: Head, answers: Answers) -> tuple[str, ...]:
    """The columns that hold dates; those that tell of events first, in the order that was said."""
    told = [one.column for one in answers.wide if one.column in head.outline.columns]
    return tuple(dict.fromkeys([*told, *head.date_columns]))


def _with_samples(head: Head, column: str) -> str:
    shown = head.samples(column)[:_SHOWN_SAMPLES]
    return f"{column}  ({', '.join(shown)})" if shown else column
