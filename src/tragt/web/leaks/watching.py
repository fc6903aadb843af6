"""Watching one saved funnel day by day for leaks that begin. The unit of observation is the day; nothing is kept here.

All days of the log are gone through anew each time, so that what came late or was undone is seen as well. The moment is
that of the funnel's own sources: a file of the past stands still, and so does the watch. What the days are judged by
changes from night to night, though: so an alarm is judged by what it was raised by, and how long things usually take is
held.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from tragt.funnel import Funnel, Period
from tragt.funnel.leaks import Kind, Rules
from tragt.funnel.leaks.days import LEARNT, Daily, Span, Usual, daily, spans
from tragt.funnel.leaks.monitoring import Watching
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.sources import seen_until
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.choosing import Money, money_of, telling, telling_offered
from tragt.web.leaks.models import VALUE_LENGTH, Attention
from tragt.web.leaks.searching import ground_of
from tragt.web.leaks.steps import called_by, names_of_steps

__all__ = ["Before", "Cell", "Place", "Raised", "Seen", "makeup_of", "watch"]

DAYS_OF_MONTH = 365.25 / 12

STALE = timedelta(days=7)
"""A log whose last event is older tells of the past."""


Cell = tuple[str, str, str, str]
"""Step, property, value and fate."""


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
    def cell(self) -> Cell:
        """What an alarm is known again by."""
        return self.step, self.by, self.value, self.fate


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a funnel from when it was watched last, and of what was raised.

    Attributes:
        known: The last day that was looked at, by what was watched; nothing where it is watched for the first time.
        share: The share of false alarms that each series of days was allowed then; None where it is watched for the
            first time.
        usual: How long things usually take, as far as that was told.
        acted: Until which day nothing is held against a place, for those that somebody acted on.
        standing: The share by which each alarm was raised that is open.
    """

    known: Mapping[str, date] = field(default_factory=dict)
    share: float | None = None
    usual: Usual = field(default_factory=Usual)
    acted: Mapping[Cell, date] = field(default_factory=dict)
    standing: Mapping[Cell, float] = field(default_factory=dict)

    @property
    def shares(self) -> set[float]:
        """All shares by which something was judged."""
        return {*self.standing.values(), *([] if self.share is None else [self.share])}


@dataclass(frozen=True, slots=True)
class Raised:
    """A stretch of days on which a place leaked.

    Attributes:
        place: Where.
        began: The day on which the evidence sufficed.
        until: The day on which it did no more; None where it still does.
        new: Whether it went on on no day that was looked at before, as it was judged then, and was watched before.
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
        raised: The stretches on which a place leaked, also those that are over, by the share they are judged by.
        share: The share of false alarms that each series of days is allowed.
        known: The last day that was looked at, by what was watched.
        usual: How long things usually take, to be held.
        places: The places that were watched.
        days: How many days there were at most, those at the beginning that are only learnt from among them.
        currency: What costs are in; empty where no currency is named.
        as_of: The moment that was looked from.
        ground: What `tragt.web.leaks.searching.ground_of` said before.
        makeup: What `makeup_of` said before.
        fresh: Whether the log reaches close enough to now for an alarm to mean anything.
    """

    raised: Mapping[float, Sequence[Raised]]
    share: float
    known: Mapping[str, date]
    usual: Usual
    places: frozenset[Cell]
    days: int
    currency: str
    as_of: datetime
    ground: str
    makeup: str
    fresh: bool

    @property
    def going_on(self) -> Mapping[Cell, Raised]:
        """The places that leak now, each since when."""
        return {one.place.cell: one for one in self.raised[self.share] if one.until is None}


def makeup_of(saved: SavedFunnel) -> str:
    """A text that changes whenever a funnel is another one to watch; not where the log or its targets do."""
    return hashlib.sha256(f"{saved.definition}\n{saved.breakdowns}".encode()).hexdigest()


def watch(saved: SavedFunnel, before: Before, attention: Attention, funnels: int) -> Seen:
    """Look for places of a funnel that have begun to leak.

    Args:
        saved: The funnel.
        before: What is known of it from when it was watched last.
        attention: How many false alarms the organisation takes.
        funnels: How many funnels are watched, which share them.

    Raises:
        NotEnoughData: The log is empty.
        InvalidDefinition: The definition cannot be counted.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    ground, makeup, asked = ground_of(saved), makeup_of(saved), queries.ask(saved.funnel, saved.saved_period)
    money = money_of(asked.funnel, saved.value)
    breakdowns = list(saved.breakdowns) or _divided(asked.funnel, before)
    named = called_by(names_of_steps(saved.funnel), asked.funnel)
    counted, as_of = _counted(named, breakdowns, money, before.usual)
    share = attention.false_alarm / max(funnels * len(counted), 1)
    raised: dict[float, list[Raised]] = {one: [] for one in {share, *before.shares}}
    for one in counted:
        for by, found in _judged(one, share, before).items():
            raised[by].extend(found)
    return Seen(
        raised=raised,
        share=share,
        known={_what(one): one.first + timedelta(days=one.days - 1) for one in counted},
        usual=_held(counted, before.usual),
        places=frozenset(place.cell for one in counted for place in _places(one).values()),
        days=max((one.days for one in counted), default=0),
        currency=(money.value.into or "") if money.value else "",
        as_of=as_of,
        ground=ground,
        makeup=makeup,
        fresh=timezone.now() - as_of <= STALE,
    )


def _divided(funnel: Funnel, before: Before) -> list[str]:
    """By what a funnel is watched where nobody chose it: by what is guessed, and by what alarms were raised by."""
    guessed = telling(funnel)
    raised = {by for _step, by, _value, _fate in before.standing if by} - {*guessed}
    return [*guessed, *(one.name for one in telling_offered(funnel) if one.name in raised)] if raised else guessed


def _counted(
    funnel: Funnel, breakdowns: Sequence[str], money: Money, usual: Usual
) -> tuple[tuple[Daily, ...], datetime]:
    """The days of a funnel whose steps are titled as the ledger names them."""
    value = money.value
    of_money = [] if value is None else [value.property, *([value.currency] if value.currency else [])]
    moment = seen_until(funnel)
    period = Period(as_of=None if moment is None else min(moment, timezone.now()))
    question, log, units, as_of = counting.laid_open(funnel, period, sorted({*breakdowns, *of_money}))
    bounded = replace(question, period=Period())
    return daily(bounded, log, by=breakdowns, rules=Rules(value=value), units=units, usual=usual), as_of


def _held(counted: Sequence[Daily], usual: Usual) -> Usual:
    """How long things usually take, from the first night on on which days are not only learnt from."""
    age, stays = usual.age, dict(usual.stays)
    for one in counted:
        if one.days <= LEARNT or one.usual is None:
            continue
        if one.kind is Kind.DRIFTED:
            age = one.usual if age is None else age
        else:
            stays.setdefault(one.passages[0][0], one.usual)
    return Usual(age, stays)


def _what(counted: Daily) -> str:
    """What is watched, in one word for each series of days."""
    steps = "" if counted.kind is Kind.DRIFTED else counted.passages[0][1]
    return "|".join((str(counted.kind), counted.by.property if counted.by else "", steps))


def _judged(counted: Daily, share: float, before: Before) -> dict[float, list[Raised]]:
    """The stretches on which places leaked: by a share, by that of the last time, and by those of alarms that stand."""
    found = {one: _raised(counted, one, before) for one in {share, *before.shares}}
    known = before.known.get(_what(counted))
    if known is None or before.share is None:
        return found
    went_on = {one.place.cell for one in found[before.share] if one.until is None and one.began <= known}
    return {
        by: [replace(one, new=one.began > known or one.place.cell not in went_on) for one in several]
        for by, several in found.items()
    }


def _raised(counted: Daily, share: float, before: Before) -> list[Raised]:
    places = _places(counted)
    overlooked = {
        number: (before.acted[place.cell] - counted.first).days
        for number, place in places.items()
        if place.cell in before.acted
    }
    found = spans(counted, Watching(false_alarm=share), overlooked)
    return [_told(counted, span, places[span.cell]) for span in found if span.cell in places]


def _places(counted: Daily) -> dict[tuple[int, int], Place]:
    """What is watched, by numbers of the passage and the group; what gathers the rest is no place."""
    return {
        (step, group): _place(counted, step, group)
        for step in range(counted.entered.shape[0])
        for group in range(len(counted.values) - counted.other)
    }


def _place(counted: Daily, step: int, group: int) -> Place:
    before, after = counted.passages[step]
    value = counted.values[group]
    by = counted.by.property if counted.by else ""
    return Place(after, before, by, "" if value is None else str(value)[:VALUE_LENGTH], str(counted.kind))


def _told(counted: Daily, span: Span, place: Place) -> Raised:
    chance = float(counted.chance[span.cell[0]])
    return Raised(
        place=place,
        began=counted.first + timedelta(days=span.opened),
        until=None if span.closed is None else counted.first + timedelta(days=span.closed),
        new=False,
        entered=int(span.entered),
        kept=int(span.kept),
        reference=span.reference,
        days=span.days,
        chance=None if math.isnan(chance) else chance,
        value=counted.value,
    )
