"""Whether those who pass had met something more often than the others had at the same age.

Who does not pass is watched for longer and has more time to meet things. So each one who passes is compared with all
who were still on the way at that age, themselves included. The unit of observation is the attempt, from the moment it
reached the step until it passed, ended or was watched no longer.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.stats.arrays import BoolArray, FloatArray, IntArray
from tragt.stats.intervals import normal_quantile, wilson_bounds

__all__ = ["Excess", "RiskSets", "met_between"]


@dataclass(frozen=True, slots=True)
class Excess:
    """How many of those who passed had met something, and how many would have if it made no difference.

    Attributes:
        observed: How many had, strictly before they passed.
        expected: How many would have: the sum, over those who passed, of the share of all then on the way who had.
        variance: Of the observed number where it makes no difference.
    """

    observed: int
    expected: float
    variance: float

    def lift(self, z: float) -> tuple[float, float, float] | None:
        """Observed ÷ expected, with limits z standard deviations to both sides; None where none was expected."""
        if self.expected <= 0:
            return None
        half = z * self.variance**0.5
        low, high = max(self.observed - half, 0.0), self.observed + half
        return self.observed / self.expected, low / self.expected, high / self.expected


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Who was on the way when somebody passed.

    Attributes:
        ages: The different ages at which attempts passed, ascending, shape (p,).
        passed: How many passed at each, shape (p,).
        on_the_way: How many had neither passed nor ended before it, shape (p,).
    """

    ages: IntArray
    passed: FloatArray
    on_the_way: FloatArray

    @classmethod
    def of(cls, age: IntArray, passed: BoolArray) -> "RiskSets":
        """The risk sets of some attempts.

        Args:
            age: How long each was on the way, shape (n,).
            passed: Whether it then passed, shape (n,).
        """
        ages, counts = np.unique(age[passed], return_counts=True)
        gone = np.searchsorted(np.sort(age), ages, side="left")
        return cls(ages, counts.astype(np.float64), (len(age) - gone).astype(np.float64))

    def excess(self, met: IntArray, age: IntArray, passed: BoolArray) -> Excess:
        """Whether those who passed had met something more often than the others.

        Args:
            met: The age at which it was first met, of the attempts that met it, shape (m,).
            age: How long these attempts were on the way, not smaller than `met`, shape (m,).
            passed: Whether they then passed, shape (m,).

        References:
            Mantel, N. and Byar, D. P. (1974). Evaluation of response-time data involving transient states: an
            illustration using heart-transplant data. Journal of the American Statistical Association 69, 81-86.
        """
        had = np.searchsorted(np.sort(met), self.ages, side="left")
        left = np.searchsorted(np.sort(age), self.ages, side="left")
        share = (had - left) / self.on_the_way
        at_once = (self.on_the_way - self.passed) / np.maximum(self.on_the_way - 1, 1)
        return Excess(
            observed=int(passed.sum()),
            expected=float((self.passed * share).sum()),
            variance=float((self.passed * share * (1 - share) * at_once).sum()),
        )


def met_between(events: pl.DataFrame, names: pl.Series, age: IntArray, passed: BoolArray, level: float) -> pl.DataFrame:
    """What attempts met on the way from a step to the next one.

    Args:
        events: ``attempt``, ``code`` of the name, age ``met`` and whether the attempt ``passed``, in order of time.
        names: What the codes stand for.
        age: How long each attempt was on the way, shape (n,).
        passed: Whether it then passed, shape (n,).
        level: Confidence level of the limits.

    Returns:
        As `tragt.funnel.paths.Between` describes its ``names``.
    """
    firsts = events.group_by("attempt", "code").agg(pl.col("met").min(), pl.col("passed").first())
    ranks = firsts.filter("passed").with_columns(rank=pl.col("met").rank("average").over("attempt"))
    counted = (
        firsts.group_by("code")
        .agg(passed=pl.col("passed").sum().cast(pl.Int64), dropped=pl.col("passed").not_().sum().cast(pl.Int64))
        .join(ranks.group_by("code").agg(pl.col("rank").median()), on="code", how="left")
    )
    found = counted.with_columns(name=names.gather(counted["code"]))
    shares = [
        column
        for arm, of in (("passed", passed), ("dropped", ~passed))
        for column in _shares(found[arm], int(of.sum()), level)
    ]
    return (
        found.with_columns(shares)
        .join(_lifts(firsts, age, passed, normal_quantile(level)), on="code", how="left")
        .sort(["passed", "dropped", "name"], descending=[True, True, False])
        .select("name", "passed", "dropped", *(column.name for column in shares), *_LIFTS, "rank")
    )


_LIFTS = {"lift": pl.Float64(), "lift_low": pl.Float64(), "lift_high": pl.Float64()}


def _lifts(firsts: pl.DataFrame, age: IntArray, passed: BoolArray, z: float) -> pl.DataFrame:
    sets = RiskSets.of(age, passed)
    rows = [
        (code, *(sets.excess(met, age[attempts], passed[attempts]).lift(z) or (None, None, None)))
        for (code,), rows_of in firsts.group_by("code")
        for met, attempts in [(rows_of["met"].to_numpy(), rows_of["attempt"].to_numpy())]
    ]
    return pl.DataFrame(rows, schema={"code": pl.Int64(), **_LIFTS}, orient="row")


def _shares(counts: pl.Series, trials: int, level: float) -> list[pl.Series]:
    """Shares with their limits; missing without trials."""
    successes = counts.to_numpy()
    low, high = wilson_bounds(successes, np.full(len(successes), trials), level)
    rate = successes / trials if trials else np.full(len(successes), np.nan)
    named = (("share", rate), ("share_low", low), ("share_high", high))
    return [pl.Series(f"{counts.name}_{name}", values, dtype=pl.Float64).fill_nan(None) for name, values in named]
