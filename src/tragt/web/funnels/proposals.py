"""The funnel that is proposed to someone who has just brought data."""

import polars as pl

from tragt.errors import NotEnoughData
from tragt.events import EventLog
from tragt.funnel import Funnel
from tragt.funnel.definition import Unit
from tragt.funnel.proposal import propose
from tragt.funnel.stages import Pipeline, stage_funnel
from tragt.web.funnels.sources import event_log

__all__ = ["proposal"]

_USUAL = Pipeline(stages=())
_STAGE = ("to", "stage", "pipeline")


def proposal() -> Funnel:
    """A funnel for the log as it is.

    Raises:
        NotEnoughData: The log has too little for one.
    """
    log = event_log(_STAGE)
    if len(log) == 0:
        raise NotEnoughData("funnel.nothing_to_propose", "No funnel can be proposed from a log without events.")
    unit = _most_named(log)
    if unit is Unit.DEAL:
        stages = _stages(log)
        if len(stages) > 1:
            return stage_funnel(Pipeline(stages))
    return propose(_of_units(log, unit), str(unit))


def _most_named(log: EventLog) -> Unit:
    """The unit that most events name; a person where several are named equally often."""
    counts = {unit: log.frame[unit].count() for unit in log.units}
    order = [unit for unit in (Unit.PERSON, Unit.DEAL, Unit.COMPANY, Unit.SESSION) if counts.get(str(unit))]
    return max(order, key=lambda unit: counts[str(unit)], default=Unit.PERSON)


def _of_units(log: EventLog, unit: Unit) -> EventLog:
    """The log with the events that name the unit themselves."""
    if str(unit) not in log.frame.columns:
        return log
    return EventLog(log.frame.filter(pl.col(str(unit)).is_not_null()), zone=log.zone, stages=log.stages)


def _stages(log: EventLog) -> tuple[str, ...]:
    """The stages that deals entered, in the median order of their first entering."""
    frame = log.frame.filter(pl.col("name").cast(pl.String).is_in([_USUAL.entered, _USUAL.created]))
    given = [f"properties.{name}" for name in ("to", "stage") if f"properties.{name}" in frame.columns]
    if frame.is_empty() or not given:
        return ()
    first = (
        frame.with_columns(stage=pl.coalesce(pl.col(name).cast(pl.String) for name in given))
        .drop_nulls(["stage", "deal"])
        .group_by("deal", "stage")
        .agg(time=pl.col("time").min())
        .with_columns(rank=pl.col("time").rank("ordinal").over("deal"))
    )
    ranked = first.group_by("stage").agg(place=pl.col("rank").median(), units=pl.len())
    return tuple(ranked.sort(["place", "units", "stage"], descending=[False, True, False])["stage"])
