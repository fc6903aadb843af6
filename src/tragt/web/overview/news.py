"""What is new and what is to be done, for the first page. The unit of observation is the leak, and the task."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Case, F, IntegerField, Value, When
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.crm.models import Activity, Status
from tragt.web.crm.queries.activities import BESIDE, as_seen
from tragt.web.leaks.models import Found
from tragt.web.leaks.presenting import Entry, entries
from tragt.web.leaks.queries import open_leaks, told_to
from tragt.web.shell import formats, organisation

__all__ = ["DAYS", "News", "late_tasks", "news"]

DAYS = 7
"""For how many days something is new."""

_MOST_LEAKS, _MOST_TASKS = 3, 5


@dataclass(frozen=True, slots=True)
class News:
    """What is new of leaks.

    Attributes:
        opened: Leaks found lately, those that cost most first.
        closed: How many were closed lately.
    """

    opened: list[Entry]
    closed: int


def news(user: User) -> News:
    """The leaks that were found or closed in the last days, of those that a reader may be told of.

    Args:
        user: Who reads.
    """
    since = timezone.now() - timedelta(days=DAYS)
    opened = told_to(open_leaks(), user).filter(opened__gte=since)[:_MOST_LEAKS]
    closed = told_to(Found.objects.filter(funnel__deleted=None, better=False, closed__gte=since), user).count()
    return News(entries(opened), closed)


def late_tasks(user: User) -> list[Activity]:
    """What a user should have done by today about open deals, the largest deals first.

    Amounts in other currencies than the organisation's come after those in its own.

    Args:
        user: Whose tasks.
    """
    zone, own = formats.zone(), organisation.current().currency
    tomorrow = timezone.now().astimezone(zone).date() + timedelta(days=1)
    due = Activity.objects.filter(
        owner=user, at=None, person__struck=None, due__lt=datetime.combine(tomorrow, time(), zone)
    )
    foreign = Case(When(deal__currency=own, then=Value(0)), default=Value(1), output_field=IntegerField())
    largest = F("deal__value").desc(nulls_last=True)
    ordered = due.filter(deal__status=Status.OPEN).select_related(*BESIDE).order_by(foreign, largest, "due", "pk")
    return [row for row in as_seen(ordered[:_MOST_TASKS], user) if row.deal is not None]
