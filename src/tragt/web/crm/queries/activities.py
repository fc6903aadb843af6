"""Reading activities: those that a user sees, of a record, in the order in which they are read."""

from collections.abc import Collection, Iterable

from django.db.models import F, Q, QuerySet

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.models import Activity
from tragt.web.records.queries.names import leave_out_unseen

__all__ = [
    "BESIDE",
    "about_persons",
    "activities_about",
    "as_seen",
    "decides",
    "persons_with_activities",
    "visible_activities",
]

BESIDE = ("owner", "author", "person", "company", "deal")
"""What is read together with activities that are shown."""


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
    return ordered.select_related(*BESIDE)


def decides(row: Activity, user: User | None) -> int | None:
    """The owner whose reach says whether a user may change an activity: they themselves, where it is theirs.

    Args:
        row: The activity.
        user: Who wants to change it; None is a command line or a job.

    Returns:
        The owner's key; None where everybody who may change activities may.
    """
    if user is not None and user.pk in (row.owner_id, row.author_id):
        return user.pk
    record = row.deal or row.person or row.company
    return record.owner_id if record else row.owner_id


def as_seen(rows: Iterable[Activity], user: User | None) -> list[Activity]:
    """Activities to be shown to a user: their own may be about what they do not see, which is left out."""
    found = list(rows)
    leave_out_unseen(((row, code, code) for row in found for code in ("person", "company", "deal")), user)
    return found


def persons_with_activities(persons: Collection[int]) -> set[int]:
    """Those of some persons about whom somebody noted or planned something."""
    rows = Activity.objects.filter(person__in=persons, author__isnull=False)
    return set(rows.values_list("person_id", flat=True))


def about_persons(persons: Collection[int]) -> set[int]:
    """The activities about some persons, by key."""
    return set(Activity.objects.filter(person__in=persons).values_list("pk", flat=True))
