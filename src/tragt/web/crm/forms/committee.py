"""What is asked of the people on a deal: who joins its buying committee, and from when to when they were on it."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tragt.web.accounts.models import User
from tragt.web.crm.forms.inputs import DayInput, PersonField
from tragt.web.crm.models import Member, MemberRole
from tragt.web.shell.formats import zone

__all__ = ["MemberDaysForm", "MemberForm"]


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


def _local_day(moment: datetime | None) -> date | None:
    return moment.astimezone(zone()).date() if moment else None
