"""The attempts that are compared: of which days, of what age, in which groups, worth what.

The unit of observation is the attempt. What is compared with what is decided here; how is in `judging`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from tragt.events.log import EventLog
from tragt.funnel.attempts import MISSING, Attempts, Chosen, Membership, Selected
from tragt.funnel.definition import Funnel
from tragt.funnel.leaks.judging import Arena, Days
from tragt.funnel.leaks.result import Against, Kind, NotJudged
from tragt.funnel.leaks.rules import Rules
from tragt.funnel.leaks.trials import Grouping, Trials, day_of, grouped, passing, standing, usual_age, usual_stay
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import At, Breakdown, Period, Question
from tragt.funnel.run import Context, counted_events, moment_of
from tragt.funnel.selection import chooser_of
from tragt.stats.arrays import FloatArray
from tragt.stats.shrinkage import winsorised

__all__ = ["NO_BREAKDOWN", "NO_PEERS", "Search", "dates"]

MILLISECOND = timedelta(milliseconds=1)
NOTHING_BEFORE = "no attempts are old enough in the days before"
NOTHING_NOW = "no attempts are old enough in the days to judge"
NO_CONVERSIONS = "fewer than 20 attempts reached the last step, so how long it usually takes is not known"
FEW_PASSED = "fewer than 20 attempts passed here, so how long it usually takes is not known"
NO_BREAKDOWN = "a comparison with the others needs a breakdown"
NO_PEERS = "there are too few values with enough attempts to know how much they usually differ"


class Search:
    """The attempts of a funnel on a log, chosen as the comparisons need them."""

    def __init__(
        self,
        funnel: Funnel,
        log: EventLog,
        breakdowns: tuple[Breakdown, ...],
        period: Period,
        context: Context,
        rules: Rules,
    ) -> None:
        self.funnel, self.breakdowns, self.rules = funnel, breakdowns, rules
        self.moment = moment_of(period.as_of, log)
        self._zone, self._period = log.zone, period
        frame = counted_events(funnel, log, context, self.moment)
        question = Question(funnel, round(self.moment.timestamp() * 1000), period, log.zone, None, context.properties)
        worth = [] if rules.value is None else [Breakdown(rules.value, At.STEP, step=len(funnel.steps))]
        source = Layered(FrameSource(frame, log.zone))
        self._choosers = [
            chooser_of(replace(question, by=one), source, fast=context.fast) for one in (None, *worth, *breakdowns)
        ]
        self._chosen: dict[Period, list[Selected]] = {}
        self._valued = len(worth)
        self._as_of = question.as_of
        self._ends = funnel.window is not None or funnel.length is not None

    def drifted(self) -> list[Arena | NotJudged]:
        """The arenas of those who passed in the time they had: now against before, and all of the period."""
        whole = self._choose(self._period)
        attempts = whole[0].expected.attempts
        age, missing = self._age(attempts)
        if missing:
            return [NotJudged(Kind.DRIFTED, against, missing) for against in Against]
        found: list[Arena | NotJudged] = []
        spans = self._spans(whole[0].mature.attempts, age)
        found.extend(self._arenas([self._passing(whole, age)], [whole], None))
        if spans is None:
            return [*found, NotJudged(Kind.DRIFTED, Against.PREVIOUS, NOTHING_NOW)]
        both = [self._choose(Period(*dates(span), self._period.as_of)) for span in reversed(spans)]
        trials = [self._passing(one, age) for one in both]
        if not trials[0].entered.any():
            return [*found, NotJudged(Kind.DRIFTED, Against.PREVIOUS, NOTHING_BEFORE)]
        return [*found, *self._arenas(trials, both, spans)]

    def stuck(self) -> list[Arena | NotJudged]:
        """The arenas of those who stood too long at a step: now against before, an early sign; and all of them.

        Where attempts end by themselves all of them would only say again what those who drifted away say.
        """
        whole = self._choose(Period(None, None, self._period.as_of))
        attempts = whole[0].expected.attempts
        stay = usual_stay(attempts)
        titles = [self.funnel.steps[place].title for place in self.funnel.required]
        found: list[Arena | NotJudged] = [
            NotJudged(Kind.STUCK, against, FEW_PASSED, titles[step])
            for step in np.flatnonzero(stay == MISSING)
            for against in (Against.PREVIOUS, *([] if self._ends else [Against.OTHERS]))
        ]
        if len(attempts) == 0 or np.all(stay == MISSING):
            return found
        trials = _winsorised(standing(attempts, self._values(whole, "expected"), self._zone, stay))
        last = [int(day_of(np.array([self._as_of - max(int(s), 0)]), self._zone)[0]) for s in stay]
        now = tuple(self._judged_days(day) for day in last)
        before = tuple(self._days_before(days) for days in now)
        if self._period.start is None and self._period.end is None:
            first = int(trials.day[trials.entered].min()) if trials.entered.any() else 0
            everything = tuple((min(first, day - 1), day) for day in last)
        else:
            everything = now
        for grouping in self._groupings([whole], "expected"):
            if not self._ends:
                found.append(Arena(Kind.STUCK, trials, grouping, everything))
            found.append(Arena(Kind.STUCK, trials, grouping, now, before))
        return found

    def _choose(self, period: Period) -> list[Selected]:
        if period not in self._chosen:
            self._chosen[period] = [choose(period) for choose in self._choosers]
        return self._chosen[period]

    def _age(self, attempts: Attempts) -> tuple[int | None, str | None]:
        """Without a window the age at which all are compared, or why there is none."""
        if self._ends:
            return None, None
        age = usual_age(attempts)
        return age, NO_CONVERSIONS if age is None else None

    def _passing(self, chosen: list[Selected], age: int | None) -> Trials:
        return passing(chosen[0].mature.attempts, self._values(chosen, "mature"), self._zone, age)

    def _values(self, chosen: list[Selected], which: str) -> FloatArray:
        """What each conversion was worth, shape (n,); NaN where it has no value."""
        size = len(getattr(chosen[0], which).attempts)
        parts = getattr(chosen[1], which).parts if self._valued else None
        return np.full(size, np.nan) if parts is None else _numbers(parts, size)

    def _groupings(self, several: list[list[Selected]], which: str) -> Iterator[Grouping]:
        sizes = [len(getattr(chosen[0], which).attempts) for chosen in several]
        yield Grouping.whole(sum(sizes))
        for place, by in enumerate(self.breakdowns, start=1 + self._valued):
            chosen_parts: list[Chosen] = [getattr(chosen[place], which) for chosen in several]
            yield grouped(by, [one.parts for one in chosen_parts if one.parts is not None], sizes)

    def _arenas(
        self, trials: list[Trials], several: list[list[Selected]], spans: tuple[Days, Days] | None
    ) -> Iterator[Arena]:
        joined = _winsorised(Trials.joined(trials))
        passages = joined.entered.shape[1]
        if spans is None:
            if not joined.entered.any():
                return
            entered = joined.day[joined.entered]
            now, before = ((int(entered.min()), int(entered.max()) + 1),) * passages, None
        else:
            now, before = (spans[0],) * passages, (spans[1],) * passages
        for grouping in self._groupings(several, "mature"):
            yield Arena(Kind.DRIFTED, joined, grouping, now, before)

    def _spans(self, attempts: Attempts, age: int | None) -> tuple[Days, Days] | None:
        """The days judged and the days before them; None where no day is old enough."""
        if len(attempts) == 0:
            return None
        length = self.funnel.length
        wait = age if age is not None else (length // MILLISECOND if length else 0)
        last = int(day_of(np.array([self._as_of - wait]), self._zone)[0])
        now = self._judged_days(last)
        return (now, self._days_before(now)) if now[0] < last else None

    def _judged_days(self, last: int) -> Days:
        """First day judged and first day after, given the first day that is not old enough throughout."""
        end = last if self._period.end is None else min(last, _number(self._period.end))
        start = end - self.rules.days if self._period.start is None else _number(self._period.start)
        return start, max(end, start + 1)

    def _days_before(self, now: Days) -> Days:
        length = self.rules.days_before
        if self._period.start is not None:
            length = max(length, now[1] - now[0])
        return now[0] - length, now[0]


def _numbers(parts: Membership, size: int) -> FloatArray:
    """The values of a money property as numbers; what is none is absent."""
    numbers = pl.Series([None if v is None else str(v) for v in parts.values], dtype=pl.String)
    known = numbers.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    values = np.full(size, np.nan)
    values[parts.rows] = known[parts.codes]
    return values


def _winsorised(trials: Trials) -> Trials:
    known = ~np.isnan(trials.value)
    values = trials.value.copy()
    values[known] = winsorised(values[known])
    return replace(trials, value=values)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def dates(days: Days) -> tuple[date, date]:
    """First day and first day after, of days since 1970."""
    start, end = (date(1970, 1, 1) + timedelta(days=day) for day in days)
    return start, end
