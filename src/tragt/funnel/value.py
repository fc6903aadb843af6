"""What the passing of steps is worth: a money property, summed over those who went on and those who leaked.

The unit of observation is the attempt; its value at a step is that of the event that reached it. What an attempt that
is still open is worth counts as neither.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, Attempts
from tragt.funnel.definition import Funnel
from tragt.funnel.postings import Source, local_days
from tragt.funnel.reading import values_at
from tragt.funnel.step_report import Amount, StepReport
from tragt.stats.arrays import BoolArray, FloatArray, IntArray

__all__ = ["Value", "values_of", "with_values"]

_RATES = {"currency": pl.String, "day": pl.Date, "rate": pl.Float64}


@dataclass(frozen=True, slots=True)
class Value:
    """Which property is money, and in which currency it is added up.

    Args:
        property: The property that holds the amount.
        currency: The property that names an amount's currency; None where all amounts are in one.
        into: The currency the sums are in, as the report names it.
        rates: ``currency`` (String), ``day`` (Date) and ``rate`` (Float64: how much of `into` one of the currency is
            worth from that day on); needed where amounts are in other currencies than `into`.
    """

    property: str
    currency: str | None = None
    into: str | None = None
    rates: pl.DataFrame | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.currency is not None and self.into is None:
            raise InvalidDefinition(
                "value.into",
                f"Amounts have a currency ({self.currency!r}); say what the sums are to be in, such as into='EUR'.",
                currency=self.currency,
            )
        if self.rates is not None and not set(_RATES) <= set(self.rates.columns):
            raise InvalidDefinition(
                "value.rates",
                f"Rates need the columns {', '.join(_RATES)}; given {', '.join(self.rates.columns)}.",
                columns=self.rates.columns,
            )


def values_of(value: Value, source: Source, names: Collection[str], attempts: Attempts) -> FloatArray:
    """The value of each attempt at each required step.

    Args:
        value: Which property, and in which currency.
        source: The log.
        names: Names that the events of steps can have.
        attempts: The attempts.

    Returns:
        Amounts in the currency of the sums, shape (n, k); NaN where a step was not reached, where its event has no
        amount, or where there is no rate for its day.

    Raises:
        InvalidDefinition: Amounts are in several currencies, and there are no rates.
    """
    found = np.full(attempts.event.shape, np.nan)
    for step in range(attempts.event.shape[1]):
        numbers = attempts.event[:, step]
        amounts = _numbers(source, names, numbers, value.property)
        times = attempts.entry + np.maximum(attempts.ages[:, step], 0)
        found[:, step] = amounts * _factors(value, source, names, numbers, times)
    return found


def with_values(
    funnel: Funnel, steps: tuple[StepReport, ...], attempts: Attempts, values: FloatArray
) -> tuple[StepReport, ...]:
    """The lines with what passed and what leaked at each required step.

    Args:
        funnel: The definition.
        steps: The lines.
        attempts: The attempts that count.
        values: Their values, as from `values_of`.
    """
    depth, still_open = attempts.depth, attempts.of(Outcome.OPEN)
    lines = list(steps)
    for place, number in enumerate(funnel.required):
        last = place == len(funnel.required) - 1
        passed = depth > place + (0 if last else 1)
        leaked = (depth == place + 1) & ~passed & ~still_open
        lines[number] = replace(
            lines[number],
            value_passed=_amount(values[:, place], passed),
            value_leaked=_amount(values[:, place], leaked),
        )
    return tuple(lines)


def _amount(values: FloatArray, rows: BoolArray) -> Amount:
    there = values[rows]
    there = there[~np.isnan(there)]
    total = float(there.sum())
    return Amount(total, total / len(there) if len(there) else None, len(there), int(rows.sum()) - len(there))


def _numbers(source: Source, names: Collection[str], numbers: IntArray, name: str) -> FloatArray:
    read = values_at(source, names, numbers, name)
    amounts = [
        float(one) if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) else np.nan
        for one in read.values
    ]
    return np.array(amounts, dtype=np.float64)[read.codes] if amounts else np.full(len(numbers), np.nan)


def _factors(
    value: Value, source: Source, names: Collection[str], numbers: IntArray, times: IntArray
) -> FloatArray | float:
    """How much of the sums' currency one of each amount's own is worth on its day."""
    if value.currency is None:
        return 1.0
    read = values_at(source, names, numbers, value.currency)
    own = pl.Series("currency", [None if one is None else str(one) for one in read.values], dtype=pl.String)
    currency = own.gather(read.codes)
    used = set(currency.filter(pl.Series(numbers != MISSING)).drop_nulls().unique().to_list())
    if used <= {value.into}:
        return np.where((currency == value.into).fill_null(value=False).to_numpy(), 1.0, np.nan)
    if value.rates is None:
        raise InvalidDefinition(
            "value.currencies",
            f"Amounts are in {', '.join(sorted(used))}; to add them up in {value.into}, give rates "
            "(currency, day, rate), or choose amounts in one currency.",
            currencies=sorted(used),
            into=value.into,
        )
    days = pl.Series("day", local_days(times, source.zone)).cast(pl.Int32).cast(pl.Date)
    rates = value.rates.select(pl.col(name).cast(dtype) for name, dtype in _RATES.items()).sort("day")
    asked = pl.DataFrame([currency, days]).with_row_index("row").sort("day")
    joined = asked.join_asof(rates, on="day", by="currency", strategy="backward", check_sortedness=False).sort("row")
    rate = pl.when(pl.col("currency") == value.into).then(1.0).otherwise(pl.col("rate"))
    return joined.select(rate.fill_null(np.nan)).to_series().to_numpy()
