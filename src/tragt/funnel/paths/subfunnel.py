"""The sub-funnel of a step: what those who pass usually do on the way to the next one, as a funnel of its own.

The unit of observation is the attempt that reached the step. A proposal says what goes with passing; whether it is
what makes people pass only an experiment can say.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.events.log import EventLog
from tragt.funnel.definition import Funnel, Order, Window
from tragt.funnel.paths.journeys import Journeys, journeys, labelled
from tragt.funnel.proposal import MOST_STEPS
from tragt.funnel.question import Period
from tragt.funnel.run import Context
from tragt.funnel.steps import Exclude, Step
from tragt.stats.arrays import IntArray

__all__ = ["COMMON", "propose_subfunnel", "subfunnel"]

COMMON = 1 / 3
"""The share of those who pass that must meet each of the events proposed, and all of them in their order."""


def subfunnel(
    funnel: Funnel, log: EventLog, step: int, *, period: Period | None = None, context: Context | None = None
) -> Funnel:
    """Propose the single actions that lead from a step to the next required one, as a funnel that can be run.

    See `propose_subfunnel`.

    Args:
        funnel: The definition.
        log: The events.
        step: A required step but the last, counted from 0 over all steps as in the report.
        period: Which entries count, and the moment to look from; as for `tragt.funnel.run`.
        context: What is known of the units besides.

    Raises:
        InvalidDefinition: There is no such step, or the steps come in any order.
        NotEnoughData: There is nothing that those who pass do more often than the others.

    Example:
        >>> import polars as pl
        >>> from tragt import Funnel, read
        >>> deals = dict.fromkeys(("d1", "d2", "d3"), "Need Call Won") | dict.fromkeys(("d4", "d5", "d6"), "Need Mail")
        >>> log = read(pl.DataFrame([
        ...     {"deal": deal, "event": name, "time": f"2026-01-0{day}T09:00:00Z"}
        ...     for deal, names in deals.items() for day, name in enumerate(names.split(), start=1)]))
        >>> [step.title for step in subfunnel(Funnel.of("Need", "Won", unit="deal"), log, 0).steps]
        ['Need', 'Call', 'Won']
    """
    return propose_subfunnel(journeys(funnel, log, period=period, context=context), step)


def propose_subfunnel(found: Journeys, step: int) -> Funnel:
    """Propose a sub-funnel from journeys that were read before.

    An event is proposed where at least a third of those who passed met it on the way, and clearly more of them than of
    the others who were on the way at the same age: the lower limit of the lift is above 1. From the largest lift on,
    three at most are taken as long as a third of those who passed met all of them in their order, which is the median
    order of their first occurrence.

    Args:
        found: The journeys.
        step: A required step but the last, counted from 0 over all steps as in the report.

    Returns:
        The step, the events proposed, the next required step: of the same unit, with the same window and rules. A time
        within which the next step must come shortens the window. Losses, re-openings and what excludes in between
        stay. It counts all who reach the step, whether or not they went through the steps before it.

    Raises:
        InvalidDefinition: There is no such step, or the steps come in any order.
        NotEnoughData: There is nothing that those who pass do more often than the others.
    """
    funnel = found.funnel
    if funnel.order is Order.ANY:
        raise InvalidDefinition(
            "paths.any_order",
            "A funnel in any order has no step that comes next; ask a funnel whose steps have an order.",
        )
    between = found.between(step, top=1)
    following = funnel.required[funnel.required.index(step) + 1]
    ends = (funnel.steps[step], funnel.steps[following])
    chain = _chain(found, step, _candidates(between.names, ends))
    if not chain:
        raise NotEnoughData(
            "paths.nothing_between",
            f"Nothing can be proposed between {between.step!r} and {between.following!r}: there is no event that at "
            "least a third of those who passed met, and clearly more of them than of the others who had come as far.",
            step=step,
        )
    known = {one.label: replace(one, optional=False, within=None, anchored=False) for one in labelled(funnel)}
    first, last = (replace(one, within=None) for one in ends)
    return replace(
        funnel,
        steps=(first, *(known.get(name) or Step((name,)) for name in chain), last),
        window=_window(funnel.window, ends[1].within),
        exclude=tuple(_exclusions(funnel, (step, following), chain)),
        skips=None,
        name=f"{between.step} → {between.following}",
    )


def _candidates(names: pl.DataFrame, ends: tuple[Step, Step]) -> pl.DataFrame:
    """What is common and discriminates, in the median order of first occurrence."""
    known = {name for step in ends for name in (*step.names, step.label)}
    clear = (pl.col("passed_share") >= COMMON) & (pl.col("lift_low") > 1)
    return names.filter(clear & ~pl.col("name").is_in(known)).sort(
        ["rank", "passed", "name"], descending=[False, True, False]
    )


def _chain(found: Journeys, step: int, candidates: pl.DataFrame) -> list[str]:
    """Of the candidates those that discriminate most, as long as enough of those who passed met them in their order."""
    place = found.funnel.required.index(step)
    passed = np.flatnonzero(found.attempts.depth > place + 1)
    chain: list[str] = []
    unbounded = pl.col("lift").fill_null(float("inf"))
    for name in candidates.sort(unbounded, "lift_low", "name", descending=[True, True, False])["name"]:
        longer = [one for one in candidates["name"] if one in (*chain, name)]
        if _following(found, passed, place, longer) >= COMMON * len(passed):
            chain = longer
        if len(chain) == MOST_STEPS - 2:
            break
    return chain


def _following(found: Journeys, passed: IntArray, place: int, chain: Sequence[str]) -> int:
    """How many of those who passed met these events in this order, simultaneous ones in any."""
    timeline, unit = found.timeline, found.unit[passed]
    reached = found.attempts.entry[passed][:, None] + found.attempts.ages[passed, place : place + 2]
    cursor, stop = timeline.after(unit, reached[:, 0]), timeline.since(unit, reached[:, 1])
    for name in chain:
        events = np.append(np.flatnonzero(timeline.name == timeline.names.index_of(name)), len(timeline.name))
        met = events[np.searchsorted(events, cursor)]
        on = met < stop
        unit, stop, met = unit[on], stop[on], met[on]
        cursor = timeline.since(unit, timeline.time[met])
    return len(unit)


def _window(window: Window, within: timedelta | None) -> Window:
    """The window of the whole, shortened to the time within which the next step must come."""
    if within is None or window == "session":
        return window
    return within if window is None else min(window, within)


def _exclusions(funnel: Funnel, gap: tuple[int, int], chain: Sequence[str]) -> list[Exclude]:
    """What excludes all the way between the two steps."""
    step, following = gap
    acting = [
        exclude
        for exclude in funnel.exclude
        if exclude.after <= step + 1
        and (exclude.before is None or exclude.before > following)
        and not set(exclude.names) & set(chain)
    ]
    return [replace(exclude, after=1, before=None) for exclude in acting]
