"""The engine settles every attempt as the reference does, whatever the rules of the funnel."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch  # noqa: PT013 - a type

from tests.conftest import REFERENCE_ROUNDS
from tests.funnel.golden_cases import Case, cases, log_of
from tests.funnel.strategies import ENDS, MINUTE, ZONES, Problem, conditions, either, logs, periods, problems, start_of
from tragt import Funnel, Step
from tragt.funnel.attempts import Attempts
from tragt.funnel.engine import Settled, Settler, plain, settling
from tragt.funnel.postings import FrameSource
from tragt.funnel.question import Period
from tragt.funnel.reading import Counting

IN_BLOCKS = [case for case in cases() if any(step.anchored for step in case.funnel.steps)]


def settled(problem: Problem | Case, *, fast: bool) -> Settled:
    frame = log_of(problem.funnel, problem.logs, problem.zone).frame
    if problem.funnel.unit != "unit":
        frame = frame.with_columns(unit=str(problem.funnel.unit))
    source = FrameSource(frame, problem.zone)
    return Settler(problem.funnel, source, Counting(problem.as_of), fast=fast).settle(problem.period or Period())


def seen(found: Settled) -> dict[str, Sequence[object]]:
    """All that is known of the attempts, in the order of unit and entry."""
    order = np.lexsort((found.attempts.event[:, 0], found.attempts.unit))
    told = {f.name: getattr(found.attempts, f.name)[order].tolist() for f in fields(Attempts)}
    roles = {name: getattr(found, name)[order].tolist() for name in ("counted", "mature", "expected")}
    return told | roles | {"reopened": [found.reopened], "backwards": [found.backwards]}


@pytest.mark.soak
@settings(max_examples=REFERENCE_ROUNDS)
@given(problems())
def test_engine_on_random_logs_settles_what_the_reference_does(problem: Problem) -> None:
    assert seen(settled(problem, fast=True)) == seen(settled(problem, fast=False))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_engine_on_golden_cases_settles_what_the_reference_does(case: Case) -> None:
    assert seen(settled(case, fast=True)) == seen(settled(case, fast=False))


@pytest.mark.soak
@settings(max_examples=max(REFERENCE_ROUNDS // 3, 1))
@given(problems(orders=("any",)))
def test_engine_on_steps_in_any_order_settles_what_the_reference_does(problem: Problem) -> None:
    assert seen(settled(problem, fast=True)) == seen(settled(problem, fast=False))


@pytest.mark.parametrize("case", IN_BLOCKS, ids=lambda case: case.name)
def test_engine_on_steps_in_blocks_leaves_no_unit_to_the_reference(case: Case, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "unit_logs", None)
    assert len(settled(case, fast=True).attempts)


@st.composite
def short_problems(draw: st.DrawFn) -> Problem:
    """A funnel that asks for an order and a window only, over steps without an event in common."""
    grid = MINUTE
    names = draw(either(("A", "B"), ("A", "B", "C"), ("C", "A|B"), ("B", "C", "A", "X")))
    funnel = Funnel.of(
        *(Step(name.split("|"), where=draw(conditions())) for name in names),
        window=draw(either(None, timedelta(milliseconds=3 * grid), timedelta(milliseconds=8 * grid - 1))),
        count=draw(either("best", "first")),
    )
    units = {unit: draw(logs(funnel, grid, ZONES[1], prefix=unit)) for unit in draw(either("u", "uv", "uvw"))}
    exact = {unit: [replace(event, day=False) for event in log] for unit, log in units.items()}
    as_of = start_of(ZONES[1]) + draw(ENDS) * grid
    return Problem(funnel, exact, as_of, draw(periods()), ZONES[1])


@pytest.mark.soak
@settings(max_examples=REFERENCE_ROUNDS)
@given(short_problems(), st.sampled_from([1, 2, 3]))
def test_merge_on_random_logs_settles_what_the_reference_does(problem: Problem, parts: int) -> None:
    with MonkeyPatch.context() as patch:
        patch.setattr(plain, "_BLOCK", 1)
        patch.setattr(plain, "_THREADS", parts)
        assert seen(settled(problem, fast=True)) == seen(settled(problem, fast=False))
