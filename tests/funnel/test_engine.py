"""Reports by the engine are those by the reference: rates, parts of a breakdown at any place, a log in two layers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.funnel.golden_cases import log_of
from tests.funnel.strategies import Problem, problems
from tragt import Breakdown, Context, Funnel, Period, read, run
from tragt.events.log import EventLog
from tragt.funnel import reference
from tragt.funnel.attempts import Chosen
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import At, Question
from tragt.funnel.reading import Counting, unit_logs
from tragt.funnel.reference import attempts
from tragt.funnel.reference.breakdown import values
from tragt.funnel.reference.rates import expected_from_first, observed_from_first
from tragt.funnel.selection import chooser_of

START = datetime(2026, 3, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

rows = st.lists(
    st.tuples(
        st.sampled_from("uvw"), st.integers(0, 40), st.sampled_from("ABCXLM"), st.sampled_from(["ads", "mail", None])
    ),
    min_size=1,
    max_size=40,
)
funnels = st.builds(
    lambda steps, window, count, lost: Funnel.of(*steps, window=window, count=count, lost=lost),
    st.sampled_from([("A", "B"), ("A", "B", "C"), ("A|X", "B", "C"), ("B", "C", "A")]),
    st.sampled_from([None, "5min", "20min", "40min"]),
    st.sampled_from(["best", "first"]),
    st.sampled_from([(), ("L",), ("L|M",), ("L", "M")]),
)
breakdowns = st.builds(
    lambda at, name: Breakdown(name, at=at, step=2 if at == "step" else None),
    st.sampled_from(["entry", "last_touch", "step", "any"]),
    st.sampled_from(["p", "q"]),
)


def event_log(events: list[tuple[str, int, str, str | None]]) -> EventLog:
    return read(
        pl.DataFrame(
            {
                "person": [unit for unit, _, _, _ in events],
                "time": [START + minute * MINUTE for _, minute, _, _ in events],
                "event": [name for _, _, name, _ in events],
                "source": [source for *_, source in events],
                "reason": [source for *_, source in events],
                "id": [f"{number:04}" for number in range(len(events))],
            },
            schema_overrides={"source": pl.String, "reason": pl.String},
        )
    )


@given(rows, funnels, st.integers(0, 45), st.booleans())
def test_engine_on_random_logs_gives_the_reports_of_the_reference(
    events: list[tuple[str, int, str, str | None]], funnel: Funnel, as_of: int, broken_down: bool
) -> None:
    log = event_log(events)
    period = Period(as_of=START + as_of * MINUTE)
    by = Breakdown("source") if broken_down else None

    fast = run(funnel, log, period=period, by=by)

    assert fast == run(funnel, log, period=period, by=by, context=Context(fast=False))


@settings(max_examples=40)
@given(rows, funnels)
def test_rates_of_the_report_are_those_of_the_reference(
    events: list[tuple[str, int, str, str | None]], funnel: Funnel
) -> None:
    log = event_log(events * 12)
    units = log.frame.with_columns(unit=pl.format("{} {}", "person", pl.col("id").str.slice(0, 2)))
    as_of = START + timedelta(minutes=45)
    moment = int(as_of.timestamp() * 1000)
    logs = unit_logs(FrameSource(units, log.zone), Counting(moment), None, sessions=True)
    selection = attempts(funnel, {str(unit): log for unit, log in logs.items()}, moment)
    report = run(funnel, EventLog(units.with_columns(person="unit").drop("unit")), period=Period(as_of=as_of))

    observed = observed_from_first(selection.mature, len(funnel.steps))
    assert [step.from_first.rate for step in report.steps if step.from_first] == (observed or [])
    if report.horizon_seconds is not None:
        horizon = round(report.horizon_seconds * 1000)
        expected = expected_from_first(selection.expected, len(funnel.steps), moment, horizon)
        shown = [step.expected_from_first.rate for step in report.steps if step.expected_from_first]
        assert shown == pytest.approx(expected, abs=1e-9)


def question_of(problem: Problem, by: Breakdown | None = None) -> Question:
    return Question(problem.funnel, problem.as_of, problem.period or Period(), problem.zone, by)


def source_of(problem: Problem) -> FrameSource:
    frame = log_of(problem.funnel, problem.logs, problem.zone).frame
    return FrameSource(frame.with_columns(unit=str(problem.funnel.unit)), problem.zone)


def told(chosen: Chosen) -> list[list[object]]:
    """The values of each attempt, in order."""
    assert chosen.parts is not None
    found: list[list[object]] = [[] for _ in range(len(chosen.attempts))]
    for row, code in zip(chosen.parts.rows.tolist(), chosen.parts.codes.tolist(), strict=True):
        found[row].append(chosen.parts.values[code])
    return found


@pytest.mark.soak
@settings(max_examples=2 * ROUNDS)
@given(problems(), breakdowns)
def test_parts_of_a_breakdown_are_the_values_the_reference_reads(problem: Problem, by: Breakdown) -> None:
    by = replace(by, at=At.ENTRY, step=None) if by.step and by.step > len(problem.funnel.steps) else by
    chosen = chooser_of(question_of(problem, by), Layered(source_of(problem)))(problem.period or Period())
    logs = {unit: [e for e in log if e.time <= problem.as_of] for unit, log in problem.logs.items()}
    found = reference.attempts(problem.funnel, logs, problem.as_of, problem.period, problem.zone)

    for name in ("counted", "mature", "expected"):
        wanted = [values(a, by, problem.funnel, logs[a.unit], {}) for a in getattr(found, name)]
        assert sorted(map(repr, map(tuple, told(getattr(chosen, name))))) == sorted(map(repr, wanted))


@pytest.mark.soak
@settings(max_examples=ROUNDS)
@given(problems(), problems(), st.booleans())
def test_a_log_in_two_layers_is_counted_as_one(problem: Problem, stale: Problem, known: bool) -> None:
    """The index holds what one unit did before; it is dirty, and its events as they are now stand in the other."""
    now = source_of(problem)
    first = next(iter(problem.logs))
    rest = {unit: log for unit, log in problem.logs.items() if unit != first}
    before = {**rest, **({first: stale.logs[next(iter(stale.logs))]} if known else {})}
    clean = source_of(replace(problem, logs=before)) if before else now
    dirty = (clean.unit_names(np.arange(clean.units)) == first).to_numpy()
    fresh = source_of(replace(problem, logs={first: problem.logs[first]}))
    by, period = Breakdown("p"), problem.period or Period()

    layered = chooser_of(question_of(problem, by), Layered(clean, dirty, fresh))(period)
    whole = chooser_of(question_of(problem, by), Layered(now))(period)

    assert layered.backwards == whole.backwards
    assert layered.reopened == whole.reopened
    assert layered.loss_reasons == whole.loss_reasons
    for name in ("counted", "mature", "expected"):
        one, other = getattr(layered, name), getattr(whole, name)
        assert sorted(map(repr, told(one))) == sorted(map(repr, told(other)))
        assert sorted(one.attempts.ages.tolist()) == sorted(other.attempts.ages.tolist())
        assert sorted(one.attempts.outcome.tolist()) == sorted(other.attempts.outcome.tolist())
