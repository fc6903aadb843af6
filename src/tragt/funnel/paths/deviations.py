"""How real paths deviate from the ideal one: what was skipped, gone back to, repeated, re-opened.

The unit of observation is one deviation of one attempt. What it goes with in time is a comparison of those that
deviated with those that did not; the deviation need not be the cause.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from tragt.funnel.paths.touches import spread
from tragt.stats.intervals import Rate, wilson

__all__ = ["Deviation", "DeviationKind", "deviating", "deviations"]


class DeviationKind(StrEnum):
    """How a real path may deviate from the ideal one."""

    SKIPPED = "skipped"
    RETURNED = "returned"
    REPEATED = "repeated"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way of deviating, and what it goes with.

    Attributes:
        kind: Skipped: a stage before the deepest one was never entered. Returned: an earlier stage was entered.
            Repeated: the same stage was entered again at once. Reopened: it went on after a loss.
        stage: The stage that was skipped, repeated or left; None for re-openings.
        back_to: The stage that was returned to; else None.
        attempts: How many attempts deviated so.
        times: How often in all.
        share: Share of all attempts.
        seconds: Median time from entry to conversion of those that deviated so and converted; None of fewer than 5.
        seconds_otherwise: The same of those that converted and did not deviate so.
    """

    kind: DeviationKind
    stage: str | None
    back_to: str | None
    attempts: int
    times: int
    share: Rate
    seconds: float | None
    seconds_otherwise: float | None

    @property
    def cost_seconds(self) -> float | None:
        """By how much those that deviated so took longer; negative where they were faster; None where unknown."""
        if self.seconds is None or self.seconds_otherwise is None:
            return None
        return self.seconds - self.seconds_otherwise


def deviating(trace: pl.DataFrame, stages: int) -> pl.DataFrame:
    """Every deviation of every attempt.

    Args:
        trace: What each attempt went through, as `tragt.funnel.paths.traces.traces` gives it.
        stages: How many stages there are.

    Returns:
        ``attempt``, ``kind``, ``stage`` and ``back_to`` (from 0; missing where the kind has none).
    """
    entries = trace.filter(pl.col("stage") < stages)
    before = pl.col("stage").shift().over("attempt")
    moved = entries.with_columns(before=before).drop_nulls("before")
    reopened = trace.with_columns(before=before).filter((pl.col("before") == stages) & (pl.col("stage") != stages))
    nowhere = pl.lit(None, pl.Int64)
    found = {
        DeviationKind.SKIPPED: _skipped(entries, stages).select("attempt", "stage", back_to=nowhere),
        DeviationKind.RETURNED: moved.filter(pl.col("stage") < pl.col("before")).select(
            "attempt", stage="before", back_to="stage"
        ),
        DeviationKind.REPEATED: moved.filter(pl.col("stage") == pl.col("before")).select(
            "attempt", "stage", back_to=nowhere
        ),
        DeviationKind.REOPENED: reopened.select("attempt", stage=nowhere, back_to=nowhere),
    }
    return pl.concat(rows.with_columns(kind=pl.lit(str(kind))) for kind, rows in found.items())


def _skipped(entries: pl.DataFrame, stages: int) -> pl.DataFrame:
    """The stages before the deepest one of each attempt that it never entered."""
    deepest = entries.group_by("attempt").agg(deepest=pl.col("stage").max())
    before = deepest.join(pl.DataFrame({"stage": np.arange(stages)}), how="cross").filter(
        pl.col("stage") < pl.col("deepest")
    )
    return before.join(entries, on=["attempt", "stage"], how="anti")


def deviations(found: pl.DataFrame, seconds: pl.Series, titles: Sequence[str], level: float) -> Iterator[Deviation]:
    """Each way of deviating, the most frequent first.

    Args:
        found: Every deviation of every attempt, as `deviating` gives it.
        seconds: Of each attempt, the time from entry to conversion; missing where it did not convert.
        titles: What the stages are called.
        level: Confidence level of the shares.
    """
    ways = (
        found.group_by("kind", "stage", "back_to")
        .agg(attempts=pl.col("attempt").unique(), times=pl.len())
        .sort(
            [pl.col("attempts").list.len(), "times", "kind", "stage", "back_to"],
            descending=[True, True, False, False, False],
        )
    )
    for kind, stage, back_to, rows, times in ways.iter_rows():
        so = np.zeros(len(seconds), dtype=np.bool_)
        so[rows] = True
        taken, otherwise = (spread(seconds.filter(pl.Series(which)).drop_nulls()) for which in (so, ~so))
        yield Deviation(
            kind=DeviationKind(kind),
            stage=None if stage is None else titles[stage],
            back_to=None if back_to is None else titles[back_to],
            attempts=len(rows),
            times=times,
            share=wilson(len(rows), len(seconds), level),
            seconds=None if taken is None else taken.median,
            seconds_otherwise=None if otherwise is None else otherwise.median,
        )
