"""The stock beside a funnel over deals: how many are in each stage now. It is another figure than the funnel."""

from itertools import chain

import polars as pl

from tragt.events import EventLog
from tragt.funnel import Funnel, Match
from tragt.funnel.condition import expression
from tragt.funnel.definition import Order, Unit
from tragt.funnel.stock import Stock, stock

__all__ = ["stock_beside"]


def stock_beside(funnel: Funnel, log: EventLog, report_as_of: object) -> Stock | None:
    """How many deals are in each of the funnel's stages; None where its steps are no stages of deals.

    Args:
        funnel: The definition.
        log: The events, with the units that have a stage and no date.
        report_as_of: The moment to count at.
    """
    if funnel.unit is not Unit.DEAL or funnel.order is not Order.ORDERED:
        return None
    moves = _named_by_step(funnel, log)
    won = funnel.steps[-1].title
    lost = list(dict.fromkeys(_loss(match) for match in funnel.lost))
    undated = log.undated["name"].cast(str).unique(maintain_order=True).to_list() if log.undated.height else []
    named = dict.fromkeys([*undated, *(step.title for step in funnel.steps)])
    stages = [name for name in named if name not in (won, *lost)]
    return stock(moves, stages, ends=[won, *lost], unit=str(funnel.unit), as_of=report_as_of) if stages else None  # type: ignore[arg-type]


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
    return EventLog(frame, zone=log.zone, undated=log.undated, stages=log.stages)
