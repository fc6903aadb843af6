"""Reading who gets which funnel every week, and what was sent. The unit of observation is the subscription."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.reports.models import Sent, State, Subscription
from tragt.web.shell import formats

__all__ = [
    "UNDO_DAYS",
    "Due",
    "due_on",
    "removed_subscription",
    "sent_to",
    "stoppable_by_key",
    "subscription_by_key",
    "subscription_of",
    "subscriptions",
    "subscriptions_of",
]

UNDO_DAYS = 14
"""For how many days a removal can be undone."""

_NEWEST = 26


def subscriptions() -> QuerySet[Subscription]:
    """Who gets which funnel, in the order they were named, each with when the last report left."""
    rows = Subscription.objects.filter(removed=None, funnel__deleted=None)
    latest = Sent.objects.filter(subscription=OuterRef("pk")).order_by("-at").values("at")[:1]
    return rows.select_related("funnel", "user", "by", "mail__job").annotate(latest=Subquery(latest))


def subscriptions_of(user: User) -> QuerySet[Subscription]:
    """What a user gets."""
    return subscriptions().filter(user=user)


def subscription_of(key: int, user: User | None = None) -> Subscription:
    """A subscription.

    Args:
        key: Its key.
        user: Who may see their own alone; None sees all.

    Raises:
        NotFound: There is none of this key, or it is not theirs to see.
    """
    rows = subscriptions() if user is None else subscriptions_of(user)
    row = rows.filter(pk=key).first()
    if row is None:
        raise NotFound("reports.unknown", "There is no such report; somebody may have removed it.", key=key)
    return row


def subscription_by_key(key: str) -> Subscription:
    """The subscription that a link is of, while it can be sent.

    Raises:
        NotFound: It is gone, removed, or its funnel is deleted.
    """
    row = subscriptions().filter(key=key).first()
    if row is None:
        raise NotFound("reports.link", "This report is not sent any more.")
    return row


def stoppable_by_key(key: str) -> Subscription:
    """The subscription that a link is of, also one that was removed and one of a deleted funnel: both may come back.

    Raises:
        NotFound: It is gone for good.
    """
    row = Subscription.objects.select_related("funnel", "user").filter(key=key).first()
    if row is None:
        raise NotFound("reports.link", "This report is not sent any more.")
    return row


def removed_subscription(key: int) -> Subscription | None:
    """A subscription whose removal may still be undone."""
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    return Subscription.objects.filter(pk=key, removed__gte=since, funnel__deleted=None).first()


def sent_to(row: Subscription) -> Sequence[Sent]:
    """The last reports that left, the newest first."""
    return list(row.sent.select_related("mail__job")[:_NEWEST])


@dataclass(frozen=True, slots=True)
class Due:
    """The reports that are due.

    Attributes:
        week: The Monday of their week.
        keys: Keys of the subscriptions.
    """

    week: date
    keys: list[int]


def due_on(day: date) -> Due:
    """The reports that should have left by a day of its week, and have not.

    Args:
        day: A day of the organisation's calendar.
    """
    week = day - timedelta(days=day.weekday())
    active = Subscription.objects.filter(
        ~Q(sent__week=week), state=State.ACTIVE, removed=None, funnel__deleted=None, weekday__lte=day.weekday()
    )
    # Whoever was named on a Wednesday for Mondays is first written to on the Monday after.
    rows = active.values_list("pk", "weekday", "begins")
    zone = formats.zone()
    keys = [key for key, on, begins in rows if timezone.localdate(begins, zone) < week + timedelta(days=on)]
    return Due(week, keys)
