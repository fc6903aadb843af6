"""The events behind a funnel, as a file that gives the same figures in Python. The unit of observation is the event.

The file holds what the funnel looks at and nothing else: its events, of the units that it counts, with the properties
that it asks for. Who is who is resolved in it, robots and own traffic are left out, and units and events are numbers:
it tells apart who did what, and not who they are.
"""

import io
from dataclasses import replace
from datetime import UTC

import polars as pl

from tragt.errors import NotEnoughData, TragtError
from tragt.events.columns import UNITS
from tragt.funnel import Funnel
from tragt.funnel.definition import Unit
from tragt.funnel.run import counted_events
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.counting.sources import log_names, log_of, looked_at

__all__ = ["asked_of_file", "can_be_taken", "events_behind", "parquet"]

_KEPT = ("id", "time", "precision", "name")


def can_be_taken(funnel: Funnel) -> bool:
    """Whether the events of a funnel are few enough to be one file.

    Args:
        funnel: The definition, with all spellings.
    """
    names = looked_at(funnel)
    return sum(one.count for one in log_names() if names is None or one.name in names) <= counting.MOST_IN_MEMORY


def asked_of_file(funnel: Funnel) -> Funnel:
    """The definition as it is asked of the file: that holds none but the units that the condition on them leaves.

    Args:
        funnel: The definition, with all spellings.
    """
    return replace(funnel, where=None)


def events_behind(asked: Asked, figures: Figures) -> pl.DataFrame:
    """The events that the figures of a funnel count.

    Args:
        asked: What was asked.
        figures: The answer.

    Returns:
        A frame as an `EventLog` holds it.

    Raises:
        TragtError: They are too many, or the funnel cannot be counted.
    """
    funnel = asked.funnel
    if not can_be_taken(funnel):
        raise TragtError(
            "funnels.too_many_events",
            f"A file holds at most {counting.MOST_IN_MEMORY} events, and this funnel looks at more.",
        )
    log = log_of(funnel)
    if not len(log):
        raise NotEnoughData("funnel.no_events", "The log holds no event of this funnel.")
    counted, context = counting.known(funnel, log, figures.report.as_of)
    frame = counted_events(counted, log, context, figures.report.as_of.astimezone(UTC)).drop_nulls("unit")
    frame = frame.drop([one for one in (*UNITS, "human", "traffic") if one in frame.columns and not _told(funnel, one)])
    if str(funnel.unit) != Unit.SESSION:
        frame = frame.with_columns(pl.col("unit").alias(str(funnel.unit)))
    units = [one for one in UNITS if one in frame.columns]
    numbered = frame.with_columns(pl.col("id").rank("dense").cast(pl.UInt64), *(_numbers(one) for one in units))
    properties = [one for one in numbered.columns if one.startswith("properties.")]
    return numbered.select(*_KEPT, *units, *properties).sort("time", "id")


def parquet(frame: pl.DataFrame) -> bytes:
    """A frame as a Parquet file.

    Args:
        frame: The frame.
    """
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


def _told(funnel: Funnel, column: str) -> bool:
    """Whether a column beside the unit is needed: the session, where the window is one."""
    return column == "session" and "session" in (str(funnel.unit), funnel.window)


def _numbers(column: str) -> pl.Expr:
    """Names of units as numbers in the order of the names, so that nothing depends on what they were called."""
    text = pl.col(column).cast(pl.String)
    return text.rank("dense").cast(pl.UInt32).cast(pl.String).str.zfill(7).alias(column)
