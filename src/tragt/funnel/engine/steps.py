"""The events of each step of a funnel whose steps are apart, as postings for the merge."""

from collections.abc import Sequence

import numpy as np

from tragt.funnel.definition import Count, Funnel, Order
from tragt.funnel.engine.timeline import meant
from tragt.funnel.postings import DAY, Packing, Posting, Source
from tragt.funnel.reading import Counting
from tragt.funnel.steps import Match

__all__ = ["entered_between", "entries_of", "is_short", "step_postings"]


def is_short(funnel: Funnel) -> bool:
    """Whether a definition asks for nothing that the merge does not know.

    Args:
        funnel: The definition.
    """
    names = [name for step in funnel.steps for name in step.names]
    special = (funnel.exclude, funnel.lost, funnel.hold, funnel.skips, funnel.tolerance, funnel.window == "session")
    return (
        not any(special)
        and funnel.order == Order.ORDERED
        and funnel.count in (Count.BEST, Count.FIRST)
        and len(set(names)) == len(names)
        and not any(step.optional or step.within for step in funnel.steps)
    )


def step_postings(funnel: Funnel, source: Source, counting: Counting) -> list[Posting] | None:
    """The events of each step; None where some of them are known only by their day.

    Args:
        funnel: The definition.
        source: The log.
        counting: Which events count.
    """
    postings = [_of_match(source, step.match, counting) for step in funnel.steps]
    return None if any(one.flags is not None and (one.flags & DAY).any() for one in postings) else postings


def entries_of(funnel: Funnel, source: Source, counting: Counting) -> Posting:
    """The events of the first step.

    Args:
        funnel: The definition.
        source: The log.
        counting: Which events count.
    """
    return _of_match(source, funnel.steps[0].match, counting)


def entered_between(packing: Packing, entries: Posting, start: int, end: int) -> Posting:
    """The entries of a period.

    Args:
        packing: How keys are made.
        entries: The entries.
        start: Earliest moment, ms since 1970 in UTC.
        end: First moment after.
    """
    origin = packing.origin
    if start <= origin and end > origin + (1 << packing.shift) - 1:
        return entries
    times = packing.times(entries.keys)
    rows = (times >= start) & (times < end)
    return Posting(entries.keys[rows], entries.numbers[rows])


def _of_match(source: Source, match: Match, counting: Counting) -> Posting:
    found = [_of_name(source, match, name, counting) for name in match.names]
    return found[0] if len(found) == 1 else _merged(found)


def _of_name(source: Source, match: Match, name: str, counting: Counting) -> Posting:
    posting = source.posting(name)
    rows, holding = counting.rows(source, posting), meant(source, match, name)
    if holding is not None:
        rows = holding if rows is None else rows & holding
    if rows is None:
        return posting
    flags = None if posting.flags is None else posting.flags[rows]
    return Posting(posting.keys[rows], posting.numbers[rows], flags)


def _merged(postings: Sequence[Posting]) -> Posting:
    """The events of several names as one posting."""
    numbers = np.concatenate([one.numbers for one in postings])
    order = np.argsort(numbers, kind="stable")
    flags = [np.zeros(len(one), np.uint8) if one.flags is None else one.flags for one in postings]
    return Posting(np.concatenate([one.keys for one in postings])[order], numbers[order], np.concatenate(flags)[order])
