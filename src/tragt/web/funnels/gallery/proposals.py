"""The funnel that is proposed to someone who has just brought data."""

from dataclasses import replace

import polars as pl

from tragt.errors import NotEnoughData
from tragt.events import EventLog
from tragt.funnel import Funnel, Match, Step
from tragt.funnel.definition import Skips, Unit
from tragt.funnel.proposal import propose
from tragt.funnel.stages import Pipeline, stage_funnel
from tragt.web.funnels.counting.counting import MOST_IN_MEMORY
from tragt.web.funnels.counting.sources import event_log, file_pipelines
from tragt.web.funnels.counting.stages import STAGE_PROPERTIES, most_named, stage_names
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon
from tragt.web.people.queries import extent

__all__ = ["proposal"]


def proposal() -> Funnel:
    """A funnel for the log as it is.

    Where events are mostly of deals it runs over the stages of their pipeline; else over what happens often, in the
    order people usually meet it. Of a log that does not fit into memory a part of the deals and people is looked at.
    Hidden events are proposed nowhere, and the spellings of a name are one.

    Raises:
        NotEnoughData: The log has too little for one.
    """
    words = lexicon()
    log = _as_offered(event_log(STAGE_PROPERTIES, one_in=1 + extent().events // MOST_IN_MEMORY), words)
    if len(log) == 0:
        raise NotEnoughData("funnel.nothing_to_propose", "No funnel can be proposed from a log without events.")
    unit = most_named({one: log.frame[one].count() for one in log.units}, len(log))[0]
    if unit is Unit.DEAL:
        found = _of_file(log, words) or _of_events(log, words)
        if found is not None:
            return found
    return propose(_of_units(log, unit), str(unit))


def _as_offered(log: EventLog, words: Lexicon) -> EventLog:
    """The log with each spelling under the name that it counts as, without events that are offered nowhere."""
    if not words.merges and not words.hidden:
        return log
    kept = {spelling: words.kept(spelling) for spelling, _kept in words.merges}
    frame = log.frame.with_columns(pl.col("name").cast(pl.String).replace(kept).cast(pl.Categorical))
    return replace(log, frame=frame.filter(~pl.col("name").cast(pl.String).is_in(list(words.hidden))))


def _of_file(log: EventLog, words: Lexicon) -> Funnel | None:
    """The funnel over the stages that a file with a row a deal told of, as far as they have dates."""
    have = set(log.frame["name"].cast(pl.String).unique())
    for found in file_pipelines():
        stages, won, lost = (
            [name for name in dict.fromkeys(map(words.kept, told)) if name in have]
            for told in (found.stages, found.won, found.lost)
        )
        if stages and won:
            return Funnel(
                steps=(*(Step((stage,)) for stage in stages), Step(tuple(won))),
                unit=Unit.DEAL,
                window=None,
                lost=tuple(Match((stage,)) for stage in lost),
                skips=Skips.FILL if len(stages) > 1 else None,
            )
    return None


def _of_events(log: EventLog, words: Lexicon) -> Funnel | None:
    """The funnel over the stages that events of deals tell of."""
    stages = tuple(stage_names(log, words))
    return stage_funnel(Pipeline(stages)) if len(stages) > 1 else None


def _of_units(log: EventLog, unit: Unit) -> EventLog:
    """The log with the events that name the unit themselves."""
    if str(unit) not in log.frame.columns:
        return log
    return EventLog(log.frame.filter(pl.col(str(unit)).is_not_null()), zone=log.zone, stages=log.stages)
