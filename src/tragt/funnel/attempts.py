"""Attempts as arrays: what every engine hands to the report, whatever it computed them from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tragt.funnel.attempt import Attempt, Outcome
from tragt.funnel.definition import Funnel
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["MISSING", "NO_END", "OUTCOMES", "Attempts", "Chosen", "Membership", "Selected"]

MISSING = -1
"""The age of what did not happen."""

NO_END = np.iinfo(np.int64).max
"""The moment an attempt without a window is mature."""

OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts, one a row; ages in milliseconds since the entry.

    Attributes:
        unit: Number of the unit, shape (n,).
        entry: Moment of the entry, ms since 1970 in UTC, shape (n,).
        ages: Age at which each required step was reached, shape (n, k); `MISSING` where it was not.
        outcome: Index into `OUTCOMES`, shape (n,).
        ended: Age at which the attempt ended, shape (n,); `MISSING` while it is open.
        matures: Age at which it is mature, shape (n,); `NO_END` without a window.
        watched: Age to which it was watched, shape (n,).
        optional: Whether each optional step was taken, shape (n, m).
        filled: Whether only a later stage reached each required step, shape (n, k).
        named: With any order, whether a valid assignment includes each step, shape (n, k); else empty (n, 0).
    """

    unit: IntArray
    entry: IntArray
    ages: IntArray
    outcome: IntArray
    ended: IntArray
    matures: IntArray
    watched: IntArray
    optional: BoolArray
    filled: BoolArray
    named: BoolArray

    def __len__(self) -> int:
        return len(self.entry)

    @property
    def depth(self) -> IntArray:
        """How many required steps each attempt reached, shape (n,)."""
        return np.asarray((self.ages != MISSING).sum(axis=1), dtype=np.int64)

    def of(self, outcome: Outcome) -> BoolArray:
        """Which attempts stand so, shape (n,)."""
        return np.asarray(self.outcome == OUTCOMES.index(outcome))

    def rows(self, chosen: IntArray | BoolArray) -> "Attempts":
        """The attempts of some rows."""
        return Attempts(*(getattr(self, name)[chosen] for name in self.__slots__))

    @classmethod
    def from_objects(cls, funnel: Funnel, attempts: Sequence[Attempt], as_of: int) -> "Attempts":
        """Arrays from single attempts.

        Args:
            funnel: The definition they are attempts of.
            attempts: The attempts.
            as_of: The moment up to which they were watched, ms since 1970 in UTC.
        """
        n, steps = len(attempts), len(funnel.required)
        optional = len(funnel.steps) - steps
        numbers = {unit: number for number, unit in enumerate(dict.fromkeys(a.unit for a in attempts))}
        ages = np.full((n, steps), MISSING, dtype=np.int64)
        filled = np.zeros((n, steps), dtype=np.bool_)
        named = np.zeros((n, steps if funnel.order == "any" else 0), dtype=np.bool_)
        for row, attempt in enumerate(attempts):
            ages[row, : attempt.depth] = [moment - attempt.entry.time for moment in attempt.moments]
            filled[row, : attempt.depth] = attempt.filled
            named[row, list(attempt.named)] = True
        entry = np.array([a.entry.time for a in attempts], dtype=np.int64)
        return cls(
            unit=np.array([numbers[a.unit] for a in attempts], dtype=np.int64),
            entry=entry,
            ages=ages,
            outcome=np.array([OUTCOMES.index(a.outcome) for a in attempts], dtype=np.int64),
            ended=np.array([MISSING if a.ended is None else a.ended - a.entry.time for a in attempts], dtype=np.int64),
            matures=np.array(
                [NO_END if a.matures is None else a.matures - a.entry.time for a in attempts], dtype=np.int64
            ),
            watched=as_of - entry,
            optional=np.array([[m is not None for m in a.optional] for a in attempts], dtype=np.bool_).reshape(
                n, optional
            ),
            filled=filled,
            named=named,
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """Which parts of a breakdown or a trend attempts belong to.

    Attributes:
        rows: Row of the attempt, shape (p,); a row stands more than once where parts overlap.
        codes: Index of the part's value, shape (p,).
        values: The values; None is absent.
    """

    rows: IntArray
    codes: IntArray
    values: tuple[object, ...]

    @classmethod
    def of(cls, values: Sequence[Sequence[object]]) -> "Membership":
        """Membership from each attempt's values."""
        codes: dict[object, int] = {}
        pairs = [(row, codes.setdefault(value, len(codes))) for row, several in enumerate(values) for value in several]
        rows = np.array([row for row, _ in pairs], dtype=np.int64)
        return cls(rows, np.array([code for _, code in pairs], dtype=np.int64), tuple(codes))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some attempts and, where a breakdown was asked for, the parts they belong to."""

    attempts: Attempts
    parts: Membership | None = None


@dataclass(frozen=True, slots=True)
class Selected:
    """The attempts that a report rests on, and what only the log could tell.

    Attributes:
        counted: Those the counts are of.
        mature: Those the observed rates rest on.
        expected: Those the expected rates and the times rest on.
        loss_reasons: Of those lost, how many for each reason; None without losses.
        backwards: Moves to an earlier stage; None where the funnel is not over stages.
        reopened: Losses that a later event made void; None without losses.
    """

    counted: Chosen
    mature: Chosen
    expected: Chosen
    loss_reasons: dict[str, int] | None = None
    backwards: int | None = None
    reopened: int | None = None
