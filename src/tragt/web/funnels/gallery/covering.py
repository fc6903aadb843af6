"""Which stages by name a stage of a pipeline stands for already, so that nobody chooses between two of the same.

Events of this Tragt name the pipeline and the key of a stage; those of files often name the stage alone, and those
nothing but its name finds.
"""

from collections.abc import Collection, Sequence

import polars as pl

from tragt.funnel.condition import expression
from tragt.web.funnels.building.choices import STAGE, Place
from tragt.web.funnels.counting.sources import event_log
from tragt.web.funnels.counting.stages import STAGE_EVENTS, STAGE_PROPERTIES
from tragt.web.funnels.counting.steady import steady_version
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.shell.remembered import Remembered

__all__ = ["covered"]

_ASKED = (*STAGE_PROPERTIES, "pipeline", "stage_key")

_known: Remembered[frozenset[str]] = Remembered()


def covered(stages: Collection[str], places: Sequence[Place], words: Lexicon) -> frozenset[str]:
    """The names of stages of which one place stands for every event.

    Args:
        stages: Names of stages that the log has.
        places: What pipelines have to choose from.
        words: What is known of names.
    """
    asked = tuple(one for one in places if one.value.startswith(STAGE) and set(one.match.names) & set(STAGE_EVENTS))
    if not stages or not asked:
        return frozenset()
    return _known.of((steady_version(), words, asked), lambda: _read(asked, words)) & frozenset(stages)


def _read(places: Sequence[Place], words: Lexicon) -> frozenset[str]:
    frame = event_log(_ASKED, words.all_spellings(STAGE_EVENTS)).frame
    named = [f"properties.{name}" for name in STAGE_PROPERTIES if f"properties.{name}" in frame.columns]
    if not named:
        return frozenset()
    told = frame.select(name for name in frame.columns if name.removeprefix("properties.") in _ASKED).unique()
    stood_for = [expression(one.match.where, told.schema).all().alias(one.value) for one in places]
    stage = pl.coalesce(pl.col(name).cast(pl.String) for name in named)
    found = told.group_by(stage=stage).agg(stood_for).drop_nulls("stage")
    return frozenset(found.filter(pl.any_horizontal(one.value for one in places))["stage"])
