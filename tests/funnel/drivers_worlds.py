"""Logs in which it is known what separates those who pass from those who do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from tragt.events.log import EventLog
from tragt.funnel.definition import Funnel
from tragt.stats.arrays import BoolArray, FloatArray, IntArray

START = datetime(2026, 1, 5, tzinfo=UTC)
WINDOW = timedelta(days=10)
FUNNEL = Funnel.of("Visited", "Signed Up", "Paid", window=WINDOW)
"""The step that is looked at is the last: from signed up to paid."""

STEP = 2


@dataclass
class Persons:
    """Persons who visit, sign up two hours later, and some of whom pay; times in days since `START`."""

    visited: FloatArray
    properties: dict[str, list[object]] = field(default_factory=dict)
    paid: FloatArray = field(default_factory=lambda: np.zeros(0))
    others: list[tuple[str, IntArray, FloatArray, str]] = field(default_factory=list)

    @property
    def signed(self) -> FloatArray:
        return self.visited + 2 / 24

    def __len__(self) -> int:
        return len(self.visited)

    def add(self, name: str, persons: IntArray, days: FloatArray, precision: str = "exact") -> None:
        """Add an event of some persons."""
        self.others.append((name, persons, days, precision))

    def log(self, until: float = 60.0) -> EventLog:
        """The log, with an event of somebody else at its end."""
        everyone = np.arange(len(self))
        payers = np.flatnonzero(np.isfinite(self.paid))
        parts = [
            frame("Visited", everyone, self.visited, properties=self.properties),
            frame("Signed Up", everyone, self.signed),
            frame("Paid", payers, self.paid[payers]),
            *(frame(name, persons, days, precision) for name, persons, days, precision in self.others),
            frame("Looked", np.array([-1]), np.array([until])),
        ]
        whole = pl.concat(parts, how="diagonal_relaxed").with_row_index("id")
        return EventLog(whole.with_columns(pl.col("id").cast(pl.UInt64)))


def frame(
    name: str,
    persons: IntArray,
    days: FloatArray,
    precision: str = "exact",
    properties: Mapping[str, list[object]] | None = None,
) -> pl.DataFrame:
    seconds = np.round(days * 86_400_000).astype(np.int64)
    columns = {f"properties.{key}": pl.Series(values, strict=False) for key, values in (properties or {}).items()}
    made = pl.DataFrame({"person": persons.astype(str), "time": seconds, **columns})
    moment = pl.lit(START).cast(pl.Datetime("us", "UTC")) + pl.duration(milliseconds=pl.col("time"))
    return made.with_columns(
        time=moment, name=pl.lit(name).cast(pl.Categorical), precision=pl.lit(precision).cast(PRECISION)
    )


PRECISION = pl.Enum(["exact", "day"])


def persons(dice: np.random.Generator, number: int, days: float = 40.0) -> Persons:
    return Persons(np.sort(dice.uniform(0, days, number)))


def paying(dice: np.random.Generator, who: Persons, chances: FloatArray | float, mean: float = 2.0) -> None:
    """Let persons pay with these chances, some days after they signed up and within the window."""
    pays: BoolArray = dice.random(len(who)) < chances
    waits = np.minimum(dice.exponential(mean, len(who)), 9.0)
    who.paid = np.where(pays, who.signed + waits, np.inf)


def choose(dice: np.random.Generator, shares: Mapping[str, float], number: int) -> list[object]:
    return list(dice.choice(list(shares), number, p=list(shares.values())))
