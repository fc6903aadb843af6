"""Stages of deals: which the log has, and the stock beside a funnel, which is another figure than the funnel."""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain

import polars as pl

from tragt.events import EventLog
from tragt.funnel import Funnel, Match
from tragt.funnel.condition import expression
from tragt.funnel.definition import Order, Unit
from tragt.funnel.stages import Pipeline
from tragt.funnel.stock import Stock, stock
from tragt.web.lexicon.meaning import NOTHING, Lexicon

__all__ = ["STAGE_EVENTS", "STAGE_PROPERTIES", "most_named", "over_stages", "stage_names", "stock_beside"]

_USUAL = Pipeline(stages=())
STAGE_EVENTS = (_USUAL.entered, _USUAL.created)
STAGE_PROPERTIES = ("to", "stage")


def most_named(counts: Mapping[str, int], events: int) -> list[Unit]:
    """The units that events name, the most frequent first; where every event names a deal, deals.

    Args:
        counts: Of each kind of unit how many events name one.
        events: How many events there are.
    """
    usual = (Unit.PERSON, Unit.DEAL, Unit.COMPANY, Unit.SESSION)
    if counts.get(Unit.DEAL) == events:
        usual = (Unit.DEAL, Unit.PERSON, Unit.COMPANY, Unit.SESSION)
    named = [unit for unit in usual if counts.get(unit)]
    return sorted(named, key=lambda unit: -counts[unit]) or [Unit.PERSON]


def stage_names(log: EventLog, words: Lexicon = NOTHING) -> dict[str, int]:
    """The stages that deals entered, in the median order of their first entering, and how many deals did.

    Args:
        log: Events with the properties `STAGE_PROPERTIES`.
        words: What is known of names: the events that tell of stages count in each of their spellings.
    """
    frame = log.frame.filter(pl.col("name").cast(pl.String).is_in(words.all_spellings(STAGE_EVENTS)))
    given = [f"properties.{name}" for name in STAGE_PROPERTIES if f"properties.{name}" in frame.columns]
    if frame.is_empty() or not given or "deal" not in frame.columns:
        return {}
    first = (
        frame.with_columns(stage=pl.coalesce(pl.col(name).cast(pl.String) for name in given))
        .drop_nulls(["stage", "deal"])
        .group_by("deal", "stage")
        .agg(time=pl.col("time").min())
        .with_columns(rank=pl.col("time").rank("ordinal").over("deal"))
    )
    ranked = first.group_by("stage").agg(place=pl.col("rank").median(), units=pl.len())
    ordered = ranked.sort(["place", "units", "stage"], descending=[False, True, False])
    return dict(ordered.select("stage", "units").iter_rows())


def over_stages(funnel: Funnel) -> bool:
    """Whether a funnel's steps may be stages of deals."""
    return funnel.unit is Unit.DEAL and funnel.order is Order.ORDERED


def stock_beside(funnel: Funnel, log: EventLog, as_of: datetime) -> Stock | None:
    """How many deals are in each of the funnel's stages; None where its steps are no stages of deals.

    Args:
        funnel: The definition.
        log: The events of its steps and losses, with the units that have a stage and no date.
        as_of: The moment to count at.
    """
    if not over_stages(funnel):
        return None
    moves = _named_by_step(funnel, log)
    won = funnel.steps[-1].title
    lost = list(dict.fromkeys(_loss(match) for match in funnel.lost))
    undated = moves.undated["name"].unique(maintain_order=True).to_list() if log.undated.height else []
    named = dict.fromkeys([*undated, *(step.title for step in funnel.steps)])
    stages = [name for name in named if name not in (won, *lost)]
    if not stages:
        return None
    return stock(moves, stages, ends=[won, *lost], unit=str(funnel.unit), as_of=as_of)


def _loss(match: Match) -> str:
    return " | ".join(match.names)


def _named_by_step(funnel: Funnel, log: EventLog) -> EventLog:
    """The log whose events are named after the step, or the loss, that they match."""
    schema = log.frame.schema
    steps = ((step.match, step.title) for step in funnel.steps)
    losses = ((match, _loss(match)) for match in funnel.lost)
    name = pl.lit(None, pl.String)
    for match, title in reversed(list(chain(steps, losses))):
        meant = pl.col("name").cast(pl.String).is_in(match.names) & expression(match.where, schema)
        name = pl.when(meant).then(pl.lit(title)).otherwise(name)
    frame = log.frame.with_columns(name=name).drop_nulls("name")
    return EventLog(frame, zone=log.zone, undated=_undated(funnel, log), stages=log.stages)


def _undated(funnel: Funnel, log: EventLog) -> pl.DataFrame:
    """The units without a date, those in another spelling of a stage in that stage."""
    spelled = {name: step.title for step in funnel.steps if step.title in step.names for name in step.names}
    return (
        log.undated.with_columns(pl.col("name").cast(pl.String).replace(spelled)) if log.undated.height else log.undated
    )
