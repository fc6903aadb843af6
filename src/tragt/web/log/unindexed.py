"""How much of the log an index does not know yet: what its reader must read from the lake. The unit is the event."""

import polars as pl

from tragt.lake.index import Kind
from tragt.lake.index.generation import Generation
from tragt.lake.index.journal import Journal
from tragt.lake.index.lineage import State, lineage
from tragt.web.log.queries import hidden_batches, index, lake

__all__ = ["unindexed"]


def unindexed(kind: Kind) -> int | None:
    """How many events a reader of an index must read from the lake at most.

    Events of files that were written since count, and those of batches that were hidden or shown. Those of people who
    are somebody else now do not: they are few.

    Args:
        kind: What is counted.

    Returns:
        The number; None where all of them must be: without a generation, or with one that cannot tell what changed.
    """
    try:
        generation = index(kind).current()
        return None if generation is None else _since(generation)
    except FileNotFoundError:
        return None


def _since(generation: Generation) -> int | None:
    now = lake().snapshot()
    covered = generation.locator.files["path"].to_list()
    files = lineage(lake().storage, generation.folder, covered, generation.description.version, now)
    if not files.known or Journal(generation.folder).touched(files.removals) is None:
        return None
    new = now.files.filter(pl.col("path").is_in(files.of(State.NEW, State.MIXED)))["rows"].sum()
    turned = (generation.assignment.hidden ^ set(hidden_batches())) & generation.batches
    if not turned:
        return int(new)
    batches = lake().batches().filter(pl.col("batch").is_in(list(turned)))
    return int(new) + int(batches["events"].sum())
