"""Reading saved funnels, the log they look at, and their figures."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.funnel import Funnel, Period
from tragt.funnel.engine import needs_reference
from tragt.funnel.stock import Stock
from tragt.lake.index import Kind
from tragt.web.funnels import counting
from tragt.web.funnels.figures import Asked, Figures, keep, kept, without_words
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import Calendar, PeriodKind, SavedPeriod
from tragt.web.funnels.sources import (
    event_names,
    last_event,
    log_names,
    log_of,
    log_version,
    names_there,
    seen_until,
)
from tragt.web.funnels.stages import over_stages, stock_beside
from tragt.web.funnels.units import segments_of, state_at_hand, state_of, still
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell import organisation

__all__ = [
    "absent_events",
    "ask",
    "calendar",
    "compute",
    "days_of",
    "deleted_funnel",
    "figures",
    "figures_at_hand",
    "funnels_on",
    "is_quick",
    "kinds_counted",
    "main_funnel",
    "reckoned",
    "saved_funnel",
    "saved_funnels",
]

UNDO_DAYS = 30

_SLOW_EVENTS = 1_000

_REFRESH = timedelta(hours=1)


def saved_funnels() -> QuerySet[SavedFunnel]:
    """The funnels that are not deleted, in the order they were made."""
    return SavedFunnel.objects.filter(deleted=None)


def main_funnel() -> SavedFunnel | None:
    """The funnel that the overview shows: the first that was made."""
    return saved_funnels().first()


def kinds_counted() -> set[Kind]:
    """The kinds of unit that saved funnels count; those of funnels that this version cannot read are left out."""
    found = set()
    for saved in saved_funnels():
        with suppress(TragtError):
            found.add(counting.kind_of(saved.funnel))
    return found


def saved_funnel(key: int) -> SavedFunnel:
    """One funnel that is not deleted.

    Raises:
        NotFound: There is none of this key.
    """
    found = saved_funnels().filter(pk=key).first()
    if found is None:
        raise NotFound("funnels.unknown", "There is no such funnel; it may have been deleted.", key=key)
    return found


def funnels_on(segment: int) -> list[str]:
    """The names of the funnels that count those of a segment.

    Args:
        segment: Its key.
    """
    found = []
    for saved in saved_funnels().filter(definition__contains='"member"'):
        with suppress(TragtError):
            if str(segment) in segments_of(saved.funnel.where):
                found.append(saved.name)
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


def ask(funnel: Funnel, period: SavedPeriod, version: str | None = None, names: Lexicon | None = None) -> Asked:
    """What a funnel over a period asks of the log as it is now: each name of an event with all its spellings.

    Args:
        funnel: The definition, as it was saved.
        period: The period; it is resolved to days.
        version: Of the log, where it is known already.
        names: What is known of names, where it is known already.

    Raises:
        InvalidDefinition: The period is empty, or with all spellings two rules of the definition contradict each other.
    """
    asked = _asked(funnel, period, version, names)
    return replace(asked, units=_units(asked.funnel))


def _asked(funnel: Funnel, period: SavedPeriod, version: str | None, names: Lexicon | None) -> Asked:
    """What is asked, of all units."""
    zone = organisation.current().time_zone
    version = log_version() if version is None else version
    names = lexicon() if names is None else names
    meant = names.meant(funnel)
    return Asked(meant, days_of(period, meant, version), zone, version, names)


def _units(funnel: Funnel) -> str:
    """What tells the units that are counted from others; counting says what is wrong with a condition, if anything."""
    try:
        return state_of(funnel)
    except InvalidDefinition as wrong:
        return wrong.code


def days_of(period: SavedPeriod, funnel: Funnel, version: str | None = None) -> Period:
    """The days of a period, counted back from a funnel's last event where it ends with the data.

    Raises:
        InvalidDefinition: The period is empty.
    """
    bound = period.kind in (PeriodKind.ALL, PeriodKind.FIXED)
    return period.resolve(calendar(None if bound else funnel, version))


def figures(asked: Asked) -> Figures | None:
    """The figures, where they are kept; else None."""
    found = kept(asked)
    return None if found is None else replace(found, names=asked.names)


def figures_at_hand(
    funnel: Funnel, period: SavedPeriod, version: str | None = None, names: Lexicon | None = None
) -> Figures | None:
    """The figures, where they are kept and nobody need be looked for to know of whom they are; else None.

    Args:
        funnel: As of `ask`.
        period: As of `ask`.
        version: As of `ask`.
        names: As of `ask`.

    Raises:
        InvalidDefinition: As of `ask`.
    """
    asked = _asked(funnel, period, version, names)
    units = state_at_hand(asked.funnel)
    return None if units is None else figures(replace(asked, units=units))


def reckoned(asked: Asked) -> Figures:
    """The figures, computed where they are not kept, and kept from then on.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
    """
    found = kept(asked)
    if found is None:
        found = compute(asked)
        if still(asked.funnel, asked.units):
            keep(asked, found)
    return replace(found, names=asked.names)


def compute(asked: Asked) -> Figures:
    """The figures, computed.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    began = perf_counter()
    now = timezone.now()
    as_of, capped = _moment(asked.funnel, now)
    report = counting.report_of(asked.funnel, replace(asked.period, as_of=as_of))
    report = without_words(replace(report, period=None if asked.period == Period() else asked.period))
    stock = _stock(asked.funnel, report.as_of)
    took = round(1000 * (perf_counter() - began))
    return Figures(report, stock, _events(), took, now, now + _REFRESH if capped else None)


def is_quick(asked: Asked) -> bool:
    """Whether the figures can be computed while a reader waits: about a second at most."""
    if needs_reference(asked.funnel):
        return _events(event_names(asked.funnel)) <= _SLOW_EVENTS
    match counting.way_of(asked.funnel):
        case counting.Way.INDEX:
            return counting.unread(asked.funnel) <= counting.MOST_IN_MEMORY
        case counting.Way.MEMORY:
            return True
    return False


def _events(names: Sequence[str] | None = None) -> int:
    """How many events of some names the log holds; None means all."""
    return sum(one.count for one in log_names() if names is None or one.name in names)


def _stock(funnel: Funnel, as_of: datetime) -> Stock | None:
    """The stock beside a funnel over stages; none where there are more such events than fit into memory."""
    if not over_stages(funnel) or _events(event_names(funnel)) > counting.MOST_IN_MEMORY:
        return None
    return stock_beside(funnel, log_of(funnel), as_of)


def _moment(funnel: Funnel, now: datetime) -> tuple[datetime | None, bool]:
    """The moment to look from, and whether it moves on by itself.

    The sources of the funnel's events know nothing of what came after their last event; so that is the moment, as
    it is for a file, unless it lies ahead of now.
    """
    last = seen_until(funnel) or max((one.last for one in log_names()), default=None)
    return (now, True) if last is not None and last > now else (last, False)
