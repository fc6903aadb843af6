"""Reading activities: of a record, and what is to be done today."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.models import Activity
from tragt.web.records.queries.names import leave_out_unseen

__all__ = ["Tasks", "activities_about", "as_seen", "persons_with_activities", "tasks_of", "visible_activities"]


@dataclass(frozen=True, slots=True)
class Tasks:
    """What somebody has to do, each part by its time.

    Attributes:
        overdue: Of days that are over.
        today: Of today.
        coming: Of the next days.
        someday: Without a day.
        more: Whether there is more than is shown.
    """

    overdue: list[Activity]
    today: list[Activity]
    coming: list[Activity]
    someday: list[Activity]
    more: bool


def visible_activities(user: User | None) -> QuerySet[Activity]:
    """The activities that a user sees: their own, and those about what they see; what is about nothing is its owner's.

    What is about a person who was struck is nobody's to see.

    Args:
        user: Who looks; None is a command line or a job, which sees all.
    """
    if user is None:
        return Activity.objects.all()
    there = Activity.objects.filter(person__struck=None)
    deal, person, company = (seen_by(user, f"{record}__owner") for record in ("deal", "person", "company"))
    seen = deal & person & company
    if not seen:
        return there
    about = Q(deal__isnull=False) | Q(person__isnull=False) | Q(company__isnull=False)
    return there.filter(Q(owner=user) | Q(author=user) | (about & seen))


def activities_about(
    user: User | None, *, person: int | None = None, company: int | None = None, deal: int | None = None
) -> QuerySet[Activity]:
    """What was done and is to be done about a record: what is to be done first, by its day, then the newest first."""
    given = {"person": person, "company": company, "deal": deal}
    rows = visible_activities(user).filter(**{name: key for name, key in given.items() if key is not None})
    ordered = rows.order_by(F("at").desc(nulls_first=True), F("due").asc(nulls_last=True), "-pk")
    return ordered.select_related("owner", "author", "person", "company", "deal")


def as_seen(rows: Iterable[Activity], user: User | None) -> list[Activity]:
    """Activities to be shown to a user: their own may be about what they do not see, which is left out."""
    found = list(rows)
    leave_out_unseen(((row, code, code) for row in found for code in ("person", "company", "deal")), user)
    return found


def tasks_of(user: User, zone: tzinfo, *, days: int = 7, most: int = 200) -> Tasks:
    """What a user has to do.

    Args:
        user: Who has to do it.
        zone: The organisation's zone, in which days begin.
        days: How many days ahead of today to look.
        most: How much is shown at most.
    """
    today = timezone.now().astimezone(zone).date()
    rows = Activity.objects.filter(owner=user, at=None, person__struck=None).filter(
        Q(due=None) | Q(due__lt=_start(today, zone, days + 1))
    )
    ordered = rows.order_by(F("due").asc(nulls_last=True), "pk").select_related(
        "owner", "author", "person", "company", "deal"
    )
    found = as_seen(ordered[: most + 1], user)
    now, tomorrow = _start(today, zone), _start(today, zone, 1)
    dated = [(row, row.due) for row in found[:most] if row.due is not None]
    return Tasks(
        overdue=[row for row, due in dated if due < now],
        today=[row for row, due in dated if now <= due < tomorrow],
        coming=[row for row, due in dated if due >= tomorrow],
        someday=[row for row in found[:most] if row.due is None],
        more=len(found) > most,
    )


def persons_with_activities(persons: Collection[int]) -> set[int]:
    """Those of some persons about whom somebody noted or planned something."""
    rows = Activity.objects.filter(person__in=persons, author__isnull=False)
    return set(rows.values_list("person_id", flat=True))


def _start(day: date, zone: tzinfo, later: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=later), time.min, zone)
