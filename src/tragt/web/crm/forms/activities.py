"""What people fill in of notes, calls, meetings, mails and tasks."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.models import User
from tragt.web.crm.actions.activities import About, Came, Entry
from tragt.web.crm.models import Activity, ActivityKind, Repeat
from tragt.web.crm.sentences import say
from tragt.web.shell.formats import zone

__all__ = ["OUTCOMES", "ActivityForm", "EntryForm", "FinishForm", "NarrowForm"]

_CALLS = [
    ("reached", pgettext_lazy("call", "Reached")),
    ("no answer", pgettext_lazy("call", "No answer")),
    ("left a message", pgettext_lazy("call", "Left a message")),
    ("wrong number", pgettext_lazy("call", "Wrong number")),
]
_MEETINGS = [
    ("held", pgettext_lazy("meeting", "Took place")),
    ("no show", pgettext_lazy("meeting", "They did not come")),
    ("cancelled", pgettext_lazy("meeting", "Cancelled")),
]
OUTCOMES = dict([*_CALLS, *_MEETINGS])
"""What came of a call or a meeting, in words."""

_OUTCOMES_OF = {ActivityKind.CALL: _CALLS, ActivityKind.MEETING: _MEETINGS}
_NOTHING = ("", "–")
_DAY = {"type": "date"}
_HOUR = {"type": "time"}
_LONGEST_TITLE, _MOST_MINUTES = 200, 24 * 60
_FIRST_YEAR, _LAST_YEAR = 1990, 2200

_WITH_LENGTH = (ActivityKind.CALL, ActivityKind.MEETING)
_WITH_DIRECTION = (ActivityKind.CALL, ActivityKind.EMAIL)
_PLANNED = (ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.TASK)
"""Kinds that may be still to come."""


def _day_field(label: Any) -> forms.DateField:
    no_day = _("Choose a day that exists.")
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(_DAY, "%Y-%m-%d"), error_messages={"invalid": no_day}
    )


def _hour_field() -> forms.TimeField:
    return forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(_HOUR, "%H:%M"))


def _minutes_field() -> forms.IntegerField:
    return forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=_MOST_MINUTES)


def _repeat_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Repeats"), choices=[("", _("Once")), *Repeat.choices], required=False)


class _DayForm(forms.Form):
    """A form with a day and perhaps an hour, and sentences of refusals beside what they are about."""

    _BESIDE: dict[str, str] = {}

    def clean_day(self) -> Any:
        """A day of the years in which firms sell."""
        day = self.cleaned_data["day"]
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise forms.ValidationError(_("Choose a day that exists."))
        return day

    def moment(self) -> datetime | None:
        """The moment that was given; of an hour alone, that of today."""
        day, hour = self.cleaned_data.get("day"), self.cleaned_data.get("hour")
        if day is None and hour is None:
            return None
        return datetime.combine(day or timezone.localtime(None, zone()).date(), hour or time(12), zone())

    def refuse(self, refusal: TragtError) -> None:
        """Say why what was given was refused, beside the field where there is one."""
        named = refusal.fields.get("field") if isinstance(refusal, InvalidDefinition) else None
        field = self._BESIDE.get(str(named), str(named))
        self.add_error(field if field in self.fields else None, say(refusal))


class EntryForm(_DayForm):
    """Something that was done or is to be done; the form asks for what its kind needs.

    A task is to be done, and so is a call or a meeting of a later day, or of a later hour today. A note and an e-mail
    were written.
    """

    kind = forms.ChoiceField(label=_("What"), choices=ActivityKind, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Text"),
        max_length=20_000,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("Write a word about it first.")},
    )
    call_outcome = forms.ChoiceField(label=_("Outcome"), choices=[_NOTHING, *_CALLS], required=False)
    meeting_outcome = forms.ChoiceField(label=_("Outcome"), choices=[_NOTHING, *_MEETINGS], required=False)
    incoming = forms.BooleanField(label=_("They wrote or called"), required=False)
    day = _day_field(_("Day"))
    hour = _hour_field()
    minutes = _minutes_field()
    owner = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Myself")
    )
    repeat = _repeat_field()
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    company = forms.IntegerField(required=False, widget=forms.HiddenInput)
    deal = forms.IntegerField(required=False, widget=forms.HiddenInput)

    _BESIDE = {"title": "text", "at": "day", "due": "day"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.filter(is_active=True).order_by("name", "email")

    def clean(self) -> dict[str, Any]:
        """What is still to come can be planned, and has no outcome."""
        super().clean()
        given = self.cleaned_data
        kind = given.get("kind")
        if kind == ActivityKind.NOTE:
            # The page shows neither beside a note; what another kind left there says nothing of it.
            given |= {"day": None, "hour": None}
        if kind is not None and self._ahead():
            if kind not in _PLANNED:
                said = _("A note and an e-mail are of what has happened. To plan one, add a task.")
                self.add_error("day", said)
            elif self._outcome(kind):
                self.add_error(f"{kind}_outcome", _("This is still to come, so nothing has come of it yet."))
        return given

    def entry(self) -> Entry:
        """What is to be noted or planned."""
        given = self.cleaned_data
        kind = given["kind"]
        title, _newline, text = given["text"].strip().partition("\n")
        if len(title) > _LONGEST_TITLE:
            title, text = f"{title[: _LONGEST_TITLE - 1]}…", given["text"].strip()
        planned = kind == ActivityKind.TASK or self._ahead()
        return Entry(
            kind=kind,
            title=title,
            text=text.strip(),
            at=None if planned else self._happened(),
            due=self.moment() if planned else None,
            whole_day=given["hour"] is None,
            minutes=given["minutes"] if kind in _WITH_LENGTH else None,
            outcome=self._outcome(kind),
            incoming=given["incoming"] if kind in _WITH_DIRECTION else False,
            repeat=given["repeat"] if kind == ActivityKind.TASK else "",
            owner=given["owner"].pk if given["owner"] and kind in _PLANNED else None,
        )

    def about(self) -> About:
        """What it is about."""
        given = self.cleaned_data
        return About(given["person"], given["company"], given["deal"])

    def _outcome(self, kind: str) -> str:
        return str(self.cleaned_data.get(f"{kind}_outcome") or "")

    def _ahead(self) -> bool:
        """Whether what was given is still to come: a later day, or where an hour was given a later hour."""
        when = self.moment()
        if when is None:
            return False
        now = timezone.localtime(None, zone())
        return when > now if self.cleaned_data.get("hour") else when.date() > now.date()

    def _happened(self) -> datetime:
        """When it was done: on the day that was given, but not later than now."""
        now = timezone.now()
        when = self.moment()
        today = when is not None and when.date() == timezone.localtime(now, zone()).date()
        return now if when is None or (today and self.cleaned_data["hour"] is None) else min(when, now)


class FinishForm(forms.Form):
    """What came of something planned."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[_NOTHING, *_CALLS, *_MEETINGS], required=False)
    minutes = _minutes_field()
    text = forms.CharField(
        label=_("What came of it"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, of: Activity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of is None:
            return
        if of.kind not in _WITH_LENGTH:
            del self.fields["minutes"]
        if of.kind in _OUTCOMES_OF:
            self.fields["outcome"] = forms.ChoiceField(
                label=_("Outcome"), choices=[_NOTHING, *_OUTCOMES_OF[ActivityKind(of.kind)]], required=False
            )
        else:
            del self.fields["outcome"]

    def came(self) -> Came:
        """What came of it."""
        given = self.cleaned_data
        return Came(given.get("outcome", ""), given["text"], minutes=given.get("minutes"))


class ActivityForm(_DayForm):
    """An activity that is there already: what is to be done may be planned otherwise, what was done be corrected."""

    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    text = forms.CharField(label=_("Text"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 5}))
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    incoming = forms.BooleanField(label=_("They wrote or called"), required=False)
    day = _day_field(_("Due"))
    hour = _hour_field()
    minutes = _minutes_field()
    repeat = _repeat_field()
    owner = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    _BESIDE = {"at": "day", "due": "day"}

    def __init__(self, *args: Any, of: Activity, **kwargs: Any) -> None:
        moment = of.at or of.due
        when = timezone.localtime(moment, zone()) if moment else None
        names = ("title", "text", "outcome", "incoming", "minutes", "repeat", "owner", "version")
        hour = when.time().replace(second=0, microsecond=0) if when and (of.at or not of.whole_day) else None
        initial = {name: getattr(of, name) for name in names}
        kwargs["initial"] = {**initial, "day": when.date() if when else None, "hour": hour}
        super().__init__(*args, **kwargs)
        self._done = of.at is not None
        owner, outcome = self.fields["owner"], self.fields["outcome"]
        assert isinstance(owner, forms.ModelChoiceField)
        assert isinstance(outcome, forms.ChoiceField)
        users = User.objects.filter(Q(is_active=True) | Q(pk=of.owner_id))
        owner.queryset = users.order_by("name", "email")
        outcome.choices = [_NOTHING, *_OUTCOMES_OF.get(ActivityKind(of.kind), [])]
        for name in _left_out(of):
            del self.fields[name]
        if self._done:
            day = self.fields["day"]
            day.label, day.required = _("Day"), True

    def clean(self) -> dict[str, Any]:
        """Something is said of it."""
        super().clean()
        given = self.cleaned_data
        if not given.get("title", "").strip() and not given.get("text", "").strip():
            self.add_error("title", _("Write a word about it first."))
        return given

    def changes(self) -> dict[str, object]:
        """New values by the names of the activity's fields."""
        given, changed = self.cleaned_data, self.changed_data
        names = ("title", "text", "outcome", "incoming", "minutes", "repeat")
        changes: dict[str, object] = {name: given[name] for name in names if name in given and name in changed}
        if "owner" in changed:
            changes["owner"] = given["owner"].pk if given["owner"] else None
        if "day" in changed or "hour" in changed:
            changes |= self._when()
        return changes

    def _when(self) -> dict[str, object]:
        when = self.moment()
        if not self._done:
            return {"due": when, "whole_day": self.cleaned_data["hour"] is None}
        # Of a day without an hour noon is meant, which is still to come in the morning of today.
        now = timezone.now()
        early = when is not None and self.cleaned_data["hour"] is None and when.date() == now.astimezone(zone()).date()
        return {"at": now if early else when}


class NarrowForm(forms.Form):
    """Which activities of a record are shown."""

    kind = forms.ChoiceField(label=_("What"), choices=[("", _("All")), *ActivityKind.choices], required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All")), ("open", _("To do")), ("done", pgettext_lazy("activity", "Done"))],
        required=False,
    )

    def conditions(self) -> dict[str, object]:
        """The same, as conditions of a query; what cannot be asked asks nothing."""
        self.is_valid()
        kind, state = (self.cleaned_data.get(name, "") for name in ("kind", "state"))
        return ({"kind": kind} if kind else {}) | ({"at__isnull": state == "open"} if state else {})


def _left_out(of: Activity) -> Iterable[str]:
    """The fields that an activity has no use for."""
    if of.at is None:
        yield from ("outcome", "incoming")
    else:
        yield from ("repeat", "owner")
    if of.at is not None and of.kind not in _OUTCOMES_OF:
        yield "outcome"
    if of.at is not None and of.kind not in _WITH_DIRECTION:
        yield "incoming"
    if of.at is None and of.kind != ActivityKind.TASK:
        yield "repeat"
    if of.kind not in _WITH_LENGTH:
        yield "minutes"
