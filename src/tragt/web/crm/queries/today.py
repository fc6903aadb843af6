"""Reading what is to be done: by whom, and on which day. The unit of observation is the activity still to be done."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.models import Team, User
from tragt.web.accounts.reach import visible_owners
from tragt.web.crm.models import Activity
from tragt.web.crm.queries.activities import BESIDE, as_seen, visible_activities

__all__ = ["A_PAGE", "DAYS", "Asked", "Offered", "Tasks", "offered_to", "tasks_of"]

DAYS = 7
"""How many days ahead of today are looked at where nothing else is said."""

A_PAGE = 50
"""How many stand on a page where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tasks are asked for.

    Attributes:
        whose: ``me``, ``all``, ``team:`` and the key of a team, or ``user:`` and that of a user.
        days: How many days ahead of today to look.
        later: Whether what comes after these days is given too.
        most: How many a page holds.
        page: Which page, from 1.
    """

    whose: str = "me"
    days: int = DAYS
    later: bool = False
    most: int = A_PAGE
    page: int = 1


_OWN = Asked()


@dataclass(frozen=True, slots=True)
class Tasks:
    """A page of what is to be done, each part by its time.

    Attributes:
        overdue: Of days that are over.
        today: Of today.
        coming: Of the next days.
        later: Of days after these, where they were asked for.
        someday: Without a day.
        number: How many there are on all pages.
        late: How many of them are of days that are over.
        ahead: How many are of days after the next ones, asked for or not.
        more: Whether another page follows.
    """

    overdue: list[Activity]
    today: list[Activity]
    coming: list[Activity]
    later: list[Activity]
    someday: list[Activity]
    number: int
    late: int
    ahead: int
    more: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """Whose tasks a user may look at besides their own.

    Attributes:
        everyone: Whether everyone's.
        teams: Teams with members.
        people: Users who can sign in, and others who still have something to do.
    """

    everyone: bool
    teams: list[Team]
    people: list[User]


def offered_to(user: User) -> Offered:
    """Whose tasks a user may look at: of those whose records they see."""
    reach = visible_owners(user)
    people = User.objects.exclude(pk=user.pk)
    teams = Team.objects.filter(members__isnull=False).distinct()
    if reach is not None:
        people = people.filter(pk__in=reach)
        teams = teams.filter(members=user) if len(reach) > 1 else teams.none()
    left = Exists(Activity.objects.filter(owner=OuterRef("pk"), at=None))
    shown = people.filter(Q(is_active=True) | left).select_related("team").order_by("name", "email")
    return Offered(reach is None, list(teams.order_by("name")), list(shown))


def tasks_of(user: User, zone: tzinfo, asked: Asked = _OWN) -> Tasks:
    """What is to be done.

    Args:
        user: Who looks; of others' tasks those are given that they see.
        zone: The organisation's zone, in which days begin.
        asked: Whose, how far ahead, and which page.

    Raises:
        NotFound: There is no such team or user, or theirs is not this one's to see.
    """
    today = timezone.now().astimezone(zone).date()
    now, tomorrow, end = (_start(today, zone, days) for days in (0, 1, asked.days + 1))
    rows = _rows(user, asked.whose)
    wanted = Q() if asked.later else Q(due=None) | Q(due__lt=end)
    counted = rows.aggregate(
        number=Count("pk", filter=wanted),
        late=Count("pk", filter=Q(due__lt=now)),
        ahead=Count("pk", filter=Q(due__gte=end)),
    )
    first = (asked.page - 1) * asked.most
    ordered = rows.filter(wanted).order_by(F("due").asc(nulls_last=True), "pk").select_related(*BESIDE)
    found = as_seen(ordered[first : first + asked.most], user)
    dated = [(row, row.due) for row in found if row.due is not None]
    return Tasks(
        overdue=[row for row, due in dated if due < now],
        today=[row for row, due in dated if now <= due < tomorrow],
        coming=[row for row, due in dated if tomorrow <= due < end],
        later=[row for row, due in dated if due >= end],
        someday=[row for row in found if row.due is None],
        more=counted["number"] > first + asked.most,
        **counted,
    )


def _rows(user: User, whose: str) -> QuerySet[Activity]:
    """What is to be done by those who are meant, as far as a user sees it."""
    if whose in ("", "me"):
        return Activity.objects.filter(owner=user, at=None, person__struck=None)
    rows = visible_activities(user).filter(at=None)
    reach = visible_owners(user)
    if whose == "all" and reach is None:
        return rows
    kind, _colon, given = whose.partition(":")
    key = int(given) if given.isascii() and given.isdigit() and len(given) < len(str(2**63)) else 0
    if kind == "user" and (reach is None or key in reach) and User.objects.filter(pk=key).exists():
        return rows.filter(owner=key)
    if kind == "team" and (reach is None or key == user.team_id) and Team.objects.filter(pk=key).exists():
        members = User.objects.filter(team=key)
        return rows.filter(owner__in=members if reach is None else members.filter(pk__in=reach))
    raise NotFound("crm.not_theirs", f"There are no tasks of '{whose}' that are yours to see. Choose somebody else.")


def _start(day: date, zone: tzinfo, later: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=later), time.min, zone)
