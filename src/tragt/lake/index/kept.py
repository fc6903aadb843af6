"""What the postings hold of units, as a frame. The unit of observation is the event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tragt.events.log import PROPERTY, TIME
from tragt.funnel.postings import DAY, OWN, ROBOT, Keys
from tragt.lake.index.generation import Generation
from tragt.stats.arrays import IntArray

__all__ = ["COLUMNS", "Kept"]

COLUMNS: Final = pl.Schema(
    {
        "unit": pl.Categorical(),
        "id": pl.UInt64(),
        "time": TIME,
        "precision": pl.String(),
        "name": pl.Categorical(),
        "human": pl.Float64(),
        "traffic": pl.String(),
        "session": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Units whose events the postings hold, up to the generation.

    Attributes:
        generation: The generation.
        names: The events that are asked for.
        units: Names of the units.
        numbers: Their numbers.
    """

    generation: Generation
    names: Sequence[str]
    units: pl.Series
    numbers: IntArray

    def frame(self, properties: Sequence[str]) -> pl.DataFrame:
        """The events.

        Args:
            properties: Properties that are asked for.

        Returns:
            `COLUMNS` and ``properties.<name>`` as the dictionary on disk counts them, 0 where absent. The id is the
            place among all events of the generation; what the flags do not tell is missing.
        """
        frames = [self._of(name, properties) for name in self.names]
        codes = {PROPERTY + each: pl.UInt32() for each in properties}
        return pl.concat([pl.DataFrame(schema={**COLUMNS, **codes}), *frames])

    def _of(self, name: str, properties: Sequence[str]) -> pl.DataFrame:
        posting = self.generation.posting(name)
        rows, places = self._places(posting.keys)
        bits = pl.col("bits")
        held = pl.DataFrame(
            {
                "unit": self.units.cast(pl.Categorical).gather(rows),
                "id": posting.numbers[places].astype(np.uint64),
                "time": self.generation.packing.times(posting.keys[places]),
                "bits": np.zeros(len(rows), np.uint8) if posting.flags is None else posting.flags[places],
                "name": pl.Series([name]).cast(pl.Categorical).gather(np.zeros(len(rows), np.int64)),
                **{
                    PROPERTY + each: self.generation.written(name, each)[places].astype(np.uint32)
                    for each in properties
                },
            }
        )
        return held.with_columns(
            pl.col("time").cast(pl.Datetime("ms", "UTC")).cast(TIME),
            precision=pl.when(bits & DAY > 0).then(pl.lit("day")).otherwise(pl.lit("exact")),
            human=pl.when(bits & ROBOT > 0).then(0.0),
            traffic=pl.when(bits & OWN > 0).then(pl.lit("own")),
            session=pl.lit(None, pl.String),
        ).select(*COLUMNS, *(PROPERTY + each for each in properties))

    def _places(self, keys: Keys) -> tuple[IntArray, IntArray]:
        """The row of the unit and the place in the posting of each event."""
        shift = np.uint64(self.generation.packing.shift)
        low = self.numbers.astype(np.uint64) << shift
        first = np.searchsorted(keys, low)
        count = np.searchsorted(keys, low | ((np.uint64(1) << shift) - np.uint64(1)), side="right") - first
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(np.arange(len(count)), count), np.repeat(first, count) + within
