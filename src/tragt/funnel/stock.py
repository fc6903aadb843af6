"""The stock: how many units are in each stage at a moment, and what flows in and out.

The unit of observation is the unit at a moment. This is the *pipeline*; it is never mixed with the
funnel, which is a flow by cohort of entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.events.log import EventLog
from tragt.events.units import with_units

__all__ = ["StageStock", "Stock", "stock"]


@dataclass(frozen=True, slots=True)
class StageStock:
    """One stage of the pipeline.

    Attributes:
        name: The stage.
        units: Units in it at the moment, those without a date included.
        undated: How many of these have no date: they are in the pipeline, not in the flow.
        inflow: Units that entered it in each week, in the order of the weeks.
        outflow: Units that left it in each week.
    """

    name: str
    units: int
    undated: int
    inflow: tuple[int, ...]
    outflow: tuple[int, ...]

    @property
    def balance(self) -> tuple[int, ...]:
        """Inflow minus outflow in each week."""
        return tuple(into - out for into, out in zip(self.inflow, self.outflow, strict=True))


@dataclass(frozen=True, slots=True)
class Stock:
    """Units per stage at a moment.

    Attributes:
        unit: What is counted.
        as_of: The moment.
        weeks: First days (Mondays) of the weeks of the flows, in the organisation's zone.
        stages: The stages in their order.
        ended: Units that had left the pipeline by then, by the event that ended them.
    """

    unit: str
    as_of: datetime
    weeks: tuple[datetime, ...]
    stages: tuple[StageStock, ...]
    ended: dict[str, int]


def stock(
    log: EventLog,
    stages: Sequence[str],
    *,
    ends: Sequence[str] = (),
    unit: str = "deal",
    as_of: datetime | None = None,
    weeks: int = 13,
) -> Stock:
    """Count the units in each stage at a moment.

    A unit is in the stage it entered last, until an event that ends it; at one moment the later stage counts,
    and an end counts last. A unit without a date stands in the stage the source gives.

    Args:
        log: Events named after the stages they enter.
        stages: The stages in their order.
        ends: Events that take a unit out of the pipeline, such as won and lost.
        unit: What is counted.
        as_of: Any past moment; by default that of the last event.
        weeks: For how many weeks up to then flows are counted.

    Raises:
        InvalidDefinition: No stages were named, or one is also an end.
        NotEnoughData: The log is empty and no moment is given.
    """
    if not stages or set(stages) & set(ends):
        raise InvalidDefinition(
            "stock.stages", f"A stock needs stages that are not ends; given stages {list(stages)}, ends {list(ends)}."
        )
    given = as_of or log.last_time
    if given is None:
        raise NotEnoughData("stock.no_events", "The log holds no event; say as of which moment to count.")
    moment = given.astimezone(UTC)
    moves = _moves(log, [*stages, *ends], unit, moment)
    last = moves.group_by("unit").agg(pl.col("name").last())
    now = dict(last.group_by("name").len().iter_rows())
    undated = _undated(log, unit, last)
    starts = _weeks(log, moment, weeks)
    flows = _flows(moves, starts)
    return Stock(
        unit=unit,
        as_of=moment,
        weeks=starts,
        stages=tuple(
            StageStock(
                name=stage,
                units=now.get(stage, 0) + undated.get(stage, 0),
                undated=undated.get(stage, 0),
                inflow=tuple(flows.get(("in", stage, start), 0) for start in starts),
                outflow=tuple(flows.get(("out", stage, start), 0) for start in starts),
            )
            for stage in stages
        ),
        ended={end: now.get(end, 0) for end in ends},
    )


def _moves(log: EventLog, names: Sequence[str], unit: str, moment: datetime) -> pl.DataFrame:
    """Who entered what and when, in order; ``before`` is what they were in."""
    place = {name: number for number, name in enumerate(names)}
    events = log.frame.filter((pl.col("time") <= moment) & pl.col("name").cast(pl.String).is_in(names))
    return (
        with_units(events, unit)
        .select(pl.col("unit").cast(pl.String), "time", pl.col("name").cast(pl.String))
        .with_columns(place=pl.col("name").replace_strict(place, return_dtype=pl.Int64))
        .sort("unit", "time", "place")
        .with_columns(before=pl.col("name").shift().over("unit"))
        .filter(pl.col("before").is_null() | (pl.col("before") != pl.col("name")))
    )


def _undated(log: EventLog, unit: str, dated: pl.DataFrame) -> dict[str, int]:
    if unit not in log.undated.columns:
        return {}
    units = log.undated.select(pl.col(unit).cast(pl.String).alias("unit"), pl.col("name").cast(pl.String))
    units = units.drop_nulls("unit").unique()
    return dict(units.join(dated, on="unit", how="anti").group_by("name").len().iter_rows())


def _weeks(log: EventLog, moment: datetime, weeks: int) -> tuple[datetime, ...]:
    local = moment.astimezone(log.zone)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(monday - timedelta(weeks=back) for back in reversed(range(weeks)))


def _flows(moves: pl.DataFrame, starts: Sequence[datetime]) -> dict[tuple[str, str, datetime], int]:
    """How many entered and left each stage in each week."""
    if not starts:
        return {}
    edges = pl.Series(starts).dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    week = edges.search_sorted(moves["time"], side="right").cast(pl.Int64) - 1
    within = moves.with_columns(week=week).filter(pl.col("week") >= 0)
    flows: dict[tuple[str, str, datetime], int] = {}
    for direction, column in (("in", "name"), ("out", "before")):
        counted = within.drop_nulls(column).group_by(column, "week").len()
        flows |= {(direction, name, starts[number]): count for name, number, count in counted.iter_rows()}
    return flows
