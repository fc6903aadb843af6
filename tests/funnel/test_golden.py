"""Every engine gives on every golden case what was worked out by hand."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.funnel import brute_force
from tests.funnel.golden_cases import EPOCH, Case, cases, counts, described, log_of, optional_counts
from tragt import Period, run
from tragt.funnel import reference
from tragt.funnel.attempt import Attempt

CASES = cases()
ENGINES = {"brute_force": brute_force.attempts, "reference": reference.attempts}

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


@every_case
@every_engine
def test_golden_case_any_engine_gives_what_is_expected(engine: Callable[..., Any], case: Case) -> None:
    chosen = engine(case.funnel, case.logs, case.as_of, case.period, case.zone)
    assert counts(case.funnel, chosen.counted) == case.lines, case.why
    if case.observed is not None:
        assert counts(case.funnel, chosen.mature)["entered"] == case.observed, case.why
    if "optional" in case.expect:
        assert optional_counts(case.funnel, chosen.counted) == case.expect["optional"], case.why
    steps = range(len(case.funnel.required))
    if "named" in case.expect:
        assert [sum(i in a.named for a in chosen.counted) for i in steps] == case.expect["named"], case.why
    if "skipped" in case.expect:
        assert [sum(any(a.filled[i : i + 1]) for a in chosen.counted) for i in steps] == case.expect["skipped"], (
            case.why
        )
    if case.attempts:
        compare_attempts(chosen.counted, case)


def compare_attempts(counted: Sequence[Attempt], case: Case) -> None:
    in_order = sorted(counted, key=lambda a: (a.unit, a.entry.time, a.entry.id))
    assert [(a.unit, a.entry.id) for a in in_order] == [(one["unit"], one["entry"]) for one in case.attempts], case.why
    for attempt, expected in zip(in_order, case.attempts, strict=True):
        given = described(case, attempt)
        assert {name: given[name] for name in expected} == expected, case.why


@every_case
def test_golden_case_report_gives_what_is_expected(case: Case) -> None:
    as_of = EPOCH + timedelta(milliseconds=case.as_of)
    report = run(
        case.funnel, log_of(case.funnel, case.logs, case.zone), period=replace(case.period or Period(), as_of=as_of)
    )
    required = [step for step in report.steps if not step.optional]
    for word, line in case.lines.items():
        assert tuple(getattr(step, word) for step in required) == line, case.why
    if case.observed is not None:
        rates = [step.from_first for step in required]
        assert [0 if rate is None else rate.numerator for rate in rates] == list(case.observed), case.why
    for step, expected in zip((s for s in report.steps if s.optional), case.expect.get("optional", []), strict=False):
        assert {word: getattr(step, word) for word in expected} == expected, case.why
    if "named" in case.expect:
        assert [step.named for step in required] == case.expect["named"], case.why
    if "skipped" in case.expect:
        assert [step.skipped for step in required] == case.expect["skipped"], case.why


def test_golden_cases_are_told_apart_by_name_and_each_says_why() -> None:
    twice = [name for name, times in Counter(case.name for case in CASES).items() if times > 1]
    assert not twice
    assert all(case.why.endswith(".") for case in CASES)


def test_golden_case_expected_parts_sum_to_the_whole() -> None:
    for case in CASES:
        parts = [case.lines[word] for word in ("passed", "lost", "excluded", "expired", "open")]
        assert case.lines["entered"] == tuple(map(sum, zip(*parts, strict=True))), case.name
