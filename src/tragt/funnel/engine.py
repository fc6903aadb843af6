"""The fast path: ordered funnels over disjoint steps, by merging sorted postings level by level.

It gives what the reference gives, for the definitions it supports; the rest is the reference's.
"""

import numba
import numpy as np
import polars as pl

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, NO_END, OUTCOMES, Attempts
from tragt.funnel.definition import Count, Funnel, Order
from tragt.funnel.durations import milliseconds
from tragt.funnel.postings import Source
from tragt.stats.arrays import IntArray

__all__ = ["Merged", "merge", "supports"]

Merged = tuple[Attempts, IntArray]
"""Every attempt in order of unit, entry and id, and the row of its entry in the source."""


def supports(funnel: Funnel, frame: pl.DataFrame) -> bool:
    """Whether the merge gives this funnel's attempts on this log.

    Args:
        funnel: The definition.
        frame: The events.
    """
    names = [name for step in funnel.steps for name in step.names]
    plain = not (
        funnel.exclude or funnel.lost or funnel.hold or funnel.skips or funnel.tolerance or funnel.window == "session"
    )
    return (
        plain
        and funnel.order == Order.ORDERED
        and funnel.count in (Count.BEST, Count.FIRST)
        and len(set(names)) == len(names)
        and not any(step.optional or step.within for step in funnel.steps)
        and frame.filter(pl.col("name").cast(pl.String).is_in(names))["precision"].n_unique() <= 1
    )


def merge(funnel: Funnel, source: Source, as_of: int) -> Merged:
    """All attempts of all units.

    Args:
        funnel: A definition that is supported.
        source: The postings; no event in them is later than ``as_of``.
        as_of: The moment up to which the log was read, ms since 1970 in UTC.
    """
    entries = source.posting(funnel.steps[0].match)
    length = NO_END if funnel.length is None else milliseconds(funnel.length)
    ages = np.zeros((len(entries.time), len(funnel.steps)), dtype=np.int64)
    moments = entries.time
    for number, step in enumerate(funnel.steps[1:], start=1):
        posting = source.posting(step.match)
        moments = _advance(entries.unit, moments, posting.unit, posting.time)
        age = moments - entries.time
        ages[:, number] = np.where((moments == NO_END) | (age > length), MISSING, age)
    watched = as_of - entries.time
    converted = ages[:, -1] != MISSING
    expired = ~converted & (watched >= length)
    outcome = np.where(converted, OUTCOMES.index(Outcome.CONVERTED), OUTCOMES.index(Outcome.OPEN))
    outcome[expired] = OUTCOMES.index(Outcome.EXPIRED)
    nothing = np.zeros((len(watched), 0), dtype=np.bool_)
    attempts = Attempts(
        unit=entries.unit,
        entry=entries.time,
        ages=ages,
        outcome=outcome,
        ended=np.where(converted, ages[:, -1], np.where(expired, length, MISSING)),
        matures=np.full(len(watched), length, dtype=np.int64),
        watched=watched,
        optional=nothing,
        filled=np.zeros(ages.shape, dtype=np.bool_),
        named=nothing,
    )
    return attempts, entries.row


@numba.njit(cache=True, nogil=True)
def _advance(unit: IntArray, moment: IntArray, next_unit: IntArray, next_time: IntArray) -> IntArray:
    """For each attempt the first event of the next step that is not earlier than the last moment.

    Within a unit moments do not fall, so one pass over both suffices.
    """
    found = np.full(len(unit), NO_END, dtype=np.int64)
    place = 0
    for row in range(len(unit)):
        while place < len(next_unit) and (
            next_unit[place] < unit[row] or (next_unit[place] == unit[row] and next_time[place] < moment[row])
        ):
            place += 1
        if place < len(next_unit) and next_unit[place] == unit[row] and moment[row] != NO_END:
            found[row] = next_time[place]
    return found
