"""Reading saved funnels, the log they look at, and their figures."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.funnel import Funnel, Period
from tragt.funnel.engine import needs_reference
from tragt.funnel.stock import Stock
from tragt.lake.index import Kind
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Asked, Closed, Figures, Recomputed, keep, kept, newest, without_words
from tragt.web.funnels.counting.sources import (
    event_names,
    last_event,
    log_names,
    log_of,
    log_version,
    looked_at,
    names_there,
    seen_until,
)
from tragt.web.funnels.counting.stages import over_stages, stock_beside
from tragt.web.funnels.counting.turns import one_at_a_time
from tragt.web.funnels.counting.units import segments_of, state_at_hand, state_of, still
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import Calendar, PeriodKind, SavedPeriod
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.shell import organisation

__all__ = [
    "absent_events",
    "ask",
    "at_a_glance",
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
    "may_renew",
    "moment_of",
    "newest_figures",
    "reckoned",
    "saved_funnel",
    "saved_funnels",
]

UNDO_DAYS = 30

_SLOW_EVENTS = 1_000

_AT_A_GLANCE = 100_000
"""Events that are counted while nobody notices."""

_REFRESH = timedelta(hours=1)

_LEAST_PAUSE, _PAUSE = timedelta(seconds=5), 10
"""How long figures stand at least while events come in, and how many times as long as counting them took."""

_TOLD_FOR = timedelta(days=1)
"""For how long it is told that days which were over have others."""


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
    """The names of the funnels that count those of a segment, or stand beside them.

    Args:
        segment: Its key.
    """
    found = []
    for saved in saved_funnels().filter(Q(definition__contains='"member"') | Q(compare_segment=segment)):
        with suppress(TragtError):
            if saved.compare_segment_id == segment or str(segment) in segments_of(saved.funnel.where):
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
    known = organisation.current()
    zone = known.time_zone
    version = log_version() if version is None else version
    names = lexicon() if names is None else names
    meant = names.meant(funnel)
    days = days_of(period, meant, version)
    return Asked(meant, days, zone, version, names, stretch=period, fiscal_year_start=known.fiscal_year_start)


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
    """The newest figures, where any are kept and nobody need be looked for to know of whom they are; else None.

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
    return None if units is None else newest_figures(replace(asked, units=units))


def reckoned(asked: Asked) -> Figures:
    """The figures, computed where they are not kept, and kept from then on.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
    """
    found = kept(asked)
    if found is None:
        with one_at_a_time(asked.key):
            found = kept(asked)
            if found is None:
                found = compute(asked)
                if still(asked.funnel, asked.units):
                    keep(asked, found)
    return replace(found, names=asked.names)


def newest_figures(asked: Asked) -> Figures | None:
    """The newest figures that are kept, and whether the log has changed since; None where there are none.

    Args:
        asked: What is asked.
    """
    found = figures(asked)
    if found is not None:
        return found
    held = newest(asked)
    return None if held is None else replace(held, names=asked.names, behind=True)


def may_renew(figures: Figures) -> bool:
    """Whether enough time went by since some figures were computed to compute them anew while events come in.

    Args:
        figures: The newest.
    """
    pause = max(_LEAST_PAUSE, _PAUSE * timedelta(milliseconds=figures.took_ms))
    return timezone.now() - figures.computed >= pause


def compute(asked: Asked) -> Figures:
    """The figures, computed.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    began = perf_counter()
    now = timezone.now()
    as_of, capped = moment_of(asked.funnel, now)
    report = counting.report_of(asked.funnel, replace(asked.period, as_of=as_of))
    report = without_words(replace(report, period=None if asked.period == Period() else asked.period))
    stock = _stock(asked.funnel, report.as_of)
    took = round(1000 * (perf_counter() - began))
    found = Figures(report, stock, _events(), took, now, now + _REFRESH if capped else None)
    return _beside_those_before(asked, found)


def _beside_those_before(asked: Asked, found: Figures) -> Figures:
    """The figures with what is different now on days that were over when the newest before were computed."""
    before = newest(asked)
    earlier = before.closed if before is not None else None
    until = {found.report.as_of.astimezone(ZoneInfo(asked.zone)).date()}
    until |= {earlier.until} if earlier is not None and earlier.since == asked.period.start else set()
    entered = counting.entered_before_days(asked.funnel, replace(asked.period, as_of=found.report.as_of), until)
    if not entered:
        return found
    day = found.report.as_of.astimezone(ZoneInfo(asked.zone)).date()
    closed = Closed(asked.period.start, day, entered[day])
    if before is None or earlier is None or earlier.until not in entered:
        return replace(found, closed=closed)
    more, since = entered[earlier.until] - earlier.entered, before.computed
    told = before.recomputed
    if told is not None and found.computed - told.since < _TOLD_FOR:
        more, since = more + told.entered, told.since
    return replace(found, closed=closed, recomputed=Recomputed(since, more) if more else None)


def at_a_glance(asked: Asked) -> bool:
    """Whether the figures can be computed before a reader notices.

    Args:
        asked: What is asked.
    """
    return is_quick(asked) and _events(looked_at(asked.funnel)) <= _AT_A_GLANCE


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


def moment_of(funnel: Funnel, now: datetime) -> tuple[datetime | None, bool]:
    """The moment to look from, and whether it moves on by itself.

    The sources of the funnel's events know nothing of what came after their last event; so that is the moment, as
    it is for a file, unless it lies ahead of now.

    Args:
        funnel: The definition.
        now: The moment it is.
    """
    last = seen_until(funnel) or max((one.last for one in log_names()), default=None)
    return (now, True) if last is not None and last > now else (last, False)
