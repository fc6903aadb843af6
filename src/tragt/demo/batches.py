"""Events in the making: batches of one name each, kept in days since the start and as numbers.

The unit is one event. Names of persons, order and receipt come later, when the log is laid out.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tragt.events.log import PROPERTY

__all__ = ["Batches", "Column", "labelled"]

MICROSECONDS_A_DAY = 86_400_000_000
UNITS = ("session", "deal")

Column = str | bool | NDArray[np.generic] | pl.Series


class Batches:
    """Collects batches of events and drops what happens after the end.

    Args:
        days: Length of the simulated period in days of 24 hours; an event at or after its end never happens.
    """

    def __init__(self, days: float) -> None:
        self._days = days
        self._frames: list[pl.DataFrame] = []

    def add(self, name: str, days: NDArray[np.float64], persons: NDArray[np.int64], **columns: Column) -> None:
        """Add events of one name.

        Args:
            name: Name of the events.
            days: Time of each in days since the start; infinite = never.
            persons: Number of the person of each.
            **columns: ``session`` and ``deal`` as numbers; all else are properties, one value or one an event.
        """
        happens = (days >= 0) & (days < self._days)
        frame = {
            "time": (days[happens] * MICROSECONDS_A_DAY).astype(np.int64),
            "person": persons[happens].astype(np.int32),
        }
        constants = [pl.lit(name, dtype=pl.Categorical).alias("name")]
        for key, value in columns.items():
            column = key if key in UNITS else PROPERTY + key
            if isinstance(value, np.ndarray | pl.Series):
                frame[column] = value.filter(happens) if isinstance(value, pl.Series) else value[happens]
            else:
                constants.append(pl.lit(value, dtype=pl.Categorical if isinstance(value, str) else None).alias(column))
        self._frames.append(pl.DataFrame(frame).with_columns(constants))

    def frame(self) -> pl.DataFrame:
        """All events, in the order of their times; absent columns are null."""
        return pl.concat(self._frames, how="diagonal").sort("time", maintain_order=True)


def labelled(codes: NDArray[np.integer], labels: tuple[str, ...]) -> pl.Series:
    """Labels of codes, as a column.

    Args:
        codes: Position of each value in ``labels``.
        labels: The values.

    Returns:
        Categorical column of the length of ``codes``.
    """
    return pl.Series(labels, dtype=pl.Categorical).gather(codes)
