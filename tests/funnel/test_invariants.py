"""What must hold whatever the log: on the reference, and on the reports made of any engine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conftest import REFERENCE_ROUNDS
from tests.funnel.golden_cases import EPOCH, counts, log_of
from tests.funnel.strategies import GRIDS, Problem, lengths, problems
from tests.funnel.test_brute_force import seen
from tragt import Breakdown, Period, Report, run
from tragt.errors import InvalidDefinition
from tragt.events.event import Event
from tragt.funnel import reference
from tragt.funnel.attempt import Outcome
from tragt.funnel.definition import Funnel
from tragt.funnel.steps import Exclude

pytestmark = pytest.mark.soak

ALL = settings(max_examples=REFERENCE_ROUNDS)
FEW = settings(max_examples=max(REFERENCE_ROUNDS // 10, 1))

by_unit = problems(counts=("best", "first"))
longer = st.sampled_from(GRIDS).flatmap(lengths)
LINES = ("entered", "passed", "lost", "excluded", "expired", "open")


def entered(problem: Problem, funnel: Funnel) -> tuple[int, ...]:
    return counts(funnel, reference.attempts(funnel, *problem.given[1:]).counted)["entered"]


def everything(problem: Problem, logs: Mapping[str, Sequence[Event]]) -> list[object]:
    found = reference.attempts(problem.funnel, logs, *problem.given[2:])
    return [seen(problem.funnel, part) for part in (found.counted, found.mature, found.expected)]


def never_falls(before: Sequence[int], after: Sequence[int]) -> bool:
    return all(x <= y for x, y in zip(before, after, strict=True))


@ALL
@given(problems(), st.randoms(use_true_random=False))
def test_attempts_with_rows_in_another_order_are_the_same(problem: Problem, random: Random) -> None:
    shuffled = {unit: random.sample(list(log), len(log)) for unit, log in problem.logs.items()}
    assert everything(problem, shuffled) == everything(problem, problem.logs)


@ALL
@given(problems())
def test_attempts_of_any_log_are_well_formed(problem: Problem) -> None:
    found = reference.attempts(*problem.given)
    for attempt in (*found.counted, *found.mature, *found.expected):
        assert attempt.moments[0] == attempt.entry.time
        assert list(attempt.moments) == sorted(attempt.moments)
        assert max(attempt.moments) <= problem.as_of if attempt.ended is None else attempt.ended
        assert (attempt.outcome is Outcome.CONVERTED) == (attempt.depth == len(problem.funnel.required))
        assert (attempt.outcome is Outcome.OPEN) == (attempt.ended is None)
    lines = counts(problem.funnel, found.counted)
    parts = [lines[word] for word in ("passed", "lost", "excluded", "expired", "open")]
    assert lines["entered"] == tuple(map(sum, zip(*parts, strict=True)))


@ALL
@given(by_unit, longer, st.none() | longer)
def test_counts_with_a_longer_window_never_fall(problem: Problem, window: timedelta, more: timedelta | None) -> None:
    short = replace(problem.funnel, window=window)
    long = replace(problem.funnel, window=None if more is None else window + more)
    assert never_falls(entered(problem, short), entered(problem, long))


@ALL
@given(problems(counts=("best", "first"), orders=("ordered", "adjacent", "drop")), longer)
def test_counts_with_a_longer_within_and_no_exclusion_never_fall(problem: Problem, more: timedelta) -> None:
    strict = replace(problem.funnel, exclude=())
    assume(any(step.within for step in strict.steps))
    steps = tuple(replace(step, within=step.within and step.within + more) for step in strict.steps)
    assert never_falls(entered(problem, strict), entered(problem, replace(strict, steps=steps)))


@ALL
@given(problems(counts=("best", "first"), orders=("ordered", "adjacent", "any", "drop")), st.sampled_from("ABCXZ"))
def test_counts_with_one_more_exclusion_never_rise(problem: Problem, name: str) -> None:
    funnel = problem.funnel
    try:
        stricter = replace(funnel, exclude=(*funnel.exclude, Exclude((name,))))
    except InvalidDefinition:
        assume(condition=False)
    assert never_falls(entered(problem, stricter), entered(problem, funnel))


@ALL
@given(problems())
def test_attempts_seen_from_a_moment_are_those_of_the_log_cut_there(problem: Problem) -> None:
    cut = {unit: [e for e in log if e.time <= problem.as_of] for unit, log in problem.logs.items()}
    assert everything(problem, cut) == everything(problem, problem.logs)


@ALL
@given(problems(counts=("first",)), st.integers(1, 20))
def test_attempt_seen_later_keeps_what_it_had_reached(problem: Problem, cells: int) -> None:
    assume(problem.funnel.window != "session")
    now = reference.attempts(*problem.given).counted
    then = reference.attempts(*replace(problem, as_of=problem.as_of + cells * GRIDS[0]).given).counted
    later = {(a.unit, a.entry.id): a for a in then}
    for attempt in now:
        same = later[attempt.unit, attempt.entry.id]
        if attempt.matures is not None and attempt.matures <= problem.as_of:
            assert same == attempt
        elif not problem.funnel.lost:
            reached = sum(moment <= problem.as_of for moment in same.moments)
            assert (attempt.moments, attempt.events) == (same.moments[:reached], same.events[:reached])
            assert attempt.ended is None or (attempt.outcome, attempt.ended) == (same.outcome, same.ended)


@ALL
@given(problems())
def test_attempts_without_a_unit_are_those_of_the_others(problem: Problem) -> None:
    others = dict(list(problem.logs.items())[1:])
    found = reference.attempts(*problem.given)
    left = [
        seen(problem.funnel, [a for a in part if a.unit in others])
        for part in (found.counted, found.mature, found.expected)
    ]
    assert everything(problem, others) == left


def falls(numbers: Sequence[float]) -> bool:
    return all(x >= y for x, y in pairwise(numbers))


# Reports


def report_of(problem: Problem, logs: Mapping[str, Sequence[Event]], by: Breakdown | None = None) -> Report:
    as_of = EPOCH + timedelta(milliseconds=problem.as_of)
    period = replace(problem.period or Period(), as_of=as_of)
    return run(problem.funnel, log_of(problem.funnel, logs, problem.zone), period=period, by=by)


@FEW
@given(problems())
def test_report_of_any_log_has_parts_that_sum_to_the_whole(problem: Problem) -> None:
    report = report_of(problem, problem.logs, Breakdown("p", top=1))
    for number, step in enumerate(report.steps):
        assert step.entered == step.passed + step.lost + step.excluded + step.expired + step.open
        for word in LINES:
            assert sum(getattr(part.steps[number], word) for part in report.parts) == getattr(step, word)


@FEW
@given(problems())
def test_report_of_any_log_has_counts_and_rates_that_never_rise(problem: Problem) -> None:
    crowd = {
        f"{unit}{copy}": [replace(event, id=f"{copy}-{event.id}") for event in log]
        for unit, log in problem.logs.items()
        for copy in range(30)
    }
    required = [step for step in report_of(problem, crowd).steps if not step.optional]
    assert falls([step.entered for step in required])
    for rates in ([step.from_first for step in required], [step.expected_from_first for step in required]):
        known = [rate.rate for rate in rates if rate is not None]
        assert falls(known)
        assert all(0 <= rate <= 1 for rate in known)


@FEW
@given(problems())
def test_report_of_merged_persons_is_that_of_their_joined_events(problem: Problem) -> None:
    log = log_of(problem.funnel, problem.logs, problem.zone)
    merged = replace(log, frame=log.frame.with_columns(person=pl.lit("w")))
    joined = {"w": [event for events in problem.logs.values() for event in events][::-1]}
    as_of = EPOCH + timedelta(milliseconds=problem.as_of)
    assert run(problem.funnel, merged, period=replace(problem.period or Period(), as_of=as_of)) == report_of(
        problem, joined
    )


@FEW
@given(problems())
def test_report_seen_from_a_moment_is_that_of_the_log_cut_there(problem: Problem) -> None:
    cut = {unit: [e for e in log if e.time <= problem.as_of] for unit, log in problem.logs.items()}
    assume(any(cut.values()))
    assert report_of(problem, cut) == report_of(problem, problem.logs)
