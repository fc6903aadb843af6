"""Sequences of events: condensed, counted, and laid out as a flow.

The unit of observation is the attempt. Each attempt follows exactly one path, so the paths sum up to the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.funnel.paths.timeline import Stretch
from tragt.stats.arrays import IntArray
from tragt.stats.intervals import Rate, wilson

__all__ = ["FURTHER", "LONGEST", "Path", "Paths", "condensed", "paths_of"]

FURTHER = "further"
"""How the flow of an attempt ends that goes on for longer than the picture."""

LONGEST = 8
"""How many places of a path the flow shows."""


@dataclass(frozen=True, slots=True)
class Path:
    """One sequence of events, and who followed it.

    Attributes:
        names: The names in their order, immediate repeats only once; empty where nothing happened.
        events: For each name, how many events of all these attempts stand there: `attempts` or more.
        attempts: How many attempts followed it.
        share: Their share of all attempts that were looked at.
    """

    names: tuple[str, ...]
    events: tuple[int, ...]
    attempts: int
    share: Rate


@dataclass(frozen=True, slots=True)
class Paths:
    """What some attempts did in a stretch of their time.

    Attributes:
        attempts: How many attempts were looked at: those on the `top` paths and the `other` ones.
        top: The most frequent paths, most frequent first, equals by their names.
        other: How many attempts followed another path.
        other_paths: How many different other paths there were.
        flow: The way from the start to the end, for a diagram: ``place`` (0 leaves the start), ``source`` (missing at
            the start), ``target`` (missing at the end), ``ending`` (what became of the attempt where it ends, or
            `FURTHER`; else missing), ``attempts``. At every node but start and end as many arrive as leave.
    """

    attempts: int
    top: tuple[Path, ...]
    other: int
    other_paths: int
    flow: pl.DataFrame

    def frame(self) -> pl.DataFrame:
        """The top paths as a table, the rest in a last row without names.

        Returns:
            ``names`` (list of String; missing for the rest), ``attempts``, and ``share``, ``low`` and ``high``
            (0 to 1; missing for the rest).
        """
        shares = dict.fromkeys(("share", "low", "high"), pl.Float64())
        schema: dict[str, pl.DataType] = {"names": pl.List(pl.String), "attempts": pl.Int64(), **shares}
        rows: list[tuple[object, ...]] = [
            (list(path.names), path.attempts, path.share.rate, path.share.low, path.share.high) for path in self.top
        ]
        if self.other:
            rows.append((None, self.other, None, None, None))
        return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True)
class Condensed:
    """A stretch in which immediate repeats stand once.

    Attributes:
        stretch: The first event of every run.
        events: How many events each run has, shape (n,).
    """

    stretch: Stretch
    events: IntArray


def condensed(stretch: Stretch) -> Condensed:
    """Immediate repeats of a name as one event with its count."""
    first = stretch.begins | (np.diff(stretch.name, prepend=-1) != 0)
    rows = np.flatnonzero(first)
    kept = Stretch(stretch.attempts, stretch.attempt[rows], stretch.event[rows], stretch.name[rows])
    return Condensed(kept, np.diff(rows, append=len(first)))


def paths_of(stretch: Stretch, names: pl.Series, endings: pl.Series, top: int, level: float = 0.95) -> Paths:
    """The paths that some attempts followed.

    Args:
        stretch: Their events.
        names: The names that the codes of the stretch stand for.
        endings: How each attempt ended, String, of the length of the attempts.
        top: How many paths are told one by one.
        level: Confidence level of the shares.
    """
    short = condensed(stretch)
    ranked = _variants(short)
    told = ranked.head(top)
    return Paths(
        attempts=stretch.attempts,
        top=tuple(_told(told, names, stretch.attempts, level)),
        other=stretch.attempts - int(told["attempts"].sum()),
        other_paths=ranked.height - told.height,
        flow=_flow(short.stretch, names, endings),
    )


def _variants(short: Condensed) -> pl.DataFrame:
    """One row a different path: its codes, its attempts, and the events at each of its places."""
    stretch = short.stretch
    rows = pl.DataFrame({"attempt": stretch.attempt, "code": stretch.name, "events": short.events})
    by_attempt = rows.group_by("attempt", maintain_order=True).agg(codes=pl.col("code"), events=pl.col("events"))
    paths = by_attempt.group_by("codes").agg(attempts=pl.len().cast(pl.Int64), events=pl.col("events"))
    idle = stretch.attempts - by_attempt.height
    if idle:
        nothing = pl.DataFrame({"codes": [[]], "attempts": [idle], "events": [[]]}, schema=paths.schema)
        paths = pl.concat([nothing, paths])
    return paths.sort(["attempts", "codes"], descending=[True, False])


def _told(told: pl.DataFrame, names: pl.Series, attempts: int, level: float) -> Iterator[Path]:
    for codes, count, events in zip(told["codes"], told["attempts"], told["events"], strict=True):
        at_each_place = events.explode(empty_as_null=False).to_numpy().reshape(-1, max(len(codes), 1)).sum(axis=0)
        total = at_each_place.tolist() if len(codes) else []
        yield Path(tuple(names.gather(codes)), tuple(total), count, wilson(count, attempts, level))


def _flow(stretch: Stretch, names: pl.Series, endings: pl.Series) -> pl.DataFrame:
    """Who goes from where to where, place by place; codes as names."""
    lengths = np.bincount(stretch.attempt, minlength=stretch.attempts)
    events = pl.DataFrame({"attempt": stretch.attempt, "place": stretch.place, "code": stretch.name})
    called = pl.DataFrame({"code": np.arange(len(names)), "name": names})
    events = events.filter(pl.col("place") < LONGEST).join(called, on="code").drop("code")
    ends = pl.DataFrame(
        {
            "attempt": np.arange(stretch.attempts),
            "place": np.minimum(lengths, LONGEST),
            "ending": endings,
            "longer": lengths > LONGEST,
        }
    ).with_columns(ending=pl.when("longer").then(pl.lit(FURTHER)).otherwise("ending"))
    steps = pl.concat(
        [
            events.select("attempt", "place", target="name", ending=pl.lit(None, pl.String)),
            ends.select("attempt", "place", pl.lit(None, pl.String).alias("target"), "ending"),
        ]
    )
    before = events.select("attempt", place=pl.col("place") + 1, source="name")
    return (
        steps.join(before, on=["attempt", "place"], how="left")
        .group_by("place", "source", "target", "ending")
        .agg(attempts=pl.len().cast(pl.Int64))
        .sort(["place", "attempts", "source", "target", "ending"], descending=[False, True, False, False, False])
        .select("place", "source", "target", "ending", "attempts")
    )
