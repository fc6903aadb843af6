"""What people fill in of notes, calls, meetings, mails and tasks."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.accounts.models import User
from tragt.web.crm.actions.activities import About, Entry
from tragt.web.crm.models import Activity, ActivityKind, Repeat
from tragt.web.shell.formats import zone

__all__ = ["OUTCOMES", "ActivityForm", "EntryForm", "FinishForm"]

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

_NOTHING = ("", "–")
_DAY = {"type": "date"}
_HOUR = {"type": "time"}


class EntryForm(forms.Form):
    """Something that was done or is to be done; the form asks for what its kind needs."""

    kind = forms.ChoiceField(label=_("What"), choices=ActivityKind, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea({"rows": 2}))
    call_outcome = forms.ChoiceField(label=_("Outcome"), choices=[_NOTHING, *_CALLS], required=False)
    incoming = forms.BooleanField(label=_("They wrote or called"), required=False)
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(_DAY, "%Y-%m-%d"))
    hour = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(_HOUR, "%H:%M"))
    repeat = forms.ChoiceField(label=_("Repeats"), choices=[("", _("Once")), *Repeat.choices], required=False)
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    company = forms.IntegerField(required=False, widget=forms.HiddenInput)
    deal = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def entry(self) -> Entry:
        """What is to be noted or planned: a meeting on a later day and a task are still to be done."""
        given = self.cleaned_data
        kind, when = given["kind"], _moment(given)
        title, _, text = given["text"].strip().partition("\n")
        planned = kind == ActivityKind.TASK or (
            kind == ActivityKind.MEETING and when is not None and when > timezone.now()
        )
        if len(title) > _TITLE:
            title, text = f"{title[: _TITLE - 1]}…", given["text"].strip()
        return Entry(
            kind=kind,
            title=title,
            text=text.strip(),
            at=None if planned else _happened(kind, when),
            due=when if planned else None,
            whole_day=given["hour"] is None,
            outcome=given["call_outcome"] if kind == ActivityKind.CALL else "",
            incoming=given["incoming"] if kind in (ActivityKind.CALL, ActivityKind.EMAIL) else False,
            repeat=given["repeat"] if kind == ActivityKind.TASK else "",
        )

    def about(self) -> About:
        """What it is about."""
        given = self.cleaned_data
        return About(given["person"], given["company"], given["deal"])


class FinishForm(forms.Form):
    """What came of something planned."""

    outcome = forms.ChoiceField(choices=[_NOTHING, *_CALLS, *_MEETINGS], required=False)
    text = forms.CharField(max_length=20_000, required=False)


class ActivityForm(forms.Form):
    """An activity that is there already."""

    title = forms.CharField(label=_("Title"), max_length=300)
    text = forms.CharField(label=_("Text"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 5}))
    day = forms.DateField(label=_("Due"), required=False, widget=forms.DateInput(_DAY, "%Y-%m-%d"))
    hour = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(_HOUR, "%H:%M"))
    repeat = forms.ChoiceField(label=_("Repeats"), choices=[("", _("Once")), *Repeat.choices], required=False)
    owner = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, of: Activity, **kwargs: Any) -> None:
        due = timezone.localtime(of.due, zone()) if of.due else None
        initial = {name: getattr(of, name) for name in ("title", "text", "repeat", "owner", "version")}
        hour = due.time() if due and not of.whole_day else None
        kwargs["initial"] = {**initial, "day": due.date() if due else None, "hour": hour}
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        users = User.objects.filter(Q(is_active=True) | Q(pk=of.owner_id))
        owner.queryset = users.order_by("name", "email")
        if of.at is not None:
            for name in ("day", "hour", "repeat", "owner"):
                del self.fields[name]
        elif of.kind != ActivityKind.TASK:
            del self.fields["repeat"]

    def changes(self) -> dict[str, object]:
        """New values by the names of the activity's fields."""
        given = self.cleaned_data
        changes: dict[str, object] = {name: given[name] for name in ("title", "text", "repeat") if name in given}
        if "owner" in given and "owner" in self.changed_data:
            changes["owner"] = given["owner"].pk if given["owner"] else None
        if "day" in given:
            changes |= {"due": _moment(given), "whole_day": given["hour"] is None}
        return changes


_TITLE = 200


def _moment(given: dict[str, Any]) -> datetime | None:
    if given["day"] is None:
        return None
    return datetime.combine(given["day"], given["hour"] or time(12), zone())


def _happened(kind: str, when: datetime | None) -> datetime:
    """When it was done: on the day that was given, but never later than now."""
    return min(when, timezone.now()) if when is not None and kind != ActivityKind.NOTE else timezone.now()
