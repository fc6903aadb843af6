"""An event log as rows of the lake, and back.

What rows cannot tell: the units of a wide file that have a stage and no date, and the stage each is in now
(`EventLog.undated`, `stages`, `stage_now`): they are no events.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from tragt.errors import InvalidEvent
from tragt.events import PRECISION, PROPERTY, UNITS, EventLog
from tragt.lake.json_properties import encoded
from tragt.lake.schema import CONTENT, EVENTS

__all__ = ["USER", "events_of", "log_of"]

USER = "u:"

_UTC = ZoneInfo("UTC")
_MANY = 1000


def events_of(log: EventLog, *, batch: str, source: str, received: datetime) -> pl.DataFrame:
    """The events of a log as rows of the lake.

    Args:
        log: The log. An id that was made from an event's content stays the same wherever the event comes from;
            one that the source gave counts within the source.
        batch: The batch that brings them.
        source: Where they come from, for example ``hubspot``; may not start with ``#``.
        received: When they came.

    Returns:
        The columns of `EVENTS`. A person becomes the actor ``u:`` and the person.

    Raises:
        InvalidEvent: The name of the source starts with ``#``.
    """
    if source.startswith(CONTENT):
        raise InvalidEvent("lake.source", f"A source may not start with {CONTENT}; {source} does. Name it otherwise.")
    frame = log.frame
    texts = {name: pl.col(name).cast(pl.String) for name in ("company", "deal", "session", "traffic") if name in frame}
    columns = {
        "id": _id(frame, source),
        "time": pl.col("time"),
        "precision": pl.col("precision").cast(pl.String),
        "name": pl.col("name").cast(pl.String),
        **({"actor": pl.lit(USER) + pl.col("person").cast(pl.String)} if "person" in frame else {}),
        **texts,
        **({"human": pl.col("human").cast(pl.Float64)} if "human" in frame else {}),
    }
    given = pl.selectors.starts_with(PROPERTY)
    properties = frame.select(given).rename(lambda name: name.removeprefix(PROPERTY))
    return (
        frame.select(**columns)
        .with_columns(
            (encoded(properties) if properties.width else pl.lit("{}")).alias("properties"),
            source=pl.lit(source),
            batch=pl.lit(batch),
            received=pl.lit(received).dt.convert_time_zone("UTC").cast(EVENTS["received"]),
            context=pl.lit("{}"),
        )
        .match_to_schema(EVENTS, missing_columns="insert")
    )


def log_of(frame: pl.DataFrame, zone: ZoneInfo = _UTC) -> EventLog:
    """Rows of the lake as a log.

    Args:
        frame: Columns of `EVENTS` and of `Lake.read`'s properties; at least ``id``, ``time`` and ``name``. A
            column ``person`` is taken as it is; without one, the actor without its ``u:`` is the person.
        zone: Time zone of the organisation.

    Returns:
        The log; units, ``human`` and ``traffic`` that no event has are left out.
    """
    if "person" not in frame.columns and "actor" in frame.columns:
        frame = frame.with_columns(person=pl.col("actor").str.strip_prefix(USER))
    rare = [name for name in (*UNITS, "human", "traffic") if name in frame.columns and not _empty(frame[name])]
    if "precision" not in frame.columns:
        frame = frame.with_columns(precision=pl.lit("exact"))
    units = [pl.col(name).cast(pl.Categorical) for name in rare if name in UNITS]
    events = frame.select(
        "id",
        "time",
        pl.col("precision").cast(PRECISION),
        pl.col("name").cast(pl.Categorical),
        *units,
        *[name for name in rare if name not in UNITS],
    )
    properties = [_as_category(values) for values in frame if values.name.startswith(PROPERTY)]
    return EventLog(events.hstack(properties), zone=zone)


def _id(frame: pl.DataFrame, source: str) -> pl.Expr:
    prefix = CONTENT if frame.schema["id"].is_integer() else f"{source}:"
    return pl.lit(prefix) + pl.col("id").cast(pl.String)


def _empty(values: pl.Series) -> bool:
    return values.null_count() == len(values)


def _as_category(values: pl.Series) -> pl.Series:
    """Texts that come again as categories, as the reader of files gives them."""
    if values.dtype != pl.String or (len(values) > _MANY and values.n_unique() > len(values) / 2):
        return values
    return values.cast(pl.Categorical)
