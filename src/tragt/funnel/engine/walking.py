"""The walk over a timeline by several threads, and its rows as attempts."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tragt.funnel.attempts import MISSING, NO_END, Attempts
from tragt.funnel.engine.relations import (
    ENDED,
    ENTRY,
    EVENT,
    FILLED,
    LOSS,
    MATURES,
    MOMENT,
    NAMED,
    OUTCOME,
    ROLE,
    TAKEN,
    TAKEN_BY,
    UNIT,
    VOIDED,
    scratch_for,
)
from tragt.funnel.engine.rows import (
    COUNTED,
    EXPECTED,
    MATURE,
    of_optional,
    of_steps,
    rows_for,
)
from tragt.funnel.engine.rules import (
    NONE,
    Compiled,
    Rules,
)
from tragt.funnel.engine.settled import Settled
from tragt.funnel.engine.timeline import (
    Events,
    Timeline,
)
from tragt.funnel.engine.walk import Asked, backward_moves, walk
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["walked"]

_THREADS = 2
_FEWEST_UNITS = 5_000


def walked(known: Compiled, line: Timeline, start: int, end: int, as_of: int) -> tuple[Settled, BoolArray]:
    """The attempts of a period.

    Args:
        known: The definition.
        line: The events.
        start: Earliest moment of an entry, ms since 1970 in UTC.
        end: First moment after.
        as_of: The moment from which it is looked.

    Returns:
        The attempts, and which units of the timeline are left to the reference, shape (units,).
    """
    events, rules, number = line.events, known.rules, len(line.units)
    knotty = np.zeros(number, dtype=np.bool_)
    bounds = _shares(events, min(_THREADS, max(number // _FEWEST_UNITS, 1)))
    room = _room(rules, events)
    longest = int(np.diff(events.start).max(initial=1))

    def part(first: int, last: int) -> IntArray:
        space = rows_for(rules, int(room[first:last].sum()))
        written = walk(events, rules, Asked(first, last, start, end, as_of), space, scratch_for(rules, longest), knotty)
        return space[:written]

    with ThreadPoolExecutor(len(bounds) - 1) as threads:
        parts = list(threads.map(part, bounds[:-1], bounds[1:]))
    rows = np.concatenate(parts)
    counted = (rows[:, ROLE] & COUNTED) > 0
    moves = backward_moves(events, rules, np.unique(rows[counted, UNIT])) if rules.restage else 0
    settled = Settled(
        _attempts(line, rules, rows, as_of),
        counted,
        (rows[:, ROLE] & MATURE) > 0,
        (rows[:, ROLE] & EXPECTED) > 0,
        reopened=int(rows[counted, VOIDED].sum()),
        backwards=int(moves),
    )
    return settled, knotty


def _shares(events: Events, parts: int) -> IntArray:
    """Bounds of so many runs of units with about as many events each."""
    wanted = np.linspace(0, events.start[-1], parts + 1)[1:-1]
    inner = np.unique(np.searchsorted(events.start[:-1], wanted))
    return np.concatenate([[0], inner, [len(events.start) - 1]])


def _room(rules: Rules, events: Events) -> IntArray:
    """How many attempts of each unit may be chosen, at most."""
    opening = np.concatenate([[0], np.cumsum((events.bits & rules.opens) != 0)])
    entries = np.diff(opening[events.start]) + rules.fill
    return entries if rules.every else np.minimum(entries, 3 if rules.best else 1) + 2 * rules.best


def _attempts(line: Timeline, rules: Rules, rows: IntArray, as_of: int) -> Attempts:
    """Rows of the walk with ages in place of moments, and the source's numbers."""
    entry = line.events.time[rows[:, ENTRY]]
    matures = rows[:, MATURES]

    def ages(moments: IntArray) -> IntArray:
        since = entry if moments.ndim == 1 else entry[:, None]
        return np.where(moments == NONE, MISSING, moments - since)

    def numbers(places: IntArray) -> IntArray:
        return np.where(places == NONE, MISSING, line.numbers[places])

    named = of_steps(rules, rows, NAMED) if rules.any_order else np.zeros((len(rows), 0))
    return Attempts(
        unit=line.units[rows[:, UNIT]],
        entry=entry,
        ages=ages(of_steps(rules, rows, MOMENT)),
        outcome=rows[:, OUTCOME].copy(),
        ended=ages(rows[:, ENDED]),
        matures=np.where(matures == NONE, NO_END, matures - entry),
        watched=as_of - entry,
        taken=ages(of_optional(rules, rows, TAKEN)),
        filled=of_steps(rules, rows, FILLED) > 0,
        named=named > 0,
        event=numbers(of_steps(rules, rows, EVENT)),
        taken_event=numbers(of_optional(rules, rows, TAKEN_BY)),
        loss=numbers(rows[:, LOSS]),
    )
