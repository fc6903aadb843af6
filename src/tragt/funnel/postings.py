"""Postings: for each step its events by unit and time, which is all that an engine reads.

The order is by unit, then time, then id; the row leads back to the frame.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from tragt.funnel.condition import expression
from tragt.funnel.definition import Match
from tragt.stats.arrays import IntArray

__all__ = ["FramePostings", "Posting", "Source"]


@dataclass(frozen=True, slots=True)
class Posting:
    """The events of one step.

    Attributes:
        unit: Number of the unit, ascending, shape (n,).
        time: Milliseconds since 1970 in UTC, ascending within a unit, shape (n,).
        row: Row in the source, shape (n,).
    """

    unit: IntArray
    time: IntArray
    row: IntArray


class Source(Protocol):
    """What an engine needs of a log."""

    def posting(self, match: Match) -> Posting:
        """The events that are meant."""


class FramePostings:
    """Postings from a frame of events with their units.

    Args:
        frame: Events with ``unit``, ``id``, ``time``, ``name`` and properties.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame.with_row_index("row").with_columns(
            unit_number=pl.col("unit").cast(pl.Categorical).to_physical().cast(pl.Int64)
        )

    def posting(self, match: Match) -> Posting:
        """The events that are meant, sorted."""
        meant = pl.col("name").cast(pl.String).is_in(match.names) & expression(match.where, self.frame.schema)
        found = self.frame.filter(meant).sort("unit_number", "time", "id")
        return Posting(
            unit=found["unit_number"].to_numpy(),
            time=found["time"].dt.epoch("ms").to_numpy(),
            row=found["row"].to_numpy().astype(np.int64),
        )
