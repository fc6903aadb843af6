"""Plain attempts as the report takes them: ages in place of keys, and the source's numbers in place of places."""

from collections.abc import Sequence

import numpy as np

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, NO_END, OUTCOMES, Attempts
from tragt.funnel.engine.plain import Asked, Merged, merged
from tragt.funnel.engine.rows import COUNTED, EXPECTED, MATURE
from tragt.funnel.engine.settled import Settled
from tragt.funnel.postings import Posting

__all__ = ["settled"]

_CONVERTED, _EXPIRED, _OPEN = (
    OUTCOMES.index(outcome) for outcome in (Outcome.CONVERTED, Outcome.EXPIRED, Outcome.OPEN)
)


def settled(postings: Sequence[Posting], asked: Asked) -> Settled:
    """The attempts of a plain funnel, with what they are chosen for.

    Args:
        postings: The events of each step; of the first only the entries of the period.
        asked: What is asked.
    """
    found = merged([posting.keys for posting in postings], asked)
    return Settled(
        _attempts(postings, asked, found),
        counted=(found.role & COUNTED) > 0,
        mature=(found.role & MATURE) > 0,
        expected=(found.role & EXPECTED) > 0,
        reopened=0,
        backwards=0,
    )


def _attempts(postings: Sequence[Posting], asked: Asked, found: Merged) -> Attempts:
    ages, event = (np.full(found.places.shape, MISSING, dtype=np.int64, order="F") for _ in range(2))
    entry_keys = postings[0].keys[found.places[:, 0]]
    entry = asked.packing.times(entry_keys)
    for number, posting in enumerate(postings):
        here = np.flatnonzero(found.depth > number)
        places = found.places[here, number]
        ages[here, number] = (posting.keys[places] - entry_keys[here]).astype(np.int64)
        event[here, number] = posting.numbers[places]
    window = NO_END if asked.window is None else asked.window
    watched = asked.as_of - entry
    converted = found.depth == len(postings)
    expired = ~converted & (watched >= window)
    n = len(entry)
    return Attempts(
        unit=asked.packing.units(entry_keys),
        entry=entry,
        ages=ages,
        outcome=np.select([converted, expired], [_CONVERTED, _EXPIRED], _OPEN),
        ended=np.where(converted, ages[:, -1], np.where(expired, window, MISSING)),
        matures=np.full(n, window, dtype=np.int64),
        watched=watched,
        taken=np.zeros((n, 0), dtype=np.int64),
        filled=np.zeros(found.places.shape, dtype=np.bool_, order="F"),
        named=np.zeros((n, 0), dtype=np.bool_),
        event=event,
        taken_event=np.zeros((n, 0), dtype=np.int64),
        loss=np.full(n, MISSING, dtype=np.int64),
    )
