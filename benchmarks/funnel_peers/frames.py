"""Polars: a frame in memory by person and time, asked lazily, with a chain of ASOF joins.

Person and time share one number, which is about twice as fast as joining by person: it needs no hash table.
"""

import polars as pl

from benchmarks.funnel_peers.data import ORIGIN, SHIFT
from benchmarks.funnel_peers.question import WINDOW, Answer, Asked, Given, Question

__all__ = ["Frames"]

PERSON = 1 << SHIFT


class Frames:
    """Polars; its number of threads is the environment's."""

    def __init__(self, given: Given) -> None:
        read = pl.scan_parquet(given.events.parquet).collect(engine="streaming")
        key = pl.col("person").cast(pl.Int64) * PERSON + (pl.col("time").to_physical() - ORIGIN)
        self._frame = read.lazy().select("event", "source", key=key)

    def ways(self, _question: Question) -> list[str]:
        return ["ASOF joins"]

    def answer(self, question: Question, _way: str) -> Answer:
        if question.asked is Asked.COUNTS:
            levels = [level.select((pl.col("k1") // PERSON).n_unique()) for level in self._levels(question.steps)]
            return {"": [int(found.item()) for found in pl.collect_all(levels)]}
        best = self._best(question.steps)
        numbers = range(2, len(question.steps) + 1)
        if question.asked is Asked.TIMES:
            passed = [(pl.col(f"k{n}") - pl.col(f"k{n - 1}")).quantile(0.5, "lower").alias(f"m{n}") for n in numbers]
            return {"": [int(median) for median in best.select(passed).collect().row(0)]}
        counts = [pl.len(), *(pl.col(f"k{number}").count() for number in numbers)]
        rows = best.group_by(pl.col("source").cast(pl.String)).agg(counts).collect().rows()
        return {value: list(reached) for value, *reached in rows}

    def _of(self, step: str, number: int) -> pl.LazyFrame:
        return self._frame.filter(pl.col("event") == step).select(pl.col("key").alias(f"k{number}"))

    def _joined(self, attempts: pl.LazyFrame, step: str, number: int) -> pl.LazyFrame:
        """Attempts with the next event of a step, whoever's it is."""
        left, right = f"k{number - 1}", f"k{number}"
        events = self._of(step, number).set_sorted(right)
        return attempts.set_sorted(left).join_asof(
            events, left_on=left, right_on=right, strategy="forward", coalesce=False
        )

    def _levels(self, steps: tuple[str, ...]) -> list[pl.LazyFrame]:
        """For each step the attempts that reached it."""
        levels = [self._of(steps[0], 1)]
        for number, step in enumerate(steps[1:], start=2):
            levels.append(self._joined(levels[-1], step, number).filter(_inside(number)))
        return levels

    def _best(self, steps: tuple[str, ...]) -> pl.LazyFrame:
        """The deepest attempt of each person, the earliest of these: source and k1 … kk, null where not reached."""
        attempts = self._frame.filter(pl.col("event") == steps[0]).select("source", k1="key")
        for number, step in enumerate(steps[1:], start=2):
            attempts = self._joined(attempts, step, number)
        numbers = range(2, len(steps) + 1)
        reached = attempts.with_columns(pl.when(_inside(n)).then(pl.col(f"k{n}")).alias(f"k{n}") for n in numbers)
        depth = pl.sum_horizontal(pl.col(f"k{number}").is_not_null() for number in numbers)
        return (
            reached.with_columns(person=pl.col("k1") // PERSON, depth=depth)
            .filter(pl.col("depth") == pl.col("depth").max().over("person"))
            .unique("person", keep="first", maintain_order=True)
        )


def _inside(number: int) -> pl.Expr:
    """Whether a step is the same person's, and inside the window."""
    first, here = pl.col("k1"), pl.col(f"k{number}")
    return (here <= first + WINDOW) & (here // PERSON == first // PERSON)
