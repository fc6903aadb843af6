"""Reading alarms about leaks. The unit of observation is the alarm."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Alarm, Attention, Choice, Seen, Watched
from tragt.web.leaks.queries import told_to
from tragt.web.leaks.watching import Cell
from tragt.web.shell import organisation

__all__ = [
    "acted_until",
    "alarm_of",
    "alarms",
    "attention",
    "choice_of",
    "new_alarms",
    "new_for",
    "open_alarms",
    "seen_by",
    "telling_to",
    "this_day",
    "watched",
]


def alarms() -> QuerySet[Alarm]:
    """All alarms of funnels that are not deleted, the newest first."""
    return Alarm.objects.filter(funnel__deleted=None).select_related("funnel__owner", "funnel__pipeline", "by_whom")


def open_alarms() -> QuerySet[Alarm]:
    """The alarms that are not closed."""
    return alarms().filter(closed=None)


def alarm_of(key: int, user: User | None) -> Alarm:
    """One alarm, also one that is closed.

    Args:
        key: Its key.
        user: Who reads.

    Raises:
        NotFound: There is none of this key that they may be told of.
    """
    row = told_to(alarms().filter(pk=key), user).first()
    if row is None:
        raise NotFound("leaks.no_alarm", "There is no such alarm; its funnel may have been deleted.", key=key)
    return row


def new_for(user: User) -> QuerySet[Alarm]:
    """The open alarms that were raised, or spoken of again, since somebody looked; small ones are not counted."""
    rows = told_to(_spoken_of(open_alarms()), user)
    at = seen_by(user)
    return rows if at is None else rows.filter(_since(at))


def new_alarms(request: HttpRequest) -> int:
    """How many alarms ask whoever sends a request to be looked at."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm("funnels.see"):
        return 0
    return organisation.once(("new alarms", user.pk), lambda: _new(user))


def _new(user: User) -> int:
    # Where nothing is open, which is nearly always, every page asks the database this one thing.
    return new_for(user).count() if _spoken_of(open_alarms()).exists() else 0


def telling_to(user: User, since: datetime, *, own: bool) -> QuerySet[Alarm]:
    """The open alarms that somebody is to be told of by mail.

    Args:
        user: Who.
        since: Up to when they were told.
        own: Whether only of funnels that they made.
    """
    rows = told_to(_spoken_of(open_alarms()), user).filter(_since(since))
    return rows.filter(funnel__owner=user) if own else rows


def seen_by(user: User) -> datetime | None:
    """When somebody looked at the alarms last; None where they never did."""
    return Seen.objects.filter(user=user).values_list("at", flat=True).first()


def choice_of(user: User) -> Choice:
    """About which alarms somebody wants a mail; a row that is not stored where they said nothing."""
    return Choice.objects.filter(user=user).first() or Choice(user=user, told=timezone.now())


def attention() -> Attention:
    """What the organisation wants to be alarmed about; a row that is not stored where nobody said anything."""
    return Attention.objects.filter(pk=1).first() or Attention(pk=1)


def acted_until(saved: SavedFunnel) -> Mapping[Cell, date]:
    """Until which day nothing is held against a place, for those that somebody acted on."""
    rows = Alarm.objects.filter(funnel=saved).exclude(acted=None).order_by("acted")
    return {
        (step, by, value, fate): day
        for step, by, value, fate, day in rows.values_list("step", "by", "value", "fate", "acted")
        if day is not None
    }


def watched() -> QuerySet[Watched]:
    """Until when each funnel was watched."""
    return Watched.objects.filter(funnel__deleted=None).select_related("funnel").order_by("funnel__created", "funnel")


def _spoken_of(rows: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Those that are neither small nor at rest."""
    return rows.filter(Q(snoozed=None) | Q(snoozed__lte=this_day()), minor=False)


def _since(at: datetime) -> Q:
    """Raised since a moment, or spoken of again since then."""
    day = timezone.localdate(at, ZoneInfo(organisation.current().time_zone))
    return Q(opened__gt=at) | Q(snoozed__gt=day)


def this_day() -> date:
    """The organisation's day."""
    return timezone.localdate(timezone.now(), ZoneInfo(organisation.current().time_zone))
