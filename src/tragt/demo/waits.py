"""Latent waits between two steps: drawn for a simulated person, summed exactly for the truth.

The unit is one passing of one step. How likely the passing is, is not said here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tragt.errors import InvalidDefinition

__all__ = ["Spell", "Wait", "WaitSums"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spell:
    """One lognormal part of a wait.

    Args:
        share: Weight of the part in its wait, > 0.
        median_days: Median of the part, in days, > 0.
        sigma: Standard deviation of the logarithm, > 0.
    """

    share: float
    median_days: float
    sigma: float

    def __post_init__(self) -> None:
        if not all(number > 0 for number in (self.share, self.median_days, self.sigma)):
            raise InvalidDefinition(
                "demo.spell_not_positive",
                f"A spell has share {self.share}, median {self.median_days} days and sigma {self.sigma}; "
                "all three must be greater than 0.",
            )


@dataclass(frozen=True, slots=True)
class Wait:
    """Time from one step to the next: a mixture of lognormal spells, such as the quick and the slow.

    Args:
        spells: The parts; their shares add to 1.
    """

    spells: tuple[Spell, ...]

    def __post_init__(self) -> None:
        total = sum(spell.share for spell in self.spells)
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise InvalidDefinition(
                "demo.shares_not_one",
                f"The spells of a wait have shares that add to {total:g}; make them add to 1.",
                total=total,
            )

    def cdf(self, days: Floats) -> Floats:
        """Probability that the wait is at most so long.

        Args:
            days: Any shape, in days; at 0 and below the probability is 0.

        Returns:
            Probabilities of the same shape.
        """
        from scipy.special import ndtr  # noqa: PLC0415 - it takes long to load, and few processes need it

        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(days, 0.0))
        parts = [s.share * ndtr((logs - math.log(s.median_days)) / s.sigma) for s in self.spells]
        return np.asarray(sum(parts), dtype=np.float64)

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Independent waits.

        Args:
            rng: Source of randomness.
            count: How many.

        Returns:
            Array of ``count`` waits in days, all > 0.
        """
        edges = np.cumsum([spell.share for spell in self.spells])[:-1]
        part = np.searchsorted(edges, rng.random(count), side="right")
        logs = np.log([spell.median_days for spell in self.spells])[part]
        sigmas = np.array([spell.sigma for spell in self.spells])[part]
        return np.asarray(np.exp(logs + sigmas * rng.standard_normal(count)), dtype=np.float64)


class WaitSums:
    """Distribution of sums of independent waits up to a horizon, by convolution on a grid.

    Every wait is rounded to the nearest of ``cells`` equal parts of the horizon, so the error of a
    probability falls with the square of the part; the default keeps it below 0.0001 for the
    demonstration firm.

    Args:
        waits: The waits in order; sum i is that of the first i of them, sum 0 is 0.
        horizon_days: Longest sum looked at, in days.
        cells: Parts that the horizon is cut into.
    """

    def __init__(self, waits: Sequence[Wait], horizon_days: float, cells: int = 8192) -> None:
        self._part = horizon_days / cells
        edges = np.arange(-0.5, cells + 1) * self._part
        self._single = [np.diff(wait.cdf(edges)) for wait in waits]
        start = np.zeros(cells + 1)
        start[0] = 1.0
        from scipy.signal import fftconvolve  # noqa: PLC0415  its import takes longer than all others together

        self._sums = [start]
        for single in self._single:
            self._sums.append(fftconvolve(self._sums[-1], single)[: cells + 1])

    def within(self, number: int) -> float:
        """Probability that the sum of the first ``number`` waits is at most the horizon."""
        return float(_cumulated(self._sums[number])[-1])

    def median_of_sum(self, number: int) -> float:
        """Median of the first ``number`` (>= 1) waits together, in days, where they keep to the horizon."""
        return self._median(self._sums[number])

    def median_of_wait(self, number: int) -> float:
        """Median of wait ``number`` (>= 1), in days, where it and those before it keep to the horizon."""
        room = _cumulated(self._sums[number - 1])[::-1]
        return self._median(self._single[number - 1] * room)

    def _median(self, masses: Floats) -> float:
        cumulated = _cumulated(masses)
        return float(np.interp(cumulated[-1] / 2, cumulated, np.arange(masses.size)) * self._part)


def _cumulated(masses: Floats) -> Floats:
    """Probability up to each grid point: half of a point's own mass lies beyond it, save at 0."""
    cumulated = np.cumsum(masses) - masses / 2
    cumulated[0] = masses[0]
    return np.asarray(cumulated, dtype=np.float64)
