"""The real path through the stages against the ideal one: how well they fit, and where they part.

The unit of observation is the attempt: a deal's way from its entry to its end, or as far as it was watched. The ideal
path enters every stage once, in order. Whether the ideal path is a good one is not answered here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog
from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, OUTCOMES, Attempts
from tragt.funnel.definition import Funnel, Order
from tragt.funnel.members import members_and_events
from tragt.funnel.paths.alignment import longest_in_order
from tragt.funnel.paths.deviations import Deviation, DeviationKind, deviating, deviations
from tragt.funnel.paths.traces import traces
from tragt.funnel.question import Period
from tragt.funnel.run import Context
from tragt.funnel.stages import Pipeline, stage_funnel
from tragt.stats.intervals import Rate, bounded_rate, wilson

__all__ = ["Conformance", "Variant", "conformance"]

_COUNTS = {
    "skips": DeviationKind.SKIPPED,
    "returns": DeviationKind.RETURNED,
    "repeats": DeviationKind.REPEATED,
    "reopenings": DeviationKind.REOPENED,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One real path.

    Attributes:
        stages: The stages in the order they were entered.
        attempts: How many attempts went so.
        share: Share of all attempts.
        fitness: How well it fits, 0 to 1: at 1 each stage up to the deepest was entered once, in order.
    """

    stages: tuple[str, ...]
    attempts: int
    share: Rate
    fitness: float


@dataclass(frozen=True, slots=True)
class Conformance:
    """The real paths against the ideal one.

    Attributes:
        stages: The ideal path.
        attempts: How many attempts were compared.
        fitness: Alignment-based fitness of all of them, 0 to 1; None where there are none.
        ideal: Of those that converted, the share that went exactly the ideal path, without a re-opening; None where
            none converted.
        reason: Why one of these is absent, or None.
        deviations: All ways of deviating, most frequent first.
        variants: The most frequent paths.
        other: How many attempts went another way.
        moves: The real graph: ``source`` (missing at the entry), ``target`` (missing at the end), ``outcome`` (where
            the target is missing), ``attempts`` that went so at least once, ``times`` in all, and ``seconds``, the
            median time between the two (missing at the entry, and at the end of what is open); most attempts first.
        each: One row an attempt: ``unit``, ``outcome``, ``stages`` (list), ``cost`` and ``worst`` of its alignment,
            ``fitness``, ``skips``, ``returns``, ``repeats``, ``reopenings``, and ``seconds`` from entry to conversion
            (missing where it did not convert).
    """

    stages: tuple[str, ...]
    attempts: int
    fitness: Rate | None
    ideal: Rate | None
    reason: str | None
    deviations: tuple[Deviation, ...]
    variants: tuple[Variant, ...]
    other: int
    moves: pl.DataFrame
    each: pl.DataFrame


def conformance(
    stages: Pipeline | Funnel,
    log: EventLog,
    *,
    period: Period | None = None,
    context: Context | None = None,
    top: int = 10,
) -> Conformance:
    """Compare the way that units really went through stages with the ideal one.

    A path of n entries whose deepest stage is the d-th is aligned with the stages 1 to d. An entry that the ideal
    path does not have there (a log move) and a stage of the ideal path that was not entered there (a model move) cost
    1 each. The cheapest alignment costs n + d − 2m, where m is the largest number of entries that stand in order; the
    worst, in which nothing fits, n + d. Fitness is 1 − (sum of costs) ÷ (sum of worst costs) over all attempts. Its
    standard error is that of a quotient of two means (delta method), attempts taken as independent. Losses and
    re-openings cost nothing.

    Entries of one moment, or of one day where one of them is known only by its day, are taken in the order of the
    stages, and those of one stage as one (a deal is created in the stage that it enters).

    Args:
        stages: A pipeline, or an ordered funnel whose required steps are the stages.
        log: The events.
        period: Which entries count, and the moment to look from; as for `tragt.funnel.run`.
        context: What is known of the units besides.
        top: How many variants are told one by one, at least 1.

    Raises:
        InvalidDefinition: The steps come in any order, one event enters two of them, or `top` is not positive.
        NotEnoughData: The log is empty, so that there is no moment to look from.

    References:
        van der Aalst, W. (2016). Process Mining: Data Science in Action, 2nd edition, section 8.3.
        Adriansyah, A. (2014). Aligning Observed and Modeled Behavior. Thesis, Eindhoven University of Technology.

    Example:
        >>> import polars as pl
        >>> from tragt import Funnel, read
        >>> log = read(pl.DataFrame({
        ...     "deal": ["d1", "d1", "d1", "d2", "d2"], "event": ["Need", "Offer", "Won", "Need", "Won"],
        ...     "time": [f"2026-01-0{day}T09:00:00Z" for day in (1, 2, 3, 1, 2)]}))
        >>> found = conformance(Funnel.of("Need", "Offer", "Won", unit="deal", skips="fill"), log)
        >>> found.fitness.rate, found.ideal.rate, found.deviations[0].stage
        (0.9090909090909091, 0.5, 'Offer')
    """
    funnel = stage_funnel(stages) if isinstance(stages, Pipeline) else stages
    if funnel.order is Order.ANY:
        raise InvalidDefinition(
            "conformance.any_order", "Steps in any order have no ideal path; give a pipeline or steps with an order."
        )
    if top < 1:
        raise InvalidDefinition("conformance.top", f"top is {top}; it must be at least 1.", top=top)
    known, asked = context or Context(), period or Period()
    counted, source = members_and_events(funnel, log, asked, known)
    trace = traces(funnel, source.frame, counted, log.zone)
    titles = tuple(funnel.steps[place].title for place in funnel.required)
    deviates = deviating(trace, len(titles))
    variants = _variants(trace.filter(pl.col("stage") < len(titles)), len(titles))
    each = _each(counted.attempts, counted.units, variants, deviates)
    fitness, ideal = _fitness(each, known.level), _ideal(each, known.level)
    told = variants.sort(["attempts", "stages"], descending=[True, False]).head(top)
    return Conformance(
        stages=titles,
        attempts=each.height,
        fitness=fitness,
        ideal=ideal,
        reason="nobody entered" if fitness is None else "nobody converted" if ideal is None else None,
        deviations=tuple(deviations(deviates, each["seconds"], titles, known.level)),
        variants=tuple(_told(told, titles, each.height, known.level)),
        other=each.height - int(told["attempts"].sum()),
        moves=_moves(trace, counted.attempts, titles),
        each=each.with_columns(pl.col("stages").list.eval(_titled(pl.element(), titles))),
    )


def _variants(entries: pl.DataFrame, stages: int) -> pl.DataFrame:
    """One row a different path, with its alignment and the rows of the attempts that went so."""
    paths = entries.group_by("attempt", maintain_order=True).agg(stages="stage")
    found = paths.group_by("stages").agg(rows="attempt", attempts=pl.len().cast(pl.Int64))
    length = found["stages"].list.len().cast(pl.Int64)
    kept = longest_in_order(found["stages"].explode().to_numpy(), length.to_numpy(), stages)
    worst = length + found["stages"].list.max() + 1
    return found.with_columns(cost=worst - 2 * kept, worst=worst)


def _each(attempts: Attempts, units: pl.Series, variants: pl.DataFrame, deviates: pl.DataFrame) -> pl.DataFrame:
    """One row an attempt, in their order."""
    seconds = pl.Series(attempts.ages[:, -1] / 1000).set(pl.Series(~attempts.of(Outcome.CONVERTED)), None)
    counts = deviates.group_by("attempt").agg(
        pl.col("kind").filter(pl.col("kind") == kind).len().cast(pl.Int64).alias(name) for name, kind in _COUNTS.items()
    )
    ways = variants.drop("attempts").explode("rows").rename({"rows": "attempt"})
    return (
        pl.DataFrame({"attempt": np.arange(len(attempts)), "unit": units, "outcome": _outcomes(attempts)})
        .with_columns(seconds=seconds)
        .join(ways, on="attempt", how="left", maintain_order="left")
        .join(counts, on="attempt", how="left", maintain_order="left")
        .with_columns(pl.col(*_COUNTS).fill_null(0), fitness=1 - pl.col("cost") / pl.col("worst"))
        .select("unit", "outcome", "stages", "cost", "worst", "fitness", *_COUNTS, "seconds")
    )


def _outcomes(attempts: Attempts) -> pl.Series:
    return pl.Series([str(outcome) for outcome in OUTCOMES], dtype=pl.String).gather(attempts.outcome)


def _fitness(each: pl.DataFrame, level: float) -> Rate | None:
    """1 − (sum of costs) ÷ (sum of worst costs), with the interval of a quotient of means."""
    n = each.height
    if not n:
        return None
    cost, worst = each["cost"].to_numpy(), each["worst"].to_numpy()
    share = float(cost.sum() / worst.sum())
    residual = cost - share * worst
    error = float(np.sqrt(n / max(n - 1, 1) * (residual**2).sum()) / worst.sum())
    return bounded_rate(1 - share, error, n, level)


def _ideal(each: pl.DataFrame, level: float) -> Rate | None:
    converted = each.filter(pl.col("outcome") == Outcome.CONVERTED)
    if converted.is_empty():
        return None
    exact = (pl.col("cost") == 0) & (pl.col("reopenings") == 0)
    return wilson(converted.filter(exact).height, converted.height, level)


def _told(variants: pl.DataFrame, titles: Sequence[str], attempts: int, level: float) -> Iterator[Variant]:
    for stages, count, cost, worst in variants.select("stages", "attempts", "cost", "worst").iter_rows():
        yield Variant(tuple(titles[stage] for stage in stages), count, wilson(count, attempts, level), 1 - cost / worst)


def _titled(stage: pl.Expr, titles: Sequence[str]) -> pl.Expr:
    return stage.replace_strict(dict(enumerate(titles)), return_dtype=pl.String)


def _moves(trace: pl.DataFrame, attempts: Attempts, titles: Sequence[str]) -> pl.DataFrame:
    """Who went from which stage to which, the entry and the end included."""
    entries = trace.filter(pl.col("stage") < len(titles))
    steps = entries.select(
        "attempt",
        source=pl.col("stage").shift().over("attempt"),
        target="stage",
        outcome=pl.lit(None, pl.String),
        seconds=(pl.col("time") - pl.col("time").shift().over("attempt")).clip(0) / 1000,
    )
    last = entries.group_by("attempt", maintain_order=True).agg(
        source=pl.col("stage").last(), time=pl.col("time").last()
    )
    over = pl.Series(attempts.entry + attempts.ended).set(pl.Series(attempts.ended == MISSING), None)
    ends = last.select(
        "attempt",
        "source",
        target=pl.lit(None, pl.Int64),
        outcome=_outcomes(attempts).gather(last["attempt"]),
        seconds=(over.gather(last["attempt"]) - last["time"]).clip(0) / 1000,
    )
    return (
        pl.concat([steps, ends])
        .group_by("source", "target", "outcome")
        .agg(
            attempts=pl.col("attempt").n_unique().cast(pl.Int64),
            times=pl.len().cast(pl.Int64),
            seconds=pl.col("seconds").quantile(0.5, "lower"),
        )
        .sort(["attempts", "times", "source", "target", "outcome"], descending=[True, True, False, False, False])
        .with_columns(_titled(pl.col("source", "target"), titles))
    )
