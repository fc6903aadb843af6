"""Where a funnel is counted: on the index of its kind of unit, or on the log read into memory. Both say the same.

A log of up to a million events is read where there is no index. A larger one is only ever counted on an index, which
a job builds; until then there are no figures.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from django.conf import settings
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotEnoughData, TragtError
from tragt.events import EventLog
from tragt.funnel import Context, Funnel, Period, Report
from tragt.funnel.definition import Order, Unit
from tragt.funnel.entries import entered_before
from tragt.funnel.leaks import Leaks, Rules, leaks, leaks_on
from tragt.funnel.members import Members, members, members_on
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Every, Question
from tragt.funnel.run import counted_events, report_on
from tragt.funnel.selection import properties_of
from tragt.funnel.value import Value
from tragt.lake.index import Kind
from tragt.lake.index.dictionary import code_file
from tragt.web.funnels.counting.sources import log_names, log_of, log_version, looked_at, seen_until, undated
from tragt.web.funnels.counting.turns import one_at_a_time
from tragt.web.funnels.counting.units import masked, units_inside, within
from tragt.web.log.queries import index
from tragt.web.log.unindexed import unindexed
from tragt.web.people.queries import assignment, links
from tragt.web.shell import organisation
from tragt.web.shell.remembered import Remembered

__all__ = [
    "MOST_IN_MEMORY",
    "Way",
    "entered_before_days",
    "generation_of",
    "has_index",
    "kind_of",
    "known",
    "laid_open",
    "leaks_of",
    "make_known",
    "members_of",
    "report_of",
    "units_of",
    "unread",
    "way_of",
    "zone",
]

MOST_IN_MEMORY = 1_000_000
"""How many events a process reads into memory; above that it asks an index."""


_layers: Remembered[Layered] = Remembered(most=6)
_frames: Remembered[tuple[Funnel, Layered]] = Remembered(most=2)


class Way(StrEnum):
    """Where a funnel is counted."""

    INDEX = "index"
    MEMORY = "memory"
    NOT_YET = "not yet"


def kind_of(funnel: Funnel) -> Kind:
    """The kind of index that a funnel is counted on."""
    return Kind(str(funnel.unit))


def way_of(funnel: Funnel) -> Way:
    """Where a funnel is counted now.

    Args:
        funnel: The definition.
    """
    beside = unindexed(kind_of(funnel))
    if beside is not None and beside <= MOST_IN_MEMORY:
        return Way.INDEX
    return Way.MEMORY if sum(one.count for one in log_names()) <= MOST_IN_MEMORY else Way.NOT_YET


def unread(funnel: Funnel) -> int:
    """How many events an index must read from the log to know the properties and sessions that a funnel asks for.

    Args:
        funnel: The definition.
    """
    generation = index(kind_of(funnel)).current()
    counts = {one.name: one.count for one in log_names()}
    names = looked_at(funnel) or list(counts)
    asked: list[str | None] = [*properties_of(_question(funnel, Period(), 0))]
    asked += [None] if funnel.window == "session" else []
    if generation is None:
        return sum(counts.values())
    missing = (name for one in asked for name in names if not code_file(generation.folder, name, one).exists())
    return sum(counts.get(name, 0) for name in missing)


def has_index(kind: Kind) -> bool:
    """Whether there is an index of a kind.

    Args:
        kind: What is counted.
    """
    return index(kind).current() is not None


def make_known(kind: Kind, names: Sequence[str], name: str) -> None:
    """Have an index know a property of some events from now on; events that are known already cost nothing.

    Args:
        kind: What is counted.
        names: Names of the events.
        name: The property.
    """
    generation = index(kind).current()
    if generation is not None and not all(code_file(generation.folder, one, name).exists() for one in names):
        index(kind).read(assignment(kind), names, [name])


def report_of(funnel: Funnel, period: Period, trend: Every | None = None) -> Report:
    """The report of a funnel on the log.

    Args:
        funnel: The definition.
        period: Which entries count; without a moment to look from, that of the log's last event.
        trend: Also the report of each day, week or month of the period.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    question, log, units, moment = laid_open(funnel, period)
    found = report_on(question, log, trend=trend, units=units)
    without_date = undated()
    number = without_date.height if str(funnel.unit) in without_date.columns else 0
    as_of = moment.astimezone(question.zone)
    return replace(found, funnel=funnel, as_of=as_of, undated=number, period=period)


def members_of(funnel: Funnel, period: Period) -> Members:
    """The attempts that the report counts, each with its unit.

    Args:
        funnel: The definition.
        period: As for `report_of`.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    moment = _moment(period)
    if _way(funnel) is Way.MEMORY:
        log = log_of(funnel)
        counted, context = _known(funnel, log, moment)
        return replace(members(counted, log, period=replace(period, as_of=moment), context=context), funnel=funnel)
    asked = _Asked.of(funnel, period, moment)
    return members_on(asked.question, asked.log, units=asked.units)


def leaks_of(funnel: Funnel, by: Sequence[str], rules: Rules) -> Leaks:
    """Where a funnel leaks, over all entries and in the last days that are old enough.

    Args:
        funnel: The definition.
        by: Properties of the entry whose values are compared.
        rules: What counts as a leak, and which property is money.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit, or amounts are in currencies without rates.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    moment = min(_moment(Period(as_of=seen_until(funnel))), timezone.now())
    value = rules.value if isinstance(rules.value, Value) else None
    money = [] if value is None else [value.property, *([value.currency] if value.currency else [])]
    more = sorted({*by, *money})
    if _way(funnel) is Way.MEMORY:
        log = log_of(funnel, more)
        counted, context = _known(funnel, log, moment)
        return leaks(counted, log, by=by, period=Period(as_of=moment), context=context, rules=rules)
    asked = _Asked.of(funnel, Period(), moment, more)
    return leaks_on(asked.question, asked.log, by=by, rules=rules, units=asked.units)


def units_of(funnel: Funnel, as_of: datetime) -> pl.Series:
    """Every unit that may stand in `members_of`, sorted: the same list as long as log and generation are the same.

    Args:
        funnel: The definition.
        as_of: The moment that is looked from.
    """
    # Whom its condition leaves may change while the log does not.
    funnel = replace(funnel, where=None)
    if _way(funnel) is Way.MEMORY:
        log = log_of(funnel)
        counted, context = _known(funnel, log, as_of)
        found = counted_events(counted, log, context, as_of.astimezone(UTC))["unit"].cast(pl.String)
        return found.unique().sort()
    layered = _Asked.of(funnel, Period(), as_of).log
    layers = [layered.clean, *([layered.fresh] if layered.fresh else [])]
    return pl.concat([one.unit_names(np.arange(one.units)) for one in layers]).unique().sort()


def generation_of(funnel: Funnel) -> str:
    """The name of the generation that a funnel is counted on; empty where it is counted in memory."""
    if way_of(funnel) is not Way.INDEX:
        return ""
    generation = index(kind_of(funnel)).current()
    return generation.folder.name if generation else ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of an index, and what it gave."""

    question: Question
    log: Layered
    units: np.ndarray | None

    @classmethod
    def of(cls, funnel: Funnel, period: Period, moment: datetime, more: Sequence[str] = ()) -> "_Asked":
        question = _question(funnel, period, int(moment.timestamp() * 1000))
        kind = kind_of(funnel)
        properties = sorted({*properties_of(question), *more})
        log = _read(kind, looked_at(funnel), properties, sessions=funnel.window == "session")
        if not log.clean.units and log.fresh is None:
            raise InvalidDefinition(
                "units.unknown", f"The log has no {funnel.unit}; count another unit.", unit=str(funnel.unit)
            )
        inside = units_inside(funnel)
        return cls(question, log, None) if inside is None else cls(question, *masked(log, inside))


def _read(kind: Kind, names: Sequence[str] | None, properties: Sequence[str], *, sessions: bool) -> Layered:
    """An index and what has changed since, read once for a log as it is; this process alone remembers it."""
    generation = index(kind).current()
    built = generation.folder.name if generation else ""
    asked = settings.TRAGT.lake, log_version(), kind, built, names and tuple(names), tuple(properties), sessions
    found = _layers.known(asked)
    if found is not None:
        return found
    with one_at_a_time(f"read {asked}"):
        return _layers.of(asked, lambda: index(kind).read(assignment(kind), names, properties, sessions=sessions))


def zone() -> ZoneInfo:
    """The organisation's zone."""
    return ZoneInfo(organisation.current().time_zone)


def _question(funnel: Funnel, period: Period, as_of: int) -> Question:
    return Question(funnel, as_of, period, zone())


def _way(funnel: Funnel) -> Way:
    way = way_of(funnel)
    if way is Way.NOT_YET:
        raise TragtError("funnels.no_index", "The log is large, and its index is not built yet. Wait for the job.")
    return way


def _moment(period: Period) -> datetime:
    last = period.as_of or max((one.last for one in log_names()), default=None)
    if last is None:
        raise NotEnoughData("funnel.no_events", "The log holds no event, so there is nothing to count.")
    return last


def _known(funnel: Funnel, log: EventLog, as_of: datetime) -> tuple[Funnel, Context]:
    """A funnel as the library counts it in memory, and what is known of the units."""
    context, inside = _context(funnel, log), units_inside(funnel)
    if inside is None:
        return funnel, context
    every = counted_events(replace(funnel, where=None), log, context, as_of.astimezone(UTC))["unit"]
    counted, members_inside = within(funnel, inside, every.cast(pl.String).unique())
    return counted, replace(context, segments=members_inside)


def _context(funnel: Funnel, log: EventLog) -> Context:
    """What is known of units; of a kind that neither events nor links name, nothing."""
    known = links()
    linked = {Unit.DEAL: known.deals.height, Unit.COMPANY: known.companies.height + known.deals["company"].count()}
    there = str(funnel.unit) in log.frame.columns or linked.get(funnel.unit)
    return Context(links=known if there else None)


def entered_before_days(funnel: Funnel, period: Period, days: Collection[date]) -> dict[date, int]:
    """How many units had an entry in a period before each of some days; nothing where an entry is no single event.

    That does not depend on what they did afterwards: where it changes, the log of those days did.

    Args:
        funnel: The definition.
        period: As for `report_of`; it may end before the day.
        days: Days in the organisation's zone.

    Raises:
        TragtError: As for `report_of`.
    """
    if funnel.order is not Order.ORDERED or funnel.skips:
        return {}
    question, log, units, _as_of = laid_open(funnel, period)
    return {day: entered_before(question, log, day, units) for day in days}


def _framed(funnel: Funnel, moment: datetime, more: Sequence[str]) -> tuple[Funnel, Layered]:
    """A funnel as it is counted on the log in memory, and that: read once for all funnels over the same events."""
    names = looked_at(funnel)
    properties = sorted({*properties_of(_question(funnel, Period(), 0)), *more})
    inside = units_inside(funnel)

    def framed() -> tuple[Funnel, Layered]:
        log = log_of(funnel, properties)
        counted, context = _known(funnel, log, moment)
        frame = counted_events(counted, log, context, moment.astimezone(UTC))
        return counted, Layered(FrameSource(frame, log.zone))

    asked = (
        *(settings.TRAGT.lake, log_version(), moment, names and tuple(names), tuple(properties)),
        *(funnel.unit, funnel.robots, funnel.own, funnel.window == "session", inside and inside.digest),
    )
    counted, held = _frames.of(asked, framed)
    return replace(funnel, where=counted.where), held


def known(funnel: Funnel, log: EventLog, as_of: datetime) -> tuple[Funnel, Context]:
    """A funnel as the library counts it on a log in memory, and what is known of the units.

    Args:
        funnel: The definition.
        log: The events.
        as_of: The moment that is looked from.
    """
    return _known(funnel, log, as_of)


def laid_open(
    funnel: Funnel, period: Period, more: Sequence[str] = ()
) -> tuple[Question, Layered, np.ndarray | None, datetime]:
    """What the report of a funnel is counted on, so that more can be asked of it.

    Args:
        funnel: The definition.
        period: As for `report_of`.
        more: Properties besides those that the funnel asks for.

    Returns:
        The question, the postings, which units of the index count (None is all), and the moment that is looked from.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    moment = _moment(period)
    if _way(funnel) is Way.MEMORY:
        counted, held = _framed(funnel, moment, more)
        return Question(counted, int(moment.timestamp() * 1000), period, held.clean.zone), held, None, moment
    asked = _Asked.of(funnel, period, moment, more)
    return asked.question, asked.log, asked.units, moment
