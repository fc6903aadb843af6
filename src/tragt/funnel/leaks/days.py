"""Who passed each step day by day, group by group: what `monitoring` watches. The unit of observation is the day.

Pure: only days on which everyone has had the full time are given, so that young days do not look like leaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from tragt.funnel.leaks.choosing import Choosing
from tragt.funnel.leaks.judging import Arena
from tragt.funnel.leaks.monitoring import Watch, Watching, begin, observe, overlook
from tragt.funnel.leaks.result import Kind
from tragt.funnel.leaks.rules import Rules
from tragt.funnel.leaks.search import Search, dates
from tragt.funnel.leaks.trials import Usual, by_day
from tragt.funnel.postings import Layered
from tragt.funnel.question import Breakdown, Question
from tragt.funnel.value import Value
from tragt.stats.arrays import BoolArray, FloatArray

__all__ = ["LEARNT", "Daily", "Span", "Usual", "daily", "spans"]

LEARNT = 28
"""So many days are taken as they were, before anything is watched."""

GATHERED = 6

Cell = tuple[int, int]
"""Number of the passage, and of the group."""


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """The days of some passages, for all groups of a breakdown.

    Attributes:
        kind: What becomes of those who do not pass.
        by: The breakdown; None is all attempts as one group.
        values: The value of each group; the last one gathers the rest where ``other``.
        other: Whether it does.
        passages: The titles that each passage leads from and to, k of them.
        first: The first day.
        entered: Trials, shape (k, g, d).
        kept: Successes, of the same shape.
        chance: Share of those who got on at each passage who reached the last step, shape (k,); NaN where nobody did.
        value: What a conversion is worth on average; None where none has a value.
        usual: The time that all had, in milliseconds: the age at which they are compared, or how long those who go on
            hardly ever stay; None where attempts end by themselves.
    """

    kind: Kind
    by: Breakdown | None
    values: tuple[object, ...]
    other: bool
    passages: tuple[tuple[str, str], ...]
    first: date
    entered: FloatArray
    kept: FloatArray
    chance: FloatArray
    value: float | None
    usual: int | None

    @property
    def days(self) -> int:
        """How many days there are."""
        return int(self.entered.shape[2])


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days on which a cell was a leak.

    Attributes:
        cell: Number of the passage, and of the group.
        opened: Number of the day on which it was known, from 0.
        closed: Number of the day on which it was no more; None where it is open.
        days: How many days are counted: those on which it was open, and the six before, for evidence is gathered.
        entered: Trials on these days.
        kept: Successes on them.
        reference: The rate that they are compared with.
    """

    cell: Cell
    opened: int
    closed: int | None
    days: int
    entered: float
    kept: float
    reference: float


def daily(
    question: Question,
    log: Layered,
    *,
    by: Sequence[str] = (),
    rules: Rules | None = None,
    units: BoolArray | None = None,
    usual: Usual | None = None,
) -> tuple[Daily, ...]:
    """Who passed each step day by day: of all, and of each value of some properties.

    Args:
        question: What is asked; its breakdown and its period play no part.
        log: The postings; they must know the properties, and that of the money.
        by: Properties of the entry.
        rules: Which property is money; nothing else of them plays a part.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.
        usual: How long things usually take, as far as that was told before, so that a day stays what it was while the
            log grows; else the attempts tell it.
    """
    asked = rules or Rules()
    value = Value(asked.value) if isinstance(asked.value, str) else asked.value
    valued = replace(question, value=value)
    breakdowns = tuple(Breakdown(one) for one in by)
    search = Search(valued, breakdowns, asked, Choosing(valued, log, breakdowns, units=units))
    titles = [question.funnel.steps[place].title for place in question.funnel.required]
    arenas = search.of_all_days(usual or Usual())
    found = (_daily(arena, last, list(pairwise(titles)), took) for arena, last, took in arenas)
    return tuple(one for one in found if one is not None)


def spans(
    counted: Daily, rules: Watching, overlooked: Mapping[Cell, int] | None = None, learnt: int = LEARNT
) -> list[Span]:
    """On which days which cells were leaks, when looked at day by day as the days went by.

    Args:
        counted: The days.
        rules: How closely to watch.
        overlooked: For cells that somebody acted on: the number of the last day that is not held against the remedy.
        learnt: How many days at the beginning are taken as they were; with fewer there is nothing to watch.
    """
    if counted.days <= learnt:
        return []
    watch = begin(counted.entered[..., :learnt], counted.kept[..., :learnt], rules)
    until = np.full(counted.entered.shape[:2], -1)
    for cell, day in (overlooked or {}).items():
        until[cell] = day
    begun: dict[Cell, tuple[int, float]] = {}
    found: list[Span] = []
    for day in range(learnt, counted.days):
        before, watch = watch, observe(watch, counted.entered[..., day], counted.kept[..., day])
        if np.any(until >= day):
            watch = overlook(before, watch, until >= day)
        begun |= {cell: (day, _reference(before, cell)) for cell in _cells(watch.open & ~before.open)}
        found += [_span(counted, cell, begun.pop(cell), day) for cell in _cells(before.open & ~watch.open)]
    return [*found, *(_span(counted, cell, one, None) for cell, one in begun.items())]


def _daily(arena: Arena, last: int, passages: list[tuple[str, str]], usual: int | None) -> Daily | None:
    trials = arena.trials
    here = np.flatnonzero(trials.entered.any(axis=0))
    first = min((arena.now[step][0] for step in here), default=last)
    if first >= last:
        return None
    counts = [by_day(trials, arena.grouping, int(step), (first, last)) for step in here]
    on = trials.kept if arena.kind is Kind.DRIFTED else trials.entered
    number = on[:, here].sum(axis=0)
    won = (on & trials.converted[:, None])[:, here].sum(axis=0)
    known = trials.value[~np.isnan(trials.value)]
    return Daily(
        kind=arena.kind,
        by=arena.grouping.by,
        values=arena.grouping.values,
        other=arena.grouping.other,
        passages=tuple(passages[step] for step in here),
        first=dates((first, last))[0],
        entered=np.array([one.entered for one in counts]),
        kept=np.array([one.passed for one in counts]),
        chance=np.where(number > 0, won / np.maximum(number, 1), np.nan),
        value=float(known.mean()) if len(known) else None,
        usual=usual,
    )


def _cells(chosen: BoolArray) -> list[Cell]:
    return [(int(step), int(group)) for step, group in np.argwhere(chosen)]


def _reference(watch: Watch, cell: Cell) -> float:
    entered = float(watch.entered[cell])
    return float(watch.kept[cell]) / entered if entered else float("nan")


def _span(counted: Daily, cell: Cell, begun: tuple[int, float], closed: int | None) -> Span:
    opened, reference = begun
    end = counted.days if closed is None else closed
    step, group = cell
    start = max(opened - GATHERED, 0)
    entered, kept = (float(one[step, group, start:end].sum()) for one in (counted.entered, counted.kept))
    return Span(cell, opened, closed, end - start, entered, kept, reference)
