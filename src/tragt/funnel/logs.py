"""From a frame to single events by unit, for the reference implementation."""

from collections.abc import Iterable

import polars as pl

from tragt.events.event import Event

__all__ = ["unit_logs"]


def unit_logs(frame: pl.DataFrame, properties: Iterable[str] = ()) -> dict[str, list[Event]]:
    """Each unit's events.

    Args:
        frame: Events with ``unit``, ``id``, ``time``, ``precision``, ``name``, properties, and ``session`` where
            there are any.
        properties: Names of the properties to keep.
    """
    kept = [name for name in dict.fromkeys(properties) if f"properties.{name}" in frame.columns]
    session = pl.col("session").cast(pl.String) if "session" in frame.columns else pl.lit(None, pl.String)
    rows = frame.select(
        pl.col("unit").cast(pl.String),
        pl.col("id").cast(pl.String).str.zfill(20) if frame["id"].dtype == pl.UInt64 else pl.col("id").cast(pl.String),
        pl.col("time").dt.epoch("ms"),
        pl.col("name").cast(pl.String),
        pl.col("precision").cast(pl.String) == "day",
        session.alias("session"),
        *(pl.col(f"properties.{name}") for name in kept),
    )
    logs: dict[str, list[Event]] = {}
    for unit, identifier, time, name, day, session_id, *values in rows.iter_rows():
        held = {key: value for key, value in zip(kept, values, strict=True) if value is not None}
        logs.setdefault(unit, []).append(Event(identifier, time, name, day, session_id, held))
    return logs
