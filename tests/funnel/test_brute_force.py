"""The reference and the brute force, two readings of one text, agree on random funnels and logs."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from tests.funnel import brute_force
from tests.funnel.strategies import Problem, problems
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


@given(problems())
def test_reference_on_random_logs_agrees_with_brute_force(problem: Problem) -> None:
    compare(problem)


@pytest.mark.soak
@given(problems())
def test_reference_on_many_random_logs_agrees_with_brute_force(problem: Problem) -> None:
    compare(problem)
