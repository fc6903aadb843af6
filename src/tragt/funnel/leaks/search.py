"""The attempts that are compared: of which days, of what age, in which groups, worth what.

The unit of observation is the attempt. What is compared with what is decided here; how is in `judging`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from tragt.funnel.attempts import MISSING, Attempts
from tragt.funnel.leaks.choosing import Choosing, Picked, Picks
from tragt.funnel.leaks.judging import Arena, Days
from tragt.funnel.leaks.result import Against, Kind, NotJudged
from tragt.funnel.leaks.rules import Rules
from tragt.funnel.leaks.trials import (
    Grouping,
    Trials,
    Usual,
    day_of,
    grouped,
    passing,
    standing,
    usual_age,
    usual_stay,
)
from tragt.funnel.question import Breakdown, Period, Question
from tragt.stats.arrays import IntArray
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
    """The attempts of a funnel, chosen as the comparisons need them.

    Args:
        question: What is asked.
        breakdowns: By what attempts are compared.
        rules: Which days are judged.
        choosing: Chooses the attempts of a period.
    """

    def __init__(self, question: Question, breakdowns: Sequence[Breakdown], rules: Rules, choosing: Choosing) -> None:
        self._question, self._breakdowns, self._rules, self._choose = question, breakdowns, rules, choosing.of
        self._zone, self._period, self._as_of = question.zone, question.period, question.as_of
        self._ends = question.funnel.window is not None or question.funnel.length is not None

    def drifted(self) -> list[Arena | NotJudged]:
        """The arenas of those who passed in the time they had: now against before, and all of the period."""
        whole = self._choose(self._period)
        attempts = whole.expected.attempts
        age, missing = self._age(attempts)
        if missing:
            return [NotJudged(Kind.DRIFTED, against, missing) for against in Against]
        found: list[Arena | NotJudged] = []
        spans = self._spans(whole.mature.attempts, age)
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
        attempts = whole.expected.attempts
        stay = usual_stay(attempts)
        funnel = self._question.funnel
        titles = [funnel.steps[place].title for place in funnel.required]
        found: list[Arena | NotJudged] = [
            NotJudged(Kind.STUCK, against, FEW_PASSED, titles[step])
            for step in np.flatnonzero(stay == MISSING)
            for against in (Against.PREVIOUS, *([] if self._ends else [Against.OTHERS]))
        ]
        if len(attempts) == 0 or np.all(stay == MISSING):
            return found
        standing_there = standing(attempts, whole.expected.value, self._zone, stay)
        trials = _winsorised(replace(standing_there, unit=whole.expected.unit))
        last = [int(day_of(np.array([self._as_of - max(int(s), 0)]), self._zone)[0]) for s in stay]
        now = tuple(self._judged_days(day) for day in last)
        before = tuple(self._days_before(days) for days in now)
        if self._period.start is None and self._period.end is None:
            first = int(trials.day[trials.entered].min()) if trials.entered.any() else 0
            everything = tuple((min(first, day - 1), day) for day in last)
        else:
            everything = now
        for grouping in self._groupings([whole.expected]):
            if not self._ends:
                found.append(Arena(Kind.STUCK, trials, grouping, everything))
            found.append(Arena(Kind.STUCK, trials, grouping, now, before))
        return found

    def of_all_days(self, usual: Usual) -> Iterator[tuple[Arena, int, int | None]]:
        """The arenas to be watched day by day, each with the first day that is not old enough throughout, and its time.

        Those who passed in the time they had are watched at all steps together. Those who stood too long are at each
        step apart, for how long it usually takes differs, and so does the day.

        Args:
            usual: How long things usually take, as far as that was told before; else these attempts tell it.
        """
        whole = self._choose(Period(None, None, self._period.as_of))
        told = not self._ends and usual.age is not None
        age, missing = (usual.age, None) if told else self._age(whole.expected.attempts)
        last = None if missing else self._last_day(age)
        if last is not None:
            yield from ((arena, last, age) for arena in self._arenas([self._passing(whole, age)], [whole], None))
        stay = self._stay(whole.expected.attempts, usual)
        there = standing(whole.expected.attempts, whole.expected.value, self._zone, stay)
        trials = _winsorised(replace(there, unit=whole.expected.unit))
        for step in np.flatnonzero(stay != MISSING):
            only = np.zeros(len(stay), dtype=np.bool_)
            only[step] = True
            at_step = replace(trials, entered=trials.entered & only, kept=trials.kept & only)
            day = int(day_of(np.array([self._as_of - int(stay[step])]), self._zone)[0])
            if not at_step.entered.any():
                continue
            days = ((int(at_step.day[at_step.entered].min()), day),) * len(stay)
            for grouping in self._groupings([whole.expected]):
                yield Arena(Kind.STUCK, at_step, grouping, days), day, int(stay[step])

    def _last_day(self, age: int | None) -> int:
        """The first day on which not all who entered have had their full time."""
        length = self._question.funnel.length
        wait = age if age is not None else (length // MILLISECOND if length else 0)
        return int(day_of(np.array([self._as_of - wait]), self._zone)[0])

    def _age(self, attempts: Attempts) -> tuple[int | None, str | None]:
        """Without a window the age at which all are compared, or why there is none."""
        if self._ends:
            return None, None
        age = usual_age(attempts)
        return age, NO_CONVERSIONS if age is None else None

    def _stay(self, attempts: Attempts, usual: Usual) -> IntArray:
        """How long those who go on hardly ever stay at each step: as it was told before, else as attempts tell it."""
        funnel = self._question.funnel
        titles = [funnel.steps[place].title for place in funnel.required[:-1]]
        seen = usual_stay(attempts)
        return np.array([usual.stays.get(one, int(stay)) for one, stay in zip(titles, seen, strict=True)], np.int64)

    def _passing(self, picks: Picks, age: int | None) -> Trials:
        mature = picks.mature
        return replace(passing(mature.attempts, mature.value, self._zone, age), unit=mature.unit)

    def _groupings(self, several: list[Picked]) -> Iterator[Grouping]:
        sizes = [len(picked.attempts) for picked in several]
        yield Grouping.whole(sum(sizes))
        for place, by in enumerate(self._breakdowns):
            yield grouped(by, [picked.parts[place] for picked in several], sizes)

    def _arenas(self, trials: list[Trials], several: list[Picks], spans: tuple[Days, Days] | None) -> Iterator[Arena]:
        joined = _winsorised(Trials.joined(trials))
        passages = joined.entered.shape[1]
        if spans is None:
            if not joined.entered.any():
                return
            entered = joined.day[joined.entered]
            now, before = ((int(entered.min()), int(entered.max()) + 1),) * passages, None
        else:
            now, before = (spans[0],) * passages, (spans[1],) * passages
        for grouping in self._groupings([picks.mature for picks in several]):
            yield Arena(Kind.DRIFTED, joined, grouping, now, before)

    def _spans(self, attempts: Attempts, age: int | None) -> tuple[Days, Days] | None:
        """The days judged and the days before them; None where no day is old enough."""
        if len(attempts) == 0:
            return None
        last = self._last_day(age)
        now = self._judged_days(last)
        return (now, self._days_before(now)) if now[0] < last else None

    def _judged_days(self, last: int) -> Days:
        """First day judged and first day after, given the first day that is not old enough throughout."""
        end = last if self._period.end is None else min(last, _number(self._period.end))
        start = end - self._rules.days if self._period.start is None else _number(self._period.start)
        return start, max(end, start + 1)

    def _days_before(self, now: Days) -> Days:
        length = self._rules.days_before
        if self._period.start is not None:
            length = max(length, now[1] - now[0])
        return now[0] - length, now[0]


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
