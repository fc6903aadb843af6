"""A glance comes to what the attempts of the report come to, in one layer and in two."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.funnel.strategies import Problem
from tests.funnel.test_engine import question_of, source_of, told
from tests.funnel.test_settling import short_problems
from tragt import Breakdown, Funnel, Period, read
from tragt.funnel.attempts import MISSING
from tragt.funnel.engine import plain
from tragt.funnel.glance import Glance, _median
from tragt.funnel.glanced import glanced
from tragt.funnel.lines import NOBODY_YET
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.run import Context, counted_events, moment_of, report_on
from tragt.funnel.selection import chooser_of


def layered(problem: Problem, *, halves: bool) -> Layered:
    """The log whole, or with its first unit dirty and anew in a second layer."""
    if not halves:
        return Layered(source_of(problem))
    first = next(iter(problem.logs))
    clean = source_of(problem)
    dirty = (clean.unit_names(np.arange(clean.units)) == first).to_numpy()
    return Layered(clean, dirty, source_of(replace(problem, logs={first: problem.logs[first]})))


@pytest.mark.soak
@settings(max_examples=ROUNDS)
@given(short_problems(), st.booleans(), st.sampled_from([1, 3]))
def test_glance_on_random_logs_comes_to_what_the_attempts_do(problem: Problem, halves: bool, threads: int) -> None:
    log = layered(problem, halves=halves)
    chosen = chooser_of(question_of(problem, Breakdown("p")), log, fast=False)(Period()).counted
    ages, steps = chosen.attempts.ages.T, len(problem.funnel.steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "_BLOCK", 1)
        glance = Glance(problem.funnel, log, problem.as_of, threads)

        assert glance.entered() == tuple(int((age != MISSING).sum()) for age in ages)
        by_value: dict[object, list[int]] = {}
        for (value,), depth in zip(told(chosen), chosen.attempts.depth.tolist(), strict=True):
            counts = by_value.setdefault(value, [0] * steps)
            by_value[value] = [count + (depth > step) for step, count in enumerate(counts)]
        assert glance.entered_by("p") == {value: tuple(counts) for value, counts in by_value.items()}
        waits = [sorted((here - before)[here != MISSING].tolist()) for before, here in pairwise(ages)]
        medians = tuple(wait[(len(wait) - 1) // 2] / 1000 if wait else None for wait in waits)
        assert glance.median_times() == medians


@pytest.mark.soak
@settings(max_examples=ROUNDS)
@given(short_problems(), st.booleans(), st.booleans())
def test_report_of_a_glance_has_the_counts_and_observed_rates_of_the_full_one(
    problem: Problem, halves: bool, some: bool
) -> None:
    log = layered(problem, halves=halves)
    period = problem.period or Period()
    units = np.arange(log.clean.units) % 2 == 0 if some else None
    question = replace(question_of(problem), period=period)
    full = report_on(question, log, units=units, context=Context(fast=False))
    glance = Glance(problem.funnel, log, problem.as_of, period=period, units=units)
    assert glance.plain is True
    found = glanced(glance)

    columns = (
        "entered",
        "passed",
        "lost",
        "excluded",
        "expired",
        "open",
        "from_previous",
        "from_first",
        "to_end",
        "reason",
    )
    for here, there in zip(found.steps, full.steps, strict=True):
        assert [getattr(here, name) for name in columns] == [getattr(there, name) for name in columns]
        assert here.time_from_previous is None or here.time_from_previous.quarter <= here.time_from_previous.ninety
    assert (found.mature, found.attempts, found.as_of) == (full.mature, full.attempts, full.as_of)
    slow = replace(glance, funnel=problem.funnel)
    slow.__dict__["_plain"] = None
    for here, there in zip(glanced(slow).steps, found.steps, strict=True):
        assert [getattr(here, name) for name in columns] == [getattr(there, name) for name in columns]
        assert here.time_from_previous == there.time_from_previous
    assert (slow.entered(), slow.mature(), slow.open()) == (glance.entered(), glance.mature(), glance.open())


def test_report_of_a_glance_says_where_only_those_came_whose_time_is_not_up() -> None:
    young = (("young", name, f"2026-03-01T{hour}:00:00Z") for hour, name in ((10, "Visit"), (11, "Cart"), (12, "Paid")))
    rows = [("old", "Visit", "2026-01-01T09:00:00Z"), *young]
    log = read(pl.DataFrame(rows, schema=["person", "event", "time"], orient="row"))
    funnel = Funnel.of("Visit", "Cart", "Paid", "Kept", window="7d")
    moment = moment_of(None, log)
    source = Layered(FrameSource(counted_events(funnel, log, Context(), moment), log.zone))
    glance = Glance(funnel, source, int(moment.timestamp() * 1000))

    assert glance.plain is True
    assert [line.reason for line in glanced(glance).steps] == [None, None, NOBODY_YET, NOBODY_YET]


@settings(max_examples=20)
@given(st.integers(100_001, 300_000), st.sampled_from([2, 50, 10**9]), st.booleans(), st.integers(0, 2**32))
def test_median_of_many_times_is_the_one_in_the_middle(number: int, most: int, ascending: bool, seed: int) -> None:
    times = np.random.default_rng(seed).integers(0, most, number)
    in_order = np.sort(times)
    assert _median(in_order if ascending else times) == in_order[(number - 1) // 2] / 1000
