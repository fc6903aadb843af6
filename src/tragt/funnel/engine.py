"""The fast path: ordered funnels over disjoint steps and losses, by merging sorted postings level by level.

It gives what the reference gives, for the definitions it supports; the rest is the reference's.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, NO_END, OUTCOMES, Attempts
from tragt.funnel.definition import Count, Funnel, Match, Order
from tragt.funnel.durations import milliseconds
from tragt.funnel.postings import Posting, Source
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Merged", "merge", "supports"]


@dataclass(frozen=True, slots=True)
class Merged:
    """Every attempt of every unit, in order of unit, entry and id.

    Attributes:
        attempts: The attempts.
        entry_row: Row of each entry in the source, shape (n,).
        loss_row: Row of the event that lost each attempt, shape (n,); `MISSING` where none did.
    """

    attempts: Attempts
    entry_row: IntArray
    loss_row: IntArray

    def rows(self, chosen: IntArray | BoolArray) -> "Merged":
        """The attempts of some rows."""
        return Merged(self.attempts.rows(chosen), self.entry_row[chosen], self.loss_row[chosen])


def supports(funnel: Funnel, frame: pl.DataFrame) -> bool:
    """Whether the merge gives this funnel's attempts on this log.

    Args:
        funnel: The definition.
        frame: The events.
    """
    names = [name for match in (*(step.match for step in funnel.steps), *funnel.lost) for name in match.names]
    special = (funnel.exclude, funnel.reopen, funnel.hold, funnel.skips, funnel.tolerance, funnel.window == "session")
    return (
        not any(special)
        and funnel.order == Order.ORDERED
        and funnel.count in (Count.BEST, Count.FIRST)
        and len(set(names)) == len(names)
        and len({match.where for match in funnel.lost}) <= 1
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
    ages = np.zeros((len(entries.time), len(funnel.steps)), dtype=np.int64)
    moments = entries.time
    for number, step in enumerate(funnel.steps[1:], start=1):
        moments, _ = _next(entries.unit, moments, source.posting(step.match))
        ages[:, number] = np.where(moments == NO_END, NO_END, moments - entries.time)
    lost, loss_row = _losses(funnel, source, entries)
    window = NO_END if funnel.length is None else milliseconds(funnel.length)
    watched = as_of - entries.time
    expired = np.where(watched >= window, window, NO_END)
    endings = np.column_stack([ages[:, -1], lost, expired])
    ended, ending = endings.min(axis=1), endings.argmin(axis=1)
    outcome = np.where(ended == NO_END, OUTCOMES.index(Outcome.OPEN), _ENDINGS[ending])
    nothing = np.zeros((len(watched), 0), dtype=np.bool_)
    attempts = Attempts(
        unit=entries.unit,
        entry=entries.time,
        ages=np.where((ages > ended[:, None]) | (ages > window) | (ages == NO_END), MISSING, ages),
        outcome=outcome,
        ended=np.where(ended == NO_END, MISSING, ended),
        matures=np.full(len(watched), window, dtype=np.int64),
        watched=watched,
        optional=nothing,
        filled=np.zeros(ages.shape, dtype=np.bool_),
        named=nothing,
    )
    return Merged(attempts, entries.row, np.where(attempts.of(Outcome.LOST), loss_row, MISSING))


_ENDINGS = np.array([OUTCOMES.index(outcome) for outcome in (Outcome.CONVERTED, Outcome.LOST, Outcome.EXPIRED)])


def _losses(funnel: Funnel, source: Source, entries: Posting) -> tuple[IntArray, IntArray]:
    """Age and row of the first loss of each attempt; `NO_END` and `MISSING` where there is none."""
    if not funnel.lost:
        nothing = np.full(len(entries.time), MISSING, dtype=np.int64)
        return np.full(len(entries.time), NO_END, dtype=np.int64), nothing
    lost = Match(tuple(name for match in funnel.lost for name in match.names), funnel.lost[0].where)
    moment, row = _next(entries.unit, entries.time, source.posting(lost))
    return np.where(moment == NO_END, NO_END, moment - entries.time), row


def _next(unit: IntArray, moment: IntArray, posting: Posting) -> tuple[IntArray, IntArray]:
    """Moment and row of the first event that is not earlier than each moment; `NO_END` and `MISSING` without one."""
    from tragt.funnel.kernel import advance  # noqa: PLC0415 - the compiler takes long to load, and few processes count

    place = advance(unit, moment, posting.unit, posting.time)
    found = place != MISSING
    times = np.full(len(place), NO_END, dtype=np.int64)
    rows = np.full(len(place), MISSING, dtype=np.int64)
    times[found], rows[found] = posting.time[place[found]], posting.row[place[found]]
    return times, rows
