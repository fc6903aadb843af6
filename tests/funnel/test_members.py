"""The units behind every count: as many as the report says, and the right ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import eq

import polars as pl
import pytest
from hypothesis import given

from tests.funnel.golden_cases import EPOCH, log_of
from tests.funnel.strategies import Problem, problems
from tragt import Context, Funnel, Period, read, run
from tragt.errors import InvalidDefinition
from tragt.funnel import Breakdown
from tragt.funnel.members import ENTERED, OUTCOMES_AT_STEP, Members, members, members_and_events, members_on
from tragt.funnel.postings import Layered
from tragt.funnel.question import Question


@pytest.mark.soak
@given(problems())
def test_members_of_any_log_are_as_many_as_the_report_counts(problem: Problem) -> None:
    log = log_of(problem.funnel, problem.logs, problem.zone)
    period = problem.period or Period()
    asked = Period(period.start, period.end, EPOCH + timedelta(milliseconds=problem.as_of))
    report = run(problem.funnel, log, period=asked)
    found = members(problem.funnel, log, period=asked)

    for step, line in enumerate(report.steps):
        for name in (ENTERED, *OUTCOMES_AT_STEP):
            assert found.at(step, name).height == getattr(line, name), (step, name)


@pytest.fixture(params=[True, False], ids=["engine", "reference"])
def three_people(request: pytest.FixtureRequest) -> Members:
    rows = [("ann", "Visited", 1), ("ann", "Paid", 3), ("bo", "Visited", 2), ("cy", "Visited", 20)]
    frame = pl.DataFrame(
        {
            "person": [row[0] for row in rows],
            "event": [row[1] for row in rows],
            "time": [datetime(2026, 1, row[2], tzinfo=UTC) for row in rows],
        }
    )
    return members(Funnel.of("Visited", "Paid", window="14d"), read(frame), context=Context(fast=request.param))


def test_members_at_a_step_are_named_latest_first_with_what_became_of_them(three_people: Members) -> None:
    assert three_people.at(0).select("unit", "outcome").rows() == [("cy", "open"), ("bo", "expired"), ("ann", "passed")]
    assert three_people.at(0, "expired")["unit"].to_list() == ["bo"]
    reached = three_people.at(1).row(0, named=True)
    assert (reached["unit"], reached["started"].day, reached["reached"].day) == ("ann", 1, 3)


@pytest.mark.parametrize("at", ["entry", "any"])
def test_members_of_a_part_are_as_many_as_the_report_counts_in_it(at: str) -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    came = [(f"p{one}", "Visited", ("ads", "mail", None)[one % 3], day) for one in range(12)]
    paid = [(f"p{one}", "Paid", "shop", day + timedelta(days=1)) for one in range(5)]
    frame = pl.DataFrame([*came, *paid], schema=["person", "event", "source", "time"], orient="row")
    funnel, log, by = Funnel.of("Visited", "Paid", window="14d"), read(frame), Breakdown("source", at=at)
    period = Period(as_of=day + timedelta(days=30))
    report = run(funnel, log, by=by, period=period)
    _all, source = members_and_events(funnel, log, period, Context())
    asked = Question(funnel, int((day + timedelta(days=30)).timestamp() * 1000), period, log.zone, by=by)

    assert {part.value for part in report.parts} >= {"ads", "mail", None}
    for part in report.parts:
        found = members_on(asked, Layered(source), part=partial(eq, part.value))
        for step, line in enumerate(part.steps):
            for name in (ENTERED, *OUTCOMES_AT_STEP):
                assert found.at(step, name).height == getattr(line, name), (part.value, step, name)
    assert members_on(asked, Layered(source), part=lambda _value: False).at(0).height == 0
    assert members_on(asked, Layered(source), part=lambda _value: True).at(0).height == len(came)
    with pytest.raises(InvalidDefinition, match="no breakdown"):
        members_on(replace(asked, by=None), Layered(source), part=lambda _value: True)


@pytest.mark.parametrize(
    ("step", "outcome", "code"), [(2, "open", "step"), (-1, "open", "step"), (0, "won", "outcome")]
)
def test_members_of_what_does_not_exist_are_refused(three_people: Members, step: int, outcome: str, code: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        three_people.at(step, outcome)
    assert refused.value.code == f"members.no_such_{code}"
