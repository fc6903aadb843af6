"""Attempts as arrays: what every engine hands to the report, whatever it computed them from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tragt.funnel.attempt import Attempt, Outcome
from tragt.funnel.definition import Funnel
from tragt.stats.arrays import BoolArray, FloatArray, IntArray

__all__ = ["MISSING", "NO_END", "OUTCOMES", "Attempts", "Chosen", "Membership", "Selected"]

MISSING = -1
"""The age of what did not happen."""

NO_END = np.iinfo(np.int64).max
"""The moment an attempt without a window is mature."""

OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts, one a row; ages in milliseconds since the entry. A column of a table lies in one piece in memory.

    Attributes:
        unit: Number of the unit, shape (n,).
        entry: Moment of the entry, ms since 1970 in UTC, shape (n,).
        ages: Age at which each required step was reached, shape (n, k); `MISSING` where it was not.
        outcome: Index into `OUTCOMES`, shape (n,).
        ended: Age at which the attempt ended, shape (n,); `MISSING` while it is open.
        matures: Age at which it is mature, shape (n,); `NO_END` without a window.
        watched: Age to which it was watched, shape (n,).
        taken: Age at which each optional step was taken, shape (n, m); `MISSING` where it was not.
        filled: Whether only a later stage reached each required step, shape (n, k).
        named: With any order, whether a valid assignment includes each step, shape (n, k); else empty (n, 0).
        event: Number of the event that reached each required step, shape (n, k); `MISSING` where it was not.
        taken_event: Number of the event that took each optional step, shape (n, m); `MISSING` where none did.
        loss: Number of the event that lost it, shape (n,); `MISSING` where it is not lost.
    """

    unit: IntArray
    entry: IntArray
    ages: IntArray
    outcome: IntArray
    ended: IntArray
    matures: IntArray
    watched: IntArray
    taken: IntArray
    filled: BoolArray
    named: BoolArray
    event: IntArray
    taken_event: IntArray
    loss: IntArray

    def __len__(self) -> int:
        return len(self.entry)

    @property
    def depth(self) -> IntArray:
        """How many required steps each attempt reached, shape (n,)."""
        return np.asarray((self.ages != MISSING).sum(axis=1), dtype=np.int64)

    @property
    def optional(self) -> BoolArray:
        """Whether each optional step was taken, shape (n, m)."""
        return np.asarray(self.taken != MISSING)

    def of(self, outcome: Outcome) -> BoolArray:
        """Which attempts stand so, shape (n,)."""
        return np.asarray(self.outcome == OUTCOMES.index(outcome))

    def rows(self, chosen: IntArray | BoolArray) -> "Attempts":
        """The attempts of some rows."""
        rows = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Attempts(*(np.take(getattr(self, name).T, rows, axis=-1).T for name in self.__slots__))

    @classmethod
    def joined(cls, several: "Sequence[Attempts]") -> "Attempts":
        """The attempts of several, one after the other."""
        return cls(*(np.concatenate([getattr(one, name) for one in several]) for name in cls.__slots__))

    @classmethod
    def from_objects(cls, funnel: Funnel, attempts: Sequence[Attempt], as_of: int) -> "Attempts":
        """Arrays from single attempts.

        Args:
            funnel: The definition they are attempts of.
            attempts: The attempts; units and ids of events are numbers, written out.
            as_of: The moment up to which they were watched, ms since 1970 in UTC.
        """
        n, steps = len(attempts), len(funnel.required)
        optional = len(funnel.steps) - steps
        ages = np.full((n, steps), MISSING, dtype=np.int64)
        event = np.full((n, steps), MISSING, dtype=np.int64)
        taken = np.full((n, optional), MISSING, dtype=np.int64)
        taken_event = np.full((n, optional), MISSING, dtype=np.int64)
        filled = np.zeros((n, steps), dtype=np.bool_)
        named = np.zeros((n, steps if funnel.order == "any" else 0), dtype=np.bool_)
        for row, attempt in enumerate(attempts):
            ages[row, : attempt.depth] = [moment - attempt.entry.time for moment in attempt.moments]
            event[row, : attempt.depth] = [int(one.id) for one in attempt.events]
            taken[row] = [MISSING if m is None else m - attempt.entry.time for m in attempt.optional]
            taken_event[row] = [MISSING if one is None else int(one.id) for one in attempt.optional_events]
            filled[row, : attempt.depth] = attempt.filled
            named[row, list(attempt.named)] = True
        entry = np.array([a.entry.time for a in attempts], dtype=np.int64)
        return cls(
            unit=np.array([int(a.unit) for a in attempts], dtype=np.int64),
            entry=entry,
            ages=ages,
            outcome=np.array([OUTCOMES.index(a.outcome) for a in attempts], dtype=np.int64),
            ended=np.array([MISSING if a.ended is None else a.ended - a.entry.time for a in attempts], dtype=np.int64),
            matures=np.array(
                [NO_END if a.matures is None else a.matures - a.entry.time for a in attempts], dtype=np.int64
            ),
            watched=as_of - entry,
            taken=taken,
            filled=filled,
            named=named,
            event=event,
            taken_event=taken_event,
            loss=np.array([MISSING if a.loss is None else int(a.loss.id) for a in attempts], dtype=np.int64),
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

    @classmethod
    def joined(cls, several: "Sequence[Membership]", lengths: Sequence[int]) -> "Membership":
        """The membership of several sets of attempts, one after the other.

        Args:
            several: Their memberships.
            lengths: How many attempts each has.
        """
        codes: dict[object, int] = {}
        numbered = [np.array([codes.setdefault(v, len(codes)) for v in one.values], dtype=np.int64) for one in several]
        starts = np.cumsum([0, *lengths[:-1]])
        return cls(
            np.concatenate([one.rows + start for one, start in zip(several, starts, strict=True)]),
            np.concatenate([number[one.codes] for one, number in zip(several, numbered, strict=True)]),
            tuple(codes),
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some attempts and what was asked of them besides.

    Attributes:
        attempts: The attempts.
        parts: Where a breakdown was asked for, the parts they belong to.
        values: Where a money property was chosen, the value of each at each required step, shape (n, k); NaN where
            there is none.
    """

    attempts: Attempts
    parts: Membership | None = None
    values: FloatArray | None = None

    def rows(self, chosen: IntArray) -> "Chosen":
        """The attempts of some rows, without their parts."""
        return Chosen(self.attempts.rows(chosen), None, None if self.values is None else self.values[chosen])

    @classmethod
    def joined(cls, several: "Sequence[Chosen]") -> "Chosen":
        """The attempts of several, one after the other."""
        parts = [one.parts for one in several if one.parts is not None]
        values = [one.values for one in several if one.values is not None]
        lengths = [len(one.attempts) for one in several]
        return cls(
            Attempts.joined([one.attempts for one in several]),
            Membership.joined(parts, lengths) if parts else None,
            np.concatenate(values) if values else None,
        )


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
