"""What attempts are compared by: properties and events, each with few values that are frequent enough to tell of.

The unit of observation is the attempt. Frequent values stand alone, the rest are one value, *other*; numbers are
cut into groups of equal size. Whether a value matters is not answered here.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from tragt.stats.arrays import IntArray

__all__ = ["FEWEST", "Between", "Factor", "Kind", "Value", "factor_of"]

FEWEST = 30
"""How many attempts a value must have to stand alone."""

GROUPS = 4


class Kind(StrEnum):
    """Where a candidate comes from."""

    ENTRY = "entry"
    """A property of the event that opened the attempt."""

    UNIT = "unit"
    """A property of the unit, as it is known now; it may have changed after the attempt."""

    EVENT = "event"
    """Whether an event came in the equal early time after the step before."""


@dataclass(frozen=True, slots=True)
class Between:
    """A group of numbers.

    Attributes:
        low: The least number in the group.
        high: The greatest number in the group.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Value:
    """A value that attempts have.

    Attributes:
        value: The property's value; `Between` for a group of numbers; True or False for an event; None where it is
            absent.
        other: Whether this is all values too rare to stand alone.
    """

    value: object
    other: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """What attempts may be compared by.

    Attributes:
        kind: Where it comes from.
        name: Name of the property or of the event.
        values: The values, at least two.
        codes: Place of each attempt's value among them, shape (n,).
    """

    kind: Kind
    name: str
    values: tuple[Value, ...]
    codes: IntArray

    def rows(self, chosen: IntArray) -> "Factor":
        """The factor over some attempts."""
        return Factor(self.kind, self.name, self.values, self.codes[chosen])


def factor_of(kind: Kind, name: str, column: pl.Series, top: int = 8) -> Factor | None:
    """A factor from each attempt's value.

    Args:
        kind: Where it comes from.
        name: Its name.
        column: One value an attempt; missing where it is absent.
        top: How many values stand alone at most.

    Returns:
        The factor; None where fewer than two values are frequent enough, so that there is nothing to compare: a
        constant, or an identifier that differs from attempt to attempt.
    """
    if column.dtype.is_numeric() and column.n_unique() > top:
        values, codes = _groups(column)
    else:
        distinct = column.unique(maintain_order=True)
        values = tuple(Value(value) for value in distinct)
        codes = _places(column, distinct)
    counts = np.bincount(codes, minlength=len(values))
    ranked = sorted(np.flatnonzero(counts >= FEWEST), key=lambda code: (-counts[code], str(values[code].value)))
    return _collapsed(Factor(kind, name, values, codes), np.array(ranked[:top], dtype=np.int64))


def _places(column: pl.Series, distinct: pl.Series) -> IntArray:
    numbered = pl.DataFrame({"value": distinct}).with_row_index("code")
    found = pl.DataFrame({"value": column}).join(
        numbered, on="value", how="left", nulls_equal=True, maintain_order="left"
    )
    return found["code"].to_numpy().astype(np.int64)


def _groups(column: pl.Series) -> tuple[tuple[Value, ...], IntArray]:
    """Numbers in groups of about equal size; what is absent is a group of its own."""
    numbers = column.cast(pl.Float64).fill_nan(None)
    given = numbers.drop_nulls().to_numpy()
    edges = np.unique(np.quantile(given, np.arange(1, GROUPS) / GROUPS, method="lower"))
    group = np.searchsorted(edges, given, side="left")
    codes = np.full(len(numbers), len(edges) + 1, dtype=np.int64)
    codes[numbers.is_not_null().to_numpy()] = group
    bounds = [given[group == one] for one in range(len(edges) + 1)]
    values = [Value(Between(float(b.min()), float(b.max())) if len(b) else None) for b in bounds]
    return (*values, Value(None)), codes


def _collapsed(factor: Factor, kept: IntArray) -> Factor | None:
    """The factor with these values alone and the rest, if there are any, as one."""
    place = np.full(len(factor.values), len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    codes = place[factor.codes]
    alone = [factor.values[code] for code in kept]
    rest = int(np.sum(codes == len(kept)))
    if len(alone) + (rest >= FEWEST) < 2:
        return None
    values = (*alone, Value(None, other=True)) if rest else tuple(alone)
    return Factor(factor.kind, factor.name, values, codes)
