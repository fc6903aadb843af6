"""The reference and the brute force, two readings of one text, agree on random funnels and logs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings

from tests.conftest import REFERENCE_ROUNDS
from tests.funnel import brute_force
from tests.funnel.golden_cases import EPOCH, counts, log_of, optional_counts
from tests.funnel.strategies import Problem, problems
from tragt import Period, run
from tragt.funnel import reference
from tragt.funnel.attempt import Attempt
from tragt.funnel.definition import Funnel


def seen(funnel: Funnel, attempts: Sequence[Attempt]) -> list[tuple[Any, ...]]:
    """All that is defined of attempts, in an order that depends on nothing else."""
    in_order = sorted(attempts, key=lambda a: (a.unit, a.entry.time, a.entry.id))
    return [
        (
            a.unit,
            a.entry.id,
            a.moments,
            () if funnel.order == "any" else tuple(e.id for e in a.events),
            a.outcome,
            a.ended,
            a.matures,
            a.optional,
            tuple(e and e.id for e in a.optional_events),
            a.filled if funnel.skips == "fill" else (),
            a.named,
            a.loss and a.loss.id,
            a.voided,
        )
        for a in in_order
    ]


def compare(problem: Problem) -> None:
    mine, theirs = brute_force.attempts(*problem.given), reference.attempts(*problem.given)
    for which in ("counted", "mature", "expected"):
        assert seen(problem.funnel, getattr(theirs, which)) == seen(problem.funnel, getattr(mine, which)), which


@pytest.mark.soak
@settings(max_examples=REFERENCE_ROUNDS)
@given(problems())
def test_reference_on_random_logs_agrees_with_brute_force(problem: Problem) -> None:
    compare(problem)


@pytest.mark.soak
@settings(max_examples=max(REFERENCE_ROUNDS // 5, 1))
@given(problems())
def test_report_on_random_logs_has_the_counts_of_brute_force(problem: Problem) -> None:
    assume(problem.funnel.window != "session")
    period = replace(problem.period or Period(), as_of=EPOCH + timedelta(milliseconds=problem.as_of))
    report = run(problem.funnel, log_of(problem.funnel, problem.logs, problem.zone), period=period)
    found = brute_force.attempts(*problem.given)
    required = [step for step in report.steps if not step.optional]
    for word, line in counts(problem.funnel, found.counted).items():
        assert tuple(getattr(step, word) for step in required) == line
    for step, expected in zip(
        (s for s in report.steps if s.optional), optional_counts(problem.funnel, found.counted), strict=True
    ):
        assert {word: getattr(step, word) for word in expected} == expected
    if found.mature:
        rates = [step.from_first and step.from_first.numerator for step in required]
        assert tuple(rates) == counts(problem.funnel, found.mature)["entered"]
