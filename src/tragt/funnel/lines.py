"""The lines of a report: what the attempts of a funnel add up to, step by step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, OUTCOMES, Attempts
from tragt.funnel.definition import Count, Funnel
from tragt.funnel.durations import milliseconds
from tragt.funnel.step_report import StepReport, Times
from tragt.stats.arrays import BoolArray
from tragt.stats.intervals import Rate, wilson
from tragt.stats.passage import PassageTimes, horizon_without_window, passage_times
from tragt.stats.progressive import Progress, progress

__all__ = ["ENOUGH_WATCHED", "Lines", "estimated", "lines"]

ENOUGH_WATCHED = 30
"""Attempts that must have been watched to the horizon for an expected rate."""

NOBODY_ENTERED = "nobody entered"
NOBODY_BEFORE = "nobody reached the step before"
NOBODY_YET = "nobody at the step before has had the full time yet"
NOBODY_MATURE = "nobody entered long enough ago"
NOT_OLD_ENOUGH = "no cohort is old enough"
OPTIONAL = "an optional step has observed rates only"

_BINS = 12

_OVER = [OUTCOMES.index(one) for one in (Outcome.LOST, Outcome.EXCLUDED, Outcome.EXPIRED)]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines, and the age up to which the expected rates look (ms; None where they are absent)."""

    steps: tuple[StepReport, ...]
    horizon: int | None
    estimate: Progress | None


def lines(
    funnel: Funnel,
    counted: Attempts,
    mature: Attempts,
    expected: Attempts,
    level: float = 0.95,
    *,
    observed_only: bool = False,
) -> Lines:
    """Add attempts up.

    Args:
        funnel: The definition.
        counted: The attempts the counts are of.
        mature: Those the observed rates rest on.
        expected: Those the expected rates and the times rest on.
        level: Confidence level of the intervals.
        observed_only: Leave out expected rates and times.
    """
    counts = list(_counts(funnel, counted))
    observed = [_observed(funnel, number, counts, mature, level) for number in range(len(counts))]
    if len(counted) == 0:
        observed = [replace(line, reason=NOBODY_ENTERED) for line in observed]
    if observed_only or len(expected) == 0:
        reason = NOBODY_ENTERED if len(expected) == 0 else None
        return Lines(tuple(replace(line, expected_reason=reason) for line in observed), None, None)
    horizon, enough = _horizon(funnel, expected)
    estimate = estimated(expected, horizon, level, alone=funnel.count != Count.EVERY)
    steps = [_expected(funnel, number, line, estimate, enough=enough) for number, line in enumerate(observed)]
    timed = [_timed(funnel, number, line, expected, estimate) for number, line in enumerate(steps)]
    return Lines(tuple(timed), horizon if enough else None, estimate if enough else None)


def estimated(attempts: Attempts, horizon: int, level: float = 0.95, *, alone: bool) -> Progress:
    """How far attempts get within the horizon.

    Args:
        attempts: The attempts.
        horizon: In ms.
        level: Confidence level of the intervals.
        alone: Whether no unit has two of them.
    """
    over = attempts.of(Outcome.LOST) | attempts.of(Outcome.EXCLUDED)
    ended = np.where(over, attempts.ended, MISSING)
    return progress(attempts.ages, ended, attempts.watched, None if alone else attempts.unit, horizon, level)


def _counts(funnel: Funnel, counted: Attempts) -> Iterator[StepReport]:
    depth = counted.depth
    steps = len(funnel.required)
    optional = 0
    for number, step in enumerate(funnel.steps):
        reached = sum(place <= number for place in funnel.required)
        here: BoolArray = depth >= reached
        if step.optional:
            here &= counted.optional[:, optional]
            optional += 1
        passed = here if reached == steps else here & (depth > reached)
        left = dict(zip(OUTCOMES, np.bincount(counted.outcome[here & ~passed], minlength=len(OUTCOMES)), strict=True))
        yield StepReport(
            name=step.title,
            optional=step.optional,
            entered=int(here.sum()),
            passed=int(passed.sum()),
            lost=int(left[Outcome.LOST]),
            excluded=int(left[Outcome.EXCLUDED]),
            expired=int(left[Outcome.EXPIRED]),
            open=int(left[Outcome.OPEN]),
            named=int(counted.named[:, reached - 1].sum()) if funnel.order == "any" else None,
            skipped=int(counted.filled[:, reached - 1].sum()) if funnel.skips == "fill" else None,
        )


def _observed(funnel: Funnel, number: int, counts: Sequence[StepReport], mature: Attempts, level: float) -> StepReport:
    line, depth = counts[number], mature.depth
    reached = sum(place <= number for place in funnel.required)
    if line.optional:
        taken = mature.optional[:, number - reached]
        before, here = int((depth >= reached).sum()), int((taken & (depth >= reached)).sum())
    else:
        before, here = int((depth >= max(reached - 1, 1)).sum()), int((depth >= reached).sum())
    last = int((depth == len(funnel.required)).sum())
    reason = None
    if len(mature) == 0:
        reason = NOBODY_ENTERED if funnel.window is None and funnel.length is None else NOBODY_MATURE
    elif before == 0:
        came = counts[max(place for place in funnel.required if place < number)].entered
        reason = NOBODY_YET if came else NOBODY_BEFORE
    return replace(
        line,
        from_previous=_rate(here, before, level) if number else None,
        from_first=_rate(here, len(mature), level),
        to_end=None if line.optional else _rate(last, here, level),
        reason=reason,
    )


def _rate(successes: int, trials: int, level: float) -> Rate | None:
    return wilson(successes, trials, level) if trials else None


def _horizon(funnel: Funnel, expected: Attempts) -> tuple[int, bool]:
    """The age to look up to, and whether enough attempts were watched so far for a rate."""
    if funnel.length is not None:
        horizon = milliseconds(funnel.length)
        return max(horizon, 1), int((expected.watched >= horizon).sum()) >= ENOUGH_WATCHED
    found = horizon_without_window(expected.watched, ENOUGH_WATCHED)
    return found or max(int(expected.watched.max()), 1), found is not None


def _expected(funnel: Funnel, number: int, line: StepReport, estimate: Progress, *, enough: bool) -> StepReport:
    if line.optional:
        return replace(line, expected_reason=OPTIONAL)
    if not enough:
        return replace(line, expected_reason=NOT_OLD_ENOUGH)
    place = funnel.required.index(number)
    previous = estimate.from_previous[place]
    return replace(
        line,
        expected_from_previous=previous,
        expected_from_first=estimate.from_first[place],
        expected_to_end=estimate.to_last[place],
        expected_reason=NOBODY_BEFORE if place and previous is None else None,
    )


def _timed(funnel: Funnel, number: int, line: StepReport, expected: Attempts, estimate: Progress) -> StepReport:
    if line.optional or number == 0:
        end = None if line.optional else _passage(expected, 0, len(funnel.required) - 1, estimate.horizon)
        return replace(line, time_to_end=_times(end))
    place = funnel.required.index(number)
    last = len(funnel.required) - 1
    return replace(
        line,
        time_from_previous=_times(_passage(expected, place - 1, place, estimate.horizon)),
        time_from_first=_times(estimate.times_from_entry[place]),
        time_to_end=_times(_passage(expected, place, last, estimate.horizon)) if place < last else None,
    )


def _passage(attempts: Attempts, start: int, end: int, horizon: int) -> PassageTimes | None:
    """The time between two steps; a stage that only a later one reached has no time."""
    rows = np.flatnonzero((attempts.ages[:, start] != MISSING) & ~attempts.filled[:, start])
    if len(rows) == 0:
        return None
    over = np.isin(attempts.outcome[rows], _OVER)
    return passage_times(
        attempts.ages[rows, start],
        attempts.ages[rows, end],
        np.where(over, attempts.ended[rows], MISSING),
        attempts.watched[rows],
        horizon,
    )


def _times(passage: PassageTimes | None) -> Times | None:
    if passage is None:
        return None
    seconds = [quantile / 1000 for q in (0.25, 0.5, 0.75, 0.9) if (quantile := passage.quantile(q)) is not None]
    if not seconds:
        return None
    quarter, median, three_quarters, ninety = seconds
    edges, counts = _histogram(passage)
    return Times(quarter, median, three_quarters, ninety, edges, counts)


def _histogram(passage: PassageTimes) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Counts of the times seen in bins of equal width on a logarithmic scale; no time counts as 1 ms."""
    seconds = np.maximum(passage.times, 1) / 1000
    low, high = float(seconds.min()), float(seconds.max())
    if low == high:
        return (low, high), (len(seconds),)
    edges = np.geomspace(low, high, _BINS + 1)
    edges[0], edges[-1] = low, high
    counts, _ = np.histogram(seconds, edges)
    return tuple(float(edge) for edge in edges), tuple(int(count) for count in counts)
