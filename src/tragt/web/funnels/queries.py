"""Reading saved funnels, the log they look at, and their figures."""

from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.events import EventLog
from tragt.funnel import Funnel, Period, run
from tragt.funnel.engine import needs_reference
from tragt.web.funnels.figures import Asked, Figures, keep, kept, without_words
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import Calendar, PeriodKind, SavedPeriod
from tragt.web.funnels.sources import (
    event_names,
    last_event,
    log_names,
    log_of,
    log_version,
    matches,
    names_there,
    seen_until,
)
from tragt.web.funnels.stages import stock_beside
from tragt.web.shell import organisation

__all__ = [
    "absent_events",
    "ask",
    "calendar",
    "compute",
    "days_of",
    "deleted_funnel",
    "figures",
    "is_quick",
    "main_funnel",
    "reckoned",
    "saved_funnel",
    "saved_funnels",
]

UNDO_DAYS = 30

_SLOW_EVENTS = 1_000
_FAST_EVENTS = 1_000_000

_REFRESH = timedelta(hours=1)


def saved_funnels() -> QuerySet[SavedFunnel]:
    """The funnels that are not deleted, in the order they were made."""
    return SavedFunnel.objects.filter(deleted=None)


def main_funnel() -> SavedFunnel | None:
    """The funnel that the overview shows: the first that was made."""
    return saved_funnels().first()


def saved_funnel(key: int) -> SavedFunnel:
    """One funnel that is not deleted.

    Raises:
        NotFound: There is none of this key.
    """
    found = saved_funnels().filter(pk=key).first()
    if found is None:
        raise NotFound("funnels.unknown", "There is no such funnel; it may have been deleted.", key=key)
    return found


def deleted_funnel(key: int) -> SavedFunnel | None:
    """A funnel whose deletion may still be undone."""
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    return SavedFunnel.objects.filter(pk=key, deleted__gte=since).first()


def calendar(funnel: Funnel | None = None, version: str | None = None) -> Calendar:
    """The organisation's calendar, on the day of the last event.

    Periods are counted back from there: a file that ends last year has no last thirty days of today.

    Args:
        funnel: Whose events; None is today.
        version: Of the log, where it is known already.
    """
    known = organisation.current()
    zone = ZoneInfo(known.time_zone)
    now = timezone.now()
    last = None if funnel is None else last_event(event_names(funnel), log_version() if version is None else version)
    day = timezone.localdate(now if last is None else min(last, now), zone)
    return Calendar(day, known.fiscal_year_start, zone)


def absent_events(funnel: Funnel, version: str) -> list[str]:
    """The required steps that the log has no event of, each by its name.

    Args:
        funnel: The definition.
        version: Of the log.
    """
    there = names_there(version)
    return [funnel.steps[place].title for place in funnel.required if not there & set(funnel.steps[place].names)]


def ask(funnel: Funnel, period: SavedPeriod, version: str | None = None) -> Asked:
    """What a funnel over a period asks of the log as it is now.

    Args:
        funnel: The definition.
        period: The period; it is resolved to days.
        version: Of the log, where it is known already.

    Raises:
        InvalidDefinition: The period is empty.
    """
    zone = organisation.current().time_zone
    version = log_version() if version is None else version
    return Asked(funnel, days_of(period, funnel, version), zone, version)


def days_of(period: SavedPeriod, funnel: Funnel, version: str | None = None) -> Period:
    """The days of a period, counted back from a funnel's last event where it ends with the data.

    Raises:
        InvalidDefinition: The period is empty.
    """
    bound = period.kind in (PeriodKind.ALL, PeriodKind.FIXED)
    return period.resolve(calendar(None if bound else funnel, version))


def figures(asked: Asked) -> Figures | None:
    """The figures, where they are kept; else None."""
    return kept(asked)


def reckoned(asked: Asked) -> Figures:
    """The figures, computed where they are not kept, and kept from then on.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
    """
    found = kept(asked)
    if found is None:
        found = compute(asked)
        keep(asked, found)
    return found


def compute(asked: Asked) -> Figures:
    """The figures, computed.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
    """
    began = perf_counter()
    now = timezone.now()
    log = log_of(asked.funnel)
    as_of, capped = _moment(asked.funnel, log, now)
    report = run(asked.funnel, log, period=replace(asked.period, as_of=as_of))
    report = without_words(replace(report, period=None if asked.period == Period() else asked.period))
    stock = stock_beside(asked.funnel, log, report.as_of)
    took = round(1000 * (perf_counter() - began))
    return Figures(report, stock, len(log), took, now, now + _REFRESH if capped else None)


def is_quick(asked: Asked) -> bool:
    """Whether the figures can be computed while a reader waits: about a second at most."""
    counts = {one.name: one.count for one in log_names()}
    if not needs_reference(asked.funnel):
        return sum(counts.values()) <= _FAST_EVENTS
    names = {name for match in matches(asked.funnel) for name in match.names}
    return sum(count for name, count in counts.items() if name in names) <= _SLOW_EVENTS


def _moment(funnel: Funnel, log: EventLog, now: datetime) -> tuple[datetime | None, bool]:
    """The moment to look from, and whether it moves on by itself.

    The sources of the funnel's events know nothing of what came after their last event; so that is the moment, as
    it is for a file, unless it lies ahead of now.
    """
    last = seen_until(funnel) or log.last_time
    return (now, True) if last is not None and last > now else (last, False)
