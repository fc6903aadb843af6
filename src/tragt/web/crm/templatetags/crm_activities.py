"""How activities look on a page."""

import datetime

from django import template
from django.utils import timezone
from django.utils.functional import Promise

from tragt.web.crm.actions.activities import OUTCOMES
from tragt.web.crm.forms.activities import OUTCOMES as WORDS
from tragt.web.crm.models import Activity, ActivityKind
from tragt.web.shell.formats import zone

register = template.Library()

_ICONS = {
    ActivityKind.NOTE: "sticky-note",
    ActivityKind.CALL: "phone",
    ActivityKind.MEETING: "calendar",
    ActivityKind.EMAIL: "mail",
    ActivityKind.TASK: "square-check",
}


@register.filter
def kind_icon(activity: Activity) -> str:
    """The icon of an activity's kind."""
    return _ICONS[ActivityKind(activity.kind)]


@register.filter
def overdue(activity: Activity) -> bool:
    """Whether something to be done should be done by now: its hour, or where only the day counts its day, is over."""
    if activity.at is not None or activity.due is None:
        return False
    now = timezone.now()
    if not activity.whole_day:
        return activity.due < now
    return _day(activity.due) < _day(now)


@register.filter
def outcome(activity: Activity) -> str | Promise:
    """What came of an activity, in words."""
    return WORDS.get(activity.outcome, activity.outcome)


@register.filter
def outcomes(activity: Activity) -> list[tuple[str, str | Promise]]:
    """What may come of an activity, with its words."""
    return [(one, WORDS[one]) for one in OUTCOMES.get(activity.kind, ())]


def _day(moment: datetime.datetime) -> datetime.date:
    return timezone.localtime(moment, zone()).date()
