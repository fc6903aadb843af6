"""The stock: how many units are in each stage at a moment, and what flows in and out.

The unit of observation is the unit at a moment. This is the *pipeline*; it is never mixed with the
funnel, which is a flow by cohort of entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import polars as pl

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.events.log import TIME, EventLog
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
        """Inflow minus outflow in each week: by how much the units in it became more."""
        return tuple(into - out for into, out in zip(self.inflow, self.outflow, strict=True))

    @property
    def history(self) -> tuple[int, ...]:
        """Units in it at each week's end, those without a date included; the last is `units`."""
        back = accumulate(reversed(self.balance[1:]), initial=0)
        return tuple(self.units - since for since in back)[::-1] if self.inflow else ()


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

    @property
    def week_ends(self) -> tuple[datetime, ...]:
        """The last moment of each week, in UTC; of the last week `as_of`. A stage's `history` is its stock at these."""
        if not self.weeks:
            return ()
        before_next = (start.astimezone(UTC) - timedelta(microseconds=1) for start in self.weeks[1:])
        return (*before_next, self.as_of)

    def frame(self) -> pl.DataFrame:
        """The weeks as a table, a row for each stage of each week.

        Returns:
            ``week`` (its first day), ``stage``, ``units`` at the week's end, ``inflow``, ``outflow`` and ``balance``.
        """
        rows = [
            (start.date(), stage.name, *figures)
            for stage in self.stages
            for start, *figures in zip(
                self.weeks, stage.history, stage.inflow, stage.outflow, stage.balance, strict=True
            )
        ]
        counts = dict.fromkeys(("units", "inflow", "outflow", "balance"), pl.Int64())
        schema: dict[str, pl.DataType] = {"week": pl.Date(), "stage": pl.String(), **counts}
        return pl.DataFrame(rows, schema=schema, orient="row").sort("week", maintain_order=True)


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
    and an end counts last. A stage entered after an end re-opens it. A unit without a date stands in the stage the
    source gives (the latest, where it gives several) until its first event with a date. So in every week the units in
    a stage change by its inflow minus its outflow.

    Args:
        log: Events named after the stages they enter.
        stages: The stages in their order.
        ends: Events that take a unit out of the pipeline, such as won and lost.
        unit: What is counted.
        as_of: Any past moment; by default that of the last event. Without a zone it is taken in the organisation's.
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
    moment = (given if given.tzinfo else given.replace(tzinfo=log.zone)).astimezone(UTC)
    entries = _entries(log, [*stages, *ends], unit, moment)
    last = entries.filter(pl.col("unit").ne_missing(pl.col("unit").shift(-1)))
    now = _sizes(last)
    undated = _sizes(last.filter(pl.col("time").is_null()))
    starts = _weeks(log, moment, weeks)
    flows = _flows(entries, starts)
    return Stock(
        unit=unit,
        as_of=moment,
        weeks=starts,
        stages=tuple(
            StageStock(
                name=stage,
                units=now.get(stage, 0),
                undated=undated.get(stage, 0),
                inflow=tuple(flows.get(("in", stage, start), 0) for start in starts),
                outflow=tuple(flows.get(("out", stage, start), 0) for start in starts),
            )
            for stage in stages
        ),
        ended={end: now.get(end, 0) - undated.get(end, 0) for end in ends},
    )


def _entries(log: EventLog, names: Sequence[str], unit: str, moment: datetime) -> pl.DataFrame:
    """Who entered what and when, in order; ``before`` is what they were in. What has no date comes first."""
    place = {name: number for number, name in enumerate(names)}
    events = log.frame.filter((pl.col("time") <= moment) & pl.col("name").cast(pl.String).is_in(names))
    same = pl.col("unit") == pl.col("unit").shift()
    return (
        pl.concat([with_units(events, unit).select(_KEPT), _undated(log, names, unit).select(_KEPT)])
        .with_columns(
            unit=pl.col("unit").cast(pl.Categorical).to_physical(),
            place=pl.col("name").replace_strict(place, return_dtype=pl.Int64),
        )
        .sort("unit", "time", "place", nulls_last=False)
        .with_columns(before=pl.when(same).then(pl.col("name").shift()))
    )


_KEPT = (pl.col("unit").cast(pl.String), pl.col("time"), pl.col("name").cast(pl.String))


def _undated(log: EventLog, names: Sequence[str], unit: str) -> pl.DataFrame:
    """The stages that the source gives without a date."""
    if unit not in log.undated.columns:
        return pl.DataFrame(schema={"unit": pl.String(), "time": TIME, "name": pl.String()})
    given = log.undated.drop_nulls(unit).filter(pl.col("name").cast(pl.String).is_in(names))
    return given.select(unit, "name").rename({unit: "unit"}).with_columns(time=pl.lit(None, TIME))


def _sizes(units: pl.DataFrame) -> dict[str, int]:
    return dict(units.group_by("name").len().iter_rows())


def _weeks(log: EventLog, moment: datetime, weeks: int) -> tuple[datetime, ...]:
    local = moment.astimezone(log.zone)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(monday - timedelta(weeks=back) for back in reversed(range(weeks)))


def _flows(entries: pl.DataFrame, starts: Sequence[datetime]) -> dict[tuple[str, str, datetime], int]:
    """How many entered and left each stage in each week."""
    if not starts:
        return {}
    moves = entries.drop_nulls("time").filter(pl.col("name").ne_missing(pl.col("before")))
    edges = pl.Series(starts).dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    week = edges.search_sorted(moves["time"], side="right").cast(pl.Int64) - 1
    within = moves.with_columns(week=week).filter(pl.col("week") >= 0)
    flows: dict[tuple[str, str, datetime], int] = {}
    for direction, column in (("in", "name"), ("out", "before")):
        counted = within.drop_nulls(column).group_by(column, "week").len()
        flows |= {(direction, name, starts[number]): count for name, number, count in counted.iter_rows()}
    return flows
