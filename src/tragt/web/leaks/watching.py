"""Watching one saved funnel day by day for leaks that begin. The unit of observation is the day; nothing is kept here.

All days of the log are gone through anew each time, so that what came late or was undone is seen as well. The moment is
that of the funnel's own sources: a file of the past stands still, and so does the watch.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from tragt.funnel import Funnel, Period
from tragt.funnel.leaks import Kind, Rules
from tragt.funnel.leaks.days import Daily, Span, daily, spans
from tragt.funnel.leaks.monitoring import Watching
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.sources import seen_until
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.choosing import Money, money_of, telling
from tragt.web.leaks.models import VALUE_LENGTH, Attention
from tragt.web.leaks.searching import ground_of
from tragt.web.leaks.steps import called_by, names_of_steps

__all__ = ["Cell", "Place", "Raised", "Seen", "makeup_of", "watch"]

DAYS_OF_MONTH = 365.25 / 12

STALE = timedelta(days=7)
"""A log whose last event is older tells of the past."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leak is: as the ledger names it.

    Attributes:
        step: The step that fewer reach.
        before: The step at which they leak.
        by: The property by which entries are divided; empty for all.
        value: Its value.
        fate: What becomes of those who leak.
    """

    step: str
    before: str
    by: str
    value: str
    fate: str

    @property
    def cell(self) -> "Cell":
        """What an alarm is known again by."""
        return self.step, self.by, self.value, self.fate


Cell = tuple[str, str, str, str]
"""Step, property, value and fate."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A stretch of days on which a place leaked.

    Attributes:
        place: Where.
        began: The day on which the evidence sufficed.
        until: The day on which it did no more; None where it still does.
        new: Whether that day has not been looked at before, and the funnel was watched before it.
        entered: How many came to the step before, in the week before that day and since.
        kept: How many of them got on.
        reference: The rate before.
        days: How many days that are.
        chance: Share of those who got on who reach the last step; None where nobody did.
        value: What a conversion is worth; None where that is not known.
    """

    place: Place
    began: date
    until: date | None
    new: bool
    entered: int
    kept: int
    reference: float
    days: int
    chance: float | None
    value: float | None

    @property
    def rate(self) -> float:
        """The rate since."""
        return self.kept / self.entered if self.entered else 0.0

    @property
    def lost(self) -> float:
        """How many a month are lost."""
        return max(self.entered * (self.reference - self.rate), 0.0) * DAYS_OF_MONTH / max(self.days, 1)

    @property
    def cost(self) -> float | None:
        """What that costs a month, in money; None where that is not known."""
        return None if self.chance is None or self.value is None else self.lost * self.chance * self.value


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a funnel.

    Attributes:
        raised: The stretches on which a place leaked, also those that are over.
        known: The last day that was looked at, by what was watched.
        cells: How many places were watched.
        days: How many days there were at most, those at the beginning that are only learnt from among them.
        currency: What costs are in; empty where no currency is named.
        as_of: The moment that was looked from.
        ground: What `tragt.web.leaks.searching.ground_of` said before.
        makeup: What `makeup_of` said before.
        fresh: Whether the log reaches close enough to now for an alarm to mean anything.
    """

    raised: Sequence[Raised]
    known: Mapping[str, date]
    cells: int
    days: int
    currency: str
    as_of: datetime
    ground: str
    makeup: str
    fresh: bool


def makeup_of(saved: SavedFunnel) -> str:
    """A text that changes whenever a funnel is another one to watch; not where the log or its targets do."""
    return hashlib.sha256(f"{saved.definition}\n{saved.breakdowns}".encode()).hexdigest()


def watch(
    saved: SavedFunnel,
    known: Mapping[str, date],
    acted: Mapping[Cell, date],
    attention: Attention,
    funnels: int,
) -> Seen:
    """Look for places of a funnel that have begun to leak.

    Args:
        saved: The funnel.
        known: The last day that was looked at, by what was watched; nothing where it is watched for the first time.
        acted: Until which day nothing is held against a place, for those that somebody acted on.
        attention: How many false alarms the organisation takes.
        funnels: How many funnels are watched, which share them.

    Raises:
        NotEnoughData: The log is empty.
        InvalidDefinition: The definition cannot be counted.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    ground, makeup, asked = ground_of(saved), makeup_of(saved), queries.ask(saved.funnel, saved.saved_period)
    money = money_of(asked.funnel, saved.value)
    breakdowns = list(saved.breakdowns) or telling(asked.funnel)
    named = called_by(names_of_steps(saved.funnel), asked.funnel)
    counted, as_of = _counted(named, breakdowns, money)
    watching = Watching(false_alarm=attention.false_alarm / max(funnels * len(counted), 1))
    found: list[Raised] = []
    last: dict[str, date] = {}
    for one in counted:
        what = _what(one)
        last[what] = one.first + timedelta(days=one.days - 1)
        seen = _raised(one, watching, known.get(what), acted)
        found.extend(seen)
    return Seen(
        found,
        last,
        sum(one.entered.shape[0] * one.entered.shape[1] for one in counted),
        max((one.days for one in counted), default=0),
        (money.value.into or "") if money.value else "",
        as_of,
        ground,
        makeup,
        timezone.now() - as_of <= STALE,
    )


def _counted(funnel: Funnel, breakdowns: Sequence[str], money: Money) -> tuple[tuple[Daily, ...], datetime]:
    """The days of a funnel whose steps are titled as the ledger names them."""
    value = money.value
    of_money = [] if value is None else [value.property, *([value.currency] if value.currency else [])]
    moment = seen_until(funnel)
    period = Period(as_of=None if moment is None else min(moment, timezone.now()))
    question, log, units, as_of = counting.laid_open(funnel, period, sorted({*breakdowns, *of_money}))
    bounded = replace(question, period=Period())
    return daily(bounded, log, by=breakdowns, rules=Rules(value=value), units=units), as_of


def _what(counted: Daily) -> str:
    """What is watched, in one word for each series of days."""
    steps = "" if counted.kind is Kind.DRIFTED else counted.passages[0][1]
    return "|".join((str(counted.kind), counted.by.property if counted.by else "", steps))


def _raised(counted: Daily, watching: Watching, known: date | None, acted: Mapping[Cell, date]) -> Iterator[Raised]:
    places = {
        (step, group): _place(counted, step, group)
        for step in range(counted.entered.shape[0])
        for group in range(len(counted.values) - counted.other)
    }
    overlooked = {
        number: (acted[place.cell] - counted.first).days for number, place in places.items() if place.cell in acted
    }
    for span in spans(counted, watching, overlooked):
        place = places.get(span.cell)
        if place is not None:
            yield _told(counted, span, place, known)


def _place(counted: Daily, step: int, group: int) -> Place:
    before, after = counted.passages[step]
    value = counted.values[group]
    by = counted.by.property if counted.by else ""
    return Place(after, before, by, "" if value is None else str(value)[:VALUE_LENGTH], str(counted.kind))


def _told(counted: Daily, span: Span, place: Place, known: date | None) -> Raised:
    began = counted.first + timedelta(days=span.opened)
    chance = float(counted.chance[span.cell[0]])
    return Raised(
        place=place,
        began=began,
        until=None if span.closed is None else counted.first + timedelta(days=span.closed),
        new=known is not None and began > known,
        entered=int(span.entered),
        kept=int(span.kept),
        reference=span.reference,
        days=span.days,
        chance=None if math.isnan(chance) else chance,
        value=counted.value,
    )
