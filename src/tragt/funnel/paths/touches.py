"""Length and complexity of the way to the conversion, each apart from the other.

Length is a time, complexity is what a unit had to do: touches, different things, returns. The unit of observation
is the attempt that converted. How long those will take who have not converted yet is not answered here: the report's
times allow for them.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.funnel.paths.sequences import condensed
from tragt.funnel.paths.timeline import Stretch
from tragt.stats.arrays import BoolArray
from tragt.stats.intervals import wilson_bounds

__all__ = ["LEAST", "Spread", "Touches", "effort_of", "spread", "touches_of"]

LEAST = 5
"""Quantiles of fewer are absent."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles of what was counted or measured: quantile q is the smallest value that a share q does not exceed.

    Attributes:
        quarter: 25th percentile.
        median: 50th percentile.
        three_quarters: 75th percentile.
        ninety: 90th percentile.
    """

    quarter: float
    median: float
    three_quarters: float
    ninety: float


@dataclass(frozen=True, slots=True)
class Touches:
    """How long and how complicated the way from the entry to the conversion was.

    Attributes:
        conversions: How many attempts converted.
        touches: Events strictly between entry and conversion.
        names: Different names among them.
        returns: How often something was done again after something else.
        seconds: Time from entry to conversion, of those who have converted.
        reason: Why these four are absent, or None.
        counts: The distribution: ``touches``, ``conversions``.
        channels: Per value of the property asked for: ``value`` (missing where events have none), ``touches``,
            ``conversions`` with at least one such touch, their ``share`` with ``low`` and ``high`` (Wilson), and
            ``per_conversion``, touches on average over all conversions; most touches first. None where no property
            was asked for.
        each: One row a conversion: ``unit``, ``seconds``, ``touches``, ``names``, ``returns``.
    """

    conversions: int
    touches: Spread | None
    names: Spread | None
    returns: Spread | None
    seconds: Spread | None
    reason: str | None
    counts: pl.DataFrame
    channels: pl.DataFrame | None
    each: pl.DataFrame


def spread(values: pl.Series) -> Spread | None:
    """Quantiles; None of fewer than `LEAST` values."""
    if len(values) < LEAST:
        return None
    cut = np.quantile(values.to_numpy(), (0.25, 0.5, 0.75, 0.9), method="inverted_cdf")
    return Spread(*(float(one) for one in cut))


def touches_of(stretch: Stretch, each: pl.DataFrame, values: pl.Series | None, level: float) -> Touches:
    """Length and complexity from the events between entry and conversion.

    Args:
        stretch: Those events, of the attempts that converted.
        each: ``unit`` and ``seconds`` of those attempts.
        values: The value of a property for each event; None where none was asked for.
        level: Confidence level of the shares.
    """
    events = pl.DataFrame({"attempt": stretch.attempt, "name": stretch.name})
    runs = np.bincount(condensed(stretch).stretch.attempt, minlength=stretch.attempts)
    per_attempt = events.unique().group_by("attempt").agg(names=pl.len().cast(pl.Int64))
    told = (
        each.with_columns(
            attempt=np.arange(stretch.attempts),
            touches=np.bincount(stretch.attempt, minlength=stretch.attempts),
            runs=runs,
        )
        .join(per_attempt, on="attempt", how="left", maintain_order="left")
        .with_columns(pl.col("names").fill_null(0))
        .select("unit", "seconds", "touches", "names", returns=pl.col("runs") - pl.col("names"))
    )
    few = stretch.attempts < LEAST
    return Touches(
        conversions=stretch.attempts,
        touches=spread(told["touches"]),
        names=spread(told["names"]),
        returns=spread(told["returns"]),
        seconds=spread(told["seconds"]),
        reason=f"fewer than {LEAST} converted" if few else None,
        counts=told.group_by("touches").agg(conversions=pl.len().cast(pl.Int64)).sort("touches"),
        channels=None if values is None else _channels(stretch, values, level),
        each=told,
    )


def effort_of(stretch: Stretch, passed: BoolArray, values: pl.Series) -> pl.DataFrame:
    """How many touches it took at a step for each attempt that went on, by a value of the touches.

    The touches of those who did not go on count as well, for they were made all the same.

    Args:
        stretch: What attempts met from the step to the next one, or to their end.
        passed: Whether each attempt went on, shape (attempts,).
        values: The value of each event of the stretch.

    Returns:
        A row a value, most touches first: ``value`` (missing where events have none), ``touches``, ``attempts`` with at
        least one of them, how many of these ``passed``, and ``per_passed``, touches for each of those (missing where
        none passed).
    """
    told = pl.DataFrame({"attempt": stretch.attempt, "value": values, "passed": passed[stretch.attempt]})
    each = pl.col("attempt").n_unique().cast(pl.Int64)
    gone = pl.col("attempt").filter(pl.col("passed")).n_unique().cast(pl.Int64)
    found = told.group_by("value").agg(touches=pl.len().cast(pl.Int64), attempts=each, passed=gone)
    per = pl.when(pl.col("passed") > 0).then(pl.col("touches") / pl.col("passed"))
    return found.with_columns(per_passed=per).sort(["touches", "value"], descending=[True, False])


def _channels(stretch: Stretch, values: pl.Series, level: float) -> pl.DataFrame:
    found = (
        pl.DataFrame({"attempt": stretch.attempt, "value": values})
        .group_by("value")
        .agg(touches=pl.len().cast(pl.Int64), conversions=pl.col("attempt").n_unique().cast(pl.Int64))
        .sort(["touches", "value"], descending=[True, False])
    )
    trials = np.full(found.height, stretch.attempts)
    low, high = wilson_bounds(found["conversions"].to_numpy(), trials, level)
    return found.with_columns(share=found["conversions"] / trials, low=low, high=high).with_columns(
        per_conversion=pl.col("touches") / stretch.attempts
    )
