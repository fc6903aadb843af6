"""A funnel proposed from a log nobody has described: frequent events in the order people meet them."""

from datetime import timedelta
from itertools import pairwise

import polars as pl

from tragt.errors import NotEnoughData
from tragt.events.log import EventLog
from tragt.events.units import with_units
from tragt.funnel.definition import Funnel, Unit
from tragt.funnel.steps import Match, Step

__all__ = ["propose", "usual_unit"]

MOST_STEPS = 5
LEAST_SHARE = 0.02
USUAL = 0.7
WINDOWS = tuple(timedelta(hours=hours) for hours in (1, 6)) + tuple(
    timedelta(days=days) for days in (1, 3, 7, 14, 30, 60, 90, 180, 365, 730)
)
COVERED = 0.9
CLEARANCE = 3
"""How many times the log must be as long as the window, so that most attempts are watched to its end."""

GOALS = (
    "purchase",
    "won",
    "paid",
    "order completed",
    "subscri",
    "signed",
    "contract",
    "køb",
    "vundet",
    "köp",
    "vunn",
    "kjøp",
)
LOSSES = ("lost", "closed lost", "deal lost", "tabt", "förlorad", "förlorat", "tapt")


def propose(log: EventLog, unit: str | None = None) -> Funnel:
    """Propose a funnel: frequent names in the median order of their first occurrence, and a window that fits.

    A name's place is the median, over the units that have it, of its rank among their first occurrences.
    The goal is the latest name that tells of a sale; the steps are names that most units with the goal met
    before it. The window is the shortest usual one that covers nine tenths of the times from the first step
    to the last, and at most a third of the log's length.

    Args:
        log: The events.
        unit: What to count; by default person, or whatever the log knows.

    Raises:
        NotEnoughData: The log has fewer than two event names that enough units have.
    """
    kind = unit or usual_unit(log)
    firsts = _first_occurrences(log, kind)
    losses = [name for name in firsts["name"].unique() if name.casefold() in LOSSES]
    others = firsts.filter(~pl.col("name").is_in(losses))
    names = _steps(others) if others.height else []
    if len(names) < 2:
        raise NotEnoughData(
            "funnel.nothing_to_propose",
            "No funnel can be proposed: nothing is usually done before "
            f"{names[0]!r}. The log has the events {', '.join(log.names()['name'].head(12))}. Name the steps yourself."
            if names
            else "No funnel can be proposed from a log without events.",
        )
    window = None if kind == Unit.DEAL else _window(firsts, names[0], names[-1], _span(log))
    return Funnel(
        steps=tuple(Step((name,)) for name in names),
        unit=Unit(kind),
        window=window,
        lost=tuple(Match((name,)) for name in sorted(losses)),
    )


def usual_unit(log: EventLog) -> Unit:
    """What to count where nobody says: deals of a file with a row a deal, else persons, else what the log knows."""
    wide = log.mapping is not None and log.mapping.wide
    order = (Unit.DEAL, Unit.PERSON) if wide else (Unit.PERSON, Unit.DEAL)
    return next((unit for unit in (*order, Unit.COMPANY, Unit.SESSION) if unit in log.units), Unit.PERSON)


def _first_occurrences(log: EventLog, unit: str) -> pl.DataFrame:
    """The first time of each name in each unit, and its rank among the unit's names."""
    return (
        with_units(log.frame, unit)
        .group_by(pl.col("unit").cast(pl.String), pl.col("name").cast(pl.String))
        .agg(time=pl.col("time").min())
        .with_columns(rank=pl.col("time").rank("average").over("unit"))
    )


def _steps(firsts: pl.DataFrame) -> list[str]:
    """The names of the steps up to the goal, each had by fewer units than the one before, or as many."""
    units = firsts["unit"].n_unique()
    ranked = (
        firsts.group_by("name")
        .agg(units=pl.len(), place=pl.col("rank").median())
        .filter(pl.col("units") >= max(LEAST_SHARE * units, 1))
        .sort(["place", "units", "name"], descending=[False, True, False])
    )
    counts = dict(ranked.select("name", "units").iter_rows())
    goal = _goal(ranked)
    usual = _usual_before(firsts, goal)
    chosen: list[str] = []
    for name in (*(name for name in ranked["name"] if name in usual), goal):
        while chosen and counts[chosen[-1]] < counts[name]:
            chosen.pop()
        chosen.append(name)
    return _thinned(chosen, counts)


def _goal(ranked: pl.DataFrame) -> str:
    """The latest name that tells of a sale, else the latest of all."""
    names: list[str] = ranked["name"].to_list()
    sales = [name for name in names if any(word in name.casefold() for word in GOALS)]
    return (sales or names)[-1]


def _usual_before(firsts: pl.DataFrame, goal: str) -> set[str]:
    """The names that most units with the goal met before it."""
    reached = firsts.filter(pl.col("name") == goal).select("unit", goal="time")
    before = firsts.join(reached, on="unit").filter((pl.col("time") <= pl.col("goal")) & (pl.col("name") != goal))
    shares = before.group_by("name").agg(share=pl.len() / reached.height)
    return set(shares.filter(pl.col("share") >= USUAL)["name"])


def _thinned(chosen: list[str], counts: dict[str, int]) -> list[str]:
    """At most five steps: those whose leaving out hides the smallest drop go."""
    while len(chosen) > MOST_STEPS:
        drops = {name: counts[before] / counts[name] for before, name in pairwise(chosen[:-1])}
        chosen = [name for name in chosen if name != min(drops, key=lambda one: drops[one])]
    return chosen


def _span(log: EventLog) -> timedelta:
    first, last = log.first_time, log.last_time
    return timedelta(0) if first is None or last is None else last - first


def _window(firsts: pl.DataFrame, first: str, last: str, span: timedelta) -> timedelta:
    """The shortest usual window that is needed, and of those at most the longest that fits into the log three times."""
    wide = firsts.filter(pl.col("name") == first).join(firsts.filter(pl.col("name") == last), on="unit")
    spans = wide.select((pl.col("time_right") - pl.col("time")).alias("span")).filter(pl.col("span") >= timedelta(0))
    needed = spans["span"].quantile(COVERED) if spans.height else None
    fitting = [window for window in WINDOWS if window * CLEARANCE <= span] or [WINDOWS[0]]
    if not isinstance(needed, timedelta):
        return min(timedelta(days=30), fitting[-1])
    return next((window for window in fitting if window >= needed), fitting[-1])
