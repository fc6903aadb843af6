"""The log as collected and as settled, laid out in the columns that every reader of events expects.

The unit is one event.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tragt.demo.batches import Batches, labelled
from tragt.demo.parameters import Firm
from tragt.demo.persons import TRAFFIC, People
from tragt.events.log import PRECISION, PROPERTY, TIME

__all__ = ["as_received", "lay_out"]

COLUMNS = ("id", "time", "precision", "name", "person", "company", "deal", "session", "human", "traffic", "received")
DAY_KNOWN = "Call Logged"


def lay_out(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> pl.DataFrame:
    """Lay out the settled log: each event once, in the order of time.

    Args:
        batches: The events.
        rng: Source of randomness for the delays of receipt.
        people: Companies and marks of the persons.
        firm: Calendar and lateness.

    Returns:
        Frame with the columns of the event log, then ``properties.*``; ``received`` may lie after
        the period's end.
    """
    raw = batches.frame()
    start = round(firm.period.midnight(firm.period.start).timestamp() * 1_000_000)
    person = raw["person"].to_numpy()
    frame = raw.with_columns(
        pl.format("e{}", pl.int_range(pl.len())).alias("id"),
        (pl.col("time") + start).cast(TIME),
        pl.format("d{}", "deal").alias("deal"),
        pl.format("s{}", "session").alias("session"),
        _identifiers("p", np.arange(people.count)).gather(person).alias("person"),
        _identifiers("c", people.company).gather(person).alias("company"),
        pl.Series("human", people.human[person]),
        labelled(people.traffic[person], TRAFFIC).alias("traffic"),
        _precision().alias("precision"),
    ).with_columns(
        (pl.col("time") + _delays(rng, raw.height, firm)).alias("received"),
    )
    properties = sorted(column for column in frame.columns if column.startswith(PROPERTY))
    return frame.select(*COLUMNS, *properties)


def as_received(frame: pl.DataFrame, rng: np.random.Generator, firm: Firm) -> pl.DataFrame:
    """The log as it was collected: in the order of receipt, some events twice.

    Args:
        frame: The settled log.
        rng: Source of randomness.
        firm: How many events are sent again.

    Returns:
        Frame with the same columns; dropping later rows of an id gives back the events of ``frame``.
    """
    again = np.flatnonzero(rng.random(frame.height) < firm.collection.repeated)
    waits = pl.Series(rng.exponential(60e6, again.size).astype(np.int64) + 1).cast(pl.Duration("us"))
    repeated = frame[again].with_columns(pl.col("received") + waits)
    return pl.concat((frame, repeated)).sort("received", maintain_order=True)


def _precision() -> pl.Expr:
    by_day = pl.col("name") == DAY_KNOWN
    return pl.when(by_day).then(pl.lit("day", dtype=PRECISION)).otherwise(pl.lit("exact", dtype=PRECISION))


def _identifiers(prefix: str, numbers: NDArray[np.int64]) -> pl.Series:
    column = pl.Series("number", numbers)
    return pl.select(pl.when(column >= 0).then(pl.format(prefix + "{}", column))).to_series()


def _delays(rng: np.random.Generator, count: int, firm: Firm) -> pl.Series:
    """Seconds as a rule, days for some."""
    late = rng.random(count) < firm.collection.late
    seconds = rng.exponential(np.where(late, 36 * 3600.0, 2.0))
    return pl.Series((seconds * 1e6).astype(np.int64)).cast(pl.Duration("us"))
