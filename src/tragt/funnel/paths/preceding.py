"""Whether those who pass had met something more often than the others had at the same age.

Who does not pass is watched for longer and has more time to meet things. So each one who passes is compared with the
others who were on the way at that age, whether they pass later or not. The unit of observation is the attempt, from the
moment it reached the step until it passed, ended or was watched no longer.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.stats.arrays import BoolArray, FloatArray, IntArray
from tragt.stats.intervals import Rate, Ratio, ratio, wilson_bounds

__all__ = ["Comparison", "Preceding", "met_between"]


@dataclass(frozen=True, slots=True)
class Preceding:
    """What share of those who passed had met something, and what share of the others who were on the way with them.

    Attributes:
        passed: Of those who passed while others were on the way, with Wilson's limits.
        others: Of the others at the same ages, on average over those who passed, with Wilson's limits.
        correlation: Of the two estimates: who passes has been one of the others before.
    """

    passed: Rate
    others: Rate
    correlation: float

    @property
    def lift(self) -> Ratio | None:
        """How many times as large the one share is as the other; None where both are 0."""
        return ratio(self.passed, self.others, self.correlation)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who was on the way when somebody passed.

    Attributes:
        ages: The different ages at which attempts passed while others were on the way, ascending, shape (p,).
        cases: How many passed at each, shape (p,).
        others: How many were on the way at each and did not pass at it, shape (p,).
        age: How long each attempt was on the way, shape (n,).
        passed: Whether it then passed, shape (n,).
        stayed: At how many of the ages it was one of the others, shape (n,).
        case: Which attempts passed at one of the ages, shape (c,).
        at: The place of the age at which these passed, shape (c,).
    """

    ages: IntArray
    cases: FloatArray
    others: FloatArray
    age: IntArray
    passed: BoolArray
    stayed: IntArray
    case: IntArray
    at: IntArray

    @classmethod
    def of(cls, age: IntArray, passed: BoolArray) -> "Comparison":
        """Compares some attempts.

        Args:
            age: How long each was on the way, shape (n,).
            passed: Whether it then passed, shape (n,).
        """
        ages, cases = np.unique(age[passed], return_counts=True)
        others = len(age) - np.searchsorted(np.sort(age), ages, side="left") - cases
        compared = others > 0
        ages, counted, beside = ages[compared], cases[compared].astype(float), others[compared].astype(float)
        before = np.searchsorted(ages, age, side="left")
        stayed = np.where(passed, before, np.searchsorted(ages, age, side="right"))
        case = np.flatnonzero(passed & np.isin(age, ages))
        return cls(ages, counted, beside, age, passed, stayed, case, before[case])

    def of_met(self, met: IntArray, attempts: IntArray, level: float) -> Preceding | None:
        """What share of each had met something.

        The variance of the others' share is the larger of what the attempts that met it tell, and of what so many
        would have of whom each had met it all the time or never: a few who met it shortly make nothing certain.

        Args:
            met: The age at which it was first met, of the attempts that met it, shape (m,).
            attempts: Which these are, shape (m,); none of them met it when it passed or later.
            level: Confidence level of the limits.

        Returns:
            The shares; None where nobody passed while others were on the way.
        """
        if not len(self.ages):
            return None
        weight = self.cases / self.others / self.cases.sum()
        total = np.concatenate(([0.0], np.cumsum(weight)))
        stayed, case = self.stayed, self.case
        share = self._others_met(met, attempts) / self.others
        here = np.maximum(total[stayed[attempts]] - total[np.searchsorted(self.ages, met, side="right")], 0.0)
        had = np.zeros(len(self.age))
        had[attempts] = 1.0
        one, other = float(had[case].mean()), min(float(here.sum()), 1.0)
        each = -np.concatenate(([0.0], np.cumsum(weight * share)))[stayed]
        each[attempts] += here
        each[case] += (share[self.at] - other) / len(case)
        least = float(np.square(total[stayed]).sum())
        variance = max(float(np.square(each).sum()), other * (1 - other) * least)
        both = float(((had[case] - one) * each[case]).sum()) / len(case)
        spread = (one * (1 - one) / len(case) * variance) ** 0.5
        return Preceding(
            _rate(one, len(case), level),
            _rate(other, other * (1 - other) / variance if 0 < other < 1 else 1 / least, level),
            min(max(both / spread, -1.0), 1.0) if spread > 0 else 0.0,
        )

    def _others_met(self, met: IntArray, attempts: IntArray) -> IntArray:
        """How many of the others had met it before each age, shape (p,)."""
        age, passed = self.age[attempts], self.passed[attempts]
        had = np.searchsorted(np.sort(met), self.ages, side="left")
        gone = np.searchsorted(np.sort(age[passed]), self.ages, side="right")
        return had - gone - np.searchsorted(np.sort(age[~passed]), self.ages, side="left")


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
        .join(_lifts(firsts, Comparison.of(age, passed), level), on="code", how="left")
        .sort(["passed", "dropped", "name"], descending=[True, True, False])
        .select("name", "passed", "dropped", *(column.name for column in shares), *_LIFTS, "rank")
    )


_LIFTS = {"lift": pl.Float64(), "lift_low": pl.Float64(), "lift_high": pl.Float64()}


def _lifts(firsts: pl.DataFrame, comparison: Comparison, level: float) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for (code,), of_it in firsts.group_by("code"):
        found = comparison.of_met(of_it["met"].to_numpy(), of_it["attempt"].to_numpy(), level)
        lift = found and found.lift
        rows.append((code, lift.ratio, lift.low, lift.high) if lift else (code, None, None, None))
    return pl.DataFrame(rows, schema={"code": pl.Int64(), **_LIFTS}, orient="row")


def _rate(share: float, trials: float, level: float) -> Rate:
    low, high = wilson_bounds(share * trials, trials, level)
    return Rate(share, float(low), float(high), level)


def _shares(counts: pl.Series, trials: int, level: float) -> list[pl.Series]:
    """Shares with their limits; missing without trials."""
    successes = counts.to_numpy()
    low, high = wilson_bounds(successes, np.full(len(successes), trials), level)
    rate = successes / trials if trials else np.full(len(successes), np.nan)
    named = (("share", rate), ("share_low", low), ("share_high", high))
    return [pl.Series(f"{counts.name}_{name}", values, dtype=pl.Float64).fill_nan(None) for name, values in named]
