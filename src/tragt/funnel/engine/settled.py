"""The attempts that an engine has settled: arrays with their roles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tragt.funnel.attempts import Attempts
from tragt.stats.arrays import BoolArray

__all__ = ["Settled"]


@dataclass(frozen=True, slots=True)
class Settled:
    """The attempts of a period, one a row, in no particular order.

    Attributes:
        attempts: The attempts.
        counted: Which of them count, shape (n,).
        mature: Which of them the observed rates rest on, shape (n,).
        expected: Which of them the expected rates rest on, shape (n,).
        reopened: Losses of those that count that a later event made void.
        backwards: In a funnel over stages, moves to an earlier stage by units that count.
    """

    attempts: Attempts
    counted: BoolArray
    mature: BoolArray
    expected: BoolArray
    reopened: int
    backwards: int

    @classmethod
    def joined(cls, several: "Sequence[Settled]") -> "Settled":
        """The attempts of several, one after the other."""
        return cls(
            Attempts.joined([one.attempts for one in several]),
            counted=np.concatenate([one.counted for one in several]),
            mature=np.concatenate([one.mature for one in several]),
            expected=np.concatenate([one.expected for one in several]),
            reopened=sum(one.reopened for one in several),
            backwards=sum(one.backwards for one in several),
        )
