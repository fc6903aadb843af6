"""How many units had entered a funnel by a day, whatever they did afterwards. The unit of observation is the unit."""

from datetime import date

import numpy as np

from tragt.funnel.engine.settling import start_of_day
from tragt.funnel.engine.steps import entries_of
from tragt.funnel.postings import Layered, Posting, Source
from tragt.funnel.question import Question
from tragt.funnel.reading import Counting
from tragt.stats.arrays import BoolArray

__all__ = ["entered_before"]


def entered_before(question: Question, log: Layered, day: date, units: BoolArray | None = None) -> int:
    """How many units have an event of the first step in the period and before a day.

    Args:
        question: What is asked.
        log: The log.
        day: The first day that does not count, in the organisation's zone.
        units: Which units of ``log.clean`` count, shape (units,); None is all. Those of ``log.fresh`` all do.
    """
    funnel, period = question.funnel, question.period
    end = day if period.end is None else min(day, period.end)
    found = 0
    for source, counted in log.layers(units):
        counting = Counting(question.as_of, funnel.robots, funnel.own, counted)
        entries = entries_of(funnel, source, counting)
        start = None if period.start is None else start_of_day(period.start, source.zone)
        found += _units_between(source, entries, start, start_of_day(end, source.zone))
    return found


def _units_between(source: Source, entries: Posting, start: int | None, end: int) -> int:
    times = source.packing.times(entries.keys)
    inside = times < end
    if start is not None:
        inside &= times >= start
    units = source.packing.units(entries.keys[inside])
    return int(np.count_nonzero(np.diff(units))) + 1 if len(units) else 0
