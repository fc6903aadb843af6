"""The stages that attempts really entered, in their order, with losses and re-openings.

The unit of observation is one entering of a stage.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.funnel.attempts import MISSING
from tragt.funnel.condition import expression
from tragt.funnel.definition import Funnel
from tragt.funnel.members import Members
from tragt.funnel.steps import Match

__all__ = ["traces"]


def traces(funnel: Funnel, frame: pl.DataFrame, found: Members, zone: ZoneInfo) -> pl.DataFrame:
    """What each attempt went through, from its entry to its end or as far as it was watched.

    Args:
        funnel: The definition; its required steps are the stages.
        frame: The events as they were counted.
        found: The attempts.
        zone: The organisation's zone, in whose days events known only by their day stand.

    Returns:
        ``attempt`` (its row), ``stage`` (from 0; the number of stages is a loss, one more a re-opening), ``time``
        (ms since 1970 in UTC), by attempt and in order: entries of one moment, or of one day where one of them is
        known only by its day, in the order of ``stage``, the same one only once.

    Raises:
        InvalidDefinition: One event enters two stages.
    """
    stages = [funnel.steps[place].match for place in funnel.required]
    entered = [_meant(frame, [stage]) for stage in stages]
    _check_disjoint(funnel, frame, entered)
    marks = [*entered, _meant(frame, funnel.lost), _meant(frame, funnel.reopen)]
    stage = pl.coalesce(*(pl.when(mark).then(pl.lit(number, pl.Int64)) for number, mark in enumerate(marks)))
    unit = pl.col("unit").cast(pl.String)
    events = frame.select(unit, "time", stage=stage, vague=pl.col("precision").cast(pl.String) == "day")
    events = _in_days(events.drop_nulls("stage"), zone)
    return (
        events.join(_spans(found), on="unit")
        .with_columns(start=pl.col("place").filter(pl.col("time") == pl.col("entry")).min().over("attempt"))
        .filter((pl.col("place") >= pl.col("start")) & (pl.col("time") <= pl.col("end")))
        .sort("attempt", "place", "stage", "time")
        .unique(["attempt", "place", "stage"], keep="first", maintain_order=True)
        .select("attempt", "stage", "time")
    )


def _meant(frame: pl.DataFrame, matches: Sequence[Match]) -> pl.Expr:
    name = pl.col("name").cast(pl.String)
    meant = [name.is_in(match.names) & expression(match.where, frame.schema) for match in matches]
    return pl.any_horizontal(pl.lit(value=False), *meant)


def _check_disjoint(funnel: Funnel, frame: pl.DataFrame, entered: Sequence[pl.Expr]) -> None:
    several = pl.sum_horizontal(mark.cast(pl.Int64) for mark in entered) > 1
    twice = frame.filter(several)
    if twice.height:
        titles = ", ".join(funnel.steps[place].title for place in funnel.required)
        raise InvalidDefinition(
            "conformance.overlapping_stages",
            f"{twice.height} events, such as {twice['name'][0]!r}, enter two stages at once. "
            f"Make the steps different: {titles}.",
            events=twice.height,
        )


def _in_days(events: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """``place`` is where an event stands in the order: its time, or its day where the order within it is not known."""
    time = pl.col("time").dt.epoch("ms")
    if not events["vague"].any():
        return events.select("unit", "stage", time=time, place=time)
    day = pl.col("time").dt.convert_time_zone(str(zone)).dt.truncate("1d").dt.epoch("ms")
    place = pl.when(pl.col("vague").any().over("unit", day)).then(day).otherwise(time)
    return events.select("unit", "stage", time=time, place=place)


def _spans(found: Members) -> pl.DataFrame:
    """Where each attempt begins, and the last moment that belongs to it."""
    attempts = found.attempts
    end = attempts.entry + np.where(attempts.ended == MISSING, attempts.watched, attempts.ended)
    return pl.DataFrame({"unit": found.units, "attempt": np.arange(len(attempts)), "entry": attempts.entry, "end": end})
